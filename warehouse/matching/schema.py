"""The tables of matching: what is compared of records, what was found alike, what people decided, and the offers."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger, Boolean, Column, Date, Float, Identity, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from offers.calendar import week_over
from offers.columns import BY_NAME, NAMES
from offers.matching.sketches import SKETCHED
from warehouse.tables import KEY, STORED, drops, instant

metadata = drops.metadata
"""With every table in it."""
SAID = {
    "feed": "partner/feed",
    "title": "in normal form, without stage, seconde, H/F, references and the town",
    "description": "its first 450 characters in normal form",
    "employer": "in normal form, or its organisation's name",
    "department": "its code",
    "place": "INSEE code",
    "town": "its name in normal form",
    "siret": "14 digits",
    "street": "in normal form",
    "weeks": "ISO weeks",
    "own_row": "the reference, where the row is to stay an offer of its own",
}

feeds = Table(
    "feeds",
    metadata,
    Column("feed", KEY, primary_key=True, comment="partner/feed"),
    Column("trust", Text, nullable=False, comment="employer, ats, multiposter or aggregator"),
    Column("repeated", Text, nullable=False, comment="sum_seats, keep_first or keep"),
    comment="What the partner's file said of each feed when it last delivered, as far as matching needs it.",
)

sketches = Table(
    "sketches",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="a hash of the columns below"),
    *(Column(name, Text, nullable=False, comment=f"{SAID[name]}; empty where unknown") for name in SKETCHED),
    Column("version", Text, nullable=False, comment="offers.matching.sketches.VERSION that made it"),
    Index("sketches_department_idx", "department"),
    comment="What of records is compared; those of one feed that are alike in it share one.",
)

sketch_keys = Table(
    "sketch_keys",
    metadata,
    Column("key", BigInteger, nullable=False, comment="a place or what stands in for it, with a title or a min-hash"),
    Column("sketch", BigInteger, nullable=False),
    Column("siret", BigInteger, nullable=False, comment="as a number; 0 where unknown"),
    Column("weeks", Integer, nullable=False, comment="a bit for each week's number; 0 where unknown"),
    # All that rules a pair out at once is in the index: the sketches themselves are far larger than the memory.
    Index("sketch_keys_key_idx", "key", "sketch", unique=True, postgresql_include=["siret", "weeks"]),
    comment="Block keys: sketches that share one are compared.",
)

links = Table(
    "links",
    metadata,
    Column("a", BigInteger, primary_key=True, autoincrement=False, comment="a sketch; the smaller id"),
    Column("b", BigInteger, primary_key=True, autoincrement=False, comment="the other sketch"),
    Column("score", Float, nullable=False, comment="0 to 100"),
    Column("description", Float, nullable=False, comment="likeness of the descriptions, 0 to 100"),
    Column("title", Float, nullable=False, comment="likeness of the titles, 0 to 100"),
    Column("employer", Float, nullable=False, comment="likeness of the employers, 0 to 100"),
    Column("answer", Text, nullable=False, comment="same or review, as these two alone look"),
    Column("rule", Text, nullable=False, comment="offers.matching.comparison.MatchRule"),
    instant("since", "when the two were first found alike"),
    Index("links_b_idx", "b"),
    comment="Pairs of sketches that are alike. Whether they are one offer, the records' offer_id says.",
)

link_decisions = Table(
    "link_decisions",
    metadata,
    Column("feed_a", KEY, primary_key=True, comment="partner/feed of one record"),
    Column("reference_a", KEY, primary_key=True),
    Column("feed_b", KEY, primary_key=True, comment="partner/feed of the other"),
    Column("reference_b", KEY, primary_key=True),
    Column("same", Boolean, nullable=False, comment="whether they are the same offer"),
    Column("by", Text, nullable=False, comment="who decided"),
    Column("reason", Text, nullable=False, comment="why, in that person's words"),
    instant("at", "when"),
    Column("label", JSONB, nullable=False, comment="both sketches and their likeness as they were: for tuning"),
    comment="What people decided of pairs of records. It outranks every score and survives re-runs.",
)

offer_ids = Table(
    "offer_ids",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="that of the record it was minted for"),
    Column("records", Integer, nullable=False, comment="standing records that describe it"),
    instant("opened_at", "when it was minted"),
    instant(
        "closed_at",
        "when its last record, or its employer's, was withdrawn, or its time was over; null while open",
        nullable=True,
    ),
    instant("changed_at", "when it last changed in any way after it was opened; null before", nullable=True),
    instant("reopened_at", "when it was last opened again, or put back by a person; null before", nullable=True),
    # Readers ask what changed since. It grows at its end.
    Index("offer_ids_changed_idx", text("coalesce(changed_at, opened_at)")),
    comment="Every offer id that was ever minted.",
)

offer_aliases = Table(
    "offer_aliases",
    metadata,
    Column("alias", BigInteger, primary_key=True, autoincrement=False, comment="an id that was merged away"),
    Column("offer", BigInteger, nullable=False, comment="the id that stands for it now"),
    instant("since", "when they were merged"),
    Index("offer_aliases_offer_idx", "offer"),
    comment="Ids merged into another: who holds an old one still finds the offer.",
)

hidden_offers = Table(
    "hidden_offers",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("offer", BigInteger, nullable=False, comment="the offer that the view leaves out"),
    instant("hidden_at", "since when"),
    Column("hidden_by", Text, nullable=False, comment="who took it down"),
    Column("reason", Text, nullable=False, comment="why, in that person's words"),
    instant("lifted_at", "until when; null while it is hidden", nullable=True),
    Column("lifted_by", Text, comment="who put it back"),
    Column("carried_from", BigInteger, comment="the hidden offer that its records came from; null: a person's"),
    Column("lifted_why", Text, comment="why it was put back, in that person's words"),
    Index("hidden_offers_now_idx", "offer", unique=True, postgresql_where="lifted_at is null"),
    comment="Offers that a person took down, whatever their partners send, until a person puts them back.",
)

published_offers = Table(
    "published_offers",
    metadata,
    Column("offer", BigInteger, primary_key=True, autoincrement=False, comment="its id; see offer_aliases"),
    Column("school_year", KEY, primary_key=True, comment="of its weeks; of the day, where it has none"),
    Column("first_day", Date, nullable=False, comment="in Paris, when it was first online"),
    Column("withdrawn_on", Date, comment="when it was taken away before its time; null where it was not"),
    Column("starts_on", Date, nullable=False, comment="the first day of its placement"),
    Column("expires_on", Date, comment="its last day online, where it has one"),
    Column("organisation", Text, comment="that pledged, of the employer; null where it is none of them"),
    Column("sector", Text, nullable=False),
    Column("department", Text),
    Column("academy", Text),
    Column("seats", Integer, nullable=False),
    comment="Each offer that was online in a school year, as it last read there; it stays when that is closed.",
)

sectors = Table(
    "sectors",
    metadata,
    Column("code", KEY, primary_key=True, comment="as in offers.sector: s1 to s51"),
    Column("name", Text, nullable=False, comment="in French, as the national platform writes it"),
    comment="The sectors of the national platform, to join to offers.sector.",
)

departments = Table(
    "departments",
    metadata,
    Column("code", KEY, primary_key=True, comment="as in offers.department: 01, 2A, 974"),
    Column("name", Text, nullable=False, comment="in French"),
    Column("academy", Text, nullable=False, comment="as in academies.name"),
    comment="The départements, to join to offers.department.",
)

academies = Table(
    "academies",
    metadata,
    Column("name", KEY, primary_key=True, comment="as in offers.academy: Académie de Lyon"),
    comment="The académies, to join to offers.academy.",
)

PUBLIC = tuple(name for name in NAMES if not BY_NAME[name].personal)


golden = Table(
    "golden",
    metadata,
    Column("offer", BigInteger, primary_key=True, autoincrement=False),
    Column("feed", KEY, nullable=False, comment="of the record that leads"),
    *(Column(name, STORED.get(BY_NAME[name].kind, Text())) for name in PUBLIC),
    Column("delivery_id", BigInteger, nullable=False, comment="that last changed the leading record"),
    Column("line", BigInteger, nullable=False, comment="of that delivery's drop"),
    instant("created_at", "when the leading record was created"),
    instant("updated_at", "when it was last changed"),
    Column("provenance", JSONB, nullable=False, comment="columns not from the leading record: [feed, reference]"),
    Index("golden_department_idx", "department"),  # whoever reads the offers of a département
    comment="Offers of several records, each column from the record that is trusted most. Others are their record.",
)

TODAY = "(instant() at time zone 'Europe/Paris')::date"
WEEK_OVER = f"to_char({TODAY} - 5, 'IYYY\"-W\"IW')"
"""`offers.calendar.week_over` of today."""


def day(today: date | None) -> dict[str, Any]:
    """What `over` compares with; on no day is anything over."""
    return {"today": today, "week": week_over(today) if today else ""}


def over(row: str, today: str = ":today", week: str = ":week") -> str:
    """The condition that a row of content is over: its own last day, or the last of its weeks (they are in order).

    `today` and `week` stand for what `day` gives. It is null where the row names neither.
    """
    return f"({row}.expires_on < cast({today} as date) or {row}.weeks[cardinality({row}.weeks)] <= {week})"


def time_is_over(content: pd.DataFrame, today: date) -> np.ndarray:
    """The same of a frame of content: which rows are."""
    last = (content["expires_on"] < today.isoformat()) | (content["weeks"].str[-8:] <= week_over(today))
    return np.asarray(last.fillna(False), bool)


def _online(row: str) -> str:
    """What keeps an offer in the view: it is open, no person hid it, and it is not over. The day is asked for once a
    query, not once a row."""
    is_over = over(row, f"(select {TODAY})", f"(select {WEEK_OVER})")
    return (
        f"o.closed_at is null and {is_over} is not true "  # our own words
        "and not exists (select from hidden_offers h where h.offer = o.id and h.lifted_at is null)"
    )


OFFERS_VIEW = (
    "select r.offer_id as offer, 1 as records, "  # noqa: S608  # our own names
    f"r.feed, {', '.join(f'r.{name}' for name in PUBLIC)}, r.delivery_id, r.line, r.created_at, r.updated_at, "
    "'{}'::jsonb as provenance from records r join offer_ids o on o.id = r.offer_id "
    f"where r.withdrawn_at is null and o.records = 1 and {_online('r')} "
    "union all select g.offer, o.records, "
    f"g.feed, {', '.join(f'g.{name}' for name in PUBLIC)}, g.delivery_id, g.line, g.created_at, g.updated_at, "
    f"g.provenance from golden g join offer_ids o on o.id = g.offer where {_online('g')}"
)
"""The view `offers`: what is online, without the columns about persons. An offer of one record is that record; one of
several is its golden row. Its clock is the SQL function `instant()`, which is `now()` but where a year is rehearsed."""
