"""What is hidden stays hidden where its records go: which offer each hiding came from, and why it was lifted.

Revision ID: 0014
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0007"
branch_labels = None
depends_on = None

ADDED = (
    sa.Column("carried_from", sa.BigInteger(), comment="the hidden offer that its records came from; null: a person's"),
    sa.Column("lifted_why", sa.Text(), comment="why it was put back, in that person's words"),
)


def upgrade() -> None:
    """Add both columns."""
    for column in ADDED:
        op.add_column("hidden_offers", column.copy())


def downgrade() -> None:
    """Take them away; what is hidden stays so."""
    for column in ADDED:
        op.drop_column("hidden_offers", column.name)
