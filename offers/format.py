"""Where a feed's files are left and how their bytes are read, as its TOML says it; and what every model of one is."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class Strict(BaseModel):
    """A frozen model that refuses unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def one_or_several(value: Any) -> Any:
    """One word where several may stand, as several."""
    return (value,) if isinstance(value, str) else value


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

    _one_or_more = field_validator("footer", "sheets", mode="before")(one_or_several)

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


class ReadingPlan(Format):
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
    def of(cls, format: Format) -> ReadingPlan:
        """The same, where nothing more is known of what is asked."""
        return format if isinstance(format, cls) else cls.model_validate(format.model_dump())


_TOKEN = re.compile(r"\*+|\[!?\]?[^\]]{0,99}\]|.", re.DOTALL)


@dataclass(frozen=True)
class Inbox:
    """`place`: what tells one folder from another (host, user, path …); `globs`: which of its files are meant.

    `cleared`: what was taken is moved away; of two feeds that leave everything where it is, neither robs the other.
    """

    place: tuple[str, ...]
    globs: tuple[str, ...]
    cleared: bool = True

    def shared(self, other: Inbox) -> tuple[str, str] | None:
        """A glob of each that may mean the same file, where they do."""
        if self.place != other.place or not (self.cleared or other.cleared):
            return None
        return next(((a, b) for a in self.globs for b in other.globs if may_meet(a, b)), None)


def may_meet(one: str, other: str) -> bool:
    """Whether some name matches both globs; case does not count."""
    a, b = (_TOKEN.findall(glob.lower()) for glob in (one, other))
    letters = {*string.printable.lower(), *one.lower(), *other.lower()}

    @cache
    def meet(i: int, j: int) -> bool:
        if i == len(a) or j == len(b):
            return all(token.startswith("*") for token in (*a[i:], *b[j:]))
        if a[i].startswith("*"):
            return meet(i + 1, j) or meet(i, j + 1)
        if b[j].startswith("*"):
            return meet(i, j + 1) or meet(i + 1, j)
        return any(fnmatchcase(c, a[i]) and fnmatchcase(c, b[j]) for c in letters) and meet(i + 1, j + 1)

    return meet(0, 0)
