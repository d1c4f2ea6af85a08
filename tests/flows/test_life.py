"""An installation lives: what is scheduled starts by itself, and every other part does what it is there for.

One installation for all tests of this module; what they look at is what its own processes did meanwhile.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from database import home_of_its_own
from living import Installation, installed, until
from servers.smtp import MailServer
from yard import TOML, aged, offer, offers, table

from flows.data_docs import index_of
from flows.dock import open_dock
from flows.feeds import the_feed, utc_now
from flows.ingest import ingest
from warehouse.landing import Landing

HOUSE = ("alerts", "digest", "close-expired", "purge", "data-docs", "rebuild-duplicates")


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def here(mail: MailServer) -> Iterator[Installation]:
    """Three feeds: one is due each minute, one is watched, and one is late; then a worker, a watch and metrics."""
    with home_of_its_own() as home, installed(home, QUAI_ALERTS=mail.address) as place:
        feed(place, "horaire", 'schedule = "* * * * *"\njitter = "0m"')
        feed(place, "guette", 'every = "1m"')
        due = datetime.now(UTC) - timedelta(hours=5)
        feed(place, "muette", f'schedule = "{due.minute} {due.hour} * * *"').write_text(TOML)
        yield place


def feed(here: Installation, partner: str, keys: str) -> None:
    """A partner's file, and its inbox."""
    (here.home / "inbox" / partner).mkdir(parents=True)
    said = TOML.replace('path = "inbox"', f'path = "inbox/{partner}"')
    here.partner(partner, said.replace("[feeds.offres]\n", f"[feeds.offres]\n{keys}\n"))
