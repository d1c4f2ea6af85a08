"""What organisations promised, and which offers were online in each school year.

The organisations of the communiqué's annex are the first pledges, without numbers, for it names none. The offers that
are open now are the first ones that were online; of those that were closed before, no day is known any more.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY, TEXT, INT, DAY = sa.Text(collation="C"), sa.Text(), sa.Integer(), sa.Date()
SOURCE = "communiqué n°1399 du 30 novembre 2023, annexe"
YEAR = "2023-2024"


def upgrade() -> None:
    """Add the two tables; name the annex's organisations, and the offers that are online."""
    _pledges()
    _published()
    rows = [{"organisation": name, "school_year": YEAR, "source": SOURCE} for name in ANNEX]
    op.execute(sa.text(FIRST).bindparams(sa.bindparam("rows", rows, type_=sa.JSON())))
    op.execute(ONLINE_SO_FAR)


def downgrade() -> None:
    """Undo it; pledges and what was online in earlier years are lost."""
    op.drop_table("published_offers")
    op.drop_table("pledges")


def _c(name: str, kind: Any, comment: str | None, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, comment=comment)


def _pledges() -> None:
    op.create_table(
        "pledges",
        _c("organisation", KEY, "its canonical name, as in records.organisation"),
        _c("school_year", KEY, "2025-2026"),
        _c("offers", INT, "how many it promised; null where it named no number", nullable=True),
        _c("seats", INT, "how many it promised; null where it named no number", nullable=True),
        _c("source", TEXT, "where the pledge comes from"),
        _c("stated_at", sa.DateTime(timezone=True), "since when it stands so"),
        sa.PrimaryKeyConstraint("organisation", "school_year", name="pledges_pkey"),
        sa.CheckConstraint("offers > 0 and seats > 0 and seats >= offers", name=op.f("pledges_numbers_make_sense")),
        comment="What organisations promised for a school year.",
    )


def _published() -> None:
    op.create_table(
        "published_offers",
        _c("offer", sa.BigInteger(), "its id; see offer_aliases"),
        _c("school_year", KEY, "of its weeks; of the day, where it has none"),
        _c("first_day", DAY, "in Paris, when it was first online"),
        _c("withdrawn_on", DAY, "when it was taken away before its time; null where it was not", nullable=True),
        _c("starts_on", DAY, "the first day of its placement"),
        _c("expires_on", DAY, "its last day online, where it has one", nullable=True),
        _c("organisation", TEXT, "that pledged, of the employer; null where it is none of them", nullable=True),
        _c("sector", TEXT, None),
        _c("department", TEXT, None, nullable=True),
        _c("academy", TEXT, None, nullable=True),
        _c("seats", INT, None),
        sa.PrimaryKeyConstraint("offer", "school_year", name="published_offers_pkey"),
        comment="Each offer that was online in a school year, as it last read there; it stays when that is closed.",
    )


FIRST = """
insert into pledges (organisation, school_year, source, stated_at)
select organisation, school_year, source, timestamptz '2023-11-30 00:00:00+01'
from json_to_recordset(:rows) as r (organisation text, school_year text, source text)
"""
ONLINE_SO_FAR = """
insert into published_offers
    (school_year, offer, first_day, starts_on, expires_on, organisation, sector, department, academy, seats)
select (y.ends - 1) || '-' || y.ends, v.offer, o.opened, coalesce(w.monday, y.monday), v.expires_on, v.organisation,
    v.sector, v.department, v.academy, coalesce(v.seats, 1)
from offers v
join lateral (
    select (opened_at at time zone 'Europe/Paris')::date as opened from offer_ids where id = v.offer
) o on true
join lateral (select to_date(min(week), 'IYYY"-W"IW') as monday from unnest(v.weeks) week) w on true
join lateral (
    select e.ends,
        make_date(e.ends, 6, 30) - (extract(isodow from make_date(e.ends, 6, 30))::int + 2) % 7 - 11 as monday
    from (select extract(year from coalesce(w.monday, o.opened + interval '6 months'))::int as ends) e
) y on true
"""
"""The school year turns on 1 July, and the placement begins eleven days before June's last Friday."""
ANNEX = (
    "Ministère de l'Éducation nationale et de la Jeunesse",
    "Ministère de l'Économie, des Finances et de la Souveraineté industrielle et numérique",
    "Intermarché",
    "Airbus",
    "BPCE",
    "BNP Paribas",
    "Bouygues",
    "Carrefour",
    "La Poste",
    "Crédit Mutuel / CIC",
    "Décathlon France",
    "Safran",
    "Fnac Darty",
    "Dassault Aviation",
    "Radio France",
    "XPO Logistics Europe",
    "Dalkia",
    "Système U",
    "Château de Versailles",
    "Air France",
    "Monnaie de Paris",
    "AXA",
    "Covéa",
    "Vinci",
    "Disneyland Paris",
    "Énedis",
    "Auchan",
    "CNRS",
    "FranceTV",
    "STMicroelectronics",
    "OVHcloud",
    "L'Oréal",
    "Spie batignolles",
    "Mobilier national",
    "Shell",
    "TotalEnergies",
    "RATP",
    "Fondation FACE",
    "CMA CGM",
    "Banijay",
    "Publicis",
    "Generali",
    "Aéroports de Paris",
    "Philharmonie de Paris",
    "Thales",
)
"""As config/reference/organisations.csv writes them: a test compares the two."""
