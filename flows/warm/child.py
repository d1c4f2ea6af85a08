"""One flow run in a forked process: its settings read anew, its orders heard, its end.

What comes on its line after the job is an order: to break off, for somebody cancelled the run, or to hand it back, for
its worker stops. A line that closes says that the worker is gone, which is the same. Either raises Prefect's own
`Abort` in the run, wherever it is: its transactions are rolled back, and Prefect is told nothing of a crash.
"""

from __future__ import annotations

import json
import logging
import logging.config
import os
import signal
import socket
import time
from threading import Thread
from types import FrameType
from typing import Any
from uuid import UUID

import prefect.context
import pyarrow as pa
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.engine import handle_engine_signals
from prefect.exceptions import Abort
from prefect.flow_engine import load_flow, run_flow
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.logging.configuration import PROCESS_LOGGING_CONFIG, setup_logging
from prefect.logging.loggers import flow_run_logger
from prefect.settings import get_current_settings
from prefect.states import AwaitingRetry

from flows.warm import HAND_BACK, HANDED_BACK, NUMBER, preload

BROKEN_OFF = signal.SIGUSR1
_log = logging.getLogger("quai.worker")


class Orders:
    """Hears what the worker wants while the run goes on, and breaks it off; only the first order counts."""

    def __init__(self, line: socket.socket) -> None:
        self.given: bytes | None = None
        self._line = line
        signal.signal(BROKEN_OFF, self._break_off)
        Thread(target=self._hear, name="orders", daemon=True).start()

    def deaf(self) -> None:
        """From now on nothing is broken off: the run is over."""
        signal.signal(BROKEN_OFF, signal.SIG_IGN)

    def _hear(self) -> None:
        try:
            order = self._line.recv(1)
        except OSError:
            order = b""
        self.given = order or HAND_BACK
        os.kill(os.getpid(), BROKEN_OFF)

    def _break_off(self, _number: int, _frame: FrameType | None) -> None:
        self.deaf()  # once: not again while the run puts its things away
        raise Abort("The run was broken off by its worker.")


def run(line: socket.socket) -> int:
    """The run of the job on this line, in this process; gives its exit status."""
    job = _read(line)
    os.environ.clear()
    os.environ.update(job["env"])
    time.tzset()
    os.chdir(job["folder"])
    run_id = UUID(job["id"])
    orders = Orders(line)
    status = 0
    try:
        settle()
        with handle_engine_signals(run_id):
            known = FlowRun.model_validate_json(job["run"])
            log: Any = flow_run_logger(known)
            run_flow(_flow(known, job["entrypoint"]), flow_run=known, error_logger=log)
    except Abort:
        pass  # before the engine began
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    orders.deaf()
    if orders.given == HAND_BACK:
        _hand_back(run_id)
    return status


def settle() -> None:
    """Prefect under this run's settings, which are read anew where they are not those under which it was imported."""
    if preload.settings_in(os.environ) == preload.settings and "PREFECT_LOGGING_EXTRA_LOGGERS" not in os.environ:
        logging.config.dictConfig({**preload.logging_config, "incremental": False})
        PROCESS_LOGGING_CONFIG.update(preload.logging_config)
    else:
        prefect.context.refresh_global_settings_context()
        setup_logging()
    ours = get_current_settings()
    if "PREFECT_FLOWS_HEARTBEAT_FREQUENCY" not in os.environ:  # its worker sees a child's death at once
        ours.flows.heartbeat_frequency = None
    if (ours.api.url or "").startswith("http://") and preload.authority:
        ours.api.ssl_cert_file = preload.authority[0]
    pa.set_cpu_count(int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1))


def _flow(known: FlowRun, entrypoint: str | None) -> Flow[..., Any]:
    """The flow; `entrypoint`: where it is installed, so that nobody need be asked."""
    return load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False) if entrypoint else load_flow(known)


def _hand_back(run_id: UUID) -> None:
    """Let another worker, or this one when it is back, begin the run anew; one that was done meanwhile stays done."""
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(run_id).state
        if state is None or not state.is_final():
            client.set_flow_run_state(run_id, AwaitingRetry(message=HANDED_BACK))
            _log.warning("flow run %s was handed back, for its worker was stopped", run_id)


def _read(line: socket.socket) -> dict[str, Any]:
    size = NUMBER.unpack(_exactly(line, NUMBER.size))[0]
    job: dict[str, Any] = json.loads(_exactly(line, size))
    return job


def _exactly(line: socket.socket, size: int) -> bytes:
    parts = []
    while size:
        part = line.recv(min(size, 1 << 16))
        if not part:
            raise EOFError("the worker went away before it had said what to run")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
