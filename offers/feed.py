"""A feed: one agreed channel of a partner, as its TOML file says it. Frozen, validated, without secrets' values."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from offers.cleaning.repairs import REPAIRS
from offers.columns import SENT
from offers.format import Format, ReadingPlan, Strict, one_or_several
from offers.text import nearest


def _one_of(known: Collection[str], fault: str) -> AfterValidator:
    def checked(name: str) -> str:
        if name not in known:
            near = nearest(name, known)
            raise ValueError(f"{fault}; " + (f"did you mean `{near}`?" if near else f"known: {', '.join(known)}"))
        return name

    return AfterValidator(checked)


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


ELSE = "else"
"""The key of a lookup under which stands what is read for every word that neither it nor we know."""
ColumnName = Annotated[str, _one_of(SENT, "is not a column of an offer")]
RepairName = Annotated[str, _one_of(REPAIRS, "is no repair that we make")]
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
            return {"from": one_or_several(value)}
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

    _column_or_columns = field_validator("columns", "keep", "drop", mode="before")(one_or_several)

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


Threshold = Annotated[
    Annotated[float, Field(ge=0)] | None, BeforeValidator(lambda value: None if value is False else value)
]
"""A bound of the gate; `false` in the TOML, which has no null, takes it away."""


class Limits(Strict):
    """What a feed may bring at most (`bytes` unpacked, `rows`), and what the gate expects of each delivery.

    `memory` (bytes) and `seconds` (of a processor, for each 25 MB that came or part of them) bound the process that
    reads a large drop. `tries`: how often a drop is tried that breaks Quai or its reader, before it is set aside.

    Shares are of the records that stand, unless said otherwise; docs/gate.md says how each default was chosen.
    `withdrawn_share` and `updated_share` stop a drop that would withdraw or alter more, `kept_floor` one that holds
    less than this part of the median of the last seven, `rejected_rise` and `ignored_fall` one whose share of refused
    lines rose, or of ignored lines fell, by more than this since the worst of them. Changes of up to `few` records
    do not stop, unless more than 30 % would be withdrawn. The others warn: more is withdrawn than `withdrawn_rise`
    times the most so far, the drop grew
    (`kept_ceiling`, `seats_change`, as factors; `created_share`), repeats more (`repeated_rise`), a column is
    suddenly empty or uniform or of other length (`null_rise`, `distinct_fall`, `length_change`), sectors,
    départements or weeks are others (`mix_shift`), or the newest date went back (`newest_back`, days); and what creeps:
    so much less than the best of thirty days is held (`erosion`), or all that stands was as good as rewritten in them
    (`rewritten`, the sum of the shares that changed). Only
    `withdrawn_share` counts from the first delivery; the others from the fourth.
    """

    bytes: int = Field(default=500_000_000, ge=1)
    rows: int = Field(default=600_000, ge=1)
    memory: int = Field(default=1_500_000_000, ge=1)
    seconds: int = Field(default=10, ge=1)
    tries: int = Field(default=3, ge=1)
    withdrawn_share: float = Field(default=0.20, ge=0, le=1)
    few: int = Field(default=3, ge=0)
    withdrawn_rise: Threshold = 3.0
    updated_share: Threshold = 0.20
    kept_floor: Threshold = 0.70
    rejected_rise: Threshold = 0.20
    ignored_fall: Threshold = 0.30
    kept_ceiling: Threshold = 1.8
    created_share: Threshold = 0.70
    repeated_rise: Threshold = 0.05
    null_rise: Threshold = 0.30
    distinct_fall: Threshold = 0.50
    length_change: Threshold = 2.0
    mix_shift: Threshold = 0.25
    seats_change: Threshold = 2.0
    newest_back: Threshold = 14.0
    erosion: Threshold = 0.40
    rewritten: Threshold = 1.0


Trust = Literal["employer", "ats", "multiposter", "aggregator"]
"""Who speaks in a feed, the most trusted first: the employer, its recruitment system, whoever it pays to post its
offers, or whoever lists what it found."""
Repeated = Literal["sum_seats", "keep_first", "keep"]
"""What rows of one feed are that are copies or nearly: one offer with their seats summed (one row per seat), one offer
with the seats of one, or each an offer of its own."""


@dataclass(frozen=True)
class Terms:
    """The two keys of a partner's file that matching goes by."""

    trust: Trust = "employer"
    repeated: Repeated = "sum_seats"


EMPLOYERS = Terms()
"""An employer's own feed that says nothing else."""


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
        asked = [header for headers in (*of.values(), *(one.columns for one in self.filter)) for header in headers]
        more = {"asked": asked, "towns": towns, "spots": spots, "each": self.places == "each"}
        return ReadingPlan.model_validate({**self.format.model_dump(), **more})

    @property
    def terms(self) -> Terms:
        """What matching needs to know of the feed."""
        return Terms(self.trust, self.repeated)
