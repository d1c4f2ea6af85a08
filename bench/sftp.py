"""One file of 150 MB from OpenSSH's sshd, by our connector and by the `sftp` command in turn: on loopback and at 30 ms.

Prints MB/s, medians, and the ratios that the targets are stated in. Ours includes logging in, two looks at the folder
and the checks after; the command's includes logging in. Needs sshd, sftp and ssh-keygen. Usage: sftp.py [--mb N]
[--rounds N]
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
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

from connectors.settings import SftpSettings
from connectors.sftp import SftpConnector
from connectors.source import Place
from offers.feed import Feed, Limits, Secret
from offers.format import Format
from testing.servers.openssh import SSHD, OpenSSH
from testing.servers.proxy import Proxy

ROUND_TRIP = 0.030
TARGETS = {"loopback": 0.6, "30 ms": 1.0}
NAME = "offres.csv"


def main() -> None:
    """Make the file, measure in turn, print."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--mb", type=int, default=152)
    asked.add_argument("--rounds", type=int, default=5)
    options = asked.parse_args()
    if not SSHD or not shutil.which("sftp"):
        sys.exit("sshd and sftp are needed: apt-get install openssh-server openssh-client")
    with tempfile.TemporaryDirectory() as folder, _server(Path(folder)) as server:
        size = _offers(server.root / NAME, options.mb * 1_000_000)
        with _far(server.port) as far:
            taken = _measure({"loopback": server.port, "30 ms": far}, server, Path(folder), options.rounds)
    _report(taken, size)


def _measure(ports: dict[str, int], server: OpenSSH, folder: Path, rounds: int) -> dict[str, dict[str, list[float]]]:
    clients: dict[str, Callable[[int], None]] = {
        "sftp command": lambda port: _by_command(port, server, folder),
        "ours": lambda port: _by_connector(port, server, folder),
    }
    taken: dict[str, dict[str, list[float]]] = {where: {client: [] for client in clients} for where in ports}
    for _ in range(rounds):
        for where, port in ports.items():
            for client, run in clients.items():
                start = time.perf_counter()
                run(port)
                taken[where][client].append(time.perf_counter() - start)
    return taken


def _report(taken: dict[str, dict[str, list[float]]], size: int) -> None:
    print(f"{size / 1e6:.0f} MB; MB/s, medians")
    for where, clients in taken.items():
        speeds = {client: [size / 1e6 / one for one in seconds] for client, seconds in clients.items()}
        for client, each in speeds.items():
            print(
                f"  {where:9} {client:13} {statistics.median(each):6.0f}   ({', '.join(f'{one:.0f}' for one in each)})"
            )
        ratio = statistics.median(speeds["ours"]) / statistics.median(speeds["sftp command"])
        met = "met" if ratio >= TARGETS[where] else "MISSED"
        print(f"  {where:9} ours / sftp command = {ratio:.2f}   target {TARGETS[where]}: {met}")


def _by_command(port: int, server: OpenSSH, folder: Path) -> None:
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"]
    said = [part for option in options for part in ("-o", option)]
    to, from_server = folder / "by-command", f"{server.user}@127.0.0.1:{NAME}"
    subprocess.run(
        ["sftp", "-q", "-F", "none", "-P", str(port), "-i", str(folder / "id"), *said, from_server, str(to)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    to.unlink()


def _by_connector(port: int, server: OpenSSH, folder: Path) -> None:
    feed = Feed(
        partner="bench",
        name="offres",
        title="Bench",
        source=None,
        format=Format(kind="csv"),
        mapping={},
        limits=Limits(bytes=10**12),
    )
    settings = SftpSettings(
        host="127.0.0.1",
        port=port,
        user=server.user,
        key=Secret(env="KEY"),
        host_key=(server.host_key,),
        min_age_seconds=0,
        look_again_seconds=0,
        allow_private=True,
    )
    place = Place(folder, lambda _secret: str(folder / "id"), lambda: datetime.now(UTC))
    connector = SftpConnector(feed, settings, place)
    (drop,) = connector.collect()
    assert drop.path.stat().st_size == drop.size
    connector.close()


@contextmanager
def _server(folder: Path) -> Iterator[OpenSSH]:
    for name in ("partner", "server"):
        (folder / name).mkdir()
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "id")], check=True)
    authorized = (folder / "id.pub").read_text().strip()
    with OpenSSH(folder / "partner", folder / "server", authorized) as server:
        yield server


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


def _offers(path: Path, size: int) -> int:
    """Invented offers, as many as fill `size` bytes."""
    chance = random.Random(1)
    lines = "".join(
        f"{number};Stage de seconde à la mairie;{chance.random()};07200;Aubenas;{chance.getrandbits(64):x}\n"
        for number in range(100_000)
    ).encode()
    with path.open("wb") as file:
        while file.tell() < size:
            file.write(lines)
        file.truncate(size)
    return size


if __name__ == "__main__":
    main()
