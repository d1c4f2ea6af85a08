"""The school year and the two placement weeks. Pure: today is an argument."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
"""Where days begin: those of schedules, of offers and of the school year."""
TURN_OF_YEAR = (7, 1)
"""The school year turns on 1 July: an offer read on 2 July is for the June that follows."""
_LABEL = re.compile(r"(20[0-9]{2}) ?[-–/] ?((?:20)?[0-9]{2})")


@dataclass(frozen=True, order=True)
class SchoolYear:
    """A school year, named by the calendar year in which its June lies: `SchoolYear(2026)` is 2025-2026."""

    ends: int

    @classmethod
    def at(cls, today: date) -> SchoolYear:
        """The school year that a day belongs to."""
        turned = (today.month, today.day) >= TURN_OF_YEAR
        return cls(today.year + 1 if turned else today.year)

    @classmethod
    def named(cls, label: str) -> SchoolYear | None:
        """The school year that `2025-2026`, `2025/2026` or `2025-26` names; None where it names none."""
        found = _LABEL.fullmatch(label.strip())
        if found is None:
            return None
        first, last = int(found[1]), found[2]
        return cls(first + 1) if str(first + 1).endswith(last) else None

    @property
    def turned(self) -> datetime:
        """The instant from which on it is this year."""
        return datetime(self.ends - 1, *TURN_OF_YEAR, tzinfo=PARIS)

    @property
    def label(self) -> str:
        """For people: `2025-2026`."""
        return f"{self.ends - 1}-{self.ends}"

    @property
    def placement(self) -> tuple[date, date]:
        """First Monday and last Friday of the placement: the two whole weeks that end on June's last Friday."""
        last = date(self.ends, 6, 30)
        friday = last - timedelta(days=(last.isoweekday() - 5) % 7)
        return friday - timedelta(days=11), friday

    @property
    def weeks(self) -> tuple[str, str]:
        """The two ISO weeks of the placement, `2026-W25` and `2026-W26`."""
        monday, friday = self.placement
        return iso_week(monday), iso_week(friday)


def day_of(instant: datetime | str) -> date:
    """The day in Paris at this instant: "today" everywhere, for between midnight and two it is not that of UTC."""
    return in_paris(instant).date()


def minute_of(instant: datetime | str) -> str:
    """An instant for people, in a terminal, a digest or Prefect's pages: the hour of Paris, `2026-06-01 02:10`."""
    return f"{in_paris(instant):%Y-%m-%d %H:%M}"


def in_paris(instant: datetime | str) -> datetime:
    """An instant, or its ISO text as `--json` has it, on the clocks of Paris."""
    known = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return known.astimezone(PARIS)


def week_over(today: date) -> str:
    """The newest ISO week whose Friday is past: a placement in it or in one before it is over."""
    return iso_week(today - timedelta(days=5))


def friday_of(week: str) -> date:
    """The last day of a placement in an ISO week, `2026-W25`."""
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 5)


def iso_week(day: date) -> str:
    """The ISO 8601 week of a day, as `2026-W25`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
