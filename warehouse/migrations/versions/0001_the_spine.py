"""The spine: drops, deliveries and what is said of their lines; records, their versions, and the view `offers`."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KEY, TEXT, WORDS, JSON = sa.Text(collation="C"), sa.Text(), ARRAY(sa.Text()), JSONB()
BIG, INT, YES_NO = sa.BigInteger(), sa.Integer(), sa.Boolean()
NUMBER: Any = sa.Double()
REFERENCE = "The partner's own identifier of the offer, unique in the feed and stable from one drop to the next."
DESCRIPTION = "What the pupil will do and discover. Beyond 1,500 characters it is shortened at the end of a sentence."
COUNTS = ("read", "ignored", "rejected", "repeated", "created", "updated", "unchanged")
BESIDE = ("withdrawn", "repaired", "linked", "review")
DAY, INSTANT = sa.Date(), sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make every table, the view, and choose the faster compression where the server knows it."""
    _ledger()
    _lines()
    _records()
    op.execute(OFFERS)
    op.execute("comment on view offers is 'What stands and has not expired, without the columns about persons.'")
    op.execute(FASTER_COMPRESSION)


def downgrade() -> None:
    """Undo it, and lose everything."""
    op.execute("drop view offers")
    for table in TABLES:
        op.drop_table(table)


def _c(name: str, kind: Any, comment: str, *, nullable: bool = False, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=nullable, comment=comment or None, **more)


def _ledger() -> None:
    op.create_table(
        "drops",
        _c("feed", KEY, "partner/feed"),
        _c("sha256", KEY, "checksum of the bytes, 64 hex digits"),
        _c("name", TEXT, "its name when it first arrived"),
        _c("size", BIG, "bytes"),
        _c("uri", TEXT, "where the landing keeps the bytes"),
        _c("arrived_at", INSTANT, "when it first arrived"),
        sa.PrimaryKeyConstraint("feed", "sha256", name="drops_pkey"),
        comment="What partners left, byte for byte; the bytes are in the landing under their checksum.",
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        _c("feed", KEY, "partner/feed"),
        _c("drop", TEXT, "the drop's name this time"),
        _c("sha256", KEY, "the drop's checksum"),
        _c("verdict", TEXT, "accepted, quarantined, unchanged or unreadable"),
        *(_c(name, INT, f"lines {name}") for name in COUNTS),
        *(_c(name, INT, f"{name}, beside the sum", server_default="0") for name in BESIDE),
        _c("fingerprint", TEXT, "of the feed's rules and our code: the same bytes, read alike"),
        _c("started_at", INSTANT, "the first look at the drop"),
        _c("finished_at", INSTANT, "just before the commit"),
        _c("stages", JSON, "seconds by stage", server_default="{}"),
        _c("headers", JSON, "our columns: the partner's own headers", server_default="{}"),
        _c("flow_run", TEXT, "the Prefect flow run", nullable=True),
        _c("report", TEXT, "where the employer's return lies", nullable=True),
        sa.CheckConstraint("verdict = 'accepted' or withdrawn = 0", name=op.f("deliveries_only_accepted_withdraws")),
        sa.CheckConstraint(
            " and ".join(f"{count} >= 0" for count in COUNTS + BESIDE), name=op.f("deliveries_counts_not_negative")
        ),
        sa.CheckConstraint(
            "read = ignored + rejected + repeated + created + updated + unchanged",
            name=op.f("deliveries_sums_hold"),
        ),
        sa.CheckConstraint(
            "verdict in ('accepted', 'quarantined', 'unchanged', 'unreadable')",
            name=op.f("deliveries_verdict_known"),
        ),
        sa.ForeignKeyConstraint(["feed", "sha256"], ["drops.feed", "drops.sha256"], name="deliveries_drops_fkey"),
        sa.PrimaryKeyConstraint("id", name="deliveries_pkey"),
        comment="The ledger: one line per attempt at one drop; every line of the drop is in one of the counts.",
    )
    op.create_table(
        "findings",
        _c("delivery_id", BIG, ""),
        _c("position", INT, "their order, from 1"),
        _c("check", TEXT, ""),
        _c("severity", TEXT, "stop, warn or note"),
        _c("seen", TEXT, ""),
        _c("expected", TEXT, ""),
        _c("sentence", TEXT, ""),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="findings_deliveries_fkey"),
        sa.PrimaryKeyConstraint("delivery_id", "position", name="findings_pkey"),
        comment="The results of the checks on a batch as a whole.",
    )
    op.create_index("deliveries_feed_id_idx", "deliveries", ["feed", "id"])


def _lines() -> None:
    _said(
        "rejections",
        _c("field", TEXT, "our column", nullable=True),
        _c("column", TEXT, "the partner's own column", nullable=True),
        _c("rule", TEXT, ""),
        _c("value", TEXT, "as the partner wrote it, 300 characters at most", nullable=True),
        _c("detail", TEXT, "", nullable=True),
        _c("sentence", TEXT, "for the employer, in French", nullable=True),
        _c("remedy", TEXT, "what to do, in French", nullable=True),
        comment="One row per line and rule broken.",
    )
    _said(
        "repairs",
        _c("field", TEXT, "our column", nullable=True),
        _c("column", TEXT, "the partner's own column", nullable=True),
        _c("before", TEXT, "300 characters at most", nullable=True),
        _c("after", TEXT, "300 characters at most", nullable=True),
        _c("why", TEXT, ""),
        comment="One row per value that was mended with certainty.",
    )
    _said(
        "ignored_lines",
        _c("reason", TEXT, ""),
        comment="Lines that the feed's filter left aside, by reason.",
    )
    _said(
        "repeated_lines",
        _c("reference", KEY, ""),
        _c("kept_line", BIG, ""),
        comment="Lines whose reference another line of the same drop holds, with the line that was kept.",
    )


def _said(name: str, *columns: sa.Column[Any], comment: str) -> None:
    op.create_table(
        name,
        _c("delivery_id", BIG, ""),
        _c("position", INT, "their order, from 1"),
        _c("line", BIG, "line, row or record number in the drop"),
        *columns,
        sa.PrimaryKeyConstraint("delivery_id", "position", name=f"{name}_pkey"),
        comment=comment,
    )


def _records() -> None:
    op.create_table(
        "records",
        _c("feed", KEY, "partner/feed"),
        _c("reference", KEY, REFERENCE),
        *_content(),
        *_lineage(),
        _c("withdrawn_at", INSTANT, "when a full drop no longer held it; null while it stands", nullable=True),
        _c("withdrawn_by", BIG, "the delivery that withdrew it", nullable=True),
        sa.PrimaryKeyConstraint("feed", "reference", name="records_pkey"),
        comment="What each partner last said: one row per feed and reference, with its delivery and line.",
    )
    op.create_table(
        "record_versions",
        _c("feed", KEY, "partner/feed"),
        _c("reference", KEY, REFERENCE),
        _c("superseded_by", BIG, "the delivery that updated or withdrew it"),
        *_content(),
        *_lineage(),
        _c("superseded_at", INSTANT, "until when this was what the partner said"),
        _c("change", TEXT, "updated or withdrawn"),
        sa.PrimaryKeyConstraint("feed", "reference", "superseded_by", name="record_versions_pkey"),
        comment="What partners said before: written when a record is updated or withdrawn.",
    )
    op.create_index(
        "records_withdrawn_idx", "records", ["feed", "reference"], postgresql_where="withdrawn_at is not null"
    )


def _content() -> list[sa.Column[Any]]:
    return [
        _c("title", TEXT, "The title of the offer, as the pupil will read it."),
        _c("description", TEXT, DESCRIPTION),
        _c("employer_name", TEXT, "The site or brand that welcomes the pupil."),
        _c("employer_description", TEXT, "A sentence or two on the employer.", nullable=True),
        _c("employer_website", TEXT, "The employer's website.", nullable=True),
        _c("siret", TEXT, "The 14 digits of the site that welcomes the pupil.", nullable=True),
        _c("is_public", YES_NO, "Is the employer a public body?", nullable=True),
        _c("sector", TEXT, "One of the platform's 51 sectors, by name or code, or a NAF code."),
        _c("street", TEXT, "Number and street of the placement."),
        _c("postal_code", TEXT, "The postal code of the placement, five digits."),
        _c("city", TEXT, "The commune of the placement, one of that postal code's."),
        _c("latitude", NUMBER, "WGS 84 degrees; latitude and longitude go together.", nullable=True),
        _c("longitude", NUMBER, "WGS 84 degrees; latitude and longitude go together.", nullable=True),
        _c("seats", INT, "How many pupils can be welcomed: seats, not offers.", nullable=True),
        _c("grades", WORDS, "The pupils' grade; seconde when empty.", nullable=True),
        _c("weeks", WORDS, "The weeks of the placement; both when empty.", nullable=True),
        _c("daily_hours", JSON, "Start and end per weekday: at most 7 h a day, between 6:00 and 20:00.", nullable=True),
        _c("lunch_break", TEXT, "How the lunch break goes.", nullable=True),
        _c("handicap_accessible", YES_NO, "Is the site accessible to disabled people?", nullable=True),
        _c("qpv", YES_NO, "Is the site in a priority district (QPV)?", nullable=True),
        _c("permalink", TEXT, "The address of the offer on the partner's side.", nullable=True),
        _c("contact_name", TEXT, "The person to reach; never published.", nullable=True),
        _c("contact_email", TEXT, "That person's e-mail; never published.", nullable=True),
        _c("contact_phone", TEXT, "That person's phone number; never published.", nullable=True),
        _c("published_on", DAY, "The day the offer was published.", nullable=True),
        _c("expires_on", DAY, "The last day on which the offer holds.", nullable=True),
        _c("insee_code", TEXT, "Derived from postal code and town.", nullable=True),
        _c("department", TEXT, "Derived from the INSEE code.", nullable=True),
        _c("academy", TEXT, "Derived from the département.", nullable=True),
        _c("description_full", TEXT, "The whole text, where the description was shortened.", nullable=True),
    ]


def _lineage() -> list[sa.Column[Any]]:
    return [
        _c("content_hash", BIG, "offers.changes.content_hash of the columns"),
        _c("delivery_id", BIG, "the delivery that last changed the record"),
        _c("line", BIG, "the line of that delivery's drop"),
        _c("first_delivery_id", BIG, "the delivery that created the record"),
        _c("created_at", INSTANT, "when the record was created"),
        _c("updated_at", INSTANT, "when its content was last changed"),
    ]


TABLES = (
    "findings",
    "deliveries",
    "drops",
    "rejections",
    "repairs",
    "ignored_lines",
    "repeated_lines",
    "record_versions",
    "records",
)

OFFERS = """
create view offers as
select feed, reference, title, description, employer_name, employer_description, employer_website, siret,
is_public, sector, street, postal_code, city, latitude, longitude, seats, grades, weeks, daily_hours,
lunch_break, handicap_accessible, qpv, permalink, published_on, expires_on, insee_code, department, academy,
description_full, delivery_id, line, created_at, updated_at from records where withdrawn_at is null and
(expires_on is null or expires_on >= (now() at time zone 'Europe/Paris')::date)
"""

FASTER_COMPRESSION = """
do $$ begin
    alter table records alter column description set compression lz4;
    alter table records alter column description_full set compression lz4;
    alter table record_versions alter column description set compression lz4;
    alter table record_versions alter column description_full set compression lz4;
exception when feature_not_supported then null;  -- a server built without lz4, the embedded one among them
end $$
"""
