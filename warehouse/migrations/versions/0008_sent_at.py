"""When the sender last changed what he sent, so that an old file is not taken after a newer one.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what came before, no date of the sender's is known."""
    comment = "the sender's own date of the drop; null where he gives none"
    op.add_column("deliveries", sa.Column("sent_at", sa.DateTime(timezone=True), comment=comment))


def downgrade() -> None:
    """Undo it."""
    op.drop_column("deliveries", "sent_at")
