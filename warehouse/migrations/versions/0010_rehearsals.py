"""What a replay was last shown to do, so that one that would do more is refused.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "rehearsals",
        sa.Column("delivery_id", sa.BigInteger(), nullable=False),
        sa.Column("shown", JSONB(), nullable=False, comment="how many offers it would create, update and withdraw"),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False, comment="when that was said last"),
        sa.PrimaryKeyConstraint("delivery_id", name="rehearsals_pkey"),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="rehearsals_deliveries_fkey"),
        comment="What replaying a delivery was shown to do, until it is replayed.",
    )


def downgrade() -> None:
    """Forget what was shown."""
    op.drop_table("rehearsals")
