"""What others read: when an offer last changed or opened again, and tables to join.

The views are drawn by `warehouse.readers`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
KEY = sa.Text(collation="C")


def upgrade() -> None:
    """Add the columns, empty in what is there: such offers changed when they were last opened or closed, as far as is
    known. No row is written but of offers that were closed; the index takes half a second for a million offers."""
    instant = sa.DateTime(timezone=True)
    changed = "when it last changed in any way after it was opened; null before"
    op.add_column("offer_ids", sa.Column("changed_at", instant, comment=changed))
    reopened = "when it was last opened again, or put back by a person; null before"
    op.add_column("offer_ids", sa.Column("reopened_at", instant, comment=reopened))
    op.execute("update offer_ids set changed_at = closed_at where closed_at is not null")
    op.create_index("offer_ids_changed_idx", "offer_ids", [sa.text("coalesce(changed_at, opened_at)")])
    op.create_index("golden_department_idx", "golden", ["department"])
    op.create_table(
        "sectors",
        sa.Column("code", KEY, primary_key=True, comment="as in offers.sector: s1 to s51"),
        sa.Column("name", sa.Text, nullable=False, comment="in French, as the national platform writes it"),
        comment="The sectors of the national platform, to join to offers.sector.",
    )
    op.create_table(
        "departments",
        sa.Column("code", KEY, primary_key=True, comment="as in offers.department: 01, 2A, 974"),
        sa.Column("name", sa.Text, nullable=False, comment="in French"),
        sa.Column("academy", sa.Text, nullable=False, comment="as in academies.name"),
        comment="The départements, to join to offers.department.",
    )
    op.create_table(
        "academies",
        sa.Column("name", KEY, primary_key=True, comment="as in offers.academy: Académie de Lyon"),
        comment="The académies, to join to offers.academy.",
    )
