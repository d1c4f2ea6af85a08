"""Kill a run before each of its steps, and inside its transaction; print what the warehouse held after each.

A program of its own, because it forks: the parent never starts a thread, so that each child starts whole.
Usage: python -m testing.killing HOME DATABASE_URL
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandera.backends.pandas.builtin_checks  # noqa: F401 - imported before the first fork: no child pays for it
import psycopg

import connectors.formats.delimited  # noqa: F401 - as above
import reports.returns.page
import reports.returns.workbook  # noqa: F401 - the same
import story.ingest  # noqa: F401 - as above
import warehouse.loading as loading
from testing.yard import Yard, offer, offers, open_yard, table

HOME, URL = Path(sys.argv[1]), sys.argv[2]
OLD = offers(6)
NEW = [offer("R001", Adresse="1 place Neuve"), *offers(5)[1:], offer("R007")]


def in_a_child(work: Callable[[], int]) -> int:
    """Do it in a fork; gives its exit code, negative when a signal ended it."""
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run(rows: list[dict[str, str]] | None, kill_before: int = -1, kill_copy: int = -1) -> list[str]:
    """Leave these rows (None: what waits) and run the feed; gives the stages that it had."""
    taken: list[str] = []

    def watch(stage: str) -> None:
        if len(taken) == kill_before:
            os.kill(os.getpid(), signal.SIGKILL)
        taken.append(stage)

    copies, copy_in = 0, vars(loading)["copy_in"]

    def copy_or_die(*args: Any, **more: Any) -> Any:
        nonlocal copies
        if copies == kill_copy:
            os.kill(os.getpid(), signal.SIGKILL)
        copies += 1
        return copy_in(*args, **more)

    vars(loading)["copy_in"] = copy_or_die
    with open_yard(HOME, URL) as yard:
        _leave(yard, rows)
        yard.run(watch)
    return taken


def run_apart(rows: list[dict[str, str]]) -> list[str]:
    """As `run`, in a child, for a process that has opened a database is not to be forked."""
    seen = HOME / "stages.json"
    in_a_child(lambda: (seen.write_text(json.dumps(run(rows))), 0)[1])
    return list(json.loads(seen.read_text()))


def _leave(yard: Yard, rows: list[dict[str, str]] | None) -> None:
    if rows is not None:
        yard.leave(table(rows))


def held() -> dict[str, Any]:
    """What anyone can see in the warehouse now, and what waits in the inbox."""
    with psycopg.connect(URL) as connection:

        def one(query: str) -> Any:
            row = connection.execute(query).fetchone()
            return row and row[0]

        return {
            "standing": one(
                "select string_agg(reference || ' ' || street, ', ' order by reference) from records "
                "where withdrawn_at is null"
            ),
            "deliveries": one("select count(*) from deliveries"),
            "told": one(
                "select report is not null from deliveries where verdict = 'accepted' order by id desc limit 1"
            ),
            "orphans": one(
                "select count(*) from records r left join deliveries d on d.id = r.delivery_id where d.id is null"
            ),
            "return": "".join(page.read_text(encoding="utf-8") for page in HOME.rglob("*.retour.html")),
            "waiting": sorted(path.name for path in (HOME / "inbox").glob("*.csv")),
        }


def main() -> None:
    """One line of JSON per kill: where, what was held after it, what was held after the next run.

    At every point, or, where asked for `few`, before the stages that touch the world, and within the transaction.
    """
    gc.freeze()  # no child looks through what all share
    stages = run_apart(OLD)
    before = held()
    points = [{"kill_before": number} for number in range(len(stages))] + [{"kill_copy": number} for number in range(5)]
    if "few" in sys.argv:
        points = [{"kill_before": stages.index(name)} for name in ("keep", "standing", "publish", "report", "settle")]
        points.append({"kill_copy": 2})
    turn = (NEW, OLD)
    for number, point in enumerate(points):
        rows = turn[number % 2]
        code = in_a_child(partial(lambda rows, point: len(run(rows, **point)), rows, point))
        after_kill = held()
        completed = in_a_child(lambda: (run(None), 0)[1])
        after = held()
        said = {
            "point": point,
            "code": code,
            "before": before,
            "killed": after_kill,
            "completed": completed,
            "after": after,
        }
        sys.stdout.write(json.dumps(said) + "\n")
        before = after


if __name__ == "__main__":
    main()
