"""A first mapping guessed from a sample: by what headers are called, then by what values are. Each guess says why.

Nothing here decides: a person reads the file that comes of it, corrects it, and checks the sample against it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from offers.calendar import SchoolYear
from offers.cleaning.vocabularies import NO, YES, Reference, nearest_sectors, sector_codes
from offers.columns import PERSONAL, SENT
from offers.onboarding.evidence import (
    CODE_OF_BOTH,
    PAIR_FIRST,
    PAIR_SECOND,
    TOWN_OF_BOTH,
    Values,
    fits,
    foreign,
    known_naf,
    tells_alone,
)
from offers.onboarding.synonyms import CONTRACT, NAF, matches, named
from offers.text import fold_word

ENOUGH = 55
"""Out of some 150: under it a header is left unmapped. Set on the seven feeds of `docs/new-partner.md`."""
SURE = 90
"""From here on a guess is told without a doubt, unless another header comes within CLOSE of it."""
CLOSE = 10
BY_VALUES = {"siret": 25, "postal_code": 15, "city": 18, "description": 26, "reference": 26, "permalink": 21}
"""Columns that values alone can tell, and what they then lend to the values' own weight."""
PLAIN = 92
"""What a header is called that says the column and nothing else: there, towns abroad are towns too."""
_FEW = 3
"""Distinct values without which values alone prove nothing."""
_CALLED = 65
"""The same for the column of the contract, whose words prove little."""
_ENCLOSING = "^."
_OF_ONE = ("reference", "title", "description", "permalink")
_NAMES = ("nom", "name", "raison sociale", "libelle", "label")
_PLACEMENT = re.compile(r"\b(?:stages?|stagiaires?|internships?|interns?|observation|seconde|2n?de)\b")


@dataclass(frozen=True)
class Guess:
    """Where one of our columns probably comes from; `pattern` takes its part of a cell that holds more."""

    column: str
    headers: tuple[str, ...]
    why: str
    pattern: str | None = None
    join: str | None = None
    seen: tuple[str, ...] = ()
    score: int = SURE
    rival: str | None = None

    @property
    def doubt(self) -> str | None:
        """What speaks against it; None where nothing does."""
        if self.rival is not None:
            return f"« {self.rival} » would do nearly as well"
        if not self.seen:
            return "no value to tell by"
        return "little speaks for it" if self.score < SURE else None


@dataclass(frozen=True)
class Word:
    """A word of the sample, how often it comes, and the sectors (code, name) that are nearest to it."""

    text: str
    count: int
    near: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Guesses:
    """What a sample tells: the mapping, personal columns apart, sectors still unknown, the words of the contract."""

    mapping: Mapping[str, Guess]
    personal: Mapping[str, Guess]
    sectors: tuple[Word, ...]
    contract: str | None
    contracts: tuple[Word, ...]
    day_first: bool
    spare: tuple[str, ...]
    bare: bool = False
    """No row came: all is guessed from headers."""

    @property
    def doubtful(self) -> tuple[Guess, ...]:
        """The guesses to look at first, the weakest before all."""
        return tuple(sorted((one for one in self.mapping.values() if one.doubt), key=lambda one: one.score))

    @property
    def placements(self) -> tuple[str, ...]:
        """The contract's words that speak of a placement."""
        return tuple(word.text for word in self.contracts if _PLACEMENT.search(fold_word(word.text)))


@dataclass
class _Board:
    """Scores of (column, header), and who has been given what."""

    frame: pd.DataFrame
    reference: Reference
    year: SchoolYear
    values: dict[str, Values] = field(default_factory=dict)
    taken: dict[str, Guess] = field(default_factory=dict)

    def of(self, header: str) -> Values:
        """The values of a header, those of repeated elements apart from each other."""
        if header not in self.values:
            texts = self.frame[header].astype("str").str.replace("\x1f.*", "", regex=True, flags=re.DOTALL)
            self.values[header] = Values(texts, self.reference)
        return self.values[header]


def guess(frame: pd.DataFrame, empty: Iterable[str], reference: Reference, year: SchoolYear) -> Guesses:
    """What the text of a sample tells; `empty` are further headers that no record of the sample fills."""
    whole = frame.assign(**{name: pd.Series(None, index=frame.index, dtype="str") for name in empty})
    board = _Board(whole, reference, year)
    _take_best(board)
    _take_parts(board)
    _take_naf(board)
    for name, one in board.taken.items():  # two different values of its first header, as they are read
        said = [re.search(one.pattern or "(?s)(.*)", text) for text in board.of(one.headers[0]).distinct[:2]]
        board.taken[name] = replace(one, seen=tuple(found[1] or "" for found in said if found))
    mapping = {name: board.taken[name] for name in SENT if name in board.taken and name not in PERSONAL}
    personal = {name: board.taken[name] for name in PERSONAL if name in board.taken}
    contract = _contract(board)
    dates = [board.taken[name] for name in ("published_on", "expires_on") if name in board.taken]
    texts = [text for one in dates for header in one.headers for text in board.of(header).distinct]
    written = [found for text in texts if (found := re.match(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d{4}", text))]
    # Proved by a day beyond the twelfth, where none says otherwise.
    day_first = any(int(one[1]) > 12 for one in written) and not any(int(one[2]) > 12 for one in written)
    used = {header for one in board.taken.values() for header in one.headers} | {contract}
    return Guesses(
        mapping,
        personal,
        _unknown_sectors(board),
        contract,
        tuple(_words(whole[contract])) if contract else (),
        day_first,
        tuple(str(header) for header in whole.columns if header not in used),
        frame.empty,
    )


def _take_best(board: _Board) -> None:
    """Give each header to the column that it suits best, the surest pairs first."""
    pairs = [(name, header) for header in map(str, board.frame.columns) for name in SENT]
    found = [(*scored, *pair) for pair in pairs if (scored := _scored(board, *pair)) is not None]
    given: set[str] = set()
    for score, why, name, header in sorted(found, key=lambda one: -one[0]):
        if header in given:
            continue
        known = board.taken.get(name)
        if known is None:
            board.taken[name] = Guess(name, (header,), why, score=score)
            given.add(header)
        elif known.score - score <= CLOSE:
            board.taken[name] = replace(known, rival=known.rival or header)


def _scored(board: _Board, name: str, header: str) -> tuple[int, str] | None:
    """How well a header suits one of our columns, and why; None where not well enough, or not at all."""
    values = board.of(header)
    own = header.lstrip(_ENCLOSING) if header.startswith(_ENCLOSING) else header
    called, why = named(name, own)
    if own != header:  # what encloses several offers says who offers them and where, and nothing that is theirs alone
        if name in _OF_ONE:
            called, why = 0, ""
        if name == "employer_name" and fold_word(own) in _NAMES:
            called, why = 90, "the name of what encloses the offers"
    seen = fits(name, values, board.year)
    if called >= PLAIN and seen is not None and seen < 0:
        seen = max(seen, foreign(name, values))
    score = called + (seen or 0)
    if not called and seen is not None and name in BY_VALUES and tells_alone(name, header, values):
        score, why = seen + BY_VALUES[name], "its values tell"
    if score < ENOUGH or (seen is None and called < 80):
        return None
    return score, why if seen is not None else f"{why}; empty in the sample"


def _take_parts(board: _Board) -> None:
    """`83126 LA SEYNE SUR MER` holds two of our columns, and so does `48.85,2.35`; `Semaine 1` and `Semaine 2`, one yes
    or no in each, are read together."""
    given = {header for one in board.taken.values() for header in one.headers}
    for header in map(str, board.frame.columns):
        values = board.of(header)
        if values.code_and_town >= 0.6:
            _part(board, header, "postal_code", CODE_OF_BOTH, "a code and a town in one cell")
            _part(board, header, "city", TOWN_OF_BOTH, "a code and a town in one cell")
        elif header not in given and values.share(lambda text: re.match(PAIR_FIRST, text) is not None) >= 0.6:
            _part(board, header, "latitude", PAIR_FIRST, "two numbers of degrees in one cell")
            _part(board, header, "longitude", PAIR_SECOND, "two numbers of degrees in one cell")
    headers = list(map(str, board.frame.columns))
    first, second = ([one for one in headers if fold_word(one).endswith(f"semaine {at}")] for at in (1, 2))
    if len(first) == len(second) == 1:
        board.taken["weeks"] = Guess("weeks", (*first, *second), "one column a week", join="|")


def _part(board: _Board, header: str, name: str, pattern: str, why: str) -> None:
    known = board.taken.get(name)
    other = board.taken.get("postal_code") if name == "city" else None
    if known is None or known.headers == (header,) or (other is not None and other.headers == (header,)):
        board.taken[name] = Guess(name, (header,), why, pattern)


def _take_naf(board: _Board) -> None:
    """A NAF code says the sector without any lookup, so it comes before the partner's own words."""
    known = board.taken.get("sector")
    for header in map(str, board.frame.columns):
        called = any(matches(phrase, header) >= 80 for phrase in NAF)
        many = len(board.of(header).distinct) >= _FEW
        if (called or (many and not known)) and known_naf(board.of(header)) >= 0.8:
            others = tuple(one for one in (known.headers if known else ()) if one != header)
            board.taken = {name: one for name, one in board.taken.items() if one.headers != (header,)}
            board.taken["sector"] = Guess("sector", (header, *others), "NAF codes")
            return


def _contract(board: _Board) -> str | None:
    """The header that tells a placement from a job: called so, few words, or words that speak of placements."""
    given = {header for one in board.taken.values() for header in one.headers}
    scores: dict[str, int] = {}
    for header in map(str, board.frame.columns):
        values = board.of(header)
        words = {fold_word(text) for text in values.distinct}
        # Not one word for all, no numbers, no yes or no: these tell no records from others.
        telling = len(words) > 1 and not words <= YES | NO and any(any(map(str.isalpha, word)) for word in words)
        if header in given or values.length > 60 or not telling:
            continue
        called = max(matches(phrase, header) - rank for rank, phrase in enumerate(CONTRACT))
        speaks = values.share(lambda text: _PLACEMENT.search(fold_word(text)) is not None) >= 0.15
        score = called + (30 if speaks else 0)
        if (called > 0 and score >= _CALLED) or (speaks and not values.unique and len(values.distinct) < 30):
            scores[header] = score
    return max(scores, key=lambda header: scores[header], default=None)


def _words(texts: pd.Series[str]) -> list[Word]:
    counts = Counter(text.strip() for text in texts.dropna() if text.strip())
    return [Word(text, count) for text, count in counts.most_common()]


def _unknown_sectors(board: _Board) -> tuple[Word, ...]:
    """The words of the sector's column that no table of ours knows, each with the nearest of our sectors: those that
    share most beginnings of words with it, then those spelt most like it."""
    known = board.taken.get("sector")
    if known is None:
        return ()
    texts = board.frame[list(known.headers)].bfill(axis=1).iloc[:, 0].astype("str")
    codes = sector_codes(texts, {}, board.reference)
    unknown = texts[~codes.isin(list(board.reference.sectors)) & texts.notna()]
    ours = {name: code for code, name in board.reference.sectors.items()}
    told = []
    for word in _words(unknown):
        stems = _stems(word.text)
        shared = {name: len(stems & _stems(name)) for name in ours}
        alike = sorted((name for name, count in shared.items() if count), key=shared.__getitem__, reverse=True)
        near = list(dict.fromkeys((*alike, *nearest_sectors(word.text, ours))))[:3]
        told.append(replace(word, near=tuple((ours[name], name) for name in near)))
    return tuple(told)


def _stems(text: str) -> set[str]:
    return {word[:6] for word in fold_word(text).split() if len(word) > 3}
