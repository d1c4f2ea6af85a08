"""Nights that no rehearsal starts: a real Prefect server plans the runs, and a worker takes in what lies there."""

from __future__ import annotations

import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from unittest import mock
from uuid import UUID

from prefect.client.schemas.objects import FlowRun

from config.clock import CLOCK
from flows.deploy import deployment_name
from flows.local import revive, running
from testing.living import Installation, until


@dataclass
class Living:
    """The place with its servers up, its feeds deployed and a worker at work; `seen` are runs that ended before."""

    here: Installation
    worker: subprocess.Popen[bytes]
    seen: set[UUID] = field(default_factory=set)

    def collect(self, feeds: Sequence[str], meanwhile: Callable[[], Counter[str]]) -> Counter[str]:
        """The hour of these feeds falls due; what came of all once their runs ended, and of what is done meanwhile.

        A run is counted by the name of its state.
        """
        names = [f"ingest/{deployment_name(feed)}" for feed in feeds]
        self.here.fall_due(*names)
        done = meanwhile()
        for name in names:
            ended = until(partial(self._new, name), f"the end of the run of {name}")
            done += Counter(str(run.state_name).lower() for run in ended)
            self.seen |= {run.id for run in ended}
        return done

    def kill_worker(self) -> None:
        """At once, as the kernel does where memory runs out."""
        self.worker.kill()
        self.worker.wait()

    def begin_worker(self) -> None:
        """As a service manager begins one that died."""
        self.worker = self.here.begin("worker")

    def kill_server(self) -> None:
        """The Prefect server, which is then brought back as `quai serve` does, on its port."""
        server = running(self.here.settings)
        if server is None:
            raise AssertionError("the Prefect server is down already")
        os.killpg(server.pid, signal.SIGKILL)
        until(lambda: running(self.here.settings) is None, "the end of the Prefect server")
        with mock.patch.dict(os.environ, PREFECT_API_URL=server.api):
            if "the Prefect server" not in revive(self.here.settings):
                raise AssertionError("the Prefect server was killed, and nothing brought it back")

    def _new(self, name: str) -> list[FlowRun]:
        return [run for run in self.here.ended(name) if run.id not in self.seen]


def begin(here: Installation, clock: Path) -> Living:
    """Deploy every feed, and start the worker; all of their processes read the rehearsal's clock."""
    here.place[CLOCK] = str(clock)
    here.quai("deploy")
    return Living(here, here.begin("worker"))
