"""The script of a year's accidents: what happens to the world, what of the employer's word reaches us, what is named.

Each is a small class: `give` is the employer's side of that day, `undo` the morning after. A new one is a class and its
place in ALL.
"""

from __future__ import annotations

import random
import resource
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Protocol
from unittest import mock

import psycopg

from config.settings import Settings
from flows.backup import backup, restore
from flows.dock import Dock
from offers.cleaners import text
from samples.year.employers import Access, Employer, Offer, Rhythm, meant, school_year
from samples.year.oracle import Oracle
from samples.year.partners import ERROR_PAGE, answer, content, file
from samples.year.sides import Sides
from servers.http import Reply

LEARNED = 10
"""Days after which every daily feed has a history to be held to."""
APART = 6
"""Days between two accidents of one employer."""
FILES = (Access.FOLDER, Access.SFTP, Access.DOWNLOAD)
WEB = (Access.DOWNLOAD, Access.API)
POISON = "Découverte d'un poison"


class World(Protocol):
    """What accidents happen to."""

    sides: Sides
    settings: Settings
    dock: Dock
    oracle: Oracle


class Accident:
    """A day on which an employer's word does not reach us as it is meant. `named`: kinds of matter in that digest."""

    named: ClassVar[frozenset[str]] = frozenset({"quarantined"})
    where: ClassVar[tuple[Access, ...]] = tuple(Access)
    times: ClassVar[int] = 2
    lasts: ClassVar[bool] = False
    """Whether it is named until the employer's next drop, though that is not due tomorrow."""

    @property
    def word(self) -> str:
        """Its name, for the chart and the log."""
        return (type(self).__doc__ or "").split(".")[0]

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """What happens before the night's collection, at this hour of the rehearsal's clock."""
        raise NotImplementedError

    def around(self, world: World, employer: Employer) -> AbstractContextManager[object]:
        """What holds while the employer's feed is collected."""
        return nullcontext()

    def undo(self, world: World, employer: Employer, day: date) -> None:
        """What people put right after the digest."""

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """What of the employer's word reached us; nothing, mostly."""

    def names(self, employer: Employer) -> set[tuple[str, str]]:
        """Whom, and as what, the digest of that morning must name."""
        return {(employer.feed, kind) for kind in self.named}


class _Bytes(Accident):
    """Other bytes than were meant."""

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """Leave them."""
        world.sides.give(employer, self.bytes(employer, list(meant(employer, day).values())), at)

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """The drop instead of the one that was meant."""
        raise NotImplementedError


class Truncated(_Bytes):
    """A drop cut off after a third."""

    times = 5

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """The first third, cleanly cut."""
        return content(employer, offers[: len(offers) // 3])


class HeaderOnly(_Bytes):
    """A drop without a line."""

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """The header, or an empty list."""
        return content(employer, [])


class Garbled(_Bytes):
    """An error page in place of the file."""

    named, where, times = frozenset({"unreadable"}), (Access.FOLDER, Access.SFTP), 4

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """A web server's words."""
        return ERROR_PAGE


class Unreadable(_Bytes):
    """Bytes that are no text."""

    named, where = frozenset({"unreadable"}), FILES

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """As an unfinished archive would be."""
        return bytes(range(256)) * 8


class SectorsBlank(_Bytes):
    """A column gone blank."""

    where = FILES

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """Every line lacks what is required."""
        return file(employer, [Offer(**{**vars(offer), "sector": ""}) for offer in offers])


class Cut(Accident):
    """A connection that breaks off."""

    named, times = frozenset({"unreachable"}), 3
    where: ClassVar[tuple[Access, ...]] = WEB
    fault: ClassVar[Reply] = Reply(body=b"{" + b" " * 5000, cut=100)

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """The server answers otherwise than it should."""
        world.sides.faults[employer.slug] = self.fault

    def undo(self, world: World, employer: Employer, day: date) -> None:
        """It is well again."""
        del world.sides.faults[employer.slug]


class HungUp(Cut):
    """A server that hangs up."""

    fault = Reply(hang_up=True)


class Broken(Cut):
    """A server that fails with 500."""

    fault = Reply(status=500)


class Forbidden(Cut):
    """A token that is refused."""

    fault = Reply(status=401)


class RedirectedInside(Cut):
    """A redirect to where clouds hand out credentials."""

    fault = Reply(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data"})


class NotJson(Cut):
    """An answer that is not JSON."""

    where = (Access.API,)
    fault = Reply(body=ERROR_PAGE)


class Silent(Accident):
    """A drop that never comes."""

    named, where, times = frozenset({"late"}), (Access.FOLDER, Access.SFTP), 4

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """Nothing is left."""


class FolderGone(Accident):
    """An inbox that is not there."""

    named, where = frozenset({"unreachable"}), (Access.FOLDER,)

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """The mount is missing."""
        inbox = world.sides.inbox(employer)
        inbox.rename(inbox.with_name(f"{inbox.name}.away"))

    def undo(self, world: World, employer: Employer, day: date) -> None:
        """It is mounted again."""
        inbox = world.sides.home / "inbox" / employer.slug
        inbox.with_name(f"{inbox.name}.away").rename(inbox)


class FewerThanAnnounced(Accident):
    """An API that gives fewer records than it announces."""

    named, where, times = frozenset({"warned"}), (Access.API,), 3

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """Half of what it has."""
        offers = list(meant(employer, day).values())
        world.sides.give(employer, answer(employer, offers[: len(offers) // 2], len(offers)), at)

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """The half that came; nothing ended on the strength of the other."""
        references = list(meant(employer, day))
        oracle.part(employer, day, references[: len(references) // 2])


class NotRenewed(_Bytes):
    """Last year's list in the new school year."""

    lasts = True

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """The same as ever."""
        return content(employer, offers)


NOT_RENEWED = NotRenewed()


class OlderDrop(Accident):
    """A file of last week, put there again."""

    where = (Access.FOLDER, Access.SFTP)

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """With its own date, and bytes of its own."""
        week = timedelta(days=7)
        offers = list(meant(employer, day - week).values())[1:]
        world.sides.give(employer, file(employer, offers), at - week)


class BrokenFile(Accident):
    """A partner's file with a typo."""

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """Somebody edited it last evening."""
        path = self._path(world, employer)
        path.write_text("name = \n" + path.read_text(encoding="utf-8"), encoding="utf-8")

    def undo(self, world: World, employer: Employer, day: date) -> None:
        """And mends it."""
        path = self._path(world, employer)
        path.write_text(path.read_text(encoding="utf-8").removeprefix("name = \n"), encoding="utf-8")

    def names(self, employer: Employer) -> set[tuple[str, str]]:
        """The file."""
        return {(f"{employer.slug}.toml", "broken")}

    @staticmethod
    def _path(world: World, employer: Employer) -> Path:
        return world.sides.toml(employer, world.settings.partners)


class StrangeFile(Accident):
    """A copy of a partner's file beside it."""

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """A file manager made it; the partner itself delivers as ever."""
        world.sides.give(employer, content(employer, list(meant(employer, day).values())), at)
        path = world.sides.toml(employer, world.settings.partners)
        self._copy(path).write_bytes(path.read_bytes())

    def undo(self, world: World, employer: Employer, day: date) -> None:
        """Somebody sees it."""
        self._copy(world.sides.toml(employer, world.settings.partners)).unlink()

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """All of it."""
        oracle.whole(employer, day)

    def names(self, employer: Employer) -> set[tuple[str, str]]:
        """The copy."""
        return {(f"Copie de {employer.slug}.toml", "broken")}

    @staticmethod
    def _copy(path: Path) -> Path:
        return path.with_name(f"Copie de {path.name}")


class Poisoned(_Bytes):
    """A drop that breaks Quai itself."""

    named = frozenset({"failed", "late"})

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """One title that a cleaner chokes on."""
        return content(employer, [Offer(**{**vars(offers[0]), "title": POISON}), *offers[1:]])

    def around(self, world: World, employer: Employer) -> AbstractContextManager[object]:
        """The fault is the rehearsal's own: one that is known would be mended."""
        sound = text.neat

        def neat(values: Any, *rest: Any, **more: Any) -> Any:
            if POISON in values.to_list():
                raise OverflowError("date value out of range")
            return sound(values, *rest, **more)

        return mock.patch.object(text, "neat", neat)


class FullDisk(Accident):
    """A disk that takes no more bytes."""

    named, where = frozenset({"unreachable"}), (Access.FOLDER, Access.SFTP)

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """The drop lies there as ever."""
        world.sides.give(employer, content(employer, list(meant(employer, day).values())), at)

    @contextmanager
    def around(self, world: World, employer: Employer) -> Iterator[None]:
        """The kernel refuses this process every file beyond a few bytes."""
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


class Restored(Accident):
    """A database that is lost, and brought back from last night's backup."""

    named, times = frozenset(), 1

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """Backed up, dropped, made anew, restored."""
        folder = world.settings.home / f"backup-{day}"
        backup(world.settings, folder)
        with psycopg.connect(
            host=str(world.settings.home / "postgres"), user="postgres", dbname="postgres", autocommit=True
        ) as admin:
            admin.execute("drop database quai with (force)")
        restore(world.settings, folder)
        world.sides.give(employer, content(employer, list(meant(employer, day).values())), at)

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """The drop of the day, as on any other."""
        oracle.whole(employer, day)


ALL: tuple[Accident, ...] = (
    Truncated(), HeaderOnly(), Garbled(), Unreadable(), SectorsBlank(), Cut(), HungUp(), Broken(), Forbidden(),
    RedirectedInside(), NotJson(), Silent(), FolderGone(), FewerThanAnnounced(), OlderDrop(), BrokenFile(),
    StrangeFile(), Poisoned(), FullDisk(), Restored(),
)  # fmt: skip


@dataclass(frozen=True)
class Happens:
    """One accident, to one employer, on one day."""

    day: date
    employer: Employer
    accident: Accident


def script(
    employers: Sequence[Employer], first: date, days: int, seed: int, all_of_them: Sequence[Accident] = ALL
) -> list[Happens]:
    """When what happens to whom, by the seed alone. Only to daily feeds, so that the next day puts it right."""
    rng, found = random.Random(f"{seed} accidents"), list[Happens]()
    free = {employer: LEARNED for employer in employers if employer.rhythm is Rhythm.DAILY}
    wanted = [accident for accident in all_of_them for _ in range(accident.times)]
    rng.shuffle(wanted)
    for at, accident in zip(_days(days, len(wanted)), wanted, strict=True):
        able = [one for one, since in free.items() if one.access in accident.where and since <= at]
        if able:
            chosen = rng.choice(able)
            free[chosen] = at + APART
            found.append(Happens(first + timedelta(days=at), chosen, accident))
    return [*found, *_school_years(employers, first, days)]


def _school_years(employers: Sequence[Employer], first: date, days: int) -> Iterator[Happens]:
    """From 1 July on each list is last year's until its employer renews it."""
    for employer in employers:
        due = [day for day in (first + timedelta(days=at) for at in range(days)) if employer.rhythm.holds(day)]
        for day in due:
            if (day.month, day.day) >= (7, 1) and school_year(employer, day) == day.year:
                yield Happens(day, employer, NOT_RENEWED)


def _days(days: int, count: int) -> Iterator[int]:
    """As many days, evenly over the year, none in the last three."""
    step = (days - LEARNED - 3) / max(count, 1)
    return (LEARNED + int(number * step) for number in range(count))
