"""The tables of what people look after: what waits, failed runs, what was shown and told; and outside answers."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from warehouse.schema import KEY, instant, metadata

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
