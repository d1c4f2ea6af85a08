"""The story as Prefect flow runs: one run per feed, one task per call that touches the world, honest states.

Nothing but the feed and a path enters a run, and nothing but small rows leaves it: frames stay inside the story. Its
landing, store and connectors are called through `Tasks` (`with_tasks`), the one place where the story meets Prefect:
each call is tried again when the other side is silent, a bar shows how far a drop that takes long is, and the calls
that people look at are tasks. Frames never pass between tasks, for each is called with nothing and gives back what the
plain call would.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast
from uuid import UUID

from prefect import Task, flow, runtime
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRunPolicy, State, TaskRun
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed, Failed

from config.clock import unwatched
from config.logs import clean
from connectors.source import Connector, Waiting
from flows.place import index_of, read
from flows.server import asked
from offers.calendar import minute_of
from offers.errors import QuaiError, Unreachable, WarehouseUnreachable
from offers.feed import Feed
from offers.model import NOT_TAKEN, Delivery, Severity, VerdictKind
from offers.text import quote
from operations.feeds import the_feed
from operations.ingest import handed_in, ingest
from operations.rows import as_row
from reports.ops import markdown
from story.dock import Dock, open_dock

EVENT_KEYS = ("delivery", "drop", "read", "rejected", "created", "updated", "unchanged", "withdrawn", "report")
RUN_RETRIES = 2
RUN_RETRY_DELAY = 600
"""Seconds before a deployed run whose source did not answer, after all retries of its steps, begins anew."""


class NotTaken(QuaiError):  # noqa: N818 - named for what happened, as in offers.errors
    """What a run fails with whose drop was not taken: the findings that stopped it, and its rows."""

    def __init__(self, said: str, rows: list[dict[str, Any]]) -> None:
        super().__init__(said)
        self.rows = rows


def _run_name() -> str:
    feed = runtime.flow_run.parameters["feed"]
    at: datetime = runtime.flow_run.scheduled_start_time
    return f"{feed} {minute_of(at)}"


@flow(name="ingest", flow_run_name=_run_name, persist_result=False)
def ingest_feed(feed: str, file: str | None = None, whole: bool = False) -> State[Any]:
    """Take in what a feed's partner has left, or one file as its next drop; the result is a row per delivery.

    `whole`: every line is walked, whatever is remembered of it.
    """
    try:
        settings = read()
        known = the_feed(settings, feed)
        drops = (handed_in(known, Path(file)),) if file else None
        with open_dock(settings, feed=known.slug) as dock:
            tasks = Tasks(settings.retry_seconds, _key(known.slug, "progress"))
            own = with_tasks(replace(dock, whole=whole), tasks)
            deliveries = ingest(known, own, unwatched, drops, str(runtime.flow_run.id))
            for delivery in deliveries:
                _show(delivery, dock)
                announce(delivery)
    except Unreachable as fault:
        # One that was deployed waits (`AwaitingRetry`) and goes on (`Retrying`), twice at most.
        if runtime.deployment.id and runtime.flow_run.run_count <= RUN_RETRIES:
            _allow(RUN_RETRIES)
            raise
        return failed(fault)
    except QuaiError as fault:
        _no_more()
        return failed(fault)
    _no_more()
    return state_of(deliveries)


def failed(fault: QuaiError) -> State[Any]:
    """A state by the fault's name; on a worker the engine raises its data, and breaks on anything but an exception.

    A partner's server is quoted: a person's address is not to show.
    """
    fault.args = (clean(str(fault)),)  # not made anew: some kinds want more than the sentence
    fault.__cause__ = fault.__context__ = None
    return Failed(name=type(fault).__name__, message=str(fault), data=fault.with_traceback(None))


def _no_more() -> None:
    """What a retry ends in is final: no policy of retries may turn a verdict into another retry."""
    if runtime.flow_run.run_count > 1:
        _allow(0)


def _allow(retries: int) -> None:
    policy = FlowRunPolicy(retries=retries, retry_delay=RUN_RETRY_DELAY)
    with get_client(sync_client=True) as client:
        client.update_flow_run(UUID(str(runtime.flow_run.id)), empirical_policy=policy)


def _show(delivery: Delivery, dock: Dock) -> None:
    rejections = dock.store.ledger.rejections(delivery.id or 0)
    rejections["sentence"] = rejections["sentence"].map(clean)  # they quote values, which may be a person's
    pages = index_of(dock.settings).resolve().as_uri()
    report = delivery.report
    said = markdown(delivery, rejections, report if not report or "://" in report else Path(report).resolve().as_uri())
    said += f"\n[What the gate expected, night by night](<{pages}>)\n"
    verdict = f"{quote(delivery.drop)}: {delivery.verdict.value}"
    create_markdown_artifact(said, key=_key(delivery.feed, "delivery"), description=verdict)


def _key(feed: str, what: str) -> str:
    """Prefect allows small letters, digits and dashes."""
    return f"{feed}-{what}".replace("/", "-").replace("_", "-").lower()


def announce(delivery: Delivery) -> None:
    """Emit `quai.delivery.<verdict>` for automations to hang on; an unchanged drop is no news."""
    if delivery.verdict is not VerdictKind.UNCHANGED:
        counts = {name: count for name, count in as_row(delivery).items() if name in EVENT_KEYS}
        emit_event(f"quai.delivery.{delivery.verdict.value}", feed_resource(delivery.feed), payload=counts)


def feed_resource(feed: str) -> dict[str, str]:
    """What an event of a feed is about."""
    return {"prefect.resource.id": f"quai.feed.{feed.replace('/', '.')}", "prefect.resource.name": feed}


def state_of(deliveries: list[Delivery]) -> State[Any]:
    """What a run of these deliveries ends in."""
    rows = [as_row(delivery) for delivery in deliveries]
    if not rows:
        return Completed(name="NothingNew", message="No drop waits.", data=rows)
    held = [d for d in deliveries if d.verdict in NOT_TAKEN]
    if held:
        stops = [finding.sentence for finding in held[0].findings if finding.severity is Severity.STOP]
        said = " ".join(stops)
        return Failed(name=held[0].verdict.value.capitalize(), message=said, data=NotTaken(said, rows))
    return Completed(name=deliveries[-1].verdict.value.capitalize(), message=f"{len(rows)} taken in", data=rows)


def run(feed: str, file: Path | None = None, whole: bool = False) -> list[dict[str, Any]]:
    """Run the flow now against the Prefect API; gives the rows of the deliveries, or raises what the run failed with.

    Heartbeats are off here: they cost a synchronous run up to a second, and a run that a person watches needs none.
    """
    with asked(), temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        state: State[Any] = ingest_feed(feed, str(file) if file else None, whole, return_state=True)
    ended: Any = state.result(raise_on_failure=False)
    if isinstance(ended, NotTaken):
        return ended.rows
    if isinstance(ended, Exception):
        raise ended
    return list(ended)


T = TypeVar("T")
WAITING = {"next": "collect"}
LANDING = {"keep": "keep", "fetch": "fetch"}
STORE = {"publish": "publish", "hold": "hold", "note": "note"}
LEDGER = {
    "newest": "look up", "last_accepted": "look up", "standing": "standing", "history": "history", "month": "history",
}  # fmt: skip
CONNECTOR = {"put": "report", "settle": "settle"}
"""Which calls are tried again, and what they are called; all others are plain."""
TASKS = frozenset({"keep", "publish", "hold", "note"})
"""Which of them are tasks on Prefect's pages: that something came and is safe, and what became of it. A task costs the
server as much as three calls, so that a look at a source or into our own database is none, nor a return put down."""
DONE_AFTER = {
    "keep": 10.0, "look up": 15.0, "fetch": 20.0, "standing": 50.0, "history": 55.0, "publish": 85.0, "hold": 85.0,
    "note": 85.0, "report": 95.0, "settle": 100.0,
}  # fmt: skip
"""Per cent of a drop after each of them, in the shares of time that a drop of 200 000 lines takes."""
ALL = 100.0
SILENT = (Unreachable, WarehouseUnreachable)
"""Where another try may find what this one did not."""


BAR_AFTER = 10.0
"""Seconds between two looks that anybody takes at a bar; what is done by then has none."""


class Tasks:
    """Makes calls, waiting so many seconds before each new try, and moves the bar of that key as time passes.

    The bar begins anew with each drop, for none says how many wait.
    """

    def __init__(self, waits: Sequence[float], key: str) -> None:
        self._waits = [*waits]
        self._key = key
        self._bar: UUID | None = None
        self._drops = 0
        self._shown, self._moved = 0.0, time.monotonic()

    def run(self, name: str, call: partial[Any]) -> Any:
        """The call, under that name; some are tasks."""
        given = self._as_task(name, call) if name in TASKS else self._patiently(name, call)
        if name == "keep":
            self._drops, self._shown = self._drops + 1, 0.0
        if DONE_AFTER.get(name, 0.0) > self._shown:
            self._shown = DONE_AFTER[name]
            self._show(f"Drop {self._drops} of this run, {name}: done")
        return given

    def _patiently(self, name: str, call: partial[Any]) -> Any:
        for wait in self._waits:
            try:
                return call()
            except SILENT as fault:
                get_run_logger().warning("%s: %s Trying again in %g s.", name, clean(str(fault)), wait)
                time.sleep(wait)
        return call()

    def _as_task(self, name: str, call: partial[Any]) -> Any:
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
        return work()

    def _show(self, said: str) -> None:
        """A bar that stands stays true to the end; one is begun for what takes long."""
        if self._bar is None and time.monotonic() - self._moved < BAR_AFTER:
            return
        if self._bar is None:
            self._bar = UUID(str(create_progress_artifact(progress=self._shown, key=self._key, description=said)))
        elif self._shown == ALL or time.monotonic() - self._moved >= BAR_AFTER:
            update_progress_artifact(artifact_id=self._bar, progress=self._shown, description=said)
        else:
            return
        self._moved = time.monotonic()


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
    return isinstance(fault, SILENT)
