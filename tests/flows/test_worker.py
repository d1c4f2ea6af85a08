"""`quai worker` on a real server: each run a child, whose death is one failed run, and whose end is in order."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentUpdate, WorkPoolCreate
from prefect.client.schemas.objects import FlowRun
from prefect.states import Cancelling
from prefect.workers.base import BaseWorker
from prefect.workers.process import ProcessWorker

from flows.deploy import kind_of
from flows.worker import WarmWorker
from testing.commands import PROGRAM, ROOT, environment
from testing.living import until
from testing.waiting import PIPE, SAID

pytestmark = pytest.mark.usefixtures("prefect")

DEATH = "from flows.warm import preload, forks; {}; print(forks._loaded())"


@dataclass
class Pool:
    """A pool of its own with one deployment of the waiting flow, and workers that can be started and killed."""

    name: str
    folder: Path
    place: dict[str, str]
    of: type[BaseWorker[Any, Any, Any]] = WarmWorker
    parts: ExitStack = field(default_factory=ExitStack)
    made: int = 0

    def __post_init__(self) -> None:
        template = self.of.get_default_base_job_template()
        with get_client(sync_client=True) as client:
            client.create_work_pool(WorkPoolCreate(name=self.name, type=self.of.type, base_job_template=template))
            flow = client.create_flow_from_name("waiting")
            self.deployment = client.create_deployment(
                flow_id=flow, name=self.name, entrypoint="testing.waiting.wait", work_pool_name=self.name, pull_steps=[]
            )

    def worker(self, *command: str, **more: str) -> subprocess.Popen[bytes]:
        """As the runbook starts it, or another that does the same."""
        log = self.parts.enter_context((self.folder / f"{self.name}.log").open("ab"))
        started = [*(command or (*PROGRAM, "worker")), "--pool", self.name]
        process = subprocess.Popen(started, env={**self.place, **more}, cwd=self.folder, stdout=log, stderr=log)
        self.parts.callback(_gone, process)
        return process

    def ask(self) -> Asked:
        """A run, due at once."""
        self.made += 1
        folder = self.folder / f"{self.name}-{self.made}"
        folder.mkdir()
        os.mkfifo(folder / PIPE)
        with get_client(sync_client=True) as client:
            run = client.create_flow_run_from_deployment(self.deployment, parameters={"folder": str(folder)})
        return Asked(run.id, folder)

    def says(self, **env: str) -> None:
        """What the deployment gives its runs from now on."""
        with get_client(sync_client=True) as client:
            client.update_deployment(self.deployment, DeploymentUpdate(job_variables={"env": env}))

    def log(self) -> str:
        return (self.folder / f"{self.name}.log").read_text(errors="replace")


@dataclass(frozen=True)
class Asked:
    """A run that was asked for."""

    id: UUID
    folder: Path

    def began(self) -> dict[str, Any]:
        """What its flow said of itself, once it has begun; forgotten, so that it can begin anew."""
        until((self.folder / SAID).exists, "the beginning of the run")
        said: dict[str, Any] = json.loads((self.folder / SAID).read_text())
        (self.folder / SAID).unlink()
        return said

    def let_go(self) -> None:
        (self.folder / PIPE).write_bytes(b".")

    def now(self) -> FlowRun:
        with get_client(sync_client=True) as client:
            return client.read_flow_run(self.id)

    def ended(self, *names: str) -> FlowRun:
        """The run, once its state is one of these."""
        until(lambda: self.now().state_name in names, f"one of the states {', '.join(names)}")
        return self.now()


def _gone(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(60)
    except subprocess.TimeoutExpired:
        process.kill()


def below(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.fixture(scope="module")
def make(prefect: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Pool]]:
    """A pool by name; its workers are stopped at the end."""
    folder = tmp_path_factory.mktemp("worker")
    with ExitStack() as parts:

        def made(name: str, of: type[BaseWorker[Any, Any, Any]] = WarmWorker) -> Pool:
            secret = folder / f"{name}.url"
            secret.write_text("postgresql://one@nowhere/quai")
            place = environment(
                **prefect, PYTHONPATH=str(ROOT), QUAI_HOME=str(folder), QUAI_PARTNERS=str(folder), QUAI_LOG="text",
                QUAI_DATABASE_URL_FILE=str(secret), PREFECT_WORKER_QUERY_SECONDS="1",
            )  # fmt: skip
            pool = Pool(f"warm-{os.getpid()}-{name}", folder, place, of)
            parts.callback(pool.parts.close)
            return pool

        yield made


@pytest.fixture(scope="module")
def pool(make: Callable[[str], Pool]) -> Pool:
    """One whose worker is at work for all tests that leave it alive."""
    made = make("steady")
    made.worker()
    return made


def test_each_run_reads_its_settings_anew_in_a_process_of_its_own_and_leaves_no_folder_behind(pool: Pool) -> None:
    first = pool.ask()
    one = first.began()
    first.let_go()
    first.ended("Completed")
    pool.says(QUAI_CONTACT="nuit@quai.example", PREFECT_LOGGING_LEVEL="WARNING")
    (pool.folder / "steady.url").write_text("postgresql://other@nowhere/quai")
    second = pool.ask()
    other = second.began()
    second.let_go()
    second.ended("Completed")
    assert (one["contact"], one["database"]) == (None, "postgresql://one@nowhere/quai")
    assert (other["contact"], other["database"]) == ("nuit@quai.example", "postgresql://other@nowhere/quai")
    assert (one["log"], other["log"]) == ("INFO", "WARNING")
    assert one["process"] != other["process"]
    until(lambda: not any(Path(said["began_in"]).exists() for said in (one, other)), "the end of their folders")
    assert not any(psutil.pid_exists(said["process"]) for said in (one, other))


def test_a_child_that_is_killed_is_one_crashed_run_and_the_next_one_runs(pool: Pool) -> None:
    killed, beside = pool.ask(), pool.ask()
    process = killed.began()["process"]
    beside.began()
    os.kill(process, signal.SIGKILL)
    crashed = killed.ended("Crashed").state
    assert crashed is not None
    assert "-9" in str(crashed.message)
    beside.let_go()
    beside.ended("Completed")
    following = pool.ask()
    following.began()
    following.let_go()
    following.ended("Completed")


def test_a_run_that_is_cancelled_ends_with_its_process(pool: Pool) -> None:
    run = pool.ask()
    process = psutil.Process(run.began()["process"])
    with get_client(sync_client=True) as client:
        client.set_flow_run_state(run.id, Cancelling())
    run.ended("Cancelled")
    assert not process.is_running()
    assert "Crash" not in "".join(str(state.name) for state in _history(run))


def _history(run: Asked) -> list[Any]:
    with get_client(sync_client=True) as client:
        return client.read_flow_run_states(run.id)


def test_a_worker_that_is_told_to_stop_hands_its_runs_back_and_the_next_worker_takes_them(make) -> None:
    pool = make("stopped")
    worker = pool.worker()
    run = pool.ask()
    process = psutil.Process(run.began()["process"])
    family = below(worker)
    worker.terminate()
    assert worker.wait(60) == 0, pool.log()
    assert run.now().state_name == "AwaitingRetry"
    assert not process.is_running()
    psutil.wait_procs(family, 60)
    assert [one for one in family if one.is_running()] == []
    pool.worker()
    assert run.began()["count"] == 2
    run.let_go()
    run.ended("Completed")


def test_a_worker_that_is_killed_leaves_no_process_and_its_run_begins_anew(make) -> None:
    pool = make("killed")
    worker = pool.worker()
    run = pool.ask()
    run.began()
    family = below(worker)
    worker.kill()
    _, alive = psutil.wait_procs(family, 60)
    assert alive == []
    assert run.now().state_name == "AwaitingRetry"


def test_prefects_own_commands_start_our_worker_on_our_pool_and_theirs_still_works_there(make) -> None:
    pool = make("theirs")
    prefects = (sys.executable, "-m", "prefect", "worker", "start")
    ours = pool.worker(*prefects)
    run = pool.ask()
    assert psutil.Process(run.began()["process"]).parent().parent().pid == ours.pid
    run.let_go()
    run.ended("Completed")
    _gone(ours)
    pool.worker(*prefects, "--type", "process")
    run = pool.ask()
    run.began()
    run.let_go()
    run.ended("Completed")


def test_our_worker_serves_a_pool_of_processes_as_it_is(make) -> None:
    pool = make("old", ProcessWorker)
    worker = pool.worker()
    run = pool.ask()
    assert psutil.Process(run.began()["process"]).parent().parent().pid == worker.pid
    run.let_go()
    run.ended("Completed")
    assert "mismatch" not in pool.log()
    assert kind_of(pool.name) == "process"


def said(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], env=environment(), cwd=ROOT, capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


def test_what_is_forked_has_no_thread_but_pyarrows_and_no_handler_client_engine_or_loop() -> None:
    found = said(
        "import asyncio, gc, os; from flows.warm import preload; os.environ.update(preload.ONE_THREAD); preload.load();"
        "import httpx, sqlalchemy; gc.unfreeze();"
        "kinds = (httpx.Client, httpx.AsyncClient, sqlalchemy.Engine, asyncio.AbstractEventLoop);"
        "print(preload.unfit(), preload.handlers(), [one for one in gc.get_objects() if isinstance(one, kinds)])"
    )
    assert found == "[] [] []"


IDLE = "threading.Thread(target=time.sleep, args=(60,), name='idle', daemon=True).start()"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("preload.MODULES = ('flows.nowhere',)", "ModuleNotFoundError: No module named 'flows.nowhere'"),
        (f"import threading, time; preload.load = lambda: {IDLE}", "idle"),
    ],
)
def test_a_fault_of_what_is_imported_is_told_before_any_run(fault: str, told: str) -> None:
    assert told in said(DEATH.format(fault))
