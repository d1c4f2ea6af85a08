"""Matching: what is compared of records, what was found alike and decided, and offers that several records describe.

Every standing record becomes an offer of its own, with its id; `quai duplicates rebuild` then compares them all.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY, TEXT, WORDS, JSON = sa.Text(collation="C"), sa.Text(), ARRAY(sa.Text()), JSONB()
BIG, INT, YES_NO, FLOAT = sa.BigInteger(), sa.Integer(), sa.Boolean(), sa.Float()
DAY, INSTANT = sa.Date(), sa.DateTime(timezone=True)
DOUBLE: Any = sa.Double()
NEW = ("golden", "offer_aliases", "offer_ids", "link_decisions", "links", "sketch_keys", "sketches", "feeds")


def upgrade() -> None:
    """Add the tables, number the records, and let each be an offer."""
    _tables()
    _golden()
    _records()
    op.execute("drop view offers")
    op.execute(VIEW)
    op.execute("comment on view offers is 'Open, unexpired offers, without the columns about persons.'")


def downgrade() -> None:
    """Undo it; offers are records again, and what was decided of pairs is lost."""
    op.execute("drop view offers")
    for table in NEW:
        op.drop_table(table)
    for name in ("offer_id", "sketch", "department"):
        op.drop_index(f"records_{name}_idx", "records")
    for name in ("id", "offer_id", "sketch"):
        op.drop_column("records", name)
    op.drop_column("record_versions", "offer_id")
    op.alter_column("record_versions", "change", comment="updated or withdrawn", existing_comment=CHANGES)
    op.execute(VIEW_BEFORE)
    op.execute("comment on view offers is 'What stands and has not expired, without the columns about persons.'")


def _c(name: str, kind: Any, comment: str | None, *, nullable: bool = False, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, comment=comment, **more)


def _records() -> None:
    op.add_column("records", _c("id", BIG, ID, nullable=False, server_default=sa.Identity()))
    op.add_column("records", _c("offer_id", BIG, "the offer that it describes, or last described", nullable=True))
    op.add_column(
        "records", _c("sketch", BIG, "what of it is compared; null until it has been compared", nullable=True)
    )
    op.execute("update records set offer_id = id")
    op.alter_column("records", "offer_id", nullable=False)
    for name in ("offer_id", "sketch", "department"):
        op.create_index(f"records_{name}_idx", "records", [name])
    described = "the offer that it described; null before records were matched"
    op.add_column("record_versions", _c("offer_id", BIG, described, nullable=True))
    op.alter_column("record_versions", "change", comment=CHANGES, existing_comment="updated or withdrawn")
    op.execute(OFFERS_SO_FAR)


def _tables() -> None:
    op.create_table(
        "feeds",
        _c("feed", KEY, "partner/feed"),
        _c("trust", TEXT, "employer, ats, multiposter or aggregator"),
        _c("repeated", TEXT, "sum_seats, keep_first or keep"),
        sa.PrimaryKeyConstraint("feed", name="feeds_pkey"),
        comment="What the partner's file said of each feed when it last delivered, as far as matching needs it.",
    )
    op.create_table(
        "sketches",
        _c("id", BIG, "a hash of the columns below"),
        _c("feed", TEXT, "partner/feed; empty where unknown"),
        _c("title", TEXT, "in normal form, without stage, seconde, H/F, references and the town; empty where unknown"),
        _c("description", TEXT, "its first 450 characters in normal form; empty where unknown"),
        _c("employer", TEXT, "in normal form, or its organisation's name; empty where unknown"),
        _c("department", TEXT, "its code; empty where unknown"),
        _c("place", TEXT, "INSEE code; empty where unknown"),
        _c("town", TEXT, "its name in normal form; empty where unknown"),
        _c("siret", TEXT, "14 digits; empty where unknown"),
        _c("street", TEXT, "in normal form; empty where unknown"),
        _c("weeks", TEXT, "ISO weeks; empty where unknown"),
        _c("own_row", TEXT, "the reference, where the row is to stay an offer of its own; empty where unknown"),
        _c("version", TEXT, "offers.matching.normal.VERSION that made it"),
        sa.PrimaryKeyConstraint("id", name="sketches_pkey"),
        comment="What of records is compared; those of one feed that are alike in it share one.",
    )
    op.create_index("sketches_department_idx", "sketches", ["department"])
    op.create_table(
        "sketch_keys",
        _c("key", BIG, "a place or what stands in for it, with a title or a min-hash"),
        _c("sketch", BIG, None),
        _c("siret", BIG, "as a number; 0 where unknown"),
        _c("weeks", INT, "a bit for each week's number; 0 where unknown"),
        comment="Block keys: sketches that share one are compared.",
    )
    included = ["siret", "weeks"]
    op.create_index("sketch_keys_key_idx", "sketch_keys", ["key", "sketch"], unique=True, postgresql_include=included)
    op.create_index("sketch_keys_sketch_idx", "sketch_keys", ["sketch"])
    op.create_table(
        "links",
        _c("a", BIG, "a sketch; the smaller id"),
        _c("b", BIG, "the other sketch"),
        _c("score", FLOAT, "0 to 100"),
        _c("description", FLOAT, "likeness of the descriptions, 0 to 100"),
        _c("title", FLOAT, "likeness of the titles, 0 to 100"),
        _c("employer", FLOAT, "likeness of the employers, 0 to 100"),
        _c("answer", TEXT, "same or review, as these two alone look"),
        _c("rule", TEXT, "offers.matching.judging.Rule"),
        _c("since", INSTANT, "when the two were first found alike"),
        sa.PrimaryKeyConstraint("a", "b", name="links_pkey"),
        comment="Pairs of sketches that are alike. Whether they are one offer, the records' offer_id says.",
    )
    op.create_index("links_b_idx", "links", ["b"])
    op.create_table(
        "link_decisions",
        _c("feed_a", KEY, "partner/feed of one record"),
        _c("reference_a", KEY, None),
        _c("feed_b", KEY, "partner/feed of the other"),
        _c("reference_b", KEY, None),
        _c("same", YES_NO, "whether they are the same offer"),
        _c("by", TEXT, "who decided"),
        _c("reason", TEXT, "why, in that person's words"),
        _c("at", INSTANT, "when"),
        _c("label", JSON, "both sketches and their likeness as they were: for tuning"),
        sa.PrimaryKeyConstraint("feed_a", "reference_a", "feed_b", "reference_b", name="link_decisions_pkey"),
        comment="What people decided of pairs of records. It outranks every score and survives re-runs.",
    )
    op.create_table(
        "offer_ids",
        _c("id", BIG, "that of the record it was minted for"),
        _c("records", INT, "standing records that describe it"),
        _c("opened_at", INSTANT, "when it was minted"),
        _c(
            "closed_at",
            INSTANT,
            "when its last record, or its employer's, was withdrawn; null while open",
            nullable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="offer_ids_pkey"),
        comment="Every offer id that was ever minted.",
    )
    op.create_table(
        "offer_aliases",
        _c("alias", BIG, "an id that was merged away"),
        _c("offer", BIG, "the id that stands for it now"),
        _c("since", INSTANT, "when they were merged"),
        sa.PrimaryKeyConstraint("alias", name="offer_aliases_pkey"),
        comment="Ids merged into another: who holds an old one still finds the offer.",
    )
    op.create_index("offer_aliases_offer_idx", "offer_aliases", ["offer"])


def _golden() -> None:
    op.create_table(
        "golden",
        _c("offer", BIG, None),
        _c("feed", KEY, "of the record that leads"),
        *(_c(name, kind, None, nullable=True) for name, kind in CONTENT.items()),
        _c("delivery_id", BIG, "that last changed the leading record"),
        _c("line", BIG, "of that delivery's drop"),
        _c("created_at", INSTANT, "when the leading record was created"),
        _c("updated_at", INSTANT, "when it was last changed"),
        _c("provenance", JSON, "columns not from the leading record: [feed, reference]"),
        sa.PrimaryKeyConstraint("offer", name="golden_pkey"),
        comment="Offers of several records, each column from the record that is trusted most. Others are their record.",
    )


CONTENT: dict[str, Any] = {
    **dict.fromkeys(
        (
            "reference",
            "title",
            "description",
            "employer_name",
            "employer_description",
            "employer_website",
            "siret",
            "sector",
            "street",
            "postal_code",
            "city",
            "lunch_break",
            "permalink",
            "insee_code",
            "department",
            "academy",
            "description_full",
            "organisation",
        ),
        TEXT,
    ),
    **dict.fromkeys(("is_public", "handicap_accessible", "qpv"), YES_NO),
    **dict.fromkeys(("latitude", "longitude"), DOUBLE),
    **dict.fromkeys(("seats",), INT),
    **dict.fromkeys(("grades", "weeks"), WORDS),
    **dict.fromkeys(("daily_hours",), JSON),
    **dict.fromkeys(("published_on", "expires_on"), DAY),
}
CHANGES = "updated, recycled (the reference now means another offer) or withdrawn"
ID = "of what it describes: another when a reference is recycled"
OFFERS_SO_FAR = """
insert into offer_ids (id, records, opened_at, closed_at)
select id, (withdrawn_at is null)::int, created_at, withdrawn_at from records
"""
VIEW = """
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
VIEW_BEFORE = """
create view offers as
select feed, reference, title, description, employer_name, employer_description, employer_website, siret,
is_public, sector, street, postal_code, city, latitude, longitude, seats, grades, weeks, daily_hours,
lunch_break, handicap_accessible, qpv, permalink, published_on, expires_on, insee_code, department, academy,
description_full, organisation, delivery_id, line, created_at, updated_at from records where withdrawn_at is null and
(expires_on is null or expires_on >= (now() at time zone 'Europe/Paris')::date)
"""
