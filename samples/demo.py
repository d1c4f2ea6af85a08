"""The main job in under a minute: three partners, four mornings, every line accounted for. Run by `make demo`."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
HOME = HERE.parent / "var" / "demo"
FEEDS = {"bellerive": "bellerive/offres", "rivoire": "rivoire/stages", "orme": "orme/accueil"}
MORNINGS = (
    ("Monday: three partners leave their first files", "first", tuple(FEEDS)),
    ("Tuesday: the same files come again; nothing changes", "first", tuple(FEEDS)),
    ("Wednesday: Bellerive sends its file back, corrected; only the corrections change", "corrected", ("bellerive",)),
    ("Thursday: Bellerive's file is cut off on the way; nothing is withdrawn", "truncated", ("bellerive",)),
)


def main() -> int:
    """Start local mode, live through four mornings, say where to look."""
    os.environ |= {"QUAI_HOME": str(HOME), "QUAI_PARTNERS": str(HERE / "partners")}
    os.environ.pop("QUAI_DATABASE_URL", None)
    os.environ.setdefault("QUAI_CONTACT", "offres@quai.example")
    from config import keep_to_ourselves
    from config.settings import read
    from flows.local import environment, start, stop

    keep_to_ourselves()
    settings = read()
    stop(settings)
    shutil.rmtree(HOME, ignore_errors=True)
    print("Starting an embedded PostgreSQL and a Prefect server on it...", flush=True)
    server = start(settings)
    os.environ |= {**environment(HOME, server), "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL"}
    for title, stage, partners in MORNINGS:
        _morning(title, stage, partners)
    _where_to_look(server.pages)
    return 0


def _morning(title: str, stage: str, partners: tuple[str, ...]) -> None:
    from cli.terminal import delivery_table, finding_lines
    from flows.runs import run
    from samples.make_samples import write_drop

    print(f"\n{title}", flush=True)
    rows = []
    for partner in partners:
        write_drop(partner, HOME / "inbox" / partner, stage, date.today())
        rows += run(FEEDS[partner])
    delivery_table(rows)
    for row in rows:
        finding_lines([{"findings": [finding for finding in row["findings"] if finding["severity"] == "stop"]}])


def _where_to_look(pages: str) -> None:
    outbox = (HOME / "inbox" / "bellerive" / "outbox").relative_to(HERE.parent)
    print(
        f"\nThe runs:              {pages}  (Prefect's own pages, up until `make demo-down`; they ask once for"
        f"\n                       what stands in {(HOME / 'prefect' / 'auth').relative_to(HERE.parent)})"
        f"\nWhat an employer gets: {outbox}/  (open a .retour.html; the .xlsx is hers to correct)"
        f"\nThe ledger:            QUAI_HOME={HOME.relative_to(HERE.parent)} .venv/bin/quai deliveries"
    )


if __name__ == "__main__":
    sys.exit(main())
