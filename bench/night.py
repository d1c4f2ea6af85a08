"""A whole night on one Prefect server and one PostgreSQL: many feeds, most of what they send unchanged.

First every feed's first load, then the night: 2 % of the rows changed, ten feeds that are new, three at fault. All runs
are asked for at once; prints seconds on the clock from then to the last run's end, runs by state, and the memory of the
largest process of ours and of PostgreSQL.
"""

from __future__ import annotations

import csv
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import psutil
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId

from bench import kit
from bench.generate import HEADER, rows
from flows.deploy import deployment_name
from flows.server import TAG
from testing.living import Installation, installed

SHARES = ((0.04, 0.60), (0.06, 0.20), (0.14, 0.16), (0.76, 0.04))
"""Of the feeds, and of all records that these hold: a few national partners, and many of a few sites."""
NEW, FAULTY, CHANGED = 10, 3, 0.02
PATIENCE = 7200.0
"""Seconds after which a night that has not ended never will."""
Row = tuple[str, ...]


def main() -> None:
    options = kit.parser(__doc__, feeds=300, records=1_000_000, workers=1, limit=2).parse_args()
    sizes = _sizes(options.feeds, options.records)
    print(f"{options.feeds} feeds, {sum(sizes):,} records, the largest {max(sizes):,}; {options.workers} worker(s)")
    made = iter(rows(sum(sizes), seed=1))
    drops = {f"p{number:03d}/offres": [next(made) for _ in range(size)] for number, size in enumerate(sizes)}
    with tempfile.TemporaryDirectory(prefix="quai-night-") as folder, installed(Path(folder)) as here:
        toml = (kit.ROOT / "bench" / "partners" / "bench.toml").read_text(encoding="utf-8")
        for feed in drops:
            partner = feed.partition("/")[0]
            here.partner(partner, toml.replace("inbox/bench", f"inbox/{partner}"))
        new = random.Random(2).sample([feed for feed, size in zip(drops, sizes, strict=True) if size < 1_000], NEW)
        for feed in drops.keys() - set(new):
            _leave(here, feed, drops[feed])
        here.quai("deploy")
        for _ in range(options.workers):
            here.begin("worker", "--limit", str(options.limit))
        _report("cold", _night(here, sorted(drops.keys() - set(new))), here)
        _tonight(here, drops, new)
        _report("night", _night(here, sorted(drops)), here)


def _sizes(feeds: int, records: int) -> list[int]:
    counts = [max(1, round(feeds * share)) for share, _ in SHARES[:-1]]
    counts.append(feeds - sum(counts))
    return [
        round(records * share / count) for count, (_, share) in zip(counts, SHARES, strict=True) for _ in range(count)
    ]


def _leave(here: Installation, feed: str, offers: Sequence[Row], cut: float = 1.0) -> None:
    path = here.home / "inbox" / feed.partition("/")[0] / "offres.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    with draft.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(HEADER)
        writer.writerows(offers[: int(len(offers) * cut)])
    draft.rename(path)


def _tonight(here: Installation, drops: dict[str, list[Row]], new: Sequence[str]) -> None:
    """What all leave the night after; of what the faulty leave, the second half is missing."""
    pick = random.Random(3)
    faulty = pick.sample(sorted(drops.keys() - set(new)), FAULTY)
    for feed, offers in drops.items():
        for at in range(len(offers)) if feed not in new else ():
            if pick.random() < CHANGED:
                row = offers[at]
                offers[at] = (row[0], f"{row[1]} bis", row[2] + "\nNouveau.", *row[3:])
        _leave(here, feed, offers, 0.5 if feed in faulty else 1.0)


@dataclass
class Peaks:
    """The most memory, in bytes, that one process held of its own: of those that read and load, and of PostgreSQL's."""

    run: int = 0
    server: int = 0
    _over: Event = field(default_factory=Event)

    @contextmanager
    def watched(self, home: Path) -> Iterator[Peaks]:
        """Look each half second within the block."""
        looking = Thread(target=self._look, args=(str(home),), daemon=True)
        looking.start()
        try:
            yield self
        finally:
            self._over.set()
            looking.join()

    def _look(self, home: str) -> None:
        while not self._over.wait(0.5):
            for process in psutil.process_iter(["name", "memory_info", "cmdline", "cwd"]):
                said = process.info
                held = said["memory_info"]
                if held is None or not (said["cwd"] or "").startswith(home):
                    continue
                own = held.rss - held.shared
                if said["name"].startswith("postgres"):
                    self.server = max(self.server, own)
                elif "server" not in (said["cmdline"] or ()):
                    self.run = max(self.run, own)


@dataclass
class Night:
    """What a night took."""

    seconds: float
    states: Counter[str]
    peaks: Peaks


def _night(here: Installation, feeds: Sequence[str]) -> Night:
    """All these feeds' runs asked for at once, and waited for."""
    with here.prefect() as client, Peaks().watched(here.home) as peaks:
        deployments = [client.read_deployment_by_name(f"ingest/{deployment_name(feed)}").id for feed in feeds]
        start = time.perf_counter()
        asked = [client.create_flow_run_from_deployment(one, tags=[TAG]).id for one in deployments]
        states, left = Counter[str](), asked
        while left and time.perf_counter() - start < PATIENCE:
            time.sleep(1.0)
            looked = client.read_flow_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=left[:200])))
            ended = {run.id: run for run in looked if run.state is not None and run.state.is_final()}
            states += Counter(run.state_name or "" for run in ended.values())
            left = [one for one in left if one not in ended]
        return Night(time.perf_counter() - start, states + Counter(unfinished=len(left)), peaks)


def _report(name: str, night: Night, here: Installation) -> None:
    verdicts = here.query("select verdict, count(*) from deliveries group by 1 order by 2 desc")
    (standing,) = here.query("select count(*) from records where withdrawn_at is null")
    states = ", ".join(f"{count} {state}" for state, count in night.states.most_common())
    run, server = night.peaks.run / 1e6, night.peaks.server / 1e6
    print(
        f"{name}: {night.seconds:.0f} s; {states}; {standing[0]:,} records stand; deliveries so far: {dict(verdicts)}"
    )
    print(f"  a process of ours held {run:.0f} MB of its own at most, and one of PostgreSQL's {server:.0f} MB")


if __name__ == "__main__":
    main()
