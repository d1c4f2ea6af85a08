"""The text of one value of a workbook, as a person reads it in the cell."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

_EXACT, _DIGITS = 2**53, 10**15
"""Whole numbers up to the first are exact as floats; Excel itself keeps 15 digits."""


def cell_text(value: Any) -> str:
    """Numbers without noise or exponent, days as 2026-06-15, VRAI and FAUX; text as it is."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dt.datetime):
        return str(value.date()) if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.time):
        return value.isoformat("minutes" if not value.second else "auto")
    if isinstance(value, dt.timedelta):
        return f"{int(value.total_seconds()) // 3600:02}:{int(value.total_seconds()) // 60 % 60:02}"
    return str(value)


def _number(value: float) -> str:
    """A number with the 15 digits that Excel keeps, and no exponent: `0.00005`, `0.3`, `73282932000074`.

    One of more digits is written as Excel shows it, `1.23456789012345E+17`: the digits after those 15 are lost.
    """
    if value.is_integer() and abs(value) < _EXACT and (abs(value) < _DIGITS or value % 10):
        return str(int(value))
    if abs(value) >= _DIGITS:
        mantissa, _, exponent = f"{value:.14E}".partition("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"
    shown = f"{value:.15g}"
    return format(Decimal(shown), "f") if "e" in shown else shown
