"""A list of pledges that came as a table: each line is a pledge, or a fault with line, column, value and remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import pandas as pd

from offers.calendar import SchoolYear
from offers.model import Batch
from offers.pledges import Known, NotRead, Pledge, both, number, school_year
from offers.text import fold_word

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


@dataclass
class _Reading:
    headers: Mapping[str, str]
    known: Known
    today: SchoolYear
    new: bool
    source: str
    faults: list[Fault] = field(default_factory=list)


def read_sheet(batch: Batch, known: Known, today: SchoolYear, source: str, new: bool = False) -> Sheet:
    """The pledges of a batch, by line. `new` keeps names that nobody knows; `source` is kept with each pledge."""
    headers = _headers(batch.frame.columns)
    missing = tuple(name for name in ("organisation",) if name not in headers)
    missing += () if {"offers", "seats"} & headers.keys() else ("offers", "seats")
    not_read = tuple(str(name) for name in batch.frame.columns if name not in headers.values())
    if missing:
        return Sheet(batch.read, {}, (), not_read, missing=missing)
    reading = _Reading(headers, known, today, new, source, [*_malformed(batch)])
    found = {int(line): _line(reading, int(line), row) for line, row in _rows(batch.frame)}
    pledges = {line: pledge for line, pledge in found.items() if pledge is not None}
    for fault in [*_twice(pledges, headers["organisation"], batch.frame)]:
        reading.faults.append(fault)
        pledges.pop(fault.line)
    names = {pledge.organisation for pledge in pledges.values()} - {*known.organisations.names, *known.added}
    faults = tuple(sorted(reading.faults, key=lambda fault: fault.line))
    return Sheet(batch.read, pledges, faults, not_read, tuple(sorted(names)))


def _headers(names: pd.Index[str]) -> dict[str, str]:
    """For each of our columns the first header that is read as it."""
    found: dict[str, str] = {}
    for name in names:
        ours = next((one for one, words in HEADERS.items() if fold_word(str(name)) in words), None)
        if ours is not None:
            found.setdefault(ours, str(name))
    return found


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, dict[str, str]]]:
    filled = frame.fillna("").astype("str")
    for line, cells in zip(filled.index, filled.itertuples(index=False, name=None), strict=True):
        yield line, dict(zip(map(str, filled.columns), cells, strict=True))


def _malformed(batch: Batch) -> Iterator[Fault]:
    for line, column, value, sentence, remedy in (
        batch.malformed[["line", "column", "value", "sentence", "remedy"]].astype(object).itertuples(index=False)
    ):
        said = [None if pd.isna(one) else str(one) for one in (column, value, sentence, remedy)]
        yield Fault(int(line), said[0], said[1], (said[2] or "cannot be cut into columns").rstrip("."), said[3] or "")


def _line(reading: _Reading, line: int, row: Mapping[str, str]) -> Pledge | None:
    """The pledge of one line; each value that is not read becomes a fault."""
    before = len(reading.faults)

    def of(name: str, read: Callable[[str], Any]) -> Any:
        header = reading.headers.get(name)
        text = row.get(header, "").strip() if header else ""
        try:
            return read(text)
        except NotRead as fault:
            reading.faults.append(Fault(line, header, text, str(fault), fault.remedy))

    organisation = of("organisation", lambda text: reading.known.name(text, reading.new))
    year = of("school_year", lambda text: school_year(text, reading.today))
    offers = of("offers", lambda text: number(text, "offers"))
    seats = of("seats", lambda text: number(text, "seats"))
    if len(reading.faults) == before:
        of("seats", lambda _: both(offers, seats))
    if len(reading.faults) > before:
        return None
    return Pledge(organisation, year.label, offers, seats, reading.source)


def _twice(pledges: Mapping[int, Pledge], header: str, frame: pd.DataFrame) -> Iterator[Fault]:
    """The lines that name an organisation and a year that another line names too: which holds, nobody here knows."""
    lines: dict[tuple[str, str], list[int]] = {}
    for line, pledge in pledges.items():
        lines.setdefault(pledge.key, []).append(line)
    for (organisation, year), same in lines.items():
        for line in same if len(same) > 1 else ():
            others = ", ".join(str(one) for one in same if one != line)
            said = f"{organisation} in {year} is also in line {others}"
            yield Fault(
                line, header, str(frame.at[line, header]), said, "Keep one line for each organisation and school year."
            )
