"""Findings keep the fields that their words are made of; block keys have one index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty in what is there: such findings go on in the words that they were told in. No query asks
    for keys by their sketch: those of one that goes are made again."""
    comment = "what the words are made of: counts, names, codes; null before 0013"
    op.add_column("findings", sa.Column("fields", JSONB, comment=comment))
    op.drop_index("sketch_keys_sketch_idx", table_name="sketch_keys")
