"""A feed: one agreed channel of a partner, as its TOML file says it. Frozen, validated, without secrets' values."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from offers.columns import SENT
from offers.nearest import nearest
from offers.strict import Strict
from offers.terms import Repeated, Terms, Trust
from offers.thresholds import Limits


def _known_column(name: str) -> str:
    if name not in SENT:
        near = nearest(name, SENT)
        hint = f"did you mean `{near}`?" if near else f"known: {', '.join(SENT)}"
        raise ValueError(f"is not a column of an offer; {hint}")
    return name


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as fault:
        raise ValueError(f"is not a regular expression: {fault}") from None
    return pattern


def _one_group(pattern: str) -> str:
    groups = re.compile(_compiles(pattern)).groups
    if groups != 1:
        raise ValueError(f"must have exactly one (group), the part to keep, and has {groups}; (?:…) keeps nothing")
    return pattern


def _one_or_several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _known_repair(why: str) -> str:
    from offers.cleaners.repairs import REPAIRS  # here, for it knows places and so pandas, and few feeds refuse any

    if why not in REPAIRS:
        near = nearest(why, REPAIRS)
        hint = f"did you mean `{near}`?" if near else f"known: {', '.join(REPAIRS)}"
        raise ValueError(f"is no repair that we make; {hint}")
    return why


ELSE = "else"
"""The key of a lookup under which stands what is read for every word that neither it nor we know."""
ColumnName = Annotated[str, AfterValidator(_known_column)]
RepairName = Annotated[str, AfterValidator(_known_repair)]
Pattern = Annotated[str, AfterValidator(_compiles)]
GroupPattern = Annotated[str, AfterValidator(_one_group)]


class Secret(Strict):
    """A secret, named and never held: `{ env = "LAPOSTE_SFTP_PASSWORD" }`, or a `file`, or a Prefect Secret `block`."""

    env: str | None = Field(default=None, min_length=1)
    file: str | None = Field(default=None, min_length=1)
    block: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_place(self) -> Secret:
        if sum(place is not None for place in (self.env, self.file, self.block)) != 1:
            raise ValueError("names one place: `env`, `file` or `block`")
        return self

    @property
    def where(self) -> str:
        """The place it names, for people."""
        if self.env:
            return f"the environment variable {self.env}"
        return f"the file {self.file}" if self.file else f"the Prefect Secret block {self.block}"


class Format(Strict):
    """How the bytes are read. What is None is detected; what is set overrules detection.

    `record` is the XML tag of one record, or its path from any element down; `records` the dotted path to the list in a
    JSON document (empty: the document itself), through lists where there are some. Each is taken for the other. `sheet`
    is the worksheet's name, `sheets` those of several, `*` for any signs (None: all visible ones that bear the headers
    of the mapping), `header` the line or row of the headers.

    Of CSV alone: `quote` is what stands around texts ("": quotes mean nothing), `escape` what stands before a quote
    within one ("": nothing does), `footer` how the first cell of a line at the foot reads that is no offer (`*` for any
    text), `control` whether a figure there counts the records.
    """

    kind: Literal["csv", "xlsx", "xml", "rss", "json", "jsonl"]
    encoding: str | None = None
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    quote: str | None = Field(default=None, max_length=1)
    escape: Literal["\\", ""] | None = None
    footer: tuple[str, ...] = ()
    control: bool = True
    header: int | None = Field(default=None, ge=1)
    sheet: str | None = None
    sheets: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    record: str | None = None
    records: str = ""

    _one_or_more = field_validator("footer", "sheets", mode="before")(_one_or_several)

    @model_validator(mode="after")
    def _one_way_to_name_sheets(self) -> Format:
        if self.sheet is not None and self.sheets:
            raise ValueError('names its sheets once: `sheet = "Offres"`, or `sheets = ["Offres*"]` for several')
        return self

    @model_validator(mode="after")
    def _xml_names_its_record(self) -> Format:
        if self.kind == "xml" and not self.path:
            raise ValueError('an xml format needs `record`, the tag of one offer, e.g. record = "offre"')
        return self

    @property
    def path(self) -> str:
        """Where the records are, by whichever of the two keys."""
        return self.records or self.record or ""

    @property
    def own_sheet(self) -> str | None:
        """A sheet's name that is read, where the feed says any: for a workbook that we make."""
        if self.sheet is not None or not self.sheets:
            return self.sheet
        return self.sheets[0].replace("?", "1").replace("*", "").strip() or "Offres"

    @property
    def of_elements(self) -> bool:
        """Whether records are made of elements, which a record may leave out; a table always has its headers."""
        return self.kind not in ("csv", "xlsx")


class Reading(Format):
    """A format, and what a feed asks of nested records: `asked` are its headers, of mapping and filters; of these,
    `towns` are for code and town, `spots` for street and point. `each` gives a record for every place. `all_above`
    wants all that encloses the records.
    """

    asked: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()
    spots: tuple[str, ...] = ()
    each: bool = False
    all_above: bool = False

    @classmethod
    def of(cls, format: Format) -> Reading:
        """The same, where nothing more is known of what is asked."""
        return format if isinstance(format, cls) else cls.model_validate(format.model_dump())


class ColumnSource(Strict):
    """Where one of our columns comes from: `title = "intitule"`, or a table with more than a header.

    `from` is one header or several; several are joined by `join`, or, where `join` is absent, the first that gives a
    value wins. `pattern` keeps what its one group matches (after joining; of each header, where nothing is joined); a
    value without a match is left empty and reported, one whose match leaves the group empty is meant to be empty.
    `repeat` says what becomes of an element that occurs several times in one record: "first", or the text put between.
    Unsaid, several different values are told, and refused where one is meant (`offers.mapping.ONE`).
    `default` is what an empty cell means.
    """

    headers: tuple[str, ...] = Field(alias="from", min_length=1)
    join: str | None = None
    pattern: GroupPattern | None = None
    repeat: str | None = None
    default: str | None = Field(default=None, min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        if isinstance(value, (str, list, tuple)):
            return {"from": _one_or_several(value)}
        if isinstance(value, dict) and isinstance(value.get("from"), str):
            return {**value, "from": (value["from"],)}
        return value


class Filter(Strict):
    """Which records are meant for us, on the partner's own columns; the others are ignored, by `reason`.

    `column` is one header, or several whose texts are read as one. Exactly one of `keep` (these words), `drop` (all but
    these), `keep_matching` and `drop_matching` (a regular expression, found anywhere) is set. Case and accents do not
    count, in words and in expressions alike.
    """

    columns: tuple[str, ...] = Field(alias="column", min_length=1)
    reason: str = Field(min_length=3)
    keep: tuple[str, ...] | None = None
    drop: tuple[str, ...] | None = None
    keep_matching: Pattern | None = None
    drop_matching: Pattern | None = None

    _column_or_columns = field_validator("columns", "keep", "drop", mode="before")(_one_or_several)

    @model_validator(mode="after")
    def _one_test(self) -> Filter:
        tests = [self.keep, self.drop, self.keep_matching, self.drop_matching]
        if sum(test is not None for test in tests) != 1:
            raise ValueError("a filter has exactly one of keep, drop, keep_matching, drop_matching")
        return self

    @property
    def keeps(self) -> bool:
        """Whether the test says what is kept (and so, what is left aside when nothing can be read)."""
        return self.keep is not None or self.keep_matching is not None


def _filtered(filters: tuple[Filter, ...]) -> list[str]:
    return [header for one in filters for header in one.columns]


_UNITS = {"m": 60, "h": 3600, "d": 86400}


def _span(value: Any) -> Any:
    said = re.fullmatch(r"(\d+) ?([mhd])", value) if isinstance(value, str) else None
    if isinstance(value, str) and said is None and not value.startswith("P"):  # P…: as it is written back to JSON
        raise ValueError('must be a number of minutes, hours or days: "30m", "2h", "1d"')
    try:
        return timedelta(seconds=int(said[1]) * _UNITS[said[2]]) if said else value
    except OverflowError:
        raise ValueError("is longer than any time we can count") from None


Span = Annotated[timedelta, BeforeValidator(_span)]


def _minute_to_day(value: timedelta) -> timedelta:
    if not timedelta(minutes=1) <= value <= timedelta(days=1):
        raise ValueError('must be between "1m" and "1d"')
    return value


class Enrich(Strict):
    """What outside services may be asked: `companies`: is the site closed? `coordinates`: where is it, if unsaid?"""

    companies: bool = False
    coordinates: bool = False


class Feed(Strict):
    """One feed. `slug` is `partner/feed`; `source` is the settings model of its connector's kind.

    `scope`: a `full` drop holds all that stands, so what is missing is withdrawn; an `incremental` one only adds.
    `same_reference`: which line wins when one drop holds a reference twice. `repeated`: what rows are that differ in
    their reference alone: one offer, their seats summed or the first's, or each an offer of its own. `places`: which
    of several places in one record are taken, each under a reference of its own. `trust`: whose
    word the feed is, where several describe one offer. `organisation` and `website` are the partner's.
    `schedule`: when a drop is due, as in cron, in Paris; it is collected then, up to `jitter` later so that not all
    feeds start at once, or, with `every`, as soon as a look finds something new. `grace`: how long after its
    `schedule` a drop may come before the feed counts as late.
    `renewed` is the year of the June that the partner's offers are meant for, where she leaves last year's very file.
    `refuse_repairs` names repairs, by their `why`, that this partner would rather be told of than have made.
    """

    partner: str
    name: str
    title: str
    source: Any
    format: Format
    mapping: dict[ColumnName, ColumnSource]
    organisation: str | None = None
    website: str | None = None
    scope: Literal["full", "incremental"] = "full"
    constants: dict[ColumnName, str] = Field(default_factory=dict)
    lookups: dict[ColumnName, dict[str, str]] = Field(default_factory=dict)
    filter: tuple[Filter, ...] = ()
    require: tuple[ColumnName, ...] = ()
    day_first: bool | None = None
    mask_contacts: bool = False
    refuse_repairs: tuple[RepairName, ...] = ()
    enrich: Enrich = Field(default_factory=Enrich)
    same_reference: Literal["last", "first"] = "last"
    repeated: Repeated = "sum_seats"
    places: Literal["first", "each"] = "first"
    trust: Trust = "employer"
    schedule: str | None = None
    jitter: Span = timedelta(minutes=10)
    every: Annotated[Span, AfterValidator(_minute_to_day)] | None = None
    grace: Span = timedelta(hours=2)
    renewed: str | None = Field(default=None, pattern=r"^20\d\d$")
    limits: Limits = Field(default_factory=Limits)

    @property
    def slug(self) -> str:
        """`laposte/offres`: the feed's name in the ledger and on the command line."""
        return f"{self.partner}/{self.name}"

    @property
    def carried(self) -> tuple[str, ...]:
        """Our columns that this feed fills, in the order of the record."""
        return tuple(name for name in SENT if name in self.mapping or name in self.constants)

    def lookup(self, column: str) -> dict[str, str]:
        """The partner's words for a column, and what each means."""
        return {word: ours for word, ours in self.lookups.get(column, {}).items() if word != ELSE}

    @property
    def otherwise(self) -> dict[str, str]:
        """By column, what is read for a word that neither its lookup nor we know."""
        return {column: words[ELSE] for column, words in self.lookups.items() if ELSE in words}

    @property
    def reading(self) -> Format:
        """The format, with what this feed asks of nested records."""
        if not self.format.of_elements:
            return self.format
        of = {name: source.headers for name, source in self.mapping.items()}
        towns = [header for name in ("postal_code", "city") for header in of.get(name, ())]
        spots = [header for name in ("street", "latitude", "longitude") for header in of.get(name, ())]
        asked = [*(header for headers in of.values() for header in headers), *_filtered(self.filter)]
        more = {"asked": asked, "towns": towns, "spots": spots, "each": self.places == "each"}
        return Reading.model_validate({**self.format.model_dump(), **more})

    @property
    def terms(self) -> Terms:
        """What matching needs to know of the feed."""
        return Terms(self.trust, self.repeated)
