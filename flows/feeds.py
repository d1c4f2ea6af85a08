"""The feeds of this place, beside its clock. Imports no database, so that `quai check` runs anywhere."""

from __future__ import annotations

from collections.abc import Mapping

from config.partners import find, load
from config.settings import Settings
from connectors import KINDS
from flows.clock import utc_now as utc_now
from offers.feed import Feed


def known_feeds(settings: Settings) -> Mapping[str, Feed]:
    """All feeds of the partners' folder by slug. Raises FeedMisconfigured with every fault of a file at once."""
    return load(settings.partners, {word: kind.settings for word, kind in KINDS.items()})


def the_feed(settings: Settings, slug: str) -> Feed:
    """One feed; raises FeedMisconfigured with the nearest known slug."""
    return find(known_feeds(settings), slug)
