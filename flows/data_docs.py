"""Data Docs, a scheduled task of their own: Great Expectations' pages on the deliveries of the last days.

They are drawn from the stored profiles under today's limits, into `QUAI_HOME/data_docs`; what is older than the days
asked for is no longer there. About half a second a delivery: hence never while a drop waits.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from prefect import flow

from config.partners import Broken
from config.settings import Settings
from flows.place import house_name, read
from offers.feed import Feed, Limits
from offers.gate.profile import WINDOW, Past
from operations.feeds import of_broken, the_partners
from story.dock import Dock, open_dock
from validation.expectation import Case
from validation.gate_docs import Judged, build

_log = logging.getLogger(__name__)
KEPT_DAYS = 14
MOST = 600
"""At most so many deliveries are drawn, the newest: five minutes or so."""


def index_of(settings: Settings) -> Path:
    """Where the pages begin, whether they have been built or not."""
    return settings.home / "data_docs" / "index.html"


def draw(dock: Dock, feeds: Mapping[str, Feed], days: int = KEPT_DAYS, broken: Sequence[Broken] = ()) -> Path | None:
    """Draw the deliveries of the last days anew; None, and nothing touched, where there are none.

    Those of a partner's file that is left out are too: their limits are not known.
    """
    first = dock.now() - timedelta(days=days)
    # Twice the days, so that the oldest delivery drawn has its history too.
    known = dock.store.judged_since(first - timedelta(days=days))
    known = [one for one in known if of_broken(one[0].profile.feed, broken) is None]
    wanted = [one for one in judged(known, feeds) if one.at >= first][-MOST:]
    return build(index_of(dock.settings).parent, wanted) if wanted else None


def judged(deliveries: list[tuple[Past, bool]], feeds: Mapping[str, Feed]) -> list[Judged]:
    """Each delivery with the history that it had: what was accepted before it, newest first."""
    accepted: dict[str, tuple[Past, ...]] = {}
    cases = []
    for past, was_accepted in deliveries:
        slug = past.profile.feed
        limits = feeds[slug].limits if slug in feeds else Limits()
        before = accepted.get(slug, ())
        again = bool(before) and before[0].sha256 == past.sha256
        cases.append(Judged(past.delivery, past.at, Case(past.profile, limits, before, again, past.sha256)))
        if was_accepted:
            accepted[slug] = (past, *before)[:WINDOW]
    return cases


@flow(name="data-docs", flow_run_name=house_name, persist_result=False)
def data_docs(days: int = KEPT_DAYS) -> str | None:
    """Build the pages; the result is where they begin."""
    settings = read()
    with open_dock(settings) as dock:
        partners = the_partners(settings)
        for one in partners.broken:
            _log.warning("%s", one.sentence)
        index: Any = draw(dock, partners.feeds, days, partners.broken)
    return str(index) if index else None
