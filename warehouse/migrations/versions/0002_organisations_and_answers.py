"""Whose organisation an employer is, and what outside services answered.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY, INSTANT = sa.Text(collation="C"), sa.DateTime(timezone=True)
MEANING = "The organisation that pledged and that the employer belongs to, derived from SIRET or name."


def upgrade() -> None:
    """Add the column to records, their versions and the view, and the table of answers."""
    op.execute("drop view offers")
    for table in ("records", "record_versions"):
        op.add_column(table, sa.Column("organisation", sa.Text(), nullable=True, comment=MEANING))
    op.execute(VIEW.format(organisation="organisation, "))
    op.execute(SAID)
    op.create_table(
        "answers",
        sa.Column("service", KEY, nullable=False, comment="the outside service that was asked"),
        sa.Column("key", KEY, nullable=False, comment="what it was asked: a SIRET, or an address folded to a checksum"),
        sa.Column("answer", JSONB(), nullable=False, comment="what it said, in our own words"),
        sa.Column("fetched_at", INSTANT, nullable=False, comment="when it was asked"),
        sa.Column("expires_at", INSTANT, nullable=False, comment="from when on it is asked again"),
        sa.PrimaryKeyConstraint("service", "key", name="answers_pkey"),
        comment="What outside services answered, kept so that the same thing is not asked every night.",
    )
    op.create_index("answers_expires_at_idx", "answers", ["expires_at"])


def downgrade() -> None:
    """Undo it; what was answered can be asked again."""
    op.drop_table("answers")
    op.execute("drop view offers")
    for table in ("record_versions", "records"):
        op.drop_column(table, "organisation")
    op.execute(VIEW.format(organisation=""))
    op.execute(SAID)


SAID = "comment on view offers is 'What stands and has not expired, without the columns about persons.'"
VIEW = """
create view offers as
select feed, reference, title, description, employer_name, employer_description, employer_website, siret,
is_public, sector, street, postal_code, city, latitude, longitude, seats, grades, weeks, daily_hours,
lunch_break, handicap_accessible, qpv, permalink, published_on, expires_on, insee_code, department, academy,
description_full, {organisation}delivery_id, line, created_at, updated_at from records where withdrawn_at is null and
(expires_on is null or expires_on >= (now() at time zone 'Europe/Paris')::date)
"""
