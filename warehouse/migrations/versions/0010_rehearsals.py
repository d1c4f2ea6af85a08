"""What a replay was last shown to do, so that one that would do more is refused; and one rule for what is over.

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
    """Add the table, and let the view say what is over as closing does."""
    _view(OVER)
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
    """Forget what was shown; the view shows the same offers."""
    _view(NOT_OVER)
    op.drop_table("rehearsals")


def _view(condition: str) -> None:
    op.execute(VIEW.format(now_r=condition.format(row="r"), now_g=condition.format(row="g")))


OVER = """
({row}.expires_on < cast((instant() at time zone 'Europe/Paris')::date as date) or {row}.weeks[cardinality({row}.weeks)]
<= to_char((instant() at time zone 'Europe/Paris')::date - 5, 'IYYY"-W"IW')) is not true
"""
NOT_OVER = """
({row}.expires_on is null or {row}.expires_on >= (instant() at time zone 'Europe/Paris')::date) and ({row}.weeks is null
or cardinality({row}.weeks) = 0 or to_date({row}.weeks[cardinality({row}.weeks)], 'IYYY"-W"IW') + 4 >=
(instant() at time zone 'Europe/Paris')::date)
"""
VIEW = """
create or replace view offers as select r.offer_id as offer, 1 as records, r.feed, r.reference, r.title,
r.description, r.employer_name, r.employer_description, r.employer_website, r.siret, r.is_public, r.sector,
r.street, r.postal_code, r.city, r.latitude, r.longitude, r.seats, r.grades, r.weeks, r.daily_hours, r.lunch_break,
r.handicap_accessible, r.qpv, r.permalink, r.published_on, r.expires_on, r.insee_code, r.department, r.academy,
r.description_full, r.organisation, r.delivery_id, r.line, r.created_at, r.updated_at, '{{}}'::jsonb as provenance
from records r join offer_ids o on o.id = r.offer_id where r.withdrawn_at is null and o.records = 1 and o.closed_at
is null and {now_r} and not exists (select from hidden_offers h where h.offer = o.id and h.lifted_at is null) union
all select g.offer, o.records, g.feed, g.reference, g.title, g.description, g.employer_name, g.employer_description,
g.employer_website, g.siret, g.is_public, g.sector, g.street, g.postal_code, g.city, g.latitude, g.longitude,
g.seats, g.grades, g.weeks, g.daily_hours, g.lunch_break, g.handicap_accessible, g.qpv, g.permalink, g.published_on,
g.expires_on, g.insee_code, g.department, g.academy, g.description_full, g.organisation, g.delivery_id, g.line,
g.created_at, g.updated_at, g.provenance from golden g join offer_ids o on o.id = g.offer where o.closed_at is null
and {now_g} and not exists (select from hidden_offers h where h.offer = o.id and h.lifted_at is null)
"""
