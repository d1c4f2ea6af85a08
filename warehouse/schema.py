"""What all tables are made with: one metadata with its naming convention, keys in byte order, instants with a zone, and
how each kind of value is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, Column, Date, DateTime, Double, Integer, MetaData, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import TypeEngine

from offers.columns import Kind

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(referred_table_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)
KEY = Text(collation="C")
STORED: Mapping[Kind, TypeEngine[Any]] = {
    Kind.YES_NO: Boolean(),
    Kind.DECIMAL: Double(),
    Kind.INTEGER: Integer(),
    Kind.GRADES: ARRAY(Text()),
    Kind.WEEKS: ARRAY(Text()),
    Kind.HOURS: JSONB(),
    Kind.DATE: Date(),
}
"""The kinds that are not stored as text."""


def instant(name: str, comment: str, *, nullable: bool = False) -> Column[Any]:
    """A column that holds a moment."""
    return Column(name, DateTime(timezone=True), nullable=nullable, comment=comment)
