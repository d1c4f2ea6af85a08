"""The rebuild of all duplicates as Prefect flow runs: a task per part of départements, here or on any worker of a pool.

Each part does what `quai duplicates rebuild` does with it (warehouse.matching.rebuild). Only its départements go in
and its counts come out: the workers share nothing but the database. How to deploy it: docs/scale.md.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect import flow, runtime, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.client.schemas.objects import State, TaskRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.states import Completed, Failed
from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

from config.settings import RETRY_SECONDS
from flows.place import read
from flows.runs import failed
from offers.calendar import minute_of
from offers.errors import Declined, QuaiError, WarehouseUnreachable
from offers.matching import comparison
from operations.duplicates.rebuilding import COUNTS, Parts, parts_of, row
from story.dock import open_dock
from warehouse.matching.rebuild import Rebuilt

POLL = 2.0
"""Seconds between two looks at a part that another worker has."""
NAMED = 6
"""Départements of a part that are named; of more, how many."""


def in_words(departments: Any) -> str:
    """`départements 69, 38, 42 and 3 more`."""
    names = [one or "unknown" for one in departments]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"département{'s' if len(names) > 1 else ''} {', '.join(names[:NAMED])}{more}"


def _unreachable(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    return isinstance(state.result(raise_on_failure=False), WarehouseUnreachable)


def _task_name() -> str:
    return in_words(runtime.task_run.parameters["departments"])


def _part_name() -> str:
    given = runtime.flow_run.parameters
    return in_words(given["departments"]) + (", dry run" if given["dry_run"] else "")


def _run_name() -> str:
    given, at = runtime.flow_run.parameters, runtime.flow_run.scheduled_start_time
    what = in_words([given["department"]]) if given["department"] is not None else "all départements"
    return f"{what}{', dry run' if given['dry_run'] else ''} {minute_of(at)}"


@task(
    name="rebuild part",
    task_run_name=_task_name,
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=[*RETRY_SECONDS],
    retry_condition_fn=_unreachable,
)
def rebuild_part(departments: list[str], at: datetime, dry_run: bool) -> Rebuilt:
    """Compare one part anew, in this process; one transaction, so that a retry begins where it began."""
    with open_dock(read()) as dock:
        return dock.store.matching.rebuild(tuple(departments), at, write=not dry_run)


@task(name="hand part over", task_run_name=_task_name, cache_policy=NO_CACHE, persist_result=False)
def hand_over(departments: list[str], at: datetime, dry_run: bool, deployment: str) -> Rebuilt:
    """Have one part compared by a run of the deployment of `rebuild-part`, wherever a worker takes it, and wait."""
    given = {"departments": departments, "at": at.isoformat(), "dry_run": dry_run}
    try:
        run: Any = run_deployment(deployment, parameters=given, poll_interval=POLL)
    except ObjectNotFound as fault:
        raise Declined(f"there is no deployment « {deployment} » of rebuild-part (docs/scale.md).") from fault
    if not run.state.is_completed():
        raise QuaiError(f"{in_words(departments)}, run « {run.name} »: {run.state.name}, {run.state.message}")
    # The run's result lies on the disk of whichever machine had it; its artifact lies with the server.
    with get_client(sync_client=True) as client:
        (artifact,) = client.read_artifacts(artifact_filter=artifacts_of(run.id))
    (told,) = json.loads(str(artifact.data))
    return Rebuilt(tuple(departments), *(told[name] for name in COUNTS))


def artifacts_of(run: UUID) -> ArtifactFilter:
    """What a flow run has shown."""
    return ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))


@flow(name="rebuild-part", flow_run_name=_part_name, persist_result=False)
def rebuild_one(departments: list[str], at: datetime, dry_run: bool = False) -> State[Any]:
    """One part of `rebuild-duplicates` on whichever worker takes it; its counts are a table artifact."""
    try:
        found = rebuild_part(departments, at, dry_run)
    except QuaiError as fault:
        return failed(fault)
    _show("rebuild-part", [found], in_words(departments))
    return Completed(message=f"{found.records:,} records are {found.offers:,} offers, {found.moved:,} moved.")


@flow(name="rebuild-duplicates", flow_run_name=_run_name, persist_result=False)
def rebuild_duplicates(
    department: str | None = None, dry_run: bool = False, workers: int | None = None, deployment: str | None = None
) -> State[Any]:
    """Compare all records anew, or those of one département; a dry run writes nothing and fails where any would move.

    The parts are shared by `workers` processes here, as many as there are cores where it is not said; or, where
    `deployment` names one of `rebuild-part`, by whichever workers of its pool take them.
    """
    try:
        with open_dock(read()) as dock:
            matching = dock.store.matching
            at, shares = dock.now(), parts_of(matching.parts(), department)
            ended = _shared_out(shares, at, dry_run, workers, deployment)
            done = [part for part in ended if isinstance(part, Rebuilt)]
            faults = [fault for fault in ended if not isinstance(fault, Rebuilt)]
            across = 0 if dry_run or faults else matching.rematch_across(shares, at)
    except QuaiError as fault:
        return failed(fault)
    said = f"{across:,} decisions between départements were looked at again." if across else "Part by part."
    _show("rebuild-duplicates", done, "What would become of the records." if dry_run else said)
    for other in (fault for fault in faults if not isinstance(fault, QuaiError)):
        raise other
    if faults:
        said = (
            f"{len(faults)} of {len(faults) + len(done)} parts failed; the others are done. {faults[0]} Run it again."
        )
        return Failed(name=type(faults[0]).__name__, message=said)
    records, moved = (sum(getattr(part, name) for part in done) for name in ("records", "moved"))
    if dry_run and moved:
        said = f"{moved:,} of {records:,} records would be in another offer; the same without dry_run puts them there."
        return Failed(name="Drifted", message=said)
    return Completed(name="NoDrift" if dry_run else "Rebuilt", message=f"{records:,} records, {moved:,} moved.")


def _shared_out(
    shares: Parts, at: datetime, dry_run: bool, workers: int | None, deployment: str | None
) -> list[Rebuilt | BaseException]:
    """Each part's counts, or what it failed with, in the order of the parts."""
    given = [{"departments": list(part), "at": at, "dry_run": dry_run} for part in shares]
    cores = os.cpu_count() or 1
    workers = min(workers or cores, len(shares))
    runner: TaskRunner[Any]
    if deployment:  # they only wait; the pool's limit says how many run
        runner = ThreadPoolTaskRunner(max_workers=max(1, len(shares)))
    elif workers < 2:
        runner = ThreadPoolTaskRunner(max_workers=1)
    else:
        threads = max(1, cores // workers)
        runner = ProcessPoolTaskRunner(max_workers=workers, initializer=_begin, initargs=(threads,))
    with runner:
        if deployment:
            futures = [runner.submit(hand_over, {**one, "deployment": deployment}) for one in given]
        else:
            futures = [runner.submit(rebuild_part, one) for one in given]
        for future in futures:
            future.wait()
        return [future.result(raise_on_failure=False) for future in futures]


def _begin(threads: int) -> None:
    comparison.WORKERS = threads


def _show(key: str, done: list[Rebuilt], said: str) -> None:
    rows = [{"part": in_words(part.departments), **{name: row(part)[name] for name in COUNTS}} for part in done]
    if len(rows) > 1:
        rows.append({"part": "in all", **{name: sum(getattr(part, name) for part in done) for name in COUNTS}})
    create_table_artifact(rows, key=key, description=said)
