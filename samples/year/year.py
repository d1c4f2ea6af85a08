"""The year as it is lived: each day's drops, the house's deeds, the digest, and what the oracle says of the view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from config.settings import Settings
from flows.clock import write
from flows.digest import make
from flows.dock import Dock, open_dock
from flows.expiry import close_what_expired
from flows.feeds import known_feeds
from flows.ingest import ingest
from flows.purge import by_age, purge
from offers.calendar import PARIS
from offers.errors import QuaiError
from offers.feed import Feed
from samples.year.accidents import Happens
from samples.year.employers import DAY, Employer, meant
from samples.year.oracle import Key, Oracle, Told, Wrong, compared, named
from samples.year.partners import content
from samples.year.sides import Sides
from warehouse.engine import open_warehouse
from warehouse.migrate import migrate
from warehouse.rehearsed import mark, set_instant

COLLECTED, MORNING = 3, 7
"""The hours, in Paris, at which the night's drops are collected, and at which people read the digest."""
_ONLINE = text("select feed, reference, title, description, seats from offers")
_SUMS = text(
    "select feed, id from deliveries where read <> ignored + rejected + repeated + created + updated + unchanged"
)


@dataclass(frozen=True)
class Lived:
    """One day: offers that employers meant, that were online; what was wrong; what happened; verdicts; seconds."""

    day: date
    meant: int
    online: int
    wrong: tuple[Wrong, ...]
    happened: tuple[str, ...]
    verdicts: Counter[str]
    by_itself: int = 0


@dataclass
class Year:
    """A place whose clock is ours; `live(day)` lives one day of it."""

    sides: Sides
    settings: Settings
    dock: Dock
    clock: Path
    happens: Sequence[Happens]
    oracle: Oracle = field(default_factory=Oracle)
    faults: list[Wrong] = field(default_factory=list)

    def live(self, day: date) -> Lived:
        """One day, from the drops of its night to the digest of its morning."""
        today = {one.employer: one for one in self.happens if one.day == day}
        at = self.set_clock(day, COLLECTED)
        self.faults.clear()
        due = [one for one in self.sides.employers if one.rhythm.holds(day)]
        for employer in due:
            self._give(employer, today.get(employer), day, at)
        feeds = known_feeds(self.settings)
        verdicts = Counter(word for employer in due for word in self._collect(feeds[employer.feed]))
        self.set_clock(day, MORNING)
        self._house(day)
        wrong = [*self.faults, *self._judged(day), *self._named(day, today.values())]
        for one in today.values():
            one.accident.undo(self.sides, one.employer)
        return Lived(day, self._meant(day), len(self.online()), tuple(wrong), _words(today.values()), verdicts)

    def set_clock(self, day: date, hour: int) -> datetime:
        """From now on it is this hour of Paris, in SQL and in every process whose clock is this file."""
        at = datetime(day.year, day.month, day.day, hour, tzinfo=PARIS)
        set_instant(self.dock.store.warehouse, at)
        write(self.clock, at)
        return at

    def online(self) -> dict[Key, Told]:
        """What the view says."""
        with self.dock.store.warehouse.transaction() as connection:
            rows = connection.execute(_ONLINE).all()
        return {(feed, reference): (title, description, seats) for feed, reference, title, description, seats in rows}

    def _give(self, employer: Employer, happens: Happens | None, day: date, at: datetime) -> None:
        if happens is None:
            self.sides.give(employer, content(employer, list(meant(employer, day).values())), at)
            self.oracle.whole(employer, day)
        else:
            happens.accident.give(self.sides, employer, day, at)
            happens.accident.reached(self.oracle, employer, day)

    def _collect(self, feed: Feed) -> list[str]:
        try:
            return [delivery.verdict.value for delivery in ingest(feed, self.dock)]
        except QuaiError as fault:  # as a command would end with; the digest must name it
            return [type(fault).__name__]

    def _house(self, day: date) -> None:
        close_what_expired(self.dock)
        if day.day == 1:
            purge(self.dock, known_feeds(self.settings), by_age(self.dock))

    def _judged(self, day: date) -> Iterator[Wrong]:
        yield from compared(day, self.oracle.online(day), self.online())
        with self.dock.store.warehouse.transaction() as connection:
            for feed, delivery in connection.execute(_SUMS):
                yield Wrong(day, "its lines do not each end in one count", feed, delivery, "the sum")

    def _named(self, day: date, today: Iterable[Happens]) -> list[Wrong]:
        said = make(self.dock, sending=False)
        seen = {(each["feed"], each["kind"]) for pile in ("new", "folded") for each in said[pile]}
        return named(day, {(one.employer.feed, kind) for one in today for kind in one.accident.named}, seen)

    def _meant(self, day: date) -> int:
        """What employers mean to be online today, whether it reached us or not."""
        aside = Oracle()
        for employer in self.sides.employers:
            aside.whole(employer, day)
        return len(aside.online(day))


def _words(today: Iterable[Happens]) -> tuple[str, ...]:
    return tuple(f"{one.employer.feed}: {one.accident.word}" for one in today)


def lived(year: Year, first: date, days: int, say: Callable[[Lived], None] = lambda _day: None) -> list[Lived]:
    """So many days, one after another."""
    found = []
    for number in range(days):
        found.append(year.live(first + number * DAY))
        say(found[-1])
    return found


@contextmanager
def begun(sides: Sides, settings: Settings, first: date, happens: Sequence[Happens]) -> Iterator[Year]:
    """A place for a year: an empty database marked as a rehearsal's, the partners' files, and the clock.

    The environment's QUAI_CLOCK must name `<home>/clock`.
    """
    clock, eve = settings.home / "clock", datetime(first.year, first.month, first.day, tzinfo=PARIS) - timedelta(hours=1)
    with open_warehouse(settings.database, settings.home) as warehouse:
        migrate(warehouse)
        mark(warehouse, str(clock), eve)
    write(clock, eve)
    sides.write_tomls(settings.partners)
    with open_dock(settings) as dock:
        yield Year(sides, settings, dock, clock, happens)
