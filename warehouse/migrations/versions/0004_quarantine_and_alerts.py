"""What became of each quarantined delivery, runs that took nothing in, and what people were told.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY, INSTANT = sa.Text(collation="C"), sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the three tables and four columns of the ledger; what is held already waits, unless a later drop was good."""
    _ledger()
    _quarantine()
    _failures()
    _alerts()
    op.execute(HELD_SO_FAR)


def downgrade() -> None:
    """Undo it; decisions and what people were told are lost."""
    for table in ("alerts", "failures", "quarantine"):
        op.drop_table(table)
    for column in ("announced", "complete", "releases", "replays"):
        op.drop_column("deliveries", column)


def _ledger() -> None:
    whole = "false: not all could be fetched"
    released = "the quarantined delivery whose bytes this one let through"
    for column in (
        sa.Column("announced", sa.Integer(), comment="the source's own control total of records"),
        sa.Column("complete", sa.Boolean(), nullable=False, server_default="true", comment=whole),
        sa.Column("releases", sa.BigInteger(), comment=released),
        sa.Column("replays", sa.BigInteger(), comment="the delivery whose bytes this one re-ran"),
    ):
        op.add_column("deliveries", column)


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("feed", KEY, nullable=False, comment="partner/feed"),
        sa.Column("state", sa.Text(), nullable=False, comment="waiting, released, discarded or superseded"),
        sa.Column("preview", JSONB(), nullable=False, comment=PREVIEW),
        sa.Column("decided_at", INSTANT, comment="when it ceased to wait"),
        sa.Column("decided_by", sa.Text(), comment="who released or discarded it"),
        sa.Column("reason", sa.Text(), comment="why, in that person's words"),
        sa.Column("settled_by", sa.BigInteger(), comment="the delivery that released or superseded it"),
        sa.PrimaryKeyConstraint("delivery_id", name="quarantine_pkey"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="quarantine_deliveries_fkey"),
        sa.CheckConstraint(STATES, name="quarantine_state_known"),
        comment="The deliveries that failed the gate, and what became of each.",
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index("quarantine_waiting_idx", "quarantine", ["feed"], postgresql_where=waiting)


def _failures() -> None:
    op.create_table(
        "failures",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("feed", KEY, nullable=False, comment="partner/feed"),
        sa.Column("at", INSTANT, nullable=False, comment="when the run gave up"),
        sa.Column("kind", sa.Text(), nullable=False, comment="the error of offers.errors: Unreachable, Refused, ..."),
        sa.Column("sentence", sa.Text(), nullable=False, comment="where, what was seen, what to do"),
        sa.Column("over_at", INSTANT, comment="when the feed was well again; null while the row of failures goes on"),
        sa.PrimaryKeyConstraint("id", name="failures_pkey"),
        comment="Runs that could take nothing in: the ledger has no line of them, for there was no drop.",
    )
    op.create_index("failures_open_idx", "failures", ["feed"], postgresql_where=sa.text("over_at is null"))


def _alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("feed", KEY, nullable=False, comment="partner/feed"),
        sa.Column("kind", KEY, nullable=False, comment="what it is about: quarantined, failing, late, ..."),
        sa.Column("state", sa.Text(), nullable=False, comment="changes when there is something new to say"),
        sa.Column("sentence", sa.Text(), nullable=False, comment="what was said of it last"),
        sa.Column("told_at", INSTANT, comment="when that was sent to people"),
        sa.Column("acknowledged_at", INSTANT, comment="when a person took it on"),
        sa.Column("acknowledged_by", sa.Text(), comment="who"),
        sa.PrimaryKeyConstraint("feed", "kind", name="alerts_pkey"),
        comment="What people were told of each feed, so that the same is not told every night.",
    )


PREVIEW = "what releasing would have changed when it was held, in brief"
STATES = "state in ('waiting', 'released', 'discarded', 'superseded')"
HELD_SO_FAR = """
insert into quarantine (delivery_id, feed, state, preview, settled_by)
select held.id, held.feed, case when later.id is null then 'waiting' else 'superseded' end, '{}', later.id
from deliveries held left join lateral (
    select min(id) as id from deliveries good
    where good.feed = held.feed and good.id > held.id and good.verdict in ('accepted', 'unchanged')
) later on true
where held.verdict = 'quarantined'
"""
