"""What a run imports, imported once, before any run; what must not be there when a process forks is taken away again.

No client, no event loop, no database engine, no log handler: each belongs to the process that made it. Of threads
only pyarrow's may be left, which mind forks themselves (its allocator and its pools begin anew in a child).
"""

from __future__ import annotations

import gc
import logging
import os
import tempfile
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

MODULES = (
    "prefect.engine",
    "prefect.flow_engine",
    "prefect.task_engine",
    "prefect.events.worker",
    "prefect.artifacts",
    "prefect._internal.observers",
    "prefect.utilities.visualization",
    "anyio._backends._asyncio",
    "babel.dates",
    "pandas.core.methods.to_dict",
    "pandas.io.formats.csvs",
    "rich._emoji_codes",
    "websockets.sync.client",
    "flows.runs",
    "flows.house",
    "flows.rebuild_duplicates",
    "flows.warm.child",
    "story.enrich",
    "connectors.folder",
    "connectors.http.download",
    "connectors.http.api",
    "connectors.sftp",
    "connectors.formats.delimited",
    "pandera.backends.pandas.builtin_checks",
    "psycopg_binary._psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "reports.returns.page",
    "reports.returns.workbook",
)
"""What runs of feeds and of the house import. Great Expectations is not among them: one run a night needs it."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Set before anything is imported: a library that counts processors as it is loaded starts no threads then."""
HEADER = ("reference", "title", "description", "employer_name", "sector", "street", "postal_code", "city")
ROWS = (
    (
        "Q1",
        "Découverte de l'atelier",
        "Tu suivras l'équipe.",
        "Quai",
        "Mécanique",
        "12 rue des Forges",
        "75011",
        "Paris",
    ),
    ("Q2", "Découverte du quai", "Tu suivras l'équipe.", "Quai", "Mécanique", "1 rue des Forges", "7501", "Paris"),
)
"""One row that is kept, and one that is not: both are told."""
ALLOCATOR = "jemalloc_bg_thd"
"""pyarrow's allocator, as Linux names its threads."""


logging_config: dict[str, Any] = {}
"""What Prefect's import set logging up with, under the settings of then."""
authority: list[str] = []
settings: dict[str, str] = {}
"""Prefect's settings, as the environment had them then."""


def load() -> None:
    """Import all of it, and build what depends on nothing but the version. Raises whatever an import raises."""
    settings.update(settings_in(os.environ))
    for name in MODULES:
        import_module(name)
    rehearse()
    authority.extend(filter(None, [an_authority()]))
    _without_handlers()
    gc.collect()
    gc.freeze()  # what is here stays: a collection in a child neither walks it nor copies its pages


def an_authority() -> str | None:
    """A file with one certificate of an authority, gone with this process and its children; None where there is none.

    For clients of a server that is asked in clear, and so shows no certificate: each reads its 150 authorities all the
    same, five times a run.
    """
    import certifi

    if not hasattr(os, "memfd_create"):
        return None
    first, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----")
    held = os.memfd_create("authority")
    os.write(held, f"{first}{end}\n".encode())
    return f"/proc/self/fd/{held}"


def settings_in(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment are Prefect's settings; two underscores begin what it tells one run alone."""
    said = environment.items()
    return {name: value for name, value in said if name.startswith("PREFECT_") and not name.startswith("PREFECT__")}


def rehearse() -> None:
    """Examine one drop that nobody sent, and draw its return: templates, contract and tables are built by their use."""
    from config.clock import Stages, unwatched, utc_now
    from config.settings import Settings
    from config.tables import load as load_reference
    from offers.calendar import day_of
    from offers.feed import Feed
    from offers.format import Format
    from offers.model import Delivery, VerdictKind
    from story.examine import examine
    from story.hand_back import into, told_to, write

    now, name = utc_now(), "offres.csv"
    feed = Feed(
        partner="quai",
        name="offres",
        title="Quai",
        source=None,
        format=Format(kind="csv"),
        mapping={h: h for h in HEADER},
    )
    with tempfile.TemporaryDirectory(prefix="quai-warm-") as folder:
        path = Path(folder) / name
        path.write_text("\n".join([";".join(HEADER), *(";".join(row) for row in ROWS)]), encoding="utf-8")
        found = examine(path, name, feed, load_reference(), day_of(now), Stages(unwatched))
        delivery = Delivery(
            feed=feed.slug, drop=name, sha256="0" * 64, verdict=VerdictKind.ACCEPTED,
            counts=found.counts(len(found.kept), 0, 0), findings=(), started_at=now, finished_at=now, fingerprint="",
        )  # fmt: skip
        write(told_to(feed, delivery, found, Settings(home=Path(folder))), into(Path(folder)))


def _without_handlers() -> None:
    """As Prefect's import put them there; each child sets up its own."""
    from prefect.logging.configuration import PROCESS_LOGGING_CONFIG

    logging_config.update(PROCESS_LOGGING_CONFIG)
    for one in handlers():
        for logger in _loggers():
            logger.removeHandler(one)
        one.close()
    PROCESS_LOGGING_CONFIG.clear()


def handlers() -> list[logging.Handler]:
    """All that any logger writes through."""
    return list({one for logger in _loggers() for one in logger.handlers})


def _loggers() -> list[logging.Logger]:
    known = logging.Logger.manager.loggerDict.values()
    return [logging.getLogger(), *(one for one in known if isinstance(one, logging.Logger))]


def threads() -> list[str]:
    """The threads of this process beside the main one, libraries' own too, by name; none where the system tells none.

    One that was given no name bears the program's.
    """
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        return []
    others = [one for one in tasks.iterdir() if one.name != str(os.getpid())]
    return sorted((one / "comm").read_text(encoding="utf-8").strip() for one in others)


def unfit() -> list[str]:
    """Of those, what may not be there when this process forks."""
    import pyarrow as pa

    pythons = [one.name for one in threading.enumerate() if one is not threading.main_thread()]
    natives = [name for name in threads() if name != ALLOCATOR]
    pools = pa.cpu_count() + pa.io_thread_count()
    return pythons or natives[pools:]
