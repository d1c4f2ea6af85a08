"""Our own form: a table with our French labels as headers, which every feed understands beside its own.

The template (`quai template`) is made so. An employer whose software sends XML, or whose columns lack one that an offer
needs, can thus send offers by hand without a word changed in the partner's file.
"""

from __future__ import annotations

from collections.abc import Iterable

from offers.columns import BY_NAME, PERSONAL, REQUIRED, SENT
from offers.feed import ColumnSource, Feed
from offers.nearest import plain


def as_sent(headers: Iterable[str], feed: Feed) -> Feed:
    """The feed as it reads a drop with these headers: as it is, or by our own labels where the drop bears them.

    A drop with all our required labels (constants apart) that is not in the feed's own shape is read by our labels
    alone, without the feed's filters. In a drop of the feed's own shape, a required column that the feed has nothing
    for is read from our label, where it is there: every row would be refused without it. Persons' data are read only
    for a feed that asks.
    """
    seen = {plain(header): header for header in headers}
    asked = [name for name in SENT if name not in PERSONAL or name in feed.carried]
    ours = {name: seen[plain(BY_NAME[name].fr)] for name in asked if plain(BY_NAME[name].fr) in seen}
    needed = [name for name in REQUIRED if name not in feed.constants]
    if all(name in ours for name in needed) and not _is_of_feed(seen, feed):
        constants = {name: value for name, value in feed.constants.items() if name not in ours}
        table = feed.format.model_copy(update={"kind": "xlsx"}) if feed.format.of_elements else feed.format
        changes = {"mapping": _sources(ours), "filter": (), "constants": constants, "format": table}
        return feed.model_copy(update=changes)
    lacking = {name: ours[name] for name in REQUIRED if name in ours and name not in feed.carried}
    return feed.model_copy(update={"mapping": {**feed.mapping, **_sources(lacking)}}) if lacking else feed


def headers_of(feed: Feed) -> tuple[frozenset[str], ...]:
    """What a sheet bears whose rows are offers, `plain`: the headers that the feed names, or our own labels."""
    named = {header for source in feed.mapping.values() for header in source.headers}
    named |= {header for one in feed.filter for header in one.columns}
    ours = {BY_NAME[name].fr for name in SENT if name not in PERSONAL or name in feed.carried}
    return frozenset(map(plain, named)), frozenset(map(plain, ours))


def _sources(headers: dict[str, str]) -> dict[str, ColumnSource]:
    return {name: ColumnSource.model_validate(header) for name, header in headers.items()}


def _is_of_feed(seen: Iterable[str], feed: Feed) -> bool:
    """Whether the feed finds a header for each required column that it maps."""
    here = set(seen)
    required = [feed.mapping[name] for name in REQUIRED if name in feed.mapping]
    return all(any(plain(header) in here for header in source.headers) for source in required)
