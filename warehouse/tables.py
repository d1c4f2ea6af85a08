"""The tables, with a comment on each; keys are in byte order, instants have a zone. `warehouse.matching.schema` adds
those of matching, and gives the metadata with every table in it.

Bulk tables (records, their versions, and what is said line by line) bear no foreign key to deliveries: its trigger
costs 10 µs a row, and one transaction writes both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

from offers.columns import BY_NAME, COLUMNS, Kind

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(referred_table_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)
KEY = Text(collation="C")
STORED: Mapping[Kind, TypeEngine[Any]] = {
    Kind.YES_NO: Boolean(),
    Kind.DECIMAL: Double(),
    Kind.INTEGER: Integer(),
    Kind.GRADES: ARRAY(Text()),
    Kind.WEEKS: ARRAY(Text()),
    Kind.HOURS: JSONB(),
    Kind.DATE: Date(),
}
"""The kinds that are not stored as text."""
COUNTS = ("read", "ignored", "rejected", "repeated", "created", "updated", "unchanged")
BESIDE = ("withdrawn", "repaired", "linked", "review")


def instant(name: str, comment: str, *, nullable: bool = False) -> Column[Any]:
    """A column that holds a moment."""
    return Column(name, DateTime(timezone=True), nullable=nullable, comment=comment)


def _content() -> list[Column[Any]]:
    """One column per entry of offers.columns, without the reference, which is part of the key."""
    return [
        Column(c.name, STORED.get(c.kind, Text()), nullable=not c.required, comment=c.meaning_en)
        for c in COLUMNS
        if c.name != "reference"
    ]


def _lineage() -> list[Column[Any]]:
    return [
        Column("content_hash", BigInteger, nullable=False, comment="offers.changes.content_hash of the columns"),
        Column("delivery_id", BigInteger, nullable=False, comment="the delivery that last changed the record"),
        Column("line", BigInteger, nullable=False, comment="the line of that delivery's drop: see deliveries.sheets"),
        Column("first_delivery_id", BigInteger, nullable=False, comment="the delivery that created the record"),
        instant("created_at", "when the record was created"),
        instant("updated_at", "when its content was last changed"),
    ]


def _key() -> list[Column[Any]]:
    said = {"feed": "partner/feed", "reference": BY_NAME["reference"].meaning_en}
    return [Column(name, KEY, primary_key=True, comment=comment) for name, comment in said.items()]


drops = Table(
    "drops",
    metadata,
    Column("feed", KEY, primary_key=True, comment="partner/feed"),
    Column("sha256", KEY, primary_key=True, comment="checksum of the bytes, 64 hex digits"),
    Column("name", Text, nullable=False, comment="its name when it first arrived"),
    Column("size", BigInteger, nullable=False, comment="bytes"),
    Column("uri", Text, nullable=False, comment="where the landing keeps the bytes"),
    instant("arrived_at", "when it first arrived"),
    comment="What partners left, byte for byte; the bytes are in the landing under their checksum.",
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("feed", KEY, nullable=False, comment="partner/feed"),
    Column("drop", Text, nullable=False, comment="the drop's name this time"),
    Column("sha256", KEY, nullable=False, comment="the drop's checksum"),
    Column("verdict", Text, nullable=False, comment="accepted, quarantined, unchanged, unreadable or failed"),
    *(Column(name, Integer, nullable=False, comment=f"lines {name}") for name in COUNTS),
    *(Column(name, Integer, nullable=False, server_default="0", comment=f"{name}, beside the sum") for name in BESIDE),
    Column("fingerprint", Text, nullable=False, comment="of the feed's rules and our code: the same bytes, read alike"),
    instant("started_at", "the first look at the drop"),
    instant("finished_at", "just before the commit"),
    Column("stages", JSONB, nullable=False, server_default="{}", comment="seconds by stage"),
    Column("headers", JSONB, nullable=False, server_default="{}", comment="our columns: the partner's own headers"),
    Column("flow_run", Text, comment="the Prefect flow run"),
    Column("report", Text, comment="where the employer's return lies"),
    Column("announced", Integer, comment="the source's own control total of records"),
    Column("complete", Boolean, nullable=False, server_default="true", comment="false: not all could be fetched"),
    instant("sent_at", "the sender's own date of the drop; null where he gives none", nullable=True),
    Column("releases", BigInteger, comment="the quarantined delivery whose bytes this one let through"),
    Column("replays", BigInteger, comment="the delivery whose bytes this one re-ran"),
    Column("sheets", JSONB, nullable=False, server_default="[]", comment="the workbook's sheets that were read"),
    ForeignKeyConstraint(["feed", "sha256"], ["drops.feed", "drops.sha256"]),
    CheckConstraint("read = ignored + rejected + repeated + created + updated + unchanged", name="sums_hold"),
    CheckConstraint(" and ".join(f"{name} >= 0" for name in COUNTS + BESIDE), name="counts_not_negative"),
    CheckConstraint(
        "verdict in ('accepted', 'quarantined', 'unchanged', 'unreadable', 'failed')", name="verdict_known"
    ),
    CheckConstraint("verdict = 'accepted' or withdrawn = 0", name="only_accepted_withdraws"),
    Index(None, "feed", "id"),
    comment="The ledger: one line per attempt at one drop; every line of the drop is in one of the counts.",
)

profiles = Table(
    "profiles",
    metadata,
    Column("delivery_id", BigInteger, ForeignKey("deliveries.id"), primary_key=True),
    Column("profile", JSONB, nullable=False, comment="offers.profile.Profile: counts, shares, columns, mixes"),
    comment="The figures of each judged delivery: what the gate saw, and the history that the next one is held to.",
)

findings = Table(
    "findings",
    metadata,
    Column("delivery_id", BigInteger, ForeignKey("deliveries.id"), primary_key=True),
    Column("position", Integer, primary_key=True, comment="their order, from 1"),
    Column("check", Text, nullable=False),
    Column("severity", Text, nullable=False, comment="stop, warn or note"),
    Column("seen", Text, nullable=False),
    Column("expected", Text, nullable=False),
    Column("sentence", Text, nullable=False),
    Column(
        "fields", JSONB(none_as_null=True), comment="what the words are made of: counts, names, codes; null before 0013"
    ),
    comment="The results of the checks on a batch as a whole.",
)


def _said(name: str, comment: str, *columns: Column[Any]) -> Table:
    line = Column("line", BigInteger, nullable=False, comment="line, row or record number in the drop")
    position = Column("position", Integer, primary_key=True, comment="their order, from 1")
    return Table(
        name, metadata, Column("delivery_id", BigInteger, primary_key=True), position, line, *columns, comment=comment
    )


rejections = _said(
    "rejections",
    "One row per line and rule broken.",
    Column("field", Text, comment="our column"),
    Column("column", Text, comment="the partner's own column"),
    Column("rule", Text, nullable=False),
    Column("value", Text, comment="as the partner wrote it, 300 characters at most"),
    Column("detail", Text),
    Column("sentence", Text, comment="for the employer, in French"),
    Column("remedy", Text, comment="what to do, in French"),
)
repairs = _said(
    "repairs",
    "One row per value that was mended with certainty.",
    Column("field", Text, comment="our column"),
    Column("column", Text, comment="the partner's own column"),
    Column("before", Text, comment="300 characters at most"),
    Column("after", Text, comment="300 characters at most"),
    Column("why", Text, nullable=False),
)
ignored_lines = _said(
    "ignored_lines", "Lines that the feed's filter left aside, by reason.", Column("reason", Text, nullable=False)
)
repeated_lines = _said(
    "repeated_lines",
    "Lines whose reference another line of the same drop holds, with the line that was kept.",
    Column("reference", KEY, nullable=False),
    Column("kept_line", BigInteger, nullable=False),
)

records = Table(
    "records",
    metadata,
    *_key(),
    *_content(),
    *_lineage(),
    Column(
        "id",
        BigInteger,
        Identity(),
        nullable=False,
        comment="of what it describes: another when a reference is recycled",
    ),
    Column("offer_id", BigInteger, nullable=False, comment="the offer that it describes, or last described"),
    Column("sketch", BigInteger, comment="what of it is compared; null until it has been compared"),
    instant("withdrawn_at", "when a full drop no longer held it; null while it stands", nullable=True),
    Column("withdrawn_by", BigInteger, comment="the delivery that withdrew it"),
    Index("records_offer_id_idx", "offer_id"),
    Index("records_sketch_idx", "sketch"),
    Index("records_department_idx", "department"),
    Index("records_withdrawn_idx", "feed", "reference", postgresql_where="withdrawn_at is not null"),
    comment="What each partner last said: one row per feed and reference, with its delivery and line.",
)

record_versions = Table(
    "record_versions",
    metadata,
    *_key(),
    Column("superseded_by", BigInteger, primary_key=True, comment="the delivery that updated or withdrew it"),
    *_content(),
    *_lineage(),
    instant("superseded_at", "until when this was what the partner said"),
    Column("offer_id", BigInteger, comment="the offer that it described; null before records were matched"),
    Column(
        "change",
        Text,
        nullable=False,
        comment="updated, closed (by its employer), recycled (the reference now means another offer) or withdrawn",
    ),
    comment="What partners said before: written when a record is updated or withdrawn.",
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("delivery_id", BigInteger, ForeignKey("deliveries.id"), primary_key=True),
    Column("feed", KEY, nullable=False, comment="partner/feed"),
    Column("state", Text, nullable=False, comment="waiting, released, discarded or superseded"),
    Column("preview", JSONB, nullable=False, comment="what releasing would have changed when it was held, in brief"),
    instant("decided_at", "when it ceased to wait", nullable=True),
    Column("decided_by", Text, comment="who released or discarded it"),
    Column("reason", Text, comment="why, in that person's words"),
    Column("settled_by", BigInteger, comment="the delivery that released or superseded it"),
    CheckConstraint("state in ('waiting', 'released', 'discarded', 'superseded')", name="state_known"),
    Index("quarantine_waiting_idx", "feed", postgresql_where="state = 'waiting'"),
    comment="The deliveries that failed the gate, and what became of each.",
)

rehearsals = Table(
    "rehearsals",
    metadata,
    Column("delivery_id", BigInteger, ForeignKey("deliveries.id"), primary_key=True, autoincrement=False),
    Column("shown", JSONB, nullable=False, comment="how many offers it would create, update and withdraw"),
    instant("shown_at", "when that was said last"),
    comment="What replaying a delivery was shown to do, until it is replayed.",
)

failures = Table(
    "failures",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("feed", KEY, nullable=False, comment="partner/feed"),
    instant("at", "when the run gave up"),
    Column("kind", Text, nullable=False, comment="the error of offers.errors: Unreachable, Refused, ..."),
    Column("sentence", Text, nullable=False, comment="where, what was seen, what to do"),
    instant("over_at", "when the feed was well again; null while the row of failures goes on", nullable=True),
    Index("failures_open_idx", "feed", postgresql_where="over_at is null"),
    comment="Runs that could take nothing in: the ledger has no line of them, for there was no drop.",
)

alerts = Table(
    "alerts",
    metadata,
    Column("feed", KEY, primary_key=True, comment="partner/feed"),
    Column("kind", KEY, primary_key=True, comment="what it is about: quarantined, failing, late, ..."),
    Column("state", Text, nullable=False, comment="changes when there is something new to say"),
    Column("sentence", Text, nullable=False, comment="what was said of it last"),
    instant("told_at", "when that was sent to people", nullable=True),
    instant("acknowledged_at", "when a person took it on", nullable=True),
    Column("acknowledged_by", Text, comment="who"),
    comment="What people were told of each feed, so that the same is not told every night.",
)

answers = Table(
    "answers",
    metadata,
    Column("service", KEY, primary_key=True, comment="the outside service that was asked"),
    Column("key", KEY, primary_key=True, comment="what it was asked: a SIRET, or an address folded to a checksum"),
    Column("answer", JSONB, nullable=False, comment="what it said, in our own words"),
    instant("fetched_at", "when it was asked"),
    instant("expires_at", "from when on it is asked again"),
    Index("answers_expires_at_idx", "expires_at"),
    comment="What outside services answered, kept so that the same thing is not asked every night.",
)


pledges = Table(
    "pledges",
    metadata,
    Column("organisation", KEY, primary_key=True, comment="its canonical name, as in records.organisation"),
    Column("school_year", KEY, primary_key=True, comment="2025-2026"),
    Column("offers", Integer, comment="how many it promised; null where it named no number"),
    Column("seats", Integer, comment="how many it promised; null where it named no number"),
    Column("source", Text, nullable=False, comment="where the pledge comes from"),
    instant("stated_at", "since when it stands so"),
    CheckConstraint("offers > 0 and seats > 0 and seats >= offers", name="numbers_make_sense"),
    comment="What organisations promised for a school year.",
)
