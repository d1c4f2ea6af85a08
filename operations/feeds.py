"""The feeds of this place. Imports no database, so that `quai check` runs anywhere."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from config.partners import Broken, Partners, open_feed, survey
from config.settings import Settings
from connectors import KINDS
from offers.feed import Feed

_SOURCES = {word: kind.settings for word, kind in KINDS.items()}
_log = logging.getLogger(__name__)


def the_partners(settings: Settings) -> Partners:
    """All sound feeds of the partners' folder, and the files that are left out. Raises FeedMisconfigured for none."""
    return survey(settings.partners, _SOURCES)


def known_feeds(settings: Settings) -> Mapping[str, Feed]:
    """All sound feeds by slug; the files that are left out are logged."""
    partners = the_partners(settings)
    for one in partners.broken:
        _log.warning("%s", one.sentence)
    return partners.feeds


def the_feed(settings: Settings, slug: str) -> Feed:
    """One feed, of its own file alone. Raises FeedMisconfigured with its faults, or with the nearest known slug."""
    return open_feed(settings.partners, slug, _SOURCES)


def partner_files(settings: Settings, folder: Path | None = None) -> list[dict[str, Any]]:
    """Every partner's file of a folder, by default this place's: its sound feeds, and a sentence for each fault.

    Raises FeedMisconfigured where there is no file at all.
    """
    found = survey(folder or settings.partners, _SOURCES)
    rows: dict[str, dict[str, Any]] = {}
    for slug in found.feeds:
        file = f"{slug.split('/')[0]}.toml"
        rows.setdefault(file, {"file": file, "feeds": [], "faults": []})["feeds"].append(slug)
    for one in found.broken:
        rows.setdefault(one.file, {"file": one.file, "feeds": [], "faults": []})["faults"] += one.faults
    return [rows[file] for file in sorted(rows)]


def partner_file_schema() -> dict[str, Any]:
    """The JSON Schema of a partner's file."""
    from config.schema import partner_schema  # here, for no run needs it

    return partner_schema(_SOURCES)


def of_broken(slug: str, broken: Iterable[Broken]) -> Broken | None:
    """The file that is left out, whole or with this feed of it; None where the feed is of no such file."""
    return next((one for one in broken if one.concerns(slug)), None)
