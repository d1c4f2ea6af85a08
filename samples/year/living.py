"""Nights that no rehearsal starts: a real Prefect server plans the runs, and a worker takes in what lies there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import UUID

from living import Installation, until
from prefect.client.schemas.objects import FlowRun

from flows.clock import CLOCK
from flows.schedules import deployment_name


@dataclass
class Living:
    """The place with its servers up, its feeds deployed and a worker at work; `seen` are runs that ended before."""

    here: Installation
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

    def _new(self, name: str) -> list[FlowRun]:
        return [run for run in self.here.ended(name) if run.id not in self.seen]


def begin(here: Installation, clock: Path) -> Living:
    """Deploy every feed, and start the worker; all of their processes read the rehearsal's clock."""
    here.place[CLOCK] = str(clock)
    here.quai("deploy")
    here.begin("worker")
    return Living(here)
