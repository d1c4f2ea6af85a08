"""What every accident of a year is: what happens, what of the employer's word reaches us, what the digest must name."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar, Protocol

from config.settings import Settings
from samples.year.employers import Access, Employer, Offer, meant
from samples.year.oracle import Oracle
from samples.year.sides import Sides
from story.dock import Dock

if TYPE_CHECKING:  # a year without a server needs no Prefect
    from samples.year.living import Living


class World(Protocol):
    """What accidents happen to."""

    sides: Sides
    settings: Settings
    dock: Dock
    oracle: Oracle
    living: Living | None
    well: Sequence[Employer]
    """Whose drops are due tonight, and to whom nothing happens."""


class Accident:
    """A day on which an employer's word does not reach us as it is meant. `named`: kinds of matter in that digest."""

    named: ClassVar[frozenset[str]] = frozenset({"quarantined"})
    where: ClassVar[tuple[Access, ...]] = tuple(Access)
    times: ClassVar[int] = 2
    by_itself: ClassVar[bool] = False
    """Whether a worker's process meets it as ours does: the drop alone is otherwise."""
    alone: ClassVar[bool] = False
    """Whether no worker is at work that night: it would be met by what only this feed is to meet."""
    served: ClassVar[bool] = False
    """Whether it befalls the server or its worker; where there are none, it is left out of the script."""
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

    def planned(self, living: Living) -> None:
        """What happens once the runs of this night are planned, where a worker is to meet it."""

    def undo(self, world: World, employer: Employer, day: date) -> None:
        """What people put right after the digest."""

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """What of the employer's word reached us; nothing, mostly."""

    def names(self, employer: Employer) -> set[tuple[str, str]]:
        """Whom, and as what, the digest of that morning must name."""
        return {(employer.feed, kind) for kind in self.named}


class OtherBytes(Accident):
    """Other bytes than were meant."""

    by_itself = True

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """Leave them."""
        world.sides.give(employer, self.bytes(employer, list(meant(employer, day).values())), at)

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """The drop instead of the one that was meant."""
        raise NotImplementedError
