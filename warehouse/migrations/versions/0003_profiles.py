"""The profile of each judged delivery.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SAID = "The figures of each judged delivery: what the gate saw, and the history that the next one is held to."
MEANING = "offers.profile.Profile: counts, shares, columns, mixes"


def upgrade() -> None:
    """Add the table; deliveries from before it are no history."""
    op.create_table(
        "profiles",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("profile", JSONB(), nullable=False, comment=MEANING),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="profiles_deliveries_fkey"),
        sa.PrimaryKeyConstraint("delivery_id", name="profiles_pkey"),
        comment=SAID,
    )


def downgrade() -> None:
    """Undo it; every feed learns anew."""
    op.drop_table("profiles")
