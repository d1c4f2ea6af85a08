"""Offers that are over: what is said of their ids and of the versions that a closing leaves behind.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SAID = {
    ("offer_ids", "closed_at"): (
        "when its last record, or its employer's, was withdrawn; null while open",
        "when its last record, or its employer's, was withdrawn, or its time was over; null while open",
    ),
    ("record_versions", "change"): (
        "updated, recycled (the reference now means another offer) or withdrawn",
        "updated, closed (by its employer), recycled (the reference now means another offer) or withdrawn",
    ),
}


def upgrade() -> None:
    """Say it; no column changes."""
    _comment(1)


def downgrade() -> None:
    """Say what was said before; a record that its employer closed was updated."""
    op.execute("update record_versions set change = 'updated' where change = 'closed'")
    _comment(0)


def _comment(which: int) -> None:
    for (table, column), said in SAID.items():
        op.alter_column(table, column, comment=said[which])
