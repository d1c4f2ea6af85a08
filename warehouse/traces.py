"""The one list of where text of a drop can lie in the database, made from the tables' own definitions.

Every column that can hold text (text, JSON, arrays of text) of every table has a trace here, or making the list fails:
erasing, exporting and purging go by it, and so does docs/privacy.md. Files have theirs in operations.privacy.remains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from sqlalchemy import JSON, Column, LargeBinary, String, Table
from sqlalchemy.dialects.postgresql import ARRAY

from offers.columns import BY_NAME, PERSONAL, Kind
from offers.matching.sketches import SKETCHED
from warehouse.matching.schema import metadata


class Act(StrEnum):
    """What is done to a value that names a person who is to be forgotten."""

    CONTACT = "emptied"  # with the row's other columns of a person
    MASK = "masked"  # in place, the rest of the text stays
    REMOVE = "removed"  # the whole value
    KEY = "under a pseudonym"  # offers.cleaning.contacts: the row is found again, the person is not
    ANEW = "made anew"  # from what is masked
    FORGET = "row removed"  # it is asked for again
    OURS = "none"  # no text of a drop


@dataclass(frozen=True)
class Trace:
    """One column, what is done to it, and, where it is OURS, why no drop's text lies there."""

    table: str
    column: str
    act: Act
    why: str = ""


IN_NORMAL_FORM = {("link_decisions", "label")}
"""Columns whose texts are in the normal form of matching."""
WORDS = "a word of our own"
LISTED = "only what is in our own reference tables or of a fixed form is loaded"
STAFF = "the name of our own staff: whoever decides is the author of it"
FEED = "the partner and feed, from the partner's file that we write"
CHECKSUM = "a checksum, from which no text can be read"
PUBLIC_TABLE = "a public table, which comes with Quai"

FREE = {Kind.LINE: Act.MASK, Kind.PROSE: Act.MASK, Kind.URL: Act.REMOVE, Kind.REFERENCE: Act.KEY}
"""What is done to each kind of free text (offers.cleaning.contacts.FREE); all other kinds are LISTED."""
_OURS = {
    "academies": {"name": PUBLIC_TABLE},
    "alerts": {"kind": WORDS, "acknowledged_by": STAFF},
    "deliveries": {
        "sha256": CHECKSUM, "verdict": WORDS, "fingerprint": CHECKSUM, "stages": "seconds by our own steps",
        "flow_run": "Prefect's own number",
    },
    "departments": dict.fromkeys(("code", "name", "academy"), PUBLIC_TABLE),
    "drops": {"sha256": CHECKSUM, "uri": "made of the landing's place and the checksum"},
    "failures": {"kind": WORDS},
    "feeds": {"trust": WORDS, "repeated": WORDS},
    "findings": {"check": WORDS, "severity": WORDS},
    "hidden_offers": {"hidden_by": STAFF, "lifted_by": STAFF},
    "ignored_lines": {"reason": "from the feed's own filter, in the partner's file that we write"},
    "link_decisions": {"by": STAFF},
    "links": {"answer": WORDS, "rule": WORDS},
    "pledges": {"organisation": LISTED, "school_year": LISTED},
    "published_offers": dict.fromkeys(("school_year", "organisation", "sector", "department", "academy"), LISTED),
    "quarantine": {"state": WORDS, "decided_by": STAFF},
    "record_versions": {"change": WORDS},
    "rehearsals": {"shown": "counts alone"},
    "rejections": {"field": WORDS, "rule": WORDS},
    "repairs": {"field": WORDS, "why": WORDS},
    "sectors": {"code": PUBLIC_TABLE, "name": PUBLIC_TABLE},
    "sketches": {"version": WORDS},
}  # fmt: skip
_HELD = {
    "alerts": {"state": Act.MASK, "sentence": Act.MASK},
    "answers": {"service": Act.FORGET, "key": Act.FORGET, "answer": Act.FORGET},
    "deliveries": dict.fromkeys(("drop", "headers", "report", "sheets"), Act.MASK),
    "drops": {"name": Act.MASK},
    "failures": {"sentence": Act.MASK},
    "findings": dict.fromkeys(("seen", "expected", "sentence", "fields"), Act.MASK),
    "golden": {"provenance": Act.ANEW},
    "hidden_offers": {"reason": Act.MASK, "lifted_why": Act.MASK},
    "link_decisions": {"reference_a": Act.KEY, "reference_b": Act.KEY, "reason": Act.MASK, "label": Act.MASK},
    "pledges": {"source": Act.MASK},
    "profiles": {"profile": Act.MASK},
    "quarantine": {"preview": Act.MASK, "reason": Act.MASK},
    "rejections": dict.fromkeys(("column", "value", "detail", "sentence", "remedy"), Act.MASK),
    "repairs": dict.fromkeys(("column", "before", "after"), Act.MASK),
    "repeated_lines": {"reference": Act.KEY},
    "sketches": dict.fromkeys((name for name in SKETCHED if name != "feed"), Act.ANEW),
}  # fmt: skip
CONTENT = ("records", "record_versions", "golden")


def traces(tables: Mapping[str, Table] = metadata.tables) -> tuple[Trace, ...]:
    """A trace for each column that can hold text. Raises LookupError for one of which nobody said what lies in it."""
    return tuple(_trace(table, column) for table in tables.values() for column in table.columns if can_hold(column))


def can_hold(column: Column[object]) -> bool:
    """Whether a column can hold text."""
    kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    return isinstance(kind, (String, JSON, LargeBinary))


def _trace(table: Table, column: Column[object]) -> Trace:
    name = column.name
    if name in _HELD.get(table.name, {}):
        return Trace(table.name, name, _HELD[table.name][name])
    if name in _OURS.get(table.name, {}):
        return Trace(table.name, name, Act.OURS, _OURS[table.name][name])
    if name.removesuffix("_a").removesuffix("_b") == "feed":
        return Trace(table.name, name, Act.OURS, FEED)
    if table.name in CONTENT and name in BY_NAME:
        if name in PERSONAL:
            return Trace(table.name, name, Act.CONTACT)
        act = FREE.get(BY_NAME[name].kind, Act.OURS)
        if act is Act.OURS:
            return Trace(table.name, name, act, LISTED)
        return Trace(table.name, name, Act.ANEW if table.name == "golden" else act)
    raise LookupError(
        f"{table.name}.{name} can hold text: say in warehouse/traces.py what is done to a person in it, or why no text "
        "of a drop lies there"
    )


TRACES: Mapping[str, tuple[Trace, ...]] = {
    table: tuple(found) for table, found in groupby(traces(), key=lambda trace: trace.table)
}
"""By table."""
SAID_OF_LINES = tuple(
    name for name in TRACES if {"delivery_id", "position", "line"} <= {*metadata.tables[name].c.keys()}
)
"""Tables of what is said line by line: they go with the bytes that they are of."""
PEOPLE = tuple(name for name, found in TRACES.items() if any(trace.act is Act.CONTACT for trace in found))
"""Tables with columns of a person."""
