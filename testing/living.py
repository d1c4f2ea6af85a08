"""An installation as it lives: `quai up`, `quai deploy`, a worker, and whatever else runs for months.

Each part is the process that docs/operate.md starts. Nothing here starts a run: that is what the scheduler, the watch
and the worker are for; `fall_due` only moves the hour for which the scheduler plans one.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleUpdate, DeploymentUpdate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.schedules import CronSchedule
from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

from config.settings import Settings
from flows.deploy import TIMEZONE
from flows.local import AUTH, shell
from offers.calendar import PARIS
from testing.commands import PROGRAM, environment
from warehouse.engine import embedded_url

T = TypeVar("T")
PATIENCE = 300.0
"""Seconds after which what has not happened by itself never will."""
SOON = timedelta(seconds=15)
"""Time for the scheduler, which looks every five seconds at what changed, to plan a run before it is due."""


def until(look: Callable[[], T], what: str, patience: float = PATIENCE) -> T:
    """Look until something true is seen, and give it. Raises TimeoutError naming what never came."""
    deadline = time.monotonic() + patience
    while not (seen := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {patience:.0f} s")
        time.sleep(0.25)
    return seen


@dataclass
class Installation:
    """A place with its servers up; `place` is the environment that all of its processes share."""

    home: Path
    place: dict[str, str]
    _parts: ExitStack = field(default_factory=ExitStack)

    @property
    def settings(self) -> Settings:
        """What its environment says, but for secrets."""
        return Settings.model_validate({"home": self.home, "partners": self.place["QUAI_PARTNERS"]})

    def partner(self, slug: str, toml: str) -> None:
        """Write a partner's file."""
        Path(self.place["QUAI_PARTNERS"], f"{slug}.toml").write_text(toml, encoding="utf-8")

    def quai(self, *words: str) -> str:
        """What the command printed. Raises AssertionError, with all that it said, where it failed."""
        done = subprocess.run([*PROGRAM, *words], env=self.place, capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"quai {' '.join(words)} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def begin(self, part: str, *options: str) -> subprocess.Popen[bytes]:
        """A part at work until `rest`: `worker`, `watch`, `serve` or `metrics`; it writes into `<part>.log`."""
        log = self._parts.enter_context((self.home / f"{part}.log").open("ab"))
        process = subprocess.Popen([*PROGRAM, part, *options], env=self.place, cwd=self.home, stdout=log, stderr=log)
        self._parts.callback(_end, process)
        return process

    def rest(self) -> None:
        """All parts are told to stop, as a service manager tells them, and have stopped."""
        self._parts.close()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of its database."""
        with psycopg.connect(embedded_url(self.home).replace("+asyncpg", "")) as connection:
            return connection.execute(sql).fetchall()

    def online(self) -> set[str]:
        """The references of the records of all offers that are online."""
        sql = "select r.reference from offers o join records r on r.offer_id = o.offer where r.withdrawn_at is null"
        return {str(reference) for (reference,) in self.query(sql)}

    @contextmanager
    def prefect(self) -> Iterator[SyncPrefectClient]:
        """A client of its Prefect server."""
        with (
            temporary_settings(
                {PREFECT_API_URL: self.place["PREFECT_API_URL"], PREFECT_API_AUTH_STRING: self.place[AUTH]}
            ),
            get_client(sync_client=True) as client,
        ):
            yield client

    def fall_due(self, *deployments: str) -> None:
        """Move the hour of deployments, so that the scheduler plans one run of each, due in a moment; until it has."""
        at = (datetime.now(PARIS) + SOON).replace(microsecond=0)
        cron = CronSchedule(cron=f"{at.minute} {at.hour} {at.day} {at.month} * {at.second}", timezone=TIMEZONE)
        changed = DeploymentUpdate(schedules=[DeploymentScheduleUpdate(schedule=cron, active=True)])
        with self.prefect() as client:
            for name in deployments:
                client.update_deployment(client.read_deployment_by_name(name).id, changed)

        def unplanned() -> list[str]:
            return [name for name in deployments if at not in {run.expected_start_time for run in self.planned(name)}]

        until(lambda: not unplanned() or datetime.now(PARIS) > at, "the hour itself")
        if late := unplanned():
            self.fall_due(*late)

    def runs(self, deployment: str) -> list[FlowRun]:
        """All runs of a deployment, whoever asked for them."""
        with self.prefect() as client:
            known = FlowRunFilterDeploymentId(any_=[client.read_deployment_by_name(deployment).id])
            return list(client.read_flow_runs(flow_run_filter=FlowRunFilter(deployment_id=known)))

    def planned(self, deployment: str) -> list[FlowRun]:
        """Those that the scheduler itself planned, whatever became of them."""
        return [run for run in self.runs(deployment) if run.auto_scheduled]

    def ended(self, deployment: str) -> list[FlowRun]:
        """Those of them that have ended."""
        return [run for run in self.planned(deployment) if run.state is not None and run.state.is_final()]


@contextmanager
def installed(home: Path, **more: str) -> Iterator[Installation]:
    """A place under `home` with the servers of `quai up`, its tables made; all of it stopped at the end."""
    (home / "partners").mkdir()
    place = environment(QUAI_HOME=str(home), QUAI_PARTNERS=str(home / "partners"), **more)
    here = Installation(home, {**place, "PREFECT_WORKER_QUERY_SECONDS": "1"})
    try:
        here.quai("up")
        here.place |= exported(shell(home))
        here.quai("migrate")
        yield here
    finally:
        here.rest()
        here.quai("down")


def exported(path: Path) -> dict[str, str]:
    """What a shell that read this file has in its environment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.removeprefix("export ").split("=", 1) for line in lines)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(90)
    except subprocess.TimeoutExpired:
        process.kill()
