"""Forms to fill in: an empty one in the shape that a feed expects, and our own, which every feed understands.

`quai template` renders them: headers, what each may hold, words to choose from, an example row, sound but for its
reference, which begins with EXEMPLE and is refused. Our own form is a table with our French labels as headers: an
employer whose software sends XML, or whose columns lack one that an offer needs, can thus send offers by hand without a
word changed in the partner's file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pandas as pd

from offers.calendar import SchoolYear, friday_of
from offers.columns import BY_NAME, PERSONAL, REQUIRED, SENT, Column, Kind
from offers.feed import ColumnSource, Feed, Filter
from offers.mapping import map_columns
from offers.model import REJECTION_COLUMNS, Batch, text_frame
from offers.text import plain
from offers.wording import Language, Pair

EXAMPLE_REFERENCE = "EXEMPLE-1"
"""A rule refuses every reference that begins so: an example left in the file is told, never published."""

_PLACEMENTS = ("Stage", "Stage de seconde", "Stage d'observation", "Seconde", "Internship", "Oui")
"""What a filter may want to read, tried in this order."""


@dataclass(frozen=True)
class Field:
    """One column of a form: the header, our columns that it feeds (none: a filter reads it), what may stand there.

    `words` are offered in a list; other words may be typed all the same, unless `closed`.
    """

    header: str
    columns: tuple[str, ...]
    required: bool
    example: str = ""
    words: tuple[str, ...] = ()
    closed: bool = False

    @property
    def kind(self) -> Kind | None:
        """The kind of what is typed, where the header feeds one column alone."""
        return BY_NAME[self.columns[0]].kind if len(self.columns) == 1 else None


@dataclass(frozen=True)
class Form:
    """A form and where it is to be written: `sheet` and `header` (from 1) as the feed's reader looks for them."""

    feed: Feed
    fields: tuple[Field, ...]
    ours: bool
    sheet: str
    header: int

    @property
    def row(self) -> dict[str, str]:
        """The example row."""
        return {field.header: field.example for field in self.fields}


def form(feed: Feed, sectors: Mapping[str, str], year: SchoolYear, ours: bool = False) -> Form:
    """The form of a feed; with `ours`, or where the feed reads no table, in our own labels, which every feed reads.

    `sectors` gives our sectors' names by code; `year` is the one whose placement is offered.
    """
    ours = ours or feed.format.of_elements
    own = [name for name in _asked(feed) if name not in feed.constants]
    fields = [Field(BY_NAME[name].fr, (name,), _needed(feed, name)) for name in own]
    fields = fields if ours else list(_their_fields(feed))
    fields = [_with_words(field, feed, sectors, year, ours) for field in fields]
    fields = [replace(field, example=_example(field, year)) for field in fields]
    if not ours:  # the feed itself must read the examples back, and its filters keep them
        for one in feed.filter:
            fields = _kept(fields, feed, one)
        read = map_columns(_batch(fields), feed.model_copy(update={"filter": ()})).frame.iloc[0].dropna()
        shared = {name for field in fields if len(field.columns) > 1 for name in field.columns}
        empty = {name for field in fields if not field.example for name in field.columns}
        # Of a cell that columns share, a pattern must have taken the part of each.
        found = {name for name, said in read.items() if name not in shared or said == BY_NAME[str(name)].example}
        lost = feed.mapping.keys() - found - empty
        fields = [replace(field, example="") if lost & set(field.columns) else field for field in fields]
    return Form(feed, tuple(fields), ours, feed.format.own_sheet or "Offres", feed.format.header or 1)


def week_words(year: SchoolYear) -> tuple[str, str, str]:
    """The three answers for the weeks: `semaine 1 : du 15 au 19 juin 2026`, the second one, `les deux`."""
    told = []
    for number, week in enumerate(year.weeks, 1):
        friday = friday_of(week)
        monday = friday - timedelta(days=4)
        told.append(
            f"semaine {number} : du {monday.day} au {friday.day} {Language.FRENCH.month(friday.month)} {friday.year}"
        )
    return told[0], told[1], "les deux"


def _asked(feed: Feed) -> list[str]:
    """Our columns that our own form holds: persons' data only where the feed asks for them."""
    return [name for name in SENT if name not in PERSONAL or name in feed.carried]


def _their_fields(feed: Feed) -> Iterator[Field]:
    """The mapping's headers in its order, then the filters', then what is required and has no header of theirs."""
    columns: dict[str, list[str]] = {}
    for name, source in feed.mapping.items():
        for header in source.headers if source.join is not None else source.headers[:1]:
            columns.setdefault(header, []).append(name)
    for one in feed.filter:
        if not any(header in columns for header in one.columns):
            columns.setdefault(one.columns[0], [])
    for name in REQUIRED:
        if name not in feed.carried:
            columns.setdefault(BY_NAME[name].fr, []).append(name)
    for header, names in columns.items():
        yield Field(header, tuple(names), not names or any(_needed(feed, name) for name in names))


def _needed(feed: Feed, name: str) -> bool:
    return BY_NAME[name].required or name in feed.require


def _with_words(field: Field, feed: Feed, sectors: Mapping[str, str], year: SchoolYear, ours: bool) -> Field:
    if not field.columns:
        kept = next((one.keep for one in feed.filter if field.header in one.columns and one.keep), None)
        return replace(field, words=kept or (), closed=bool(kept))
    source = None if ours else feed.mapping.get(field.columns[0])
    kind = None if source is not None and source.pattern else field.kind
    if source is not None and source.join is not None and len(source.headers) > 1:
        both = kind is Kind.WEEKS and len(source.headers) == 2
        return replace(field, words=("oui", "non") if both else (), closed=both)
    if kind is Kind.SECTOR:
        agreed = tuple(feed.lookup("sector")) if not ours else ()
        names = sorted(sectors.values(), key=plain)
        return replace(field, words=tuple(dict.fromkeys((*agreed, *names))))
    if kind is Kind.YES_NO:
        return replace(field, words=tuple(dict.fromkeys((*feed.lookup(field.columns[0]), "oui", "non"))))
    if kind is Kind.GRADES:
        return replace(field, words=("seconde",))
    return replace(field, words=week_words(year)) if kind is Kind.WEEKS else field


def _example(field: Field, year: SchoolYear) -> str:
    if "reference" in field.columns:
        return EXAMPLE_REFERENCE
    if field.words and field.kind in (None, Kind.YES_NO, Kind.WEEKS, Kind.SECTOR):
        known = BY_NAME[field.columns[0]].example if field.columns else ""
        return known if known in field.words else field.words[0]
    days = {"published_on": f"{year.ends}-01-15", "expires_on": f"{year.ends}-06-30"}
    return " ".join(days.get(name, BY_NAME[name].example) for name in field.columns)


def _kept(fields: list[Field], feed: Feed, one: Filter) -> list[Field]:
    """The fields with a word put where a filter wants one."""
    alone = feed.model_copy(update={"filter": (one,)})
    if _passes(fields, alone):
        return fields
    at = next(at for at, field in enumerate(fields) if field.header in one.columns)
    for word in (*(one.keep or ()), *_PLACEMENTS):
        told = fields[at].example
        example = f"{word} : {told}" if fields[at].columns and told else word
        tried = [*fields[:at], replace(fields[at], example=example), *fields[at + 1 :]]
        if _passes(tried, alone):
            return tried
    return fields


def _batch(fields: list[Field]) -> Batch:
    row = {field.header: field.example or None for field in fields}
    frame = pd.DataFrame([row], index=pd.Index([2], name="line")).astype("str")
    return Batch(frame, text_frame(REJECTION_COLUMNS))


def _passes(fields: list[Field], feed: Feed) -> bool:
    return map_columns(_batch(fields), feed).ignored.empty


def as_sent(headers: Iterable[str], feed: Feed) -> Feed:
    """The feed as it reads a drop with these headers: as it is, or by our own labels where the drop bears them.

    A drop with all our required labels (constants apart) that is not in the feed's own shape is read by our labels
    alone, without the feed's filters. In a drop of the feed's own shape, a required column that the feed has nothing
    for is read from our label, where it is there: every row would be refused without it. Persons' data are read only
    for a feed that asks.
    """
    seen = {plain(header): header for header in headers}
    ours = {name: seen[plain(BY_NAME[name].fr)] for name in _asked(feed) if plain(BY_NAME[name].fr) in seen}
    needed = [name for name in REQUIRED if name not in feed.constants]
    required = [feed.mapping[name] for name in REQUIRED if name in feed.mapping]
    theirs = all(any(plain(header) in seen for header in source.headers) for source in required)
    if all(name in ours for name in needed) and not theirs:
        constants = {name: value for name, value in feed.constants.items() if name not in ours}
        table = feed.format.model_copy(update={"kind": "xlsx"}) if feed.format.of_elements else feed.format
        changes = {"mapping": _sources(ours), "filter": (), "constants": constants, "format": table}
        return feed.model_copy(update=changes)
    lacking = {name: ours[name] for name in REQUIRED if name in ours and name not in feed.carried}
    return feed.model_copy(update={"mapping": {**feed.mapping, **_sources(lacking)}}) if lacking else feed


def headers_of(feed: Feed) -> tuple[frozenset[str], ...]:
    """What a sheet bears whose rows are offers, `plain`: the headers that the feed names, or our own labels."""
    named = {header for source in feed.mapping.values() for header in source.headers}
    named |= {header for one in feed.filter for header in one.columns}
    ours = {BY_NAME[name].fr for name in _asked(feed)}
    return frozenset(map(plain, named)), frozenset(map(plain, ours))


def _sources(headers: dict[str, str]) -> dict[str, ColumnSource]:
    return {name: ColumnSource.model_validate(header) for name, header in headers.items()}


_OF_KIND: dict[Kind, Pair] = {
    Kind.URL: ("une adresse web entière, avec https://", "a whole web address, with https://"),
    Kind.SIRET: ("14 chiffres", "14 digits"),
    Kind.YES_NO: ("oui ou non", "oui or non (yes or no)"),
    Kind.SECTOR: ("un des 51 secteurs, ou un code NAF (62.02A)", "one of the 51 sectors, or a NAF code (62.02A)"),
    Kind.POSTAL_CODE: ("5 chiffres, d’un code qui existe", "5 digits, of a code that exists"),
    Kind.CITY: ("une commune de ce code postal", "a commune of that postal code"),
    Kind.DECIMAL: ("un nombre de degrés, avec un point", "a number of degrees, with a point"),
    Kind.INTEGER: ("un nombre entier", "a whole number"),
    Kind.GRADES: ("seconde", "seconde"),
    Kind.WEEKS: ("semaine 1, semaine 2 ou les deux", "semaine 1, semaine 2 or les deux (week 1, 2, both)"),
    Kind.HOURS: (
        "7 h par jour et 35 h par semaine au plus, entre 6 h et 20 h, 30 min de pause au-delà de 4 h 30",
        "at most 7 h a day and 35 h a week, between 6:00 and 20:00, a break of 30 min once 4 h 30 are reached",
    ),
    Kind.EMAIL: ("un seul courriel", "one e-mail address"),
    Kind.PHONE: ("un seul numéro", "one number"),
    Kind.DATE: ("une date, sous la forme 2026-06-15", "a date, written 2026-06-15"),
}
_PROPER: dict[str, Pair] = {
    "reference": ("unique dans le fichier", "unique in the file"),
    "permalink": ("sans « test » ni « staging »", "without “test” or “staging”"),
    "siret": ("de l’établissement, clé de contrôle comprise", "of the site, with its check digit"),
    "expires_on": ("après la date de publication, et pas encore passée", "after the day of publication, and not past"),
}


def limits(column: Column) -> Pair:
    """The limits of a column in (French, English); empty where anything goes."""
    length, (least, most) = None, (column.least or 0, column.most)
    if most is not None:
        numeric, french = column.kind is Kind.INTEGER, Language.FRENCH.number
        fr, en = ("", "") if numeric else (" caractères", " characters")
        length = f"{french(most)}{fr} au plus", f"at most {most:,}{en}"
        if least > 1 or numeric:
            length = f"de {french(least)} à {french(most)}{fr}", f"from {least:,} to {most:,}{en}"
    known = [part for part in (_OF_KIND.get(column.kind), length, _PROPER.get(column.name)) if part is not None]
    return "\u202f; ".join(fr for fr, _ in known), "; ".join(en for _, en in known)
