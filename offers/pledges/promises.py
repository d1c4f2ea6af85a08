"""What organisations promised: offers and seats per school year, one by one, or as a list that came as a table.

Names, numbers and years are read here; each line of a table is a pledge, or a fault with line, column, value and
remedy. A pledge may have no number: an organisation can say that it takes part before it says how much. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from offers.calendar import SchoolYear
from offers.model import Batch
from offers.pledges.organisations import Organisations
from offers.text import fold_word, nearest

FIRST = SchoolYear(2024)
"""The first placements were those of June 2024: nobody promised anything for an earlier year."""
MOST = 1_000_000
"""More than one organisation can mean: there are 550 000 pupils in seconde (communiqué n°1399)."""
LONGEST = 150
SUMS = frozenset({"total", "totaux", "total general", "sous total", "ensemble", "somme"})
"""What stands at the foot of a list. Kept as an organisation with `--new`, it would double all that was promised."""
_DIGITS = re.compile(r"[0-9]+")
_SPACES = re.compile(r"[\s\u00a0\u202f]")


@dataclass(frozen=True)
class Pledge:
    """`organisation`: a canonical name of organisations.csv, or one added on purpose; None: no number was named.

    `source` says where it comes from, `stated_at` since when it stands so.
    """

    organisation: str
    school_year: str
    offers: int | None
    seats: int | None
    source: str
    stated_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        """An organisation has one pledge per school year."""
        return self.organisation, self.school_year

    def says_as(self, other: Pledge | None) -> bool:
        """Whether the numbers are the same, wherever they come from."""
        return other is not None and (self.offers, self.seats) == (other.offers, other.seats)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        at = self.stated_at.isoformat() if self.stated_at else None
        return {"organisation": self.organisation, "school_year": self.school_year, "offers": self.offers,
                "seats": self.seats, "source": self.source, "stated_at": at}  # fmt: skip


class NotRead(ValueError):  # noqa: N818  # named for what happened, as the errors of offers.errors
    """A value that is no name, number or year of a pledge: the sentence, and in `remedy` what to do."""

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(sentence)
        self.remedy = remedy


@dataclass(frozen=True)
class PledgeNames:
    """The names that a pledge may bear: `organisations` are those that offers are recognised by, `added` those that
    pledges were kept for although no offer can be counted for them yet."""

    organisations: Organisations
    added: Collection[str] = ()

    def name(self, written: str, new: bool = False) -> str:
        """The name as it is kept. An unknown one is refused with the nearest known, and kept as written if `new`."""
        text = " ".join(written.split())
        if not text:
            raise NotRead("no organisation is named", "Name it.")
        one = pd.Series([text], dtype="str")
        found = self.organisations.recognise(one, pd.Series([None], dtype="str")).iloc[0]
        if isinstance(found, str):
            return found
        same = next((name for name in self.added if fold_word(name) == fold_word(text)), None)
        if same is not None:
            return same
        if fold_word(text) in SUMS:
            raise NotRead(f"« {text} » is a sum and no organisation", "Take this line out of the list.")
        if not new:
            near = nearest(text, [*self.organisations.names, *self.added])
            more = f"; the nearest is « {near} »" if near else ""
            raise NotRead(f"« {text} » is no organisation that we know{more}", _UNKNOWN)
        if len(text) > LONGEST:
            raise NotRead(f"the name has {len(text)} characters, and may have {LONGEST}", "Shorten it.")
        return text


_UNKNOWN = (
    "Correct the name; or add a line to config/reference/organisations.csv, by which its offers are then recognised; "
    "or keep the pledge with --new: what it delivers cannot be counted until that line is there."
)


def number(text: str, what: str) -> int | None:
    """`5 000` -> 5000; empty is no number. `what`: offers or seats. Signs and points are refused, never guessed."""
    bare = _SPACES.sub("", text)
    if not bare:
        return None
    if not _DIGITS.fullmatch(bare):
        raise NotRead(
            f"« {text} » is no whole number of {what}", "Write it in digits, such as 5000, or leave it empty."
        )
    value = int(bare)
    if not 1 <= value <= MOST:
        raise NotRead(f"{value} {what} is not between 1 and {MOST}", "Correct it; leave it empty where none was named.")
    return value


def both(offers: int | None, seats: int | None) -> None:
    """Raises NotRead where the two numbers contradict each other."""
    if offers is not None and seats is not None and seats < offers:
        raise NotRead(f"{seats} seats in {offers} offers: each offer has one at least", "Correct one of the two.")


def school_year(text: str, today: SchoolYear) -> SchoolYear:
    """`2025-2026` -> SchoolYear(2026); empty is today's. From the first placements to the year after today's."""
    if not text.strip():
        return today
    found = SchoolYear.named(text)
    if found is None:
        raise NotRead(f"« {text} » is no school year", f"Write it as {today.label}.")
    last = SchoolYear(today.ends + 1)
    if not FIRST <= found <= last:
        raise NotRead(f"{found.label} is not between {FIRST.label} and {last.label}", "Correct the school year.")
    return found


HEADERS: Mapping[str, frozenset[str]] = {
    "organisation": frozenset({
        "organisation", "organization", "organisme", "entreprise", "groupe", "nom", "name", "nom de l organisation",
    }),
    "school_year": frozenset({"school year", "year", "annee scolaire", "annee"}),
    "offers": frozenset({
        "offers", "offres", "nombre d offres", "nb offres", "offres promises", "offres annoncees", "offres de stage",
    }),
    "seats": frozenset({
        "seats", "places", "nombre de places", "nb places", "places promises", "places annoncees", "stagiaires",
    }),
}  # fmt: skip
"""Our columns, and the headers, folded, that are read as each."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with one value of one line, and what to do; `column` is the sheet's own header."""

    line: int
    column: str | None
    value: str | None
    sentence: str
    remedy: str

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; the sentence says the line and the column too."""
        at = f"line {self.line}" + (f", column « {self.column} »" if self.column else "")
        return {**asdict(self), "sentence": f"{at}: {self.sentence}. {self.remedy}"}


@dataclass(frozen=True)
class Sheet:
    """What a table says: a pledge or faults for each of the `read` lines; `new` are names that nobody knew."""

    read: int
    pledges: Mapping[int, Pledge]
    faults: tuple[Fault, ...]
    not_read: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def faulty(self) -> int:
        """Lines with a fault."""
        return len({fault.line for fault in self.faults})


def read_sheet(batch: Batch, known: PledgeNames, today: SchoolYear, source: str, new: bool = False) -> Sheet:
    """The pledges of a batch, by line. `new` keeps names that nobody knows; `source` is kept with each pledge."""
    headers: dict[str, str] = {}
    for name in map(str, batch.frame.columns):
        ours = next((one for one, words in HEADERS.items() if fold_word(name) in words), None)
        if ours is not None:
            headers.setdefault(ours, name)
    missing = tuple(name for name in ("organisation",) if name not in headers)
    missing += () if {"offers", "seats"} & headers.keys() else ("offers", "seats")
    not_read = tuple(str(name) for name in batch.frame.columns if name not in headers.values())
    if missing:
        return Sheet(batch.read, {}, (), not_read, missing=missing)
    faults = []
    torn = batch.malformed[["line", "column", "value", "sentence", "remedy"]].astype(object)
    for line, column, value, sentence, remedy in torn.where(torn.notna(), None).itertuples(index=False):
        said = (sentence or "cannot be cut into columns").rstrip(".")
        faults.append(Fault(int(line), column, value, said, remedy or ""))
    pledges: dict[int, Pledge] = {}
    filled = batch.frame.fillna("").astype("str").set_axis(list(map(str, batch.frame.columns)), axis=1)
    for line, row in zip(map(int, filled.index), filled.to_dict("records"), strict=True):
        texts = {name: str(row[header]).strip() for name, header in headers.items()}
        found = _line(texts, known, today, source, new)
        if isinstance(found, Pledge):
            pledges[line] = found
        else:
            faults += [Fault(line, headers.get(name), texts.get(name, ""), str(no), no.remedy) for name, no in found]
    for fault in [*_twice(pledges, headers["organisation"], batch.frame)]:
        faults.append(fault)
        pledges.pop(fault.line)
    names = {pledge.organisation for pledge in pledges.values()} - {*known.organisations.names, *known.added}
    faults.sort(key=lambda fault: fault.line)
    return Sheet(batch.read, pledges, tuple(faults), not_read, tuple(sorted(names)))


def _line(
    texts: Mapping[str, str], known: PledgeNames, today: SchoolYear, source: str, new: bool
) -> Pledge | list[tuple[str, NotRead]]:
    """The pledge of one line; or, by our columns, each value that is not read."""
    faults: list[tuple[str, NotRead]] = []

    def of(name: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(texts.get(name, ""))
        except NotRead as fault:
            faults.append((name, fault))

    organisation = of("organisation", lambda text: known.name(text, new))
    year = of("school_year", lambda text: school_year(text, today))
    offers = of("offers", lambda text: number(text, "offers"))
    seats = of("seats", lambda text: number(text, "seats"))
    if not faults:
        of("seats", lambda _: both(offers, seats))
    return faults or Pledge(organisation, year.label, offers, seats, source)


def _twice(pledges: Mapping[int, Pledge], header: str, frame: pd.DataFrame) -> Iterator[Fault]:
    """The lines that name an organisation and a year that another line names too: which holds, nobody here knows."""
    lines: dict[tuple[str, str], list[int]] = {}
    for line, pledge in pledges.items():
        lines.setdefault(pledge.key, []).append(line)
    for (organisation, year), same in lines.items():
        for line in same if len(same) > 1 else ():
            others = ", ".join(str(one) for one in same if one != line)
            said = f"{organisation} in {year} is also in line {others}"
            remedy = "Keep one line for each organisation and school year."
            yield Fault(line, header, str(frame.at[line, header]), said, remedy)
