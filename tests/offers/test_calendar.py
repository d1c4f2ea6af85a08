"""Days and hours are those of Paris, whatever zone an instant was written in."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from offers.calendar import day_of, minute_of


@pytest.mark.parametrize(
    ("instant", "day", "minute"),
    [
        (datetime(2026, 5, 31, 22, 5, tzinfo=UTC), date(2026, 6, 1), "2026-06-01 00:05"),
        ("2026-05-31T22:05:59+00:00", date(2026, 6, 1), "2026-06-01 00:05"),
        ("2026-01-31T23:30:00+01:00", date(2026, 1, 31), "2026-01-31 23:30"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), date(2026, 10, 25), "2026-10-25 02:30"),
    ],
)
def test_an_instant_is_told_by_the_clocks_of_paris(instant: datetime | str, day: date, minute: str) -> None:
    assert (day_of(instant), minute_of(instant)) == (day, minute)
