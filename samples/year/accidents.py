"""The script of a year's accidents: what happens to the world, what of the employer's word reaches us, what is named.

Each is a small class: `give` is the employer's side of that day, `undo` the morning after. A new one is a class and its
place in ALL.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from samples.year.employers import Access, Employer, Offer, Rhythm, meant
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


class Accident:
    """A day on which an employer's word does not reach us as it is meant. `named`: kinds of matter in that digest."""

    named: ClassVar[frozenset[str]] = frozenset({"quarantined"})
    where: ClassVar[tuple[Access, ...]] = tuple(Access)
    times: ClassVar[int] = 2
    first: ClassVar[tuple[int, int] | None] = None
    """Month and day where it can happen on one day of the year alone."""

    @property
    def word(self) -> str:
        """Its name, for the chart and the log."""
        return (type(self).__doc__ or "").split(".")[0]

    def give(self, sides: Sides, employer: Employer, day: date, at: object) -> None:
        """What the employer's side does on this day, at an hour of the rehearsal's clock."""
        raise NotImplementedError

    def undo(self, sides: Sides, employer: Employer) -> None:
        """What is put right before the next day."""

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """What of the employer's word reached us; nothing, mostly."""


class _Bytes(Accident):
    """Other bytes than were meant."""

    def give(self, sides, employer, day, at):  # type: ignore[no-untyped-def]  # as declared above
        """Leave them."""
        sides.give(employer, self.bytes(employer, list(meant(employer, day).values())), at)

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

    named, where, times = frozenset({"unreachable"}), WEB, 3
    fault: ClassVar[Reply] = Reply(body=b"{" + b" " * 5000, cut=100)

    def give(self, sides, employer, day, at):  # type: ignore[no-untyped-def]  # as declared above
        """The server answers otherwise than it should."""
        sides.faults[employer.slug] = self.fault

    def undo(self, sides: Sides, employer: Employer) -> None:
        """It is well again."""
        del sides.faults[employer.slug]


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

    def give(self, sides, employer, day, at):  # type: ignore[no-untyped-def]  # as declared above
        """Nothing is left."""


class FolderGone(Accident):
    """An inbox that is not there."""

    named, where = frozenset({"unreachable"}), (Access.FOLDER,)

    def give(self, sides, employer, day, at):  # type: ignore[no-untyped-def]  # as declared above
        """The mount is missing."""
        inbox = sides.inbox(employer)
        inbox.rename(inbox.with_name(f"{inbox.name}.away"))

    def undo(self, sides: Sides, employer: Employer) -> None:
        """It is mounted again."""
        inbox = sides.home / "inbox" / employer.slug
        inbox.with_name(f"{inbox.name}.away").rename(inbox)


class FewerThanAnnounced(Accident):
    """An API that gives fewer records than it announces."""

    named, where, times = frozenset({"warned"}), (Access.API,), 3

    def give(self, sides, employer, day, at):  # type: ignore[no-untyped-def]  # as declared above
        """Half of what it has."""
        offers = list(meant(employer, day).values())
        sides.give(employer, answer(employer, offers[: len(offers) // 2], len(offers)), at)

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """The half that came; nothing ended on the strength of the other."""
        references = list(meant(employer, day))
        oracle.part(employer, day, references[: len(references) // 2])


ALL: tuple[Accident, ...] = (
    Truncated(), HeaderOnly(), Garbled(), Unreadable(), SectorsBlank(), Cut(), HungUp(), Broken(), Forbidden(),
    RedirectedInside(), NotJson(), Silent(), FolderGone(), FewerThanAnnounced(),
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
    """When what happens to whom; the same for the same seed. Only to daily feeds, so that the next day puts it right."""
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
    return found


def _days(days: int, count: int) -> Iterator[int]:
    """As many days, evenly over the year, none in the last three."""
    step = (days - LEARNED - 3) / max(count, 1)
    return (LEARNED + int(number * step) for number in range(count))
