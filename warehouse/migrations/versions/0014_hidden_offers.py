"""What is hidden stays hidden where its records go: which offer each hiding came from, and why it was lifted.

Revision ID: 0014
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns."""
    origin = "the hidden offer that its records came from; null: a person's"
    op.add_column("hidden_offers", sa.Column("carried_from", sa.BigInteger(), comment=origin))
    why = "why it was put back, in that person's words"
    op.add_column("hidden_offers", sa.Column("lifted_why", sa.Text(), comment=why))


def downgrade() -> None:
    """Take them away; what is hidden stays so."""
    op.drop_column("hidden_offers", "lifted_why")
    op.drop_column("hidden_offers", "carried_from")
