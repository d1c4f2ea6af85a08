"""The plan applied to a Prefect server: one deployment per feed, made, changed or left alone; removed feeds paused."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate, WorkPoolCreate
from prefect.client.schemas.filters import DeploymentFilter, DeploymentFilterTags
from prefect.client.schemas.objects import ConcurrencyLimitStrategy, ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

from flows.schedules import FEED_TAG, TAG, TIMEZONE, Planned, partner_tag
from flows.server import asked, deployments

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

    def as_dict(self) -> dict[str, str]:
        """JSON-ready."""
        return asdict(self)


def deploy(planned: Iterable[Planned], pool: str, unknown: Collection[str] = ()) -> list[Deployed]:
    """Make the server's deployments as planned, in a work pool, which is made where it is missing.

    `unknown`: partners whose file could not be read; their deployments are left as they are.
    """
    with asked() as client:
        _pool(client, pool)
        wanted = list(planned)
        done = [Deployed(one.full_name, _apply(client, one, pool), _hours(one)) for one in wanted]
        return [*done, *_pause(client, {one.name for one in wanted}, unknown)]


def _pool(client: SyncPrefectClient, name: str) -> None:
    try:
        client.read_work_pool(name)
    except ObjectNotFound:
        client.create_work_pool(WorkPoolCreate(name=name, type="process"))


def _apply(client: SyncPrefectClient, one: Planned, pool: str) -> Done:
    known = _known(client, one)
    if known is not None and _said(known) == _wanted(one, pool):
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
        schedules=[DeploymentScheduleCreate(schedule=_cron(cron), active=True) for cron in one.crons],
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


def _known(client: SyncPrefectClient, one: Planned) -> DeploymentResponse | None:
    try:
        return client.read_deployment_by_name(one.full_name)
    except ObjectNotFound:
        return None


def _cron(cron: str) -> CronSchedule:
    return CronSchedule(cron=cron, timezone=TIMEZONE)


def _wanted(one: Planned, pool: str) -> tuple[Any, ...]:
    crons = {(cron, TIMEZONE) for cron in one.crons}
    return one.entrypoint, one.description, dict(one.parameters), set(one.tags), crons, pool, 1, []


def _said(known: DeploymentResponse) -> tuple[Any, ...]:
    crons = {
        (getattr(each.schedule, "cron", None), getattr(each.schedule, "timezone", None)) for each in known.schedules
    }
    limit = known.global_concurrency_limit.limit if known.global_concurrency_limit else None
    pool, pull = known.work_pool_name, known.pull_steps or []  # ours is installed; nothing is pulled
    return known.entrypoint, known.description, known.parameters, set(known.tags), crons, pool, limit, pull


def _hours(one: Planned) -> str:
    """`7 3 * * * +14 s`: the minute and hour of a cron, in Paris, and the second within it."""
    return (
        ", ".join(" ".join(_briefly(cron)) + "".join(f" +{s} s" for s in cron.split()[5:]) for cron in one.crons)
        or "none"
    )


def _briefly(cron: str) -> list[str]:
    """Its five fields, the minutes as a step where they are at equal distances all the hour."""
    minutes, *rest = cron.split()[:5]
    named = [int(one) for one in minutes.split(",")] if minutes.replace(",", "").isdecimal() else []
    apart = 60 // len(named) if named else 0
    if len(named) > 2 and named == [*range(named[0], 60, apart)] and named[0] < apart:
        minutes = f"{named[0] or '*'}{'-59' if named[0] else ''}" + (f"/{apart}" if apart > 1 else "")
    return [minutes, *rest]


def _pause(client: SyncPrefectClient, wanted: set[str], unknown: Collection[str]) -> list[Deployed]:
    ours = DeploymentFilter(tags=DeploymentFilterTags(all_=[TAG, FEED_TAG]))
    gone = [one for one in deployments(client, ours) if one.name not in wanted and REMOVED not in one.tags]
    kept = {partner_tag(partner) for partner in unknown}
    left = [one for one in gone if kept & set(one.tags)]
    gone = [one for one in gone if one not in left]
    for one in gone:
        client.update_deployment(one.id, DeploymentUpdate(paused=True, tags=[*one.tags, REMOVED]))
    paused = [Deployed(f"ingest/{one.name}", "paused", "none") for one in gone]
    return [*paused, *(Deployed(f"ingest/{one.name}", "left", "as it was: its file is broken") for one in left)]
