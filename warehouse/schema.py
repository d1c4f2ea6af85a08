"""What all tables are made with: one metadata with its naming convention, keys in byte order, instants with a zone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, DateTime, MetaData, Text

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(referred_table_name)s_fkey",
        "ck": "%(table_name)s_%(constraint_name)s",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    }
)
KEY = Text(collation="C")


def instant(name: str, comment: str, *, nullable: bool = False) -> Column[Any]:
    """A column that holds a moment."""
    return Column(name, DateTime(timezone=True), nullable=nullable, comment=comment)
