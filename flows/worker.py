"""`quai worker`: a Prefect worker of our own type. Each run is forked from a process that has everything imported.

It polls, heeds limits and speaks to the server as every worker does; only how a run begins and ends is ours. A pool of
Prefect's type `process` is served as well, so that a place that has one need not change it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import tempfile
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import anyio
import anyio.abc
from httpx import HTTPError
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.exceptions import InfrastructureNotFound, ObjectNotFound
from prefect.settings import get_current_settings
from prefect.states import AwaitingRetry, Cancelled
from prefect.workers.base import BaseJobConfiguration, BaseVariables, BaseWorker, BaseWorkerResult
from pydantic import Field, PrivateAttr

from flows.warm import HANDED_BACK
from flows.warm.parent import Child, Forkserver
from offers.errors import FeedMisconfigured

if TYPE_CHECKING:
    from prefect.client.schemas.objects import Flow, WorkPool
    from prefect.client.schemas.responses import DeploymentResponse

TYPE = "quai"
LOOK = 5.0
"""Seconds between two looks whether somebody cancelled a run that is at work here; one question for all of them."""
PATIENCE = 30.0
"""Seconds that a run has to break off, once it is cancelled or its worker stops; then its process is killed."""
OURS = "flows."
"""Where the flows of our own deployments lie: installed, so that nothing is pulled and nobody asked for them."""
LOG_EVERY = "PREFECT_LOGGING_TO_API_BATCH_INTERVAL"
FEWER_CALLS = {LOG_EVERY: "10"}
"""What a run's environment says where it says nothing else: its log goes to the server every ten seconds, not two."""
_log = logging.getLogger("quai.worker")


class WarmConfiguration(BaseJobConfiguration):
    """What a run of the pool begins with: its environment, and its folder where one is named."""

    working_dir: Path | None = Field(default=None)
    _entrypoint: str | None = PrivateAttr(default=None)
    _commanded: bool = PrivateAttr(default=False)

    def prepare_for_flow_run(
        self,
        flow_run: FlowRun,
        deployment: DeploymentResponse | None = None,
        flow: Flow | None = None,
        work_pool: WorkPool | None = None,
        worker_name: str | None = None,
        worker_id: UUID | None = None,
    ) -> None:
        """The environment of the worker as it is now, and over it what the pool, the deployment and the run say."""
        self._commanded = self.command is not None
        super().prepare_for_flow_run(flow_run, deployment, flow, work_pool, worker_name, worker_id)
        self.env = {**FEWER_CALLS, **os.environ, **self.env}
        if deployment is not None and not deployment.pull_steps and (deployment.entrypoint or "").startswith(OURS):
            self._entrypoint = deployment.entrypoint

    @classmethod
    @cache
    def _base_environment(cls) -> dict[str, str]:
        """Prefect's settings of this worker, which do not change while it lives."""
        return super()._base_environment()

    @classmethod
    def settings(cls) -> dict[str, str]:
        """The same, as each run is told them."""
        return cls._base_environment()

    def job(self, flow_run: FlowRun, folder: Path) -> dict[str, Any]:
        """What a child is told. Raises FeedMisconfigured where the pool wants a command, which no child is."""
        if self._commanded:
            raise FeedMisconfigured(
                f"the work pool, or the deployment, names a command ({self.command}); `quai worker` forks each run and "
                "runs none. Take the command away, or start a worker of Prefect's: prefect worker start --type process."
            )
        return {
            "id": str(flow_run.id),
            "run": flow_run.model_dump_json(),
            "entrypoint": self._entrypoint,
            "env": {name: value for name, value in self.env.items() if value is not None},
            "folder": str(folder),
        }


class WarmVariables(BaseVariables):
    """What a pool or a deployment may say of its runs."""

    working_dir: Path | None = Field(
        default=None, title="Working directory", description="Where a run begins; without it, a folder of its own."
    )


class WarmResult(BaseWorkerResult):
    """How a child ended."""


class WarmWorker(BaseWorker[WarmConfiguration, WarmVariables, WarmResult]):
    """Forks a child for each flow run; see `flows.warm`."""

    type = TYPE
    job_configuration = WarmConfiguration
    job_configuration_variables = WarmVariables
    _description = "Forks each flow run of Quai from a process that has everything imported."
    _display_name = "Quai"

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._forks = Forkserver({**FEWER_CALLS, **os.environ, **self.job_configuration.settings()})
        self._children: dict[UUID, Child] = {}
        self._stopping = False
        self._looking: anyio.CancelScope | None = None

    async def setup(self) -> None:
        """Everything is imported before the first run is asked for: a fault there is the worker's, and no run's."""
        loaded = await self._forks.ready()
        _log.info("runs are forked from process %d; its threads: %s", loaded.pid, ", ".join(loaded.threads) or "one")
        await super().setup()
        if self._runs_task_group is not None:  # it is: made just now
            self._runs_task_group.start_soon(self._look_for_cancelled)

    async def teardown(self, *exc_info: Any) -> None:
        """Children that are still at work hand their runs back, and have ended; then the rest."""
        with anyio.CancelScope(shield=True):
            await self._hand_all_back()
        await super().teardown(*exc_info)
        self._forks.close()

    async def run(
        self,
        flow_run: FlowRun,
        configuration: WarmConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> WarmResult:
        """Fork, and wait for the end; the folder that the run began in goes with it."""
        with _folder(configuration.working_dir) as folder:
            child = await self._forks.fork(configuration.job(flow_run, Path(folder)))
            self._children[flow_run.id] = child
            try:
                if self._stopping:
                    child.hand_back(PATIENCE)
                if task_status is not None:
                    task_status.started(child.pid)
                status = await child.ended()
                if status or child.told:
                    status = await self._settled(flow_run.id, child, status)
            finally:
                del self._children[flow_run.id]
        return WarmResult(identifier=str(child.pid), status_code=status)

    async def kill_infrastructure(
        self, infrastructure_pid: str, configuration: WarmConfiguration, grace_seconds: int = 30
    ) -> None:
        """End the child of a run that was cancelled before its flow began."""
        found = [child for child in self._children.values() if str(child.pid) == infrastructure_pid]
        if not found:
            raise InfrastructureNotFound(f"No run of this worker is process {infrastructure_pid}.")
        found[0].cancel(grace_seconds)

    async def _settled(self, run_id: UUID, child: Child, status: int) -> int:
        """What a child that was told to end, or that died, could not say itself; gives the status that is left."""
        try:
            state = (await self.client.read_flow_run(run_id)).state
            if state is not None and state.is_final():
                return 0
            if child.told is None:
                return status  # Prefect says that it crashed, and how
            if child.cancelled:
                await self._say(run_id, Cancelled(message="Its process has ended."))
            elif status:  # it was killed before it could hand itself back
                await self._say(run_id, AwaitingRetry(message=HANDED_BACK))
        except ObjectNotFound:
            _log.info("flow run %s was deleted while it was at work", run_id)
        return 0

    async def _say(self, run_id: UUID, state: State[Any]) -> None:
        await self.client.set_flow_run_state(run_id, state, force=True)

    async def _look_for_cancelled(self) -> None:
        """Until the worker stops; a server that does not answer is asked again."""
        with anyio.CancelScope() as self._looking:
            while True:
                await anyio.sleep(LOOK)
                if not self._children:
                    continue
                at_work = FlowRunFilter(
                    id=FlowRunFilterId(any_=list(self._children)),
                    state=FlowRunFilterState(
                        type=FlowRunFilterStateType(any_=[StateType.CANCELLING, StateType.CANCELLED])
                    ),
                )
                try:
                    cancelled = await self.client.read_flow_runs(flow_run_filter=at_work)
                except HTTPError as fault:
                    _log.warning("nobody could be asked which runs are cancelled (%s); asking again", fault)
                    continue
                for one in cancelled:
                    if child := self._children.get(one.id):
                        child.cancel(PATIENCE)

    async def _hand_all_back(self) -> None:
        self._stopping = True
        if self._looking is not None:
            self._looking.cancel()
        for child in self._children.values():
            child.hand_back(PATIENCE)
        with anyio.move_on_after(2 * PATIENCE):
            while self._children or self._submitting_flow_run_ids:
                await anyio.sleep(0.1)

    async def _give_worker_labels_to_flow_run(self, flow_run_id: UUID) -> None:
        """Not given: a call for each run, and the run's log names its worker."""

    async def _propose_submitting_state(self, flow_run: FlowRun) -> None:
        """Not said: a child begins at once, and `Running` follows on `Pending`."""

    def _record_work_pool_snapshot(self, work_pool: WorkPool) -> None:
        """A pool of processes is served too, and no warning need say that it is of another type."""
        ours = work_pool.type == "process"
        super()._record_work_pool_snapshot(work_pool.model_copy(update={"type": TYPE}) if ours else work_pool)


def _folder(named: Path | None) -> AbstractContextManager[str]:
    """A folder of the run's own, thrown away at its end, or the one that the pool names."""
    if named is not None:
        return nullcontext(str(named))
    return tempfile.TemporaryDirectory(prefix="quai-run-", ignore_cleanup_errors=True)


def work_at(pool: str, limit: int | None = None) -> None:
    """Work until interrupted or told to stop (SIGTERM): then no run begins, and those at work are handed back."""
    with suppress(asyncio.CancelledError):
        asyncio.run(_work(pool, limit))


async def _work(pool: str, limit: int | None) -> None:
    if LOG_EVERY not in os.environ:
        get_current_settings().logging.to_api.batch_interval = float(FEWER_CALLS[LOG_EVERY])
    loop = asyncio.get_running_loop()
    working = asyncio.ensure_future(WarmWorker(work_pool_name=pool, limit=limit).start())

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGTERM)  # a second one ends it at once, and each child hands its run back
        working.cancel()

    with suppress(ValueError):  # signals are the main thread's
        loop.add_signal_handler(signal.SIGTERM, stop)
    await working
