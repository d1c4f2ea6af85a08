"""What is to be scheduled, one deployment per feed and those of the house; and that plan applied to a server."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from cronsim import CronSim, CronSimError
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate, WorkPoolCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

from flows.server import TAG, asked, deployments
from flows.worker import TYPE, WarmWorker
from offers.calendar import PARIS
from offers.errors import FeedMisconfigured
from offers.feed import Feed
from operations.feeds import no_cron

TIMEZONE = str(PARIS)
FEED_TAG = "feed"
_ANY_DAY = datetime(2026, 1, 1)
"""Only the fields of a cron are read, never a date."""
_LAST_MINUTE = 59


@dataclass(frozen=True)
class Planned:
    """One deployment as it should be: `crons` are in Paris, seconds last; none where a look or a person starts it."""

    flow: str
    name: str
    entrypoint: str
    description: str
    crons: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = (TAG,)

    @property
    def full_name(self) -> str:
        """`ingest/laposte.offres`, as Prefect's command line wants it."""
        return f"{self.flow}/{self.name}"


HOUSE = (
    Planned("alerts", "house", "flows.house.tell_alerts", "What does not wait for the digest.", ("*/15 * * * *",)),
    Planned("digest", "house", "flows.house.tell_night", "The night in one message, and a table.", ("30 7 * * *",)),
    Planned("close-expired", "house", "flows.house.close_expired", "Offers whose last day is over.", ("5 * * * *",)),
    Planned("purge", "house", "flows.house.purge_what_is_due", "What is kept too long goes.", ("30 5 * * *",)),
    Planned("data-docs", "house", "flows.data_docs.data_docs", "What the gate expected and saw.", ("45 6 * * *",)),
    Planned(
        "rebuild-duplicates",
        "house",
        "flows.rebuild_duplicates.rebuild_duplicates",
        "Would any record be in another offer if all were compared anew? Writes nothing.",
        ("0 4 * * 0",),
        {"dry_run": True},
    ),
)
"""What runs for no single feed. The digest comes when the night's feeds are in."""


def plan(feeds: Mapping[str, Feed]) -> tuple[Planned, ...]:
    """All deployments, the feeds' first. Raises FeedMisconfigured with every schedule that is no cron, at once."""
    planned, faults = [], []
    for slug in sorted(feeds):
        try:
            planned.append(of_feed(feeds[slug]))
        except FeedMisconfigured as fault:
            faults.append(str(fault))
    if faults:
        raise FeedMisconfigured("\n".join(faults))
    return (*planned, *HOUSE)


def of_feed(feed: Feed) -> Planned:
    """A feed's deployment. One that is watched has no hour of its own: what comes starts it."""
    spread = jittered(feed) if feed.schedule is not None else ()
    due = f"due at {feed.schedule} in Paris" if feed.schedule else "due at no hour"
    if feed.every:
        minutes = int(feed.every.total_seconds() // 60)
        due += f", looked at every {minutes} minutes by `quai watch` or `quai serve`"
    elif not feed.schedule:
        due += ": run by hand"
    return Planned(
        flow="ingest",
        name=deployment_name(feed.slug),
        entrypoint="flows.runs.ingest_feed",
        description=f"{feed.title}: {due}.",
        crons=() if feed.every else spread,
        parameters={"feed": feed.slug},
        tags=(TAG, FEED_TAG, partner_tag(feed.partner), f"source:{feed.source.kind}"),
    )


def deployment_name(slug: str) -> str:
    """`laposte.offres`: Prefect allows no slash in a name."""
    return slug.replace("/", ".")


def partner_tag(partner: str) -> str:
    """The tag of all deployments of one partner."""
    return f"partner:{partner}"


def jittered(feed: Feed) -> tuple[str, ...]:
    """The feed's cron, moved later by what its slug says: always the same, and another for each feed.

    It never leaves the hour, so that no day changes, nor half of `grace`, so that no jitter makes a feed late.
    """
    try:
        minutes = CronSim(feed.schedule or "", _ANY_DAY).minutes
    except CronSimError as fault:
        raise no_cron(feed.slug, feed.schedule, fault) from fault
    room = min(feed.jitter, feed.grace / 2, timedelta(minutes=_LAST_MINUTE - max(minutes), seconds=59))
    share = int.from_bytes(hashlib.sha256(feed.slug.encode()).digest()[:8]) / 2**64
    later, seconds = divmod(int(share * (room.total_seconds() + 1)), 60)
    rest = (feed.schedule or "").split()[1:]
    moved = ",".join(str(minute + later) for minute in sorted(minutes))
    return (f"{moved} {' '.join(rest)} {seconds}",)


Done = Literal["created", "updated", "unchanged", "paused", "left"]
REMOVED = "removed"
"""The tag of a feed's deployment that we paused because its TOML is gone; back again, it runs again."""
ONE_AT_A_TIME = ConcurrencyOptions(collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
"""A second run of a feed waits for the first: cancelled, it would leave what came in the meantime."""


@dataclass(frozen=True)
class Deployed:
    """What was done about one deployment."""

    deployment: str
    done: Done
    schedule: str


def deploy(planned: Iterable[Planned], pool: str, unknown: Collection[str] = ()) -> list[Deployed]:
    """Make the server's deployments as planned, in a work pool, which is made where it is missing.

    One that is there keeps its type, for Prefect can change none: a new pool would lose the runs that are late in it.
    `unknown`: partners whose file could not be read; their deployments are left as they are. Others are paused.
    """
    with asked() as client:
        try:
            client.read_work_pool(pool)
        except ObjectNotFound:
            template = WarmWorker.get_default_base_job_template()
            client.create_work_pool(WorkPoolCreate(name=pool, type=TYPE, base_job_template=template))
        wanted = list(planned)
        done = [Deployed(one.full_name, _apply(client, one, pool), _hours(one)) for one in wanted]
        names = {one.name for one in wanted}
        ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG, FEED_TAG]))
        gone = [one for one in deployments(client, ours) if one.name not in names and REMOVED not in one.tags]
        kept = {partner_tag(partner) for partner in unknown}
        left = [one for one in gone if kept & set(one.tags)]
        gone = [one for one in gone if one not in left]
        for one in gone:
            client.update_deployment(one.id, DeploymentUpdate(paused=True, tags=[*one.tags, REMOVED]))
    done += [Deployed(f"ingest/{one.name}", "paused", "none") for one in gone]
    return [*done, *(Deployed(f"ingest/{one.name}", "left", "as it was: its file is broken") for one in left)]


def kind_of(pool: str) -> str:
    """The type of a work pool: ours, or Prefect's `process`, `kubernetes` and so on."""
    with asked() as client:
        return client.read_work_pool(pool).type


def _apply(client: SyncPrefectClient, one: Planned, pool: str) -> Done:
    known: DeploymentResponse | None = None
    with suppress(ObjectNotFound):
        known = client.read_deployment_by_name(one.full_name)
    if known is not None:
        schedules = [each.schedule for each in known.schedules]
        crons = {(getattr(each, "cron", None), getattr(each, "timezone", None)) for each in schedules}
        limit = known.global_concurrency_limit.limit if known.global_concurrency_limit else None
        said = known.entrypoint, known.description, known.parameters, set(known.tags), known.work_pool_name
        wanted = one.entrypoint, one.description, dict(one.parameters), set(one.tags), pool
        times = {(cron, TIMEZONE) for cron in one.crons}
        # Ours is installed; nothing is pulled.
        if (said, crons, limit, known.pull_steps or []) == (wanted, times, 1, []):
            return "unchanged"
    removed = known is not None and REMOVED in known.tags
    client.create_deployment(
        flow_id=client.create_flow_from_name(one.flow),
        name=one.name,
        description=one.description,
        entrypoint=one.entrypoint,
        parameters=dict(one.parameters),
        parameter_openapi_schema=parameter_schema(flow_of(one)).model_dump(exclude_unset=True),
        tags=list(one.tags),
        schedules=[
            DeploymentScheduleCreate(schedule=CronSchedule(cron=cron, timezone=TIMEZONE), active=True)
            for cron in one.crons
        ],
        concurrency_limit=1,
        concurrency_options=ONE_AT_A_TIME,
        work_pool_name=pool,
        pull_steps=[],
        paused=known.paused and not removed if known else False,  # what a person paused stays paused
    )
    return "updated" if known else "created"


def flow_of(one: Planned) -> Flow[..., Any]:
    """The flow itself."""
    return load_flow_from_entrypoint(one.entrypoint, use_placeholder_flow=False)


def _hours(one: Planned) -> str:
    """`7 3 * * * +14 s`: the minute and hour of a cron, in Paris, and the second within it."""
    hours = []
    for minutes, *rest in (cron.split() for cron in one.crons):
        named = [int(one) for one in minutes.split(",")] if minutes.replace(",", "").isdecimal() else []
        apart = 60 // len(named) if named else 0
        if len(named) > 2 and named == [*range(named[0], 60, apart)] and named[0] < apart:  # all the hour, as a step
            minutes = f"{named[0] or '*'}{'-59' if named[0] else ''}" + (f"/{apart}" if apart > 1 else "")
        hours.append(" ".join([minutes, *rest[:4]]) + "".join(f" +{seconds} s" for seconds in rest[4:]))
    return ", ".join(hours) or "none"
