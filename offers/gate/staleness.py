"""Drops that are not of today: last year's, which nobody renewed, and those older than the last taken. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from offers.calendar import SchoolYear, day_of, in_paris
from offers.feed import Feed
from offers.findings import finding_of
from offers.model import Finding, Severity

if TYPE_CHECKING:  # connectors ask for a name's day, and load no frames for it
    import pandas as pd


MADE_ANEW = ("api",)
"""Kinds of sources that write their answer when they are asked: what they give is of today."""
CLOCKS_APART = timedelta(hours=1)
"""What the sender's clock may be ahead of ours."""
_YEAR = r"\b20\d\d(?:\b|-?W)"
_DAY = re.compile(r"(?<!\d)(20\d\d)([-_.]?)(\d\d)\2(\d\d)(?!\d)")


@dataclass(frozen=True)
class Sent:
    """A drop's checksum, its name, and the sender's own date of it: when he last changed it; None where unknown."""

    sha256: str
    name: str
    at: datetime | None

    def is_to_come(self, now: datetime) -> bool:
        """Whether its date lies ahead, which no file's can: the sender's clock was wrong."""
        return self.at is not None and self.at > now + CLOCKS_APART


def held_to_last_year(feed: Feed, year: SchoolYear) -> bool:
    """Whether last year's bytes would be refused: not of what is made anew, nor once its file says it is renewed."""
    return feed.source.kind not in MADE_ANEW and feed.renewed != str(year.ends)


def not_renewed(
    feed: Feed, year: SchoolYear, mapped: pd.DataFrame, kept: pd.DataFrame, taken: datetime
) -> tuple[Finding, ...]:
    """What is said of last year's bytes, taken then, where records of theirs do not name their own year.

    `mapped` holds the partner's own values. A week or a day that is written with its year would be refused or over.
    """
    import pandas as pd  # here, for whoever only asks for a name's day does not wait for it

    named = pd.Series(False, index=kept.index)
    if "expires_on" in mapped and "expires_on" not in feed.constants:
        named |= kept["expires_on"].notna()
    if "weeks" in mapped and "weeks" not in feed.constants:
        named |= mapped.loc[kept.index, "weeks"].str.contains(_YEAR, na=False)
    unnamed = len(kept) - int(named.sum())
    if not unnamed:
        return ()
    told = {"count": unnamed, "of": len(kept), "day": str(day_of(taken)), "year": year.label, "ends": year.ends}
    where = f"[feeds.{feed.name}] of {feed.partner}.toml"
    return (finding_of("new_school_year", Severity.STOP, feed=feed.slug, **told, where=where),)


def older(feed: Feed, drop: Sent, last: Sent, replaces: int) -> tuple[Finding, ...]:
    """What is said of a drop that its sender dates before the last one that was taken; both must bear his date.

    Days in names that are otherwise alike decide; else when each file was last changed. Drops of an incremental feed
    are parts that may come in any order: one is too old only where it `replaces` something of what stands.
    """
    if feed.scope == "incremental" and not replaces:
        return ()
    if drop.sha256 == last.sha256 or drop.at is None or last.at is None:
        return ()
    day, last_day = _named(drop.name), _named(last.name)
    if day and last_day and day[0] == last_day[0] and day[1] != last_day[1]:
        dated, before, by_name, is_older = f"{day[1]}", f"{last_day[1]}", True, day[1] < last_day[1]
    else:
        dated, before = (f"{in_paris(at):%Y-%m-%d %H:%M:%S} in Paris" for at in (drop.at, last.at))
        by_name, is_older = False, drop.at < last.at
    if not is_older:
        return ()
    told = {"drop": drop.name, "dated": dated, "by_name": by_name, "last": last.name, "before": before}
    return (finding_of("older_than_last", Severity.STOP, feed=feed.slug, **told),)


def day_named(name: str) -> datetime | None:
    """The day in a file's name, `offres-2026-06-01.csv` or `offres_20260601.csv`, where it is the only one."""
    found = _named(name)
    return datetime(found[1].year, found[1].month, found[1].day, tzinfo=UTC) if found else None


def _named(name: str) -> tuple[str, date] | None:
    """A name with its day taken out, and the day."""
    days = list(_DAY.finditer(name))
    try:
        (found,) = days
        return _DAY.sub("", name).lower(), date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:  # several, none, or no day that exists
        return None
