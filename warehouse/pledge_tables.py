"""The tables of what was promised, and of which offers were online in each school year."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Integer, Table, Text

from warehouse.schema import KEY, instant, metadata

pledges = Table(
    "pledges",
    metadata,
    Column("organisation", KEY, primary_key=True, comment="its canonical name, as in records.organisation"),
    Column("school_year", KEY, primary_key=True, comment="2025-2026"),
    Column("offers", Integer, comment="how many it promised; null where it named no number"),
    Column("seats", Integer, comment="how many it promised; null where it named no number"),
    Column("source", Text, nullable=False, comment="where the pledge comes from"),
    instant("stated_at", "since when it stands so"),
    CheckConstraint("offers > 0 and seats > 0 and seats >= offers", name="numbers_make_sense"),
    comment="What organisations promised for a school year.",
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
