"""Great Expectations' look at the deliveries of the last days, each night before the digest, with its Data Docs.

They are validated from the stored profiles under today's limits, feed by feed, into `QUAI_HOME/data_docs`; what is
older than the days asked for is no longer there. The digest tells what was found of the night.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from prefect import flow

from config.partners import Broken
from flows.place import house_name, index_of, read
from offers.feed import Feed
from offers.gate.profile import REACH
from operations.feeds import of_broken, the_partners
from story.dock import Dock, open_dock
from validation.gate.night import judged
from validation.gate.suites import build

_log = logging.getLogger(__name__)
KEPT_DAYS = 14


def draw(dock: Dock, feeds: Mapping[str, Feed], days: int = KEPT_DAYS, broken: Sequence[Broken] = ()) -> Path | None:
    """Draw the deliveries of the last days anew; None, and nothing touched, where there are none.

    Those of a partner's file that is left out are too: their limits are not known.
    """
    first = dock.now() - timedelta(days=days)
    since = first - max(REACH, timedelta(days=days))  # so that the oldest delivery drawn has its history too
    known = [one for one in dock.store.ledger.judged_since(since) if of_broken(one[0].profile.feed, broken) is None]
    findings = {one.id or 0: one.findings for one in dock.store.ledger.deliveries_since(first)}
    limits = {slug: feed.limits for slug, feed in feeds.items()}
    wanted = [one for one in judged(known, limits, findings) if one.at >= first]
    if not wanted:
        return None
    index = index_of(dock.settings)
    build(index.parent, wanted)
    return index


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
