"""What a long life needs: one clock in SQL, offers whose weeks are over or that a person hid, the verdict `failed`.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT, INSTANT = sa.Text(), sa.DateTime(timezone=True)
CARRIED = "the hidden offer that its records came from; null: a person's"
KNOWN = "verdict in ('accepted', 'quarantined', 'unchanged', 'unreadable'{failed})"
VERDICTS = "accepted, quarantined, unchanged{failed}"


def upgrade() -> None:
    """Make `instant()` and the table of hidden offers, and the view anew with both; allow the fifth verdict."""
    op.execute("create function instant() returns timestamptz language sql stable parallel safe return now()")
    op.execute("comment on function instant() is 'The clock of the view offers; a test database has one of its own.'")
    _hidden()
    op.execute("drop view offers")
    op.execute(VIEW)
    op.execute("comment on view offers is 'What is online, without the columns about persons.'")
    _verdicts(KNOWN.format(failed=", 'failed'"), VERDICTS.format(failed=", unreadable or failed"))


def downgrade() -> None:
    """Undo it: what was hidden is online again, and attempts that failed leave the ledger."""
    op.execute("delete from findings using deliveries d where d.id = delivery_id and d.verdict = 'failed'")
    op.execute("delete from deliveries where verdict = 'failed'")
    _verdicts(KNOWN.format(failed=""), VERDICTS.format(failed=" or unreadable"))
    op.execute("drop view offers")
    op.execute(VIEW_BEFORE)
    op.execute("comment on view offers is 'Open, unexpired offers, without the columns about persons.'")
    op.drop_table("hidden_offers")
    op.execute("drop function instant()")


def _verdicts(known: str, comment: str) -> None:
    op.drop_constraint("deliveries_verdict_known", "deliveries")
    op.create_check_constraint(op.f("deliveries_verdict_known"), "deliveries", known)
    op.alter_column("deliveries", "verdict", comment=comment)


def _c(name: str, kind: Any, comment: str | None, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, comment=comment)


def _hidden() -> None:
    op.create_table(
        "hidden_offers",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        _c("offer", sa.BigInteger(), "the offer that the view leaves out"),
        _c("hidden_at", INSTANT, "since when"),
        _c("hidden_by", TEXT, "who took it down"),
        _c("reason", TEXT, "why, in that person's words"),
        _c("lifted_at", INSTANT, "until when; null while it is hidden", nullable=True),
        _c("lifted_by", TEXT, "who put it back", nullable=True),
        _c(
            "carried_from",
            sa.BigInteger(),
            "the hidden offer that its records came from; null: a person's",
            nullable=True,
        ),
        _c("lifted_why", TEXT, "why it was put back, in that person's words", nullable=True),
        sa.PrimaryKeyConstraint("id", name="hidden_offers_pkey"),
        comment="Offers that a person took down, whatever their partners send, until a person puts them back.",
    )
    now = sa.text("lifted_at is null")
    op.create_index("hidden_offers_now_idx", "hidden_offers", ["offer"], unique=True, postgresql_where=now)


VIEW = """
create view offers as select r.offer_id as offer, 1 as records, r.feed, r.reference, r.title, r.description,
r.employer_name, r.employer_description, r.employer_website, r.siret, r.is_public, r.sector, r.street,
r.postal_code, r.city, r.latitude, r.longitude, r.seats, r.grades, r.weeks, r.daily_hours, r.lunch_break,
r.handicap_accessible, r.qpv, r.permalink, r.published_on, r.expires_on, r.insee_code, r.department, r.academy,
r.description_full, r.organisation, r.delivery_id, r.line, r.created_at, r.updated_at, '{}'::jsonb as provenance
from records r join offer_ids o on o.id = r.offer_id where r.withdrawn_at is null and o.records = 1 and o.closed_at
is null and (r.expires_on is null or r.expires_on >= (instant() at time zone 'Europe/Paris')::date) and (r.weeks is
null or cardinality(r.weeks) = 0 or to_date(r.weeks[cardinality(r.weeks)], 'IYYY"-W"IW') + 4 >= (instant() at time
zone 'Europe/Paris')::date) and not exists (select from hidden_offers h where h.offer = o.id and h.lifted_at is
null) union all select g.offer, o.records, g.feed, g.reference, g.title, g.description, g.employer_name,
g.employer_description, g.employer_website, g.siret, g.is_public, g.sector, g.street, g.postal_code, g.city,
g.latitude, g.longitude, g.seats, g.grades, g.weeks, g.daily_hours, g.lunch_break, g.handicap_accessible, g.qpv,
g.permalink, g.published_on, g.expires_on, g.insee_code, g.department, g.academy, g.description_full,
g.organisation, g.delivery_id, g.line, g.created_at, g.updated_at, g.provenance from golden g join offer_ids o on
o.id = g.offer where o.closed_at is null and (g.expires_on is null or g.expires_on >= (instant() at time zone
'Europe/Paris')::date) and (g.weeks is null or cardinality(g.weeks) = 0 or to_date(g.weeks[cardinality(g.weeks)],
'IYYY"-W"IW') + 4 >= (instant() at time zone 'Europe/Paris')::date) and not exists (select from hidden_offers h
where h.offer = o.id and h.lifted_at is null)
"""
VIEW_BEFORE = """
create view offers as
select r.offer_id as offer, 1 as records, r.feed, r.reference, r.title, r.description, r.employer_name,
r.employer_description, r.employer_website, r.siret, r.is_public, r.sector, r.street, r.postal_code, r.city,
r.latitude, r.longitude, r.seats, r.grades, r.weeks, r.daily_hours, r.lunch_break, r.handicap_accessible, r.qpv,
r.permalink, r.published_on, r.expires_on, r.insee_code, r.department, r.academy, r.description_full,
r.organisation, r.delivery_id, r.line, r.created_at, r.updated_at, '{}'::jsonb as provenance from records r join
offer_ids o on o.id = r.offer_id where r.withdrawn_at is null and o.closed_at is null and o.records = 1 and
(r.expires_on is null or r.expires_on >= (now() at time zone 'Europe/Paris')::date) union all select g.offer,
o.records, g.feed, g.reference, g.title, g.description, g.employer_name, g.employer_description, g.employer_website,
g.siret, g.is_public, g.sector, g.street, g.postal_code, g.city, g.latitude, g.longitude, g.seats, g.grades,
g.weeks, g.daily_hours, g.lunch_break, g.handicap_accessible, g.qpv, g.permalink, g.published_on, g.expires_on,
g.insee_code, g.department, g.academy, g.description_full, g.organisation, g.delivery_id, g.line, g.created_at,
g.updated_at, g.provenance from golden g join offer_ids o on o.id = g.offer where o.closed_at is null and
(g.expires_on is null or g.expires_on >= (now() at time zone 'Europe/Paris')::date)
"""
