"""Which sheets of a workbook a delivery was read from: by them, a line is a row of a sheet.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
LINE = "the line of that delivery's drop"
NAMES = "the workbook's sheets that were read"


def upgrade() -> None:
    """Add the names; none to the deliveries before, of which one sheet was read."""
    op.add_column("deliveries", sa.Column("sheets", JSONB(), nullable=False, server_default="[]", comment=NAMES))
    _say(f"{LINE}: see deliveries.sheets")


def downgrade() -> None:
    """Forget the names."""
    _say(LINE)
    op.drop_column("deliveries", "sheets")


def _say(comment: str) -> None:
    for table in ("records", "record_versions"):
        op.alter_column(table, "line", comment=comment)
