"""From a URL, or none, to a warehouse that several processes share and that a kill does not break."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE

import pytest
from sqlalchemy import text

from offers.errors import FeedMisconfigured, QuaiError, WarehouseUnreachable
from testing.database import FAST
from warehouse import embedded
from warehouse.engine import embedded_url, open_warehouse


def answer(home: Path) -> int:
    with open_warehouse(None, home) as warehouse, warehouse.transaction() as connection:
        return int(connection.execute(text("select 41 + 1")).scalar_one())


@pytest.fixture
def home(embedded_home: Path) -> Path:
    return embedded_home


def test_a_warehouse_that_does_not_answer_says_where_and_what_to_do_and_no_password():
    url = "postgresql://quai:p%40ss-w0rd@127.0.0.1:1/quai?connect_timeout=2"
    with open_warehouse(url, Path("unused")) as warehouse:
        with pytest.raises(WarehouseUnreachable) as caught, warehouse.transaction():
            pass
        assert "w0rd" not in warehouse.where + str(caught.value)
    assert "127.0.0.1:1/quai" in str(caught.value)
    assert "QUAI_DATABASE_URL" in str(caught.value)


@pytest.mark.parametrize("url", ["mysql://a:secret@b/c", "sqlite:///x", "secret", "postgresql+asyncpg://a:secret@b/c"])
def test_what_is_no_postgresql_url_is_refused_without_being_repeated(url):
    with pytest.raises(FeedMisconfigured, match="QUAI_DATABASE_URL") as caught:
        open_warehouse(url, Path("unused"))
    assert "secret" not in str(caught.value)


def test_the_usual_short_scheme_is_taken(database_url):
    with open_warehouse(database_url.replace("postgresql:", "postgres:"), Path("unused")) as warehouse:
        assert warehouse.engine.dialect.driver == "psycopg"


def test_a_broken_off_transaction_is_said_so(warehouse):
    with pytest.raises(WarehouseUnreachable, match="broke off"), warehouse.transaction() as connection:
        connection.execute(text("select pg_terminate_backend(pg_backend_pid())"))


def test_the_embedded_server_starts_stops_and_keeps_what_was_committed(home):
    assert embedded.running(home / "postgres") is None
    embedded.start(home, FAST)
    with open_warehouse(None, home) as warehouse, warehouse.transaction() as connection:
        connection.execute(text("create table kept as select 7 as seven"))
    assert embedded.stop(home)
    assert not embedded.stop(home)
    with open_warehouse(None, home) as warehouse, warehouse.transaction() as connection:
        assert connection.execute(text("select seven from kept")).scalar_one() == 7


def test_several_processes_that_want_it_at_once_get_the_same_server_and_print_nothing(home):
    code = (
        "import sys; from pathlib import Path; from warehouse import embedded\n"
        "from warehouse.engine import embedded_url\n"
        "home = Path(sys.argv[1]); embedded.start(home); embedded_url(home, 'shared');"
        "print((home / 'postgres' / 'postmaster.pid').read_text().split()[0])"
    )

    def process() -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, str(home)], capture_output=True, text=True, check=True, env=_environment()
        )
        assert done.stderr == ""
        return done.stdout

    with ThreadPoolExecutor(4) as pool:
        assert len({future.result() for future in [pool.submit(process) for _ in range(4)]}) == 1


def test_it_comes_up_again_after_a_kill_even_when_the_pid_now_belongs_to_another_program(home):
    embedded.start(home, FAST)
    note = home / "postgres" / "postmaster.pid"
    lines = note.read_text().splitlines()
    os.kill(int(lines[0]), signal.SIGKILL)
    _until(lambda: embedded.running(home / "postgres") is None)
    assert note.exists()
    note.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert answer(home) == 42


def test_a_home_too_deep_for_a_socket_and_left_half_made_by_a_killed_run_still_works(home):
    deep = home / ("d" * 60) / ("e" * 60)
    half = deep / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    try:
        assert answer(deep) == 42
        folder = embedded.running(deep / "postgres")
        assert folder is not None
        assert len(str(folder)) < 100
        assert not half.exists()
    finally:
        embedded.stop(deep)


def test_the_server_opens_no_folder_above_its_home_and_lets_nobody_else_to_its_socket(home):
    above = home / "closed"
    inner = above / "quai"
    inner.mkdir(parents=True)
    for folder in (home, above, inner):
        folder.chmod(0o700)
    before = {folder: folder.stat().st_mode for folder in inner.parents}
    try:
        assert answer(inner) == 42
        assert {folder: folder.stat().st_mode for folder in inner.parents} == before
        data = inner / "postgres"
        assert embedded.running(data) == data
        assert [S_IMODE(path.stat().st_mode) for path in (inner, data, data / ".s.PGSQL.5432")] == [0o700] * 3
    finally:
        embedded.stop(inner)


def test_programs_that_the_server_s_user_cannot_reach_are_copied_to_where_he_can(tmp_path, monkeypatch):
    if os.geteuid():
        pytest.skip("only root starts the server as another user")
    monkeypatch.setattr(embedded, "COPIES", tmp_path / "copies")
    installed = tmp_path / "closed" / "pginstall"
    for folder, name in (("bin", "initdb"), ("share", "postgres.bki")):
        (installed / folder).mkdir(parents=True, exist_ok=True)
        (installed / folder / name).write_text("#!/bin/sh\n")
        (installed / folder / name).chmod(0o700 if folder == "bin" else 0o600)
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    (tmp_path / "closed").chmod(0o700)
    copy = embedded._within_reach(installed / "bin", nobody)
    assert copy.is_relative_to(tmp_path / "copies")
    assert S_IMODE((copy / "initdb").stat().st_mode) == 0o755
    assert S_IMODE((copy.parent / "share" / "postgres.bki").stat().st_mode) == 0o644
    assert S_IMODE((tmp_path / "closed").stat().st_mode) == 0o700
    assert embedded._within_reach(installed / "bin", nobody) == copy


def test_a_run_folder_that_another_user_prepared_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    tmp_path.chmod(0o700)
    folder = embedded._run_folder()
    assert folder.is_relative_to(tmp_path)
    assert S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o777)
    with pytest.raises(QuaiError, match="others may write there"):
        embedded._run_folder()
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(QuaiError, match="not this user's own"):
        embedded._run_folder()


def test_prefect_s_own_database_is_made_on_the_same_server_and_asyncpg_reaches_it(server):
    asyncpg = pytest.importorskip("asyncpg")
    url = embedded_url(server, "prefect_of_tests")
    assert url.startswith("postgresql+asyncpg://postgres@/prefect_of_tests?host=/")

    async def ask() -> str:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        try:
            await connection.execute("create extension if not exists pg_trgm")
            return await connection.fetchval("select current_database()")
        finally:
            await connection.close()

    assert asyncio.run(ask()) == "prefect_of_tests"
    assert embedded_url(server, "prefect_of_tests") == url


def test_a_server_that_cannot_start_gives_its_last_words(home):
    with pytest.raises(QuaiError, match=r"does not start.*shared_buffers"):
        embedded.start(home, {"shared_buffers": "nonsense"})
    assert answer(home) == 42


def _environment() -> dict[str, str]:
    root = str(Path(__file__).resolve().parents[2])
    return {k: v for k, v in os.environ.items() if k != "XDG_RUNTIME_DIR"} | {"PYTHONPATH": root}


def _until(done) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)
