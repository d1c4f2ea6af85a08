"""From mapped lines to what is kept of each and why the rest is not: the long way, or a short one for known lines.

The long way cleans every line and holds it to the contract. The short one takes from the feed's memory what became of
a line that is the same as it was under the same rules (`offers.memory`), and walks only the others; both come out
alike, line for line. What outside services say of a line is in no memory: such feeds walk the long way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

import offers
import validation
from config.clock import Stages
from offers.arrays import row_keys
from offers.calendar import SchoolYear
from offers.changes import are_over, content_hash
from offers.cleaning.batch import OfBatch, told_of_batch
from offers.cleaning.vocabularies import Reference
from offers.feed import Feed
from offers.memory import OVER, Lines, Memory
from offers.model import Checked, Cleaned, Finding, Mapped
from offers.wording import Language

Enrich = Callable[[Cleaned, Mapping[str, str]], Cleaned]
LIBRARIES = ("nh3", "phonenumbers", "python-stdnum", "ftfy", "pandas", "pyarrow")
"""What cleaning leans on, and what may read a value otherwise in another version."""


@dataclass(frozen=True)
class LineRules:
    """What a line is held to, whatever batch it is of."""

    feed: Feed
    reference: Reference
    today: date
    language: Language = Language.FRENCH
    enrich: Enrich | None = None

    @property
    def year(self) -> SchoolYear:
        """That of the day."""
        return SchoolYear.at(self.today)

    def context(self, mapped: Mapped, decided: OfBatch) -> str:
        """A checksum of all that a line becomes what it becomes by, but for the line and the day."""
        said = (
            _of_code(), self.reference.stamp, self.feed.model_dump_json(), self.year.label, self.language.value,
            sorted(mapped.headers.items()), sorted(decided.filled), sorted(decided.fractions),
        )  # fmt: skip
        return hashlib.sha256(repr(said).encode()).hexdigest()


@dataclass(frozen=True)
class Walked:
    """Every line, cleaned (`lines`), and held to the contract but where it is `over`; `content` hashes what is kept.

    `told`: the findings of cleaning and of outside services. `remember`: gives what is to be remembered once the drop,
    of this checksum, is accepted; None where nothing may be. `same`: the lines that came just so in the drop that the
    memory is of, where other rules held then.
    """

    lines: pd.DataFrame
    over: npt.NDArray[np.bool_]
    checked: Checked
    content: pd.Series[int]
    told: tuple[Finding, ...]
    remember: Callable[[str], Memory] | None = None
    same: pd.Index[int] | None = None


@dataclass(frozen=True)
class Remembering:
    """That lines may be taken from the feed's memory (None: it has none), but for a walk of the `whole`, and are to be
    remembered."""

    memory: Memory | None = None
    whole: bool = False


def walk(mapped: Mapped, rules: LineRules, timed: Stages, remembering: Remembering | None = None) -> Walked:
    """By the short way where there is one."""
    asks = rules.feed.enrich.companies or rules.feed.enrich.coordinates
    if remembering is None or asks or not rules.reference.stamp:
        return _long(mapped, rules, timed, None)[0]
    memory = remembering.memory
    with timed("recall"):
        decided, columns = OfBatch.of(mapped, rules.feed), tuple(map(str, mapped.frame.columns))
        asked, context = Asked(mapped, row_keys(mapped.frame), decided), rules.context(mapped, decided)
        places = np.full(len(asked.keys), -1) if memory is None else memory.places(asked.keys, columns)
    if memory is None or remembering.whole or memory.context != context or not (places >= 0).any():
        walked, lines = _long(mapped, rules, timed, asked)
        same = None if memory is None or memory.context == context else mapped.frame.index[places >= 0]
        walked = replace(walked, same=same)
    else:
        walked, lines = _short(asked, rules, timed, memory, places)

    def remember(drop: str) -> Memory:
        assert lines is not None  # noqa: S101  # they were asked for
        if memory is not None and not remembering.whole and memory.is_all_of(places, context, rules.today):
            kept = memory.lines  # on most nights
        else:
            kept = lines.each_once(~asked.marked)
        return Memory(rules.feed.slug, context, columns, rules.today, drop, kept)

    return replace(walked, remember=remember)


@dataclass(frozen=True)
class Asked:
    """The lines of a batch with their hashes, and what the whole of it decides."""

    mapped: Mapped
    keys: npt.NDArray[np.uint64]
    decided: OfBatch

    @property
    def marked(self) -> npt.NDArray[np.bool_]:
        """Lines of which the reader says something beside their values: they are remembered nowhere."""
        index, marked = self.mapped.frame.index, np.zeros(len(self.keys), bool)
        for _, cells in self.mapped.cells:
            marked |= index.isin(cells["line"])
        return marked

    def of(self, where: npt.NDArray[np.bool_]) -> Asked:
        """Some of them."""
        frame = self.mapped.frame[where]
        cells = tuple((name, one[one["line"].isin(frame.index)]) for name, one in self.mapped.cells)
        return replace(self, mapped=replace(self.mapped, frame=frame, cells=cells), keys=self.keys[where])


def _long(mapped: Mapped, rules: LineRules, timed: Stages, asked: Asked | None) -> tuple[Walked, Lines | None]:
    """Every line cleaned and checked; with what is to be remembered of each, where that is asked."""
    from offers.cleaning.batch import clean  # here, and below: a drop of nothing new waits for neither
    from validation.contract import check

    with timed("clean"):
        cleaned = clean(mapped, rules.feed, rules.reference, rules.year, asked.decided if asked else None)
    if rules.enrich is not None:
        with timed("enrich"):
            cleaned = rules.enrich(cleaned, mapped.headers)
    over = are_over(cleaned.frame, rules.today)
    with timed("check"):
        held = cleaned
        if over.any():
            repairs = cleaned.repairs[~cleaned.repairs["line"].isin(cleaned.frame.index[over])]
            held = replace(cleaned, frame=cleaned.frame[~over], repairs=repairs.reset_index(drop=True))
        checked = check(held, mapped.headers, rules.feed, rules.reference, rules.year, rules.language)
        content = content_hash(checked.kept)
    walked = Walked(cleaned.frame, over, checked, content, cleaned.findings)
    if asked is None:
        return walked, None
    with timed("recall"):
        return walked, Lines.of(asked.keys, mapped.frame, cleaned, checked, over, content)


def _short(
    asked: Asked, rules: LineRules, timed: Stages, memory: Memory, places: npt.NDArray[np.int64]
) -> tuple[Walked, Lines]:
    """The lines that the memory knows as it knows them, and the others walked."""
    mapped = asked.mapped
    with timed("recall"):
        unknown = (places < 0) | asked.marked
        if rules.today < memory.day:  # what was over then need not be so today
            unknown |= memory.lines.fate[places] == OVER
        lines = memory.lines.take(np.where(unknown, -1, places))
    if unknown.any():
        few = asked.of(unknown)
        _, fresh = _long(few.mapped, rules, timed, few)
        assert fresh is not None  # noqa: S101  # they were asked for
        lines = lines.and_fresh(fresh, unknown)
    with timed("recall"):
        frame = lines.frame(mapped.frame)
        over = are_over(frame, rules.today)
        checked = lines.checked(frame, over)
        content = lines.hashes(frame.index, checked.kept.index)
        told = told_of_batch(mapped, frame, lines.contacts(frame.index), rules.feed, rules.reference)
    return Walked(frame, over, checked, content, told), lines


@lru_cache(maxsize=1)
def _of_code() -> str:
    """A checksum of our own rules as they are installed, and the versions of what they lean on."""
    digest = hashlib.sha256(repr([(name, version(name)) for name in ("quai", *LIBRARIES)]).encode())
    for package in (offers, validation):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py")):
            digest.update(str(path.relative_to(folder)).encode() + path.read_bytes())
    return digest.hexdigest()
