"""Local mode: one embedded PostgreSQL, one Prefect server on it; both started and stopped in order by us.

Prefect's own ephemeral server takes longer to start, locks its SQLite file now and then, and often ends in a traceback;
on the embedded PostgreSQL it does neither. Whoever may ask the server can run any command as its worker's user: it
answers those alone who know a key, drawn once into a file of QUAI_HOME that nobody else can read.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError

import psutil

from config.settings import Settings
from offers.errors import QuaiError
from warehouse import embedded
from warehouse.engine import embedded_url

DATABASE = "prefect"
AUTH = "PREFECT_API_AUTH_STRING"
HOST = "127.0.0.1"
PORT = 4200
PATIENCE = 180.0


class Server(NamedTuple):
    """A Prefect server in the background: its process and its port on loopback."""

    pid: int
    port: int

    @property
    def pages(self) -> str:
        """Where a person looks at the runs."""
        return f"http://{HOST}:{self.port}"

    @property
    def api(self) -> str:
        """What `PREFECT_API_URL` must say."""
        return f"{self.pages}/api"


def start(settings: Settings) -> Server:
    """Start both servers, or find them running. Raises QuaiError with the end of the log when one does not come up."""
    server = running(settings)
    if server is None or not _listens(server):
        port = _free_port()
        try:
            server = _begin(settings, port)
        except QuaiError:
            if _bound(port):
                raise
            server = _begin(settings, _free_port())  # another took the port meanwhile
    said = environment(settings.home, server).items()
    shell(settings.home).unlink(missing_ok=True)
    _write_once(shell(settings.home), "".join(f"export {name}={shlex.quote(value)}\n" for name, value in said))
    return server


def revive(settings: Settings) -> list[str]:
    """Start again what was killed of what `quai up` started, the server on its old port; gives what that was.

    What was stopped stays so: PostgreSQL takes its pid file away when it ends in peace, and `quai down` our note. Only
    the server that PREFECT_API_URL names is ours to start. Raises QuaiError when one does not come up.
    """
    revived = []
    if embedded.killed(settings.home):
        embedded.start(settings.home)
        revived.append("PostgreSQL")
    server = _noted(settings.home)
    if server and server.api == os.environ.get("PREFECT_API_URL") and not (_alive(server.pid) or _healthy(server)):
        _begin(settings, server.port)
        revived.append("the Prefect server")
    return revived


def environment(home: Path, server: Server) -> dict[str, str]:
    """What each process that asks this server has in its environment: its address, and the key."""
    return {"PREFECT_API_URL": server.api, AUTH: _key(home)}


def carry_key(home: Path) -> None:
    """Where PREFECT_API_URL names this home's server and nobody gave a key, this process takes the one that is here."""
    server = _noted(home)
    if server and server.api == os.environ.get("PREFECT_API_URL") and not os.environ.get(AUTH):
        os.environ |= environment(home, server)


def stop(settings: Settings) -> bool:
    """Stop the Prefect server first, then the database under it; False when nothing ran."""
    server = running(settings)
    if server is not None:
        os.killpg(server.pid, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while _alive(server.pid) and time.monotonic() < deadline:
            time.sleep(0.05)
    _note(settings.home).unlink(missing_ok=True)
    return embedded.stop(settings.home) or server is not None


def running(settings: Settings) -> Server | None:
    """The server that `start` left in the background, if it still lives; one that is slow to answer is no other."""
    server = _noted(settings.home)
    return server if server and _alive(server.pid) else None


def _noted(home: Path) -> Server | None:
    try:
        return Server(**json.loads(_note(home).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _note(home: Path) -> Path:
    return home / "prefect" / "running.json"


def shell(home: Path) -> Path:
    """The file that a shell reads (`. FILE`) to ask the server of `quai up`: the key stands in no command line."""
    return home.absolute() / "prefect" / "env"


def _key(home: Path) -> str:
    """As `user:password`, which Prefect's pages ask for, too."""
    path = home / "prefect" / "auth"
    if not path.exists():
        _write_once(path, f"quai:{secrets.token_urlsafe(32)}")
    return path.read_text(encoding="utf-8")


def _write_once(path: Path, content: str) -> None:
    """Whole, or, where another process was quicker, not at all; for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="utf-8") as draft, suppress(FileExistsError):
        draft.write(content)  # its mode is 0600
        draft.flush()
        os.link(draft.name, path)


def _begin(settings: Settings, port: int) -> Server:
    home, folder, soon = settings.home, settings.home / "prefect", Server(0, port)
    folder.mkdir(parents=True, exist_ok=True)
    surroundings = {
        **os.environ,
        **environment(home, soon),
        "PREFECT_HOME": str(folder.absolute()),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": embedded_url(home, DATABASE),
        "PREFECT_SERVER_API_AUTH_STRING": _key(home),
        # Nor may a page that somebody has open in a browser on this machine ask, whatever the browser knows.
        "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": soon.pages,
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and arguments of our own
            command, env=surroundings, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
    server = Server(process.pid, port)
    _note(home).write_text(json.dumps(server._asdict()), encoding="utf-8")
    deadline = time.monotonic() + PATIENCE
    # Its end is asked of itself: a process that is just beginning shows no command line yet.
    while not (_listens(server) and _healthy(server)):
        if process.poll() is not None or time.monotonic() > deadline:
            said = folder / "server.log"
            last = " | ".join(said.read_text(errors="replace").strip().splitlines()[-3:])
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            raise QuaiError(
                f"the Prefect server does not come up on {server.pages}. Its last words: {last}. Read {said}."
            )
        time.sleep(0.1)
    return server


def _listens(server: Server) -> bool:
    """Whether it is this process that has the port: two that start at once may have found the same one free."""
    try:
        return any(one.laddr[1:] == (server.port,) for one in psutil.Process(server.pid).net_connections("tcp"))
    except psutil.NoSuchProcess:
        return False


def _healthy(server: Server) -> bool:
    try:
        with urllib.request.urlopen(f"{server.api}/health", timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _alive(pid: int) -> bool:
    """Whether it runs: one that has ended, and that its parent has not asked after yet, does not.

    Nor does one whose number another program bears since the machine began anew.
    """
    try:
        process = psutil.Process(pid)
        return bool(process.status() != psutil.STATUS_ZOMBIE and "prefect" in process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _free_port() -> int:
    """Prefect's usual port, so that bookmarks hold, or any free one where it is taken."""
    for port in (PORT, 0):
        if found := _bound(port):
            return found
    raise QuaiError(f"no free port on {HOST} for the Prefect server.")


def _bound(port: int) -> int | None:
    """The port, 0 being any, if it can be had; None where somebody has it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return None
        return int(probe.getsockname()[1])
