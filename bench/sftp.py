"""A file of 150 MB from OpenSSH's sshd, by our connector and by the `sftp` command in turn: on loopback and at 30 ms.

Prints MB/s (median, and each), and the ratios that the targets are stated in. Ours includes logging in, two looks at
the folder and the checks after; the command's includes logging in. Needs sshd, sftp and ssh-keygen.
"""

from __future__ import annotations

import multiprocessing
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from pathlib import Path

from bench import kit
from connectors.settings import SftpSettings
from connectors.sftp import SftpConnector
from connectors.source import Workspace
from offers.feed import Feed, Limits, Secret
from offers.format import Format
from testing.servers.openssh import SSHD, OpenSSH
from testing.servers.proxy import Proxy

ROUND_TRIP = 0.030
TARGETS = {"loopback": 0.6, "30 ms": 1.0}
NAME = "offres.csv"


def main() -> None:
    options = kit.parser(__doc__, mb=152, rounds=5).parse_args()
    if not SSHD or not shutil.which("sftp"):
        sys.exit("sshd and sftp are needed: apt-get install openssh-server openssh-client")
    with tempfile.TemporaryDirectory() as name:
        folder, size = Path(name), options.mb * 1_000_000
        for side in ("partner", "server"):
            (folder / side).mkdir()
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "id")], check=True)
        authorized = (folder / "id.pub").read_text().strip()
        with OpenSSH(folder / "partner", folder / "server", authorized) as server, _far(server.port) as far:
            line = b"REF-000001;Stage de seconde \xc3\xa0 la mairie;0.8474337369372327;07200;Aubenas;5d1be7e9dda1ee88\n"
            (server.root / NAME).write_bytes((line * (size // len(line) + 1))[:size])
            taken = _measure({"loopback": server.port, "30 ms": far}, server, folder, options.rounds)
    print(f"{options.mb} MB; MB/s")
    for where in TARGETS:
        speeds = {who: [options.mb / one for one in taken[where, who]] for who in ("sftp command", "ours")}
        for who, each in speeds.items():
            print(f"  {where:9} {who:13}{kit.spread(each, 0)}")
        ratio = statistics.median(speeds["ours"]) / statistics.median(speeds["sftp command"])
        met = "met" if ratio >= TARGETS[where] else "MISSED"
        print(f"  {where:9} ours / sftp command = {ratio:.2f}   target {TARGETS[where]}: {met}")


def _measure(ports: dict[str, int], server: OpenSSH, folder: Path, rounds: int) -> dict[tuple[str, str], list[float]]:
    clients: dict[str, Callable[[int, OpenSSH, Path], None]] = {"sftp command": _by_command, "ours": _by_connector}
    taken: dict[tuple[str, str], list[float]] = {(where, who): [] for where in ports for who in clients}
    for _ in range(rounds):
        for (where, who), each in taken.items():
            start = time.perf_counter()
            clients[who](ports[where], server, folder)
            each.append(time.perf_counter() - start)
    return taken


def _by_command(port: int, server: OpenSSH, folder: Path) -> None:
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"]
    said = [part for option in options for part in ("-o", option)]
    to, from_server = folder / "by-command", f"{server.user}@127.0.0.1:{NAME}"
    command = ["sftp", "-q", "-F", "none", "-P", str(port), "-i", str(folder / "id"), *said, from_server, str(to)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    to.unlink()


def _by_connector(port: int, server: OpenSSH, folder: Path) -> None:
    feed = Feed(
        partner="bench", name="offres", title="Bench", source=None, format=Format(kind="csv"), mapping={},
        limits=Limits(bytes=10**12),
    )  # fmt: skip
    settings = SftpSettings(
        host="127.0.0.1", port=port, user=server.user, key=Secret(env="KEY"), host_key=(server.host_key,),
        min_age_seconds=0, look_again_seconds=0, allow_private=True,
    )  # fmt: skip
    place = Workspace(folder, lambda _secret: str(folder / "id"), lambda: datetime.now(UTC))
    connector = SftpConnector(feed, settings, place)
    (drop,) = connector.collect()
    assert drop.path.stat().st_size == drop.size
    connector.close()


@contextmanager
def _far(port: int) -> Iterator[int]:
    """The server's port from 30 ms away. A process of its own: it must not share our interpreter's lock."""
    context = multiprocessing.get_context("spawn")
    ports: Queue[int] = context.Queue()
    process = context.Process(target=_stand_between, args=(port, ports), daemon=True)
    process.start()
    try:
        yield ports.get(timeout=30)
    finally:
        process.terminate()


def _stand_between(port: int, ports: Queue[int]) -> None:
    with Proxy(port, delay=ROUND_TRIP / 2) as proxy:
        ports.put(proxy.port)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    main()
