"""The story as Prefect flow runs: one run per feed, one task per step that touches the world, honest states.

Nothing but the feed's slug and a path enters a run, and nothing but small rows leaves it: frames stay inside the story.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect import flow, runtime
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRunPolicy, State
from prefect.events import emit_event
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed, Failed

from config.clock import unwatched
from config.logs import clean
from flows.data_docs import index_of
from flows.place import house_name, read
from flows.server import asked
from flows.tasks import Tasks, with_tasks
from offers.calendar import minute_of
from offers.errors import QuaiError, Unreachable
from offers.model import NOT_TAKEN, Delivery, Severity, VerdictKind
from offers.quoting import quote
from operations.alerts import tell_at_once
from operations.feeds import the_feed, the_partners
from operations.ingest import handed_in, ingest
from operations.matters import matters
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
def ingest_feed(feed: str, file: str | None = None) -> State[Any]:
    """Take in what a feed's partner has left, or one file as its next drop; the result is a row per delivery."""
    try:
        settings = read()
        known = the_feed(settings, feed)
        drops = (handed_in(known, Path(file)),) if file else None
        with open_dock(settings, feed=known.slug) as dock:
            tasks = Tasks(settings.retry_seconds, _key(known.slug, "progress"))
            deliveries = ingest(known, with_tasks(dock, tasks), unwatched, drops, str(runtime.flow_run.id))
            for delivery in deliveries:
                _show(delivery, dock)
                announce(delivery)
    except Unreachable as fault:
        if _again_later():
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


def _again_later() -> bool:
    """Whether this run is to wait (`AwaitingRetry`) and go on (`Retrying`): one that was deployed, twice at most."""
    if not runtime.deployment.id or runtime.flow_run.run_count > RUN_RETRIES:
        return False
    _allow(RUN_RETRIES)
    return True


def _no_more() -> None:
    """What a retry ends in is final: no policy of retries may turn a verdict into another retry."""
    if runtime.flow_run.run_count > 1:
        _allow(0)


def _allow(retries: int) -> None:
    policy = FlowRunPolicy(retries=retries, retry_delay=RUN_RETRY_DELAY)
    with get_client(sync_client=True) as client:
        client.update_flow_run(UUID(str(runtime.flow_run.id)), empirical_policy=policy)


def _show(delivery: Delivery, dock: Dock) -> None:
    rejections = dock.store.rejections(delivery.id or 0)
    rejections["sentence"] = rejections["sentence"].map(clean)  # they quote values, which may be a person's
    pages = index_of(dock.settings).resolve().as_uri()
    said = markdown(delivery, rejections, _link(delivery.report))
    said += f"\n[What the gate expected, night by night](<{pages}>)\n"
    verdict = f"{quote(delivery.drop)}: {delivery.verdict.value}"
    create_markdown_artifact(said, key=_key(delivery.feed, "delivery"), description=verdict)


def _link(report: str | None) -> str | None:
    return report if report is None or "://" in report else Path(report).resolve().as_uri()


def _key(feed: str, what: str) -> str:
    """Prefect allows small letters, digits and dashes."""
    return f"{feed}-{what}".replace("/", "-").replace("_", "-").lower()


def announce(delivery: Delivery) -> None:
    """Emit `quai.delivery.<verdict>` for automations to hang on; an unchanged drop is no news."""
    if delivery.verdict is not VerdictKind.UNCHANGED:
        counts = {name: count for name, count in as_row(delivery).items() if name in EVENT_KEYS}
        emit_event(f"quai.delivery.{delivery.verdict.value}", _feed_resource(delivery.feed), payload=counts)


@flow(name="alerts", flow_run_name=house_name, persist_result=False)
def tell_alerts() -> list[str]:
    """Send what does not wait for the digest, and emit `quai.feed.late` for each feed that is; gives those feeds.

    Made to be scheduled every quarter of an hour. The event is emitted as long as the feed is late, the alert once.
    """
    settings = read()
    partners = the_partners(settings)
    feeds = partners.feeds
    with open_dock(settings) as dock:
        late = [matter for matter in matters(dock, feeds) if matter.kind == "late"]
        for matter in late:
            emit_event("quai.feed.late", _feed_resource(matter.feed), payload={"sentence": matter.sentence})
        tell_at_once(dock, feeds, partners.broken)
    return [matter.feed for matter in late]


def _feed_resource(feed: str) -> dict[str, str]:
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


def run(feed: str, file: Path | None = None) -> list[dict[str, Any]]:
    """Run the flow now against the Prefect API; gives the rows of the deliveries, or raises what the run failed with.

    Heartbeats are off here: they cost a synchronous run up to a second, and a run that a person watches needs none.
    """
    with asked(), temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        state: State[Any] = ingest_feed(feed, str(file) if file else None, return_state=True)
    ended: Any = state.result(raise_on_failure=False)
    if isinstance(ended, NotTaken):
        return ended.rows
    if isinstance(ended, Exception):
        raise ended
    return list(ended)
