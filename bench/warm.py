"""What a run costs beyond its story, by Prefect's worker and by ours: seconds of processors, calls of the server.

One server, one place, feeds of two rows each. Both workers do the same runs through a relay that counts what they ask;
the story alone is what the same drops cost in a process that has everything imported. `--runs 6`
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

import psutil
from prefect.client.schemas.actions import DeploymentUpdate

from bench import kit
from config.clock import utc_now
from flows.deploy import HOUSE
from operations.feeds import the_feed
from operations.ingest import ingest
from story.dock import open_dock
from testing.commands import PROGRAM
from testing.database import home_of_its_own
from testing.living import Installation, installed
from testing.yard import TOML, aged, offer, table

WORKERS = {
    "Prefect's process worker": [
        sys.executable,
        "-m",
        "prefect",
        "worker",
        "start",
        "--pool",
        "quai",
        "--type",
        "process",
    ],
    "quai worker": [*PROGRAM, "worker"],
}
QUIET = 10.0
"""Seconds in which a worker that has nothing to do is watched: what it costs then is no run's."""
LOOK = 3.0
ASKED = re.compile(rb"(GET|POST|PATCH|PUT|DELETE) (/api/[^ ?]*)\S* HTTP/1\.1\r\n")
LOOKS = ("/get_scheduled_flow_runs", "/flow_runs/filter", "/work_pools/quai/workers/heartbeat")
"""What a worker asks as time goes by: whether something is due, or cancelled."""
A_NAME = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@dataclass
class Relay:
    """Passes everything on to the server, and counts what is asked."""

    server: tuple[str, int]
    asked: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.door = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.door.getsockname()[1]}/api"

    def _accept(self) -> None:
        while True:
            one, _ = self.door.accept()
            other = socket.create_connection(self.server)
            for source, sink, counted in ((one, other, True), (other, one, False)):
                threading.Thread(target=self._pass_on, args=(source, sink, counted), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        try:
            while got := source.recv(1 << 16):
                if counted:
                    for method, path in ASKED.findall(got):
                        self.asked[f"{method.decode()} {A_NAME.sub('ID', path.decode()).removeprefix('/api')}"] += 1
                sink.sendall(got)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def processors(pid: int) -> float:
    """Seconds that a process, those below it and those that it has waited for have used."""
    spent = 0.0
    for one in [*(root := psutil.Process(pid)).children(recursive=True), root]:
        try:
            used = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += used.user + used.system + used.children_user + used.children_system
    return spent


def resident(pid: int) -> float:
    """Megabytes that the processes do not share, together."""
    root = psutil.Process(pid)
    held: int = sum(one.memory_full_info().uss for one in [root, *root.children(recursive=True)])
    return held / 1e6


def slug(number: int) -> str:
    return f"p{number:02d}"


def leave(here: Installation, number: int, round_: int) -> None:
    path = here.home / "inbox" / slug(number) / "offres.csv"
    rows = [offer(f"{number:02d}{row}", Description=f"Tu suivras l'équipe, atelier {round_}.") for row in range(2)]
    path.write_bytes(table(rows))
    aged(path, utc_now() - timedelta(minutes=10))


def one_run(here: Installation, number: int) -> float:
    """Asked for and done; gives its seconds on the clock. It is seldom looked at: each look costs the server, too."""
    with here.prefect() as client:
        run = client.create_flow_run_from_deployment(client.read_deployment_by_name(f"ingest/{slug(number)}.offres").id)
        while run.state is None or not run.state.is_final():
            time.sleep(LOOK)
            run = client.read_flow_run(run.id)
    if run.state_name != "Accepted" or run.end_time is None or run.created is None:
        raise SystemExit(f"the run of {slug(number)} ended as {run.state_name}: {run.state.message}")
    return float((run.end_time - run.created).total_seconds())


def still(here: Installation) -> None:
    """No run of the house falls due meanwhile."""
    with here.prefect() as client:
        for one in HOUSE:
            client.update_deployment(client.read_deployment_by_name(one.full_name).id, DeploymentUpdate(paused=True))


def measured(here: Installation, name: str, command: list[str], runs: int, round_: int) -> float:
    """Prints what `runs` runs cost by this worker; gives the seconds of one in the worker's processes."""
    api = urlsplit(here.place["PREFECT_API_URL"])
    relay = Relay((str(api.hostname), api.port or 0))
    log = (here.home / "worker.log").open("ab")
    place = {**here.place, "PREFECT_API_URL": relay.address}
    begun = time.monotonic()
    worker = subprocess.Popen(command, env=place, cwd=here.home, stdout=log, stderr=log)
    (server,) = (one.pid for one in psutil.process_iter(["cmdline"]) if _is_server(one, str(api.port)))
    database = int((here.home / "postgres" / "postmaster.pid").read_text().split()[0])
    try:
        leave(here, 0, round_)
        one_run(here, 0)  # and everything is up
        begun = time.monotonic() - begun
        print(f"{name}: ready and one run done after {begun:.1f} s, {processors(worker.pid):.1f} of processors")
        asked, watched = relay.asked.copy(), (worker.pid, server, database)
        spent = [processors(pid) for pid in watched]
        time.sleep(QUIET)
        idle = [(processors(pid) - before) / QUIET for pid, before in zip(watched, spent, strict=True)]
        idle_calls = (relay.asked - asked).total() / QUIET
        asked, start, spent, walls = relay.asked.copy(), time.monotonic(), [processors(pid) for pid in watched], []
        for number in range(1, runs + 1):
            leave(here, number, round_)
            walls.append(one_run(here, number))
        time.sleep(2.0)  # for what is sent after the end
        wall = time.monotonic() - start
        after = [processors(pid) for pid in watched]
        each = [(now - then - wall * rest) / runs for now, then, rest in zip(after, spent, idle, strict=True)]
        calls = relay.asked - asked
        ours, servers, postgres = each
        print(f"  a run: {ours:.2f} s of processors, {servers:.2f} in the Prefect server, {postgres:.2f} in PostgreSQL")
        print(f"  on the clock {median(walls):.1f} s; memory of the worker's processes {resident(worker.pid):.0f} MB")
        for what in [one for one in calls if one.endswith(LOOKS)]:
            del calls[what]
        print(f"  calls a run: {calls.total() / runs:.1f}, and {idle_calls:.1f} a second whether anything runs or not")
        for what, count in calls.most_common():
            print(f"    {count / runs:5.1f}  {what}")
        return ours
    finally:
        worker.terminate()
        try:
            worker.wait(60)
        except subprocess.TimeoutExpired:  # Prefect's waits for the runs that are at work
            worker.kill()


def _is_server(one: psutil.Process, port: str) -> bool:
    words = one.info["cmdline"] or []
    return "server" in words and "start" in words and port in words


def _is_postmaster(one: psutil.Process, home: Path) -> bool:
    words = one.info["cmdline"] or []
    return bool(words) and words[0].endswith("postgres") and any(str(home) in word for word in words)


def story(here: Installation, runs: int, round_: int) -> float:
    """Seconds of a processor for the same drops, by the plain story, in a process that has everything imported."""
    spent = []
    for number in range(runs + 1):
        leave(here, number, round_)
        before = time.process_time()
        with open_dock(here.settings) as dock:
            ingest(the_feed(here.settings, f"{slug(number)}/offres"), dock)
        spent.append(time.process_time() - before)
    return median(spent[1:])


def main() -> None:
    wanted = kit.parser(__doc__ or "", runs=6).parse_args()
    with home_of_its_own() as home, installed(home) as here:
        for number in range(wanted.runs + 1):
            (home / "inbox" / slug(number)).mkdir(parents=True)
            here.partner(slug(number), TOML.replace('path = "inbox"', f'path = "inbox/{slug(number)}"'))
        here.quai("deploy")
        still(here)
        for round_, (name, command) in enumerate(WORKERS.items()):
            alone = story(here, wanted.runs, 2 * round_)
            each = measured(here, name, command, wanted.runs, 2 * round_ + 1)
            print(f"  the story alone {alone:.2f} s of a processor; beyond it {each - alone:.2f} a run")


if __name__ == "__main__":
    main()
