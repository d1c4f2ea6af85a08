"""The accidents on the partners' side: their files, their servers, their silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from samples.year.accident import Accident, OtherBytes, World
from samples.year.employers import Access, Employer, Offer, listed, meant
from samples.year.oracle import Oracle
from samples.year.partners import ERROR_PAGE, answer, content, file
from testing.servers.http import Reply

FILES = (Access.FOLDER, Access.SFTP, Access.DOWNLOAD)
WEB = (Access.DOWNLOAD, Access.API)


class Truncated(OtherBytes):
    """A drop cut off after a third."""

    times = 5

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """The first third, cleanly cut."""
        return content(employer, offers[: len(offers) // 3])


class HeaderOnly(OtherBytes):
    """A drop without a line."""

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """The header, or an empty list."""
        return content(employer, [])


class Garbled(OtherBytes):
    """An error page in place of the file."""

    named, where, times = frozenset({"unreadable"}), (Access.FOLDER, Access.SFTP), 4

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """A web server's words."""
        return ERROR_PAGE


class Unreadable(OtherBytes):
    """Bytes that are no text."""

    named, where = frozenset({"unreadable"}), FILES

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """As an unfinished archive would be."""
        return bytes(range(256)) * 8


class SectorsBlank(OtherBytes):
    """A column gone blank."""

    where = FILES

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """Every line lacks what is required."""
        return file(employer, [Offer(**{**vars(offer), "sector": ""}) for offer in offers])


class Torn(Accident):
    """Lines that cannot be cut into columns."""

    named, where, by_itself = frozenset(), FILES, True

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """The last two lack most of their columns; their senders are told, and nobody else."""
        lines = file(employer, list(meant(employer, day).values())).splitlines()
        torn = [line.partition(b";")[0] + b';"trop peu' for line in lines[-2:]]
        world.sides.give(employer, b"\r\n".join([*lines[:-2], *torn, b""]), at)

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """All others; of these two, what stood."""
        before, torn = oracle.held[employer.feed], list(meant(employer, day))[-2:]
        oracle.whole(employer, day)
        for reference in torn:
            del oracle.held[employer.feed][reference]
        oracle.held[employer.feed] |= {reference: before[reference] for reference in torn if reference in before}


@dataclass(frozen=True)
class Eroded(Accident):
    """An export that loses a few offers more each night. `share` of them by tonight; `told`: too many by then."""

    share: float
    told: bool

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """The rest of its list."""
        left = self._left(employer, day)
        world.sides.give(
            employer, content(employer, [one for one in listed(employer, day) if one.reference in left]), at
        )

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """What is left of it: no single night is out of the common."""
        left = self._left(employer, day)
        oracle.whole(employer, day)
        oracle.held[employer.feed] = {name: one for name, one in meant(employer, day).items() if name in left}

    def names(self, employer: Employer) -> set[tuple[str, str]]:
        """The feed, on the last night alone."""
        return {(employer.feed, "warned")} if self.told else set()

    def _left(self, employer: Employer, day: date) -> set[str]:
        all_of_them = list(meant(employer, day))
        return set(all_of_them[round(len(all_of_them) * self.share) :])


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
        """All but a seventh of what it has: so much less than is usual that it was held would be told otherwise."""
        offers = list(meant(employer, day).values())
        world.sides.give(employer, answer(employer, offers[: _most(len(offers))], len(offers)), at)

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """What came; nothing ended on the strength of the rest."""
        references = list(meant(employer, day))
        oracle.part(employer, day, references[: _most(len(references))])


def _most(count: int) -> int:
    return count - max(1, count // 7)


class NotRenewed(OtherBytes):
    """Last year's list in the new school year."""

    by_itself, lasts = False, True

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """The same as ever."""
        return content(employer, offers)


NOT_RENEWED = NotRenewed()


class OlderDrop(Accident):
    """A file of last week, put there again."""

    where, by_itself = (Access.FOLDER, Access.SFTP), True

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """With its own date, and bytes of its own."""
        week = timedelta(days=7)
        offers = list(meant(employer, day - week).values())[1:]
        world.sides.give(employer, file(employer, offers), at - week)
