"""The year as it is lived: each day's drops, the house's deeds, the digest, and what the oracle says of the view."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from config.clock import write
from config.settings import Settings
from offers.calendar import PARIS
from offers.errors import QuaiError
from operations.alerts import make
from operations.feeds import known_feeds, the_feed
from operations.ingest import ingest
from operations.offers import close_what_expired
from operations.privacy.purge import by_age, purge
from samples.year.accidents import Happens
from samples.year.employers import DAY, Employer, Offer, listed, meant
from samples.year.oracle import Key, Oracle, Told, Wrong, compared, named
from samples.year.partners import content
from story.dock import Dock, open_dock

if TYPE_CHECKING:  # a year without a server needs no Prefect
    from samples.year.living import Living
from samples.year.sides import Sides
from warehouse.engine import open_warehouse
from warehouse.migrate import mark, migrate, set_instant

COLLECTED, MORNING = 3, 7
"""The hours, in Paris, at which the night's drops are collected, and at which people read the digest."""
EVERY = 10
"""Days between two nights on which sound feeds are collected by a worker."""
_ONLINE = text("select feed, reference, title, description, seats from offers")
_SUMS = text(
    "select feed, d.left, coalesce(r.stand, 0) from (select feed, sum(created - withdrawn) as left from deliveries "
    "where verdict = 'accepted' group by feed) d left join (select feed, count(*) as stand from records "
    "where withdrawn_at is null group by feed) r using (feed) where d.left <> coalesce(r.stand, 0)"
)
"""That the lines of each delivery end in one count is a constraint of the ledger; this holds it against the records."""


@dataclass(frozen=True)
class Lived:
    """One day: offers that employers meant, that were online; what was wrong; what happened; what came of the drops,
    and of how many a run started by itself."""

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
    living: Living | None = None
    """Where some nights are lived by a server, its schedules and a worker."""
    waiting: dict[Employer, Happens] = field(default_factory=dict)
    """Accidents that are named until the employer's next drop."""
    well: Sequence[Employer] = ()
    """Whose drops are due tonight, and to whom nothing happens."""
    lists: dict[Employer, list[tuple[bytes, Mapping[str, Offer]]]] = field(default_factory=dict)
    """What each left while nothing happened to it, without repeats in a row, and what it meant by it."""
    back: set[tuple[str, str]] = field(default_factory=set)
    """Whose list of tonight is an earlier one to the byte, for an offer came and went: the digest warns of it."""

    def live(self, day: date) -> Lived:
        """One day, from the drops of its night to the digest of its morning."""
        today = {one.employer: one for one in self.happens if one.day == day}
        at = self.set_clock(day, COLLECTED)
        due = [one for one in self.sides.employers if one.rhythm.holds(day)]
        self.well = [one for one in due if one not in today]
        self.back = set()
        for employer in due:
            self.waiting.pop(employer, None)
            self._give(employer, today.get(employer), day, at)
        verdicts, alone = self._collected(day, due, today)
        self.set_clock(day, MORNING)
        self._house(day)
        self.waiting |= {employer: one for employer, one in today.items() if one.accident.lasts}
        wrong = [*self.judged(day), *self.named(day, [*today.values(), *self.waiting.values()])]
        for one in today.values():
            one.accident.undo(self, one.employer, day)
        wrong += self.judged(day) if today else ()  # what people put right takes no offer away, nor brings one
        with self.dock.store.warehouse.transaction() as connection:
            online = len(_online(connection))
        return Lived(day, self._meant(day), online, tuple(wrong), _words(today.values()), verdicts, alone)

    def set_clock(self, day: date, hour: int) -> datetime:
        """From now on it is this hour of Paris, in SQL and in every process whose clock is this file."""
        at = datetime(day.year, day.month, day.day, hour, tzinfo=PARIS)
        set_instant(self.dock.store.warehouse, at)
        write(self.clock, at)
        return at

    def judged(self, day: date, connection: Connection | None = None) -> Iterator[Wrong]:
        """What of the view and of the ledger is not as it must be."""
        if connection is None:
            with self.dock.store.warehouse.transaction() as opened:
                yield from self.judged(day, opened)
            return
        yield from compared(day, self.oracle.online(day), _online(connection))
        for feed, left, stand in connection.execute(_SUMS):
            yield Wrong(day, "created less withdrawn is not what stands", feed, stand, left)

    def named(self, day: date, today: Iterable[Happens]) -> list[Wrong]:
        """What of the digest is not as it must be."""
        said = make(self.dock, sending=False)
        seen = {(each["feed"], each["kind"]) for pile in ("new", "folded") for each in said[pile]}
        expected = {name for one in today for name in one.accident.names(one.employer)}
        return named(day, expected | self.back, seen)

    def _give(self, employer: Employer, happens: Happens | None, day: date, at: datetime) -> None:
        if happens is None:
            drop, before = content(employer, listed(employer, day)), self.lists.setdefault(employer, [])
            means = meant(employer, day)
            self.sides.give(employer, drop, at)
            self.oracle.whole(employer, day)
            again = [at for at, (left, _) in enumerate(before) if left == drop]
            if again and any(offers != means for _, offers in before[again[-1] + 1 :]):
                self.back.add((employer.feed, "warned"))
            if not before or before[-1][0] != drop:
                before.append((drop, means))
        else:
            happens.accident.give(self, employer, day, at)
            happens.accident.reached(self.oracle, employer, day)

    def _collected(
        self, day: date, due: Sequence[Employer], today: Mapping[Employer, Happens]
    ) -> tuple[Counter[str], int]:
        """What came of each, and how many of them nobody started."""
        living = self.living
        alone = self._by_itself(day, due, today) if living else []
        others = [one for one in due if one not in alone]

        def ours() -> Counter[str]:
            for one in alone:
                if living and one in today:
                    today[one].accident.planned(living)
            return Counter(word for one in others for word in self._collect(one, today.get(one)))

        if living and alone:
            return living.collect([one.feed for one in alone], ours), len(alone)
        return ours(), 0

    def _by_itself(self, day: date, due: Sequence[Employer], today: Mapping[Employer, Happens]) -> list[Employer]:
        """Whoever an accident befalls that a worker meets, and every tenth day two who are well, in turn."""
        if any(one.accident.alone for one in today.values()):
            return []
        chosen = [one for one in due if one in today and today[one].accident.by_itself]
        turn, rest = divmod(day.toordinal(), EVERY)
        begin = turn % len(self.well) if self.well else 0
        return chosen + ([] if rest else [*self.well[begin:], *self.well[:begin]][:2])

    def _collect(self, employer: Employer, happens: Happens | None) -> list[str]:
        try:
            with happens.accident.around(self, employer) if happens else nullcontext():
                return [
                    delivery.verdict.value for delivery in ingest(the_feed(self.settings, employer.feed), self.dock)
                ]
        except QuaiError as fault:  # as a command would end with; the digest must name it
            return [type(fault).__name__]

    def _house(self, day: date) -> None:
        close_what_expired(self.dock)
        if day.day == 1:
            purge(self.dock, known_feeds(self.settings), by_age(self.dock))

    def _meant(self, day: date) -> int:
        """What employers mean to be online today, whether it reached us or not."""
        aside = Oracle()
        for employer in self.sides.employers:
            aside.whole(employer, day)
        return len(aside.online(day))


def _online(connection: Connection) -> dict[Key, Told]:
    rows = connection.execute(_ONLINE)
    return {(feed, reference): (title, description, seats) for feed, reference, title, description, seats in rows}


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
    clock, eve = (
        settings.home / "clock",
        datetime(first.year, first.month, first.day, tzinfo=PARIS) - timedelta(hours=1),
    )
    with open_warehouse(settings.database, settings.home) as warehouse:
        migrate(warehouse)
        mark(warehouse, str(clock), eve)
    write(clock, eve)
    sides.write_tomls(settings.partners)
    with open_dock(settings) as dock:
        yield Year(sides, settings, dock, clock, happens)
