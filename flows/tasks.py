"""The dock of a flow run: its landing, store and connectors run as Prefect tasks, and a bar shows how far a drop is.

The one place where the story meets Prefect. A task is tried again when the other side is silent; frames never pass
between tasks, for each is called with nothing and gives back what the story's plain call would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar, cast
from uuid import UUID

from prefect import Task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from connectors.source import Connector, Waiting
from offers.errors import Unreachable, WarehouseUnreachable
from offers.feed import Feed
from story.dock import Dock

T = TypeVar("T")
WAITING = {"next": "collect"}
LANDING = {"keep": "keep", "fetch": "fetch"}
STORE = {"publish": "publish", "hold": "hold", "note": "note"}
LEDGER = {
    "newest": "look up", "last_accepted": "look up", "standing": "standing", "history": "history", "month": "history",
}  # fmt: skip
CONNECTOR = {"put": "report", "settle": "settle"}
"""Which calls become tasks, and the names that Prefect's pages show for them; all others are plain."""
DONE_AFTER = {
    "keep": 10.0, "look up": 15.0, "fetch": 20.0, "standing": 50.0, "history": 55.0, "publish": 85.0, "hold": 85.0,
    "note": 85.0, "report": 95.0, "settle": 100.0,
}  # fmt: skip
"""Per cent of a drop after each task, in the shares of time that a drop of 200 000 lines takes."""


class Tasks:
    """Runs calls as tasks, waiting so many seconds before each new try, and moves the bar of that key after each.

    The bar begins anew with each drop, for none says how many wait; a run that finds nothing has none.
    """

    def __init__(self, waits: Sequence[float], key: str) -> None:
        self._waits = [*waits]
        self._key = key
        self._bar: UUID | None = None
        self._drops = 0
        self._shown = 0.0

    def run(self, name: str, call: partial[Any]) -> Any:
        """The call as a task of that name."""
        work: Task[[], Any] = Task(
            call,
            name=name,
            task_run_name=name,
            cache_policy=NO_CACHE,
            persist_result=False,
            retries=len(self._waits),
            retry_delay_seconds=self._waits,
            retry_condition_fn=_worth_retrying,
        )
        given = work()
        if name == "keep":
            self._drops, self._shown = self._drops + 1, 0.0
        if DONE_AFTER.get(name, 0.0) > self._shown:
            self._show(DONE_AFTER[name], f"Drop {self._drops} of this run, {name}: done")
        return given

    def _show(self, per_cent: float, said: str) -> None:
        self._shown = per_cent
        if self._bar is None:
            self._bar = UUID(str(create_progress_artifact(progress=per_cent, key=self._key, description=said)))
        else:
            update_progress_artifact(artifact_id=self._bar, progress=per_cent, description=said)


class AsTasks:
    """An object of the dock, some of whose calls run as tasks; all else is the object's own."""

    def __init__(self, inner: object, calls: Mapping[str, str], tasks: Tasks) -> None:
        self._inner, self._calls, self._tasks = inner, calls, tasks

    def __getattr__(self, name: str) -> Any:
        own = getattr(self._inner, name)
        return partial(self._call, name, own) if name in self._calls else own

    def _call(self, name: str, own: Any, /, *args: Any, **named: Any) -> Any:
        return self._tasks.run(self._calls[name], partial(own, *args, **named))


def as_tasks(inner: T, calls: Mapping[str, str], tasks: Tasks) -> T:
    """The object, to be used as it was."""
    return cast("T", AsTasks(inner, calls, tasks))


@dataclass(frozen=True, kw_only=True)
class TaskDock(Dock):
    """A dock whose connectors, too, run as tasks."""

    tasks: Tasks

    def connector(self, feed: Feed) -> Connector:
        """The feed's connector, opened."""
        return as_tasks(super().connector(feed), CONNECTOR, self.tasks)

    def waiting(self, connector: Connector) -> Waiting:
        """The drops that wait there; each is fetched by a task."""
        return as_tasks(super().waiting(connector), WAITING, self.tasks)


def with_tasks(dock: Dock, tasks: Tasks) -> TaskDock:
    """The same dock for a flow run."""
    store, landing = as_tasks(dock.store, STORE, tasks), as_tasks(dock.landing, LANDING, tasks)
    store.ledger = as_tasks(dock.store.ledger, LEDGER, tasks)
    return TaskDock(**vars(replace(dock, store=store, landing=landing)), tasks=tasks)


def _worth_retrying(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    fault = state.result(raise_on_failure=False)
    return isinstance(fault, Unreachable | WarehouseUnreachable)
