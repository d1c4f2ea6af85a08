"""No cell that anybody can write breaks what cleans, checks and stores it: it is mended, kept, or refused by a rule."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.tables import load
from offers.changes import find_copies, fold_repeats
from offers.cleaning.batch import clean
from offers.cleaning.dates import read_dates
from offers.cleaning.mending import RepairLog
from offers.columns import SENT
from offers.model import Checked
from testing.drawing import YEAR, column, feed, mapped
from testing.examples import examples
from validation.contract import check
from warehouse.copying import records_table

"""A few for the suite; thousands now and then, for who changes a cleaner."""
CONSTANTS = {"feed": "f/f", "delivery_id": 1, "updated_at": datetime(2026, 3, 2, tzinfo=UTC)}
DIGITS = "0123456789٣²½Ⅷ೩"
FAR = [f"{day}{time}" for day in ("9999-12-31", "0001-01-01", "9999-12-31", "2026-02-30", "0000-00-00")
       for time in ("", "T23:59:59Z", "T00:00:00+14:00", " 23:59:59.9999999 -12:00", "T23:59:59+99:99")]  # fmt: skip
WORDS = (
    "NaN", "nan", "inf", "-inf", "Infinity", "1e400", "-1e-400", "0x7f", "1_000", "None", "null", "<NA>", "\\N", "NULL",
    "31/12/9999", "99/99/9999", "32 juin 2026", "Thu, 31 Dec 9999 23:59:59 -0800", "99999999999999", "9999999999.9",
    "2026-W99", "9999-W53", "0000-W00", "semaine 1 au 31/12/9999", "du 1 janvier 1 au 2 janvier 9999", "oui|non|oui",
    "99h99-99h99", "lundi 24h-24h", "midi à midi", "24:00-00:00", '{"lundi": [[[["9:00"]]]]}',
    '{"lundi": {"a": 1e999}}', '{"lundi": "9:00", "\\ud800": ["\\udfff"]}', "[" * 3_000, '{"a":' * 3_000,
    "(" * 3_000, "<" * 900, "<p" * 900,
    "<div>" * 900, "</p>" * 500, "&#x110000;", "&#0;", "&#xd800;", "&" * 900, "&amp;" * 900, "<![CDATA[" * 500,
    "a\x00b", "\x00", "\x1d\x1e\x1f", "\u202e\u2066droite\u2069", "\ufeff", "\u200b" * 300, "\U0001f468\u200d" * 200,
    "e" + "\u0301" * 3_000, "ﷺ" * 50, "İ" * 50, "ß" * 50, "\ufffd", "=1+1", "+33" * 20, "+" + "9" * 300, "tel:;ext=",
    "a@" * 500, "@" * 500, "mailto:" * 100, "http://[::1", "https://" + "a" * 5_000, "http://\x00/", "75001" * 99,
    "48.8" + "8" * 5_000, "-999,999", "48.1,2.3;48.1", "(48.85 ; 2.35", "1" * 19, "9" * 20, "9" * 5_000, "0" * 5_000,
    "9" * 5_000 + ",0", "-" + "9" * 400, "2e", "2nde " * 300, "é " * 3_000, "\n" * 3_000, " " * 3_000,
)  # fmt: skip
PIECES = st.one_of(
    st.sampled_from([*WORDS, *FAR]),
    st.text(st.characters(codec="utf-8"), max_size=40),
    st.text(DIGITS + " .,;:/-+eEhHTZ°%\u00a0\u202f'()[]{}<>&@|", max_size=60),
    st.builds(
        lambda digit, times: digit * times, st.sampled_from("0129"), st.sampled_from([5, 8, 10, 13, 14, 19, 400])
    ),
    st.datetimes().map(str),
    st.builds("{}/{}/{}".format, st.integers(0, 99), st.integers(0, 99), st.integers(0, 9999)),
    st.builds("{}h{} - {}:{}".format, *[st.integers(0, 99)] * 4),
)
CELLS = st.lists(st.builds("".join, st.lists(PIECES, min_size=1, max_size=2)), min_size=2, max_size=6)


def through(rows: list[dict[str, str]], **feed_keys: object) -> Checked:
    """The rows cleaned and checked: each is kept or refused, and what is kept can be stored."""
    agreed, known, batch = feed(**feed_keys), load(), mapped(*rows)
    checked = check(clean(batch, agreed, known, YEAR), {}, agreed, known, YEAR)
    assert set(checked.kept.index) | set(checked.rejections["line"]) == set(batch.frame.index)
    kept, _ = fold_repeats(checked.kept, "last")
    find_copies(kept, "sum_seats")
    kept = kept.assign(content_hash=1, id=1, offer_id=1, sketch=1)
    records_table(kept, CONSTANTS)
    return checked


def turned(cells: list[str]) -> list[dict[str, str]]:
    """Rows of nothing else: each cell comes once into each column."""
    return [{name: cells[(row + at) % len(cells)] for at, name in enumerate(SENT)} for row in range(len(cells))]


@examples(2)
@given(CELLS, st.sampled_from([None, True, False]), st.booleans())
def test_whatever_the_cells_hold_each_line_is_kept_or_refused(
    cells: list[str], day_first: bool | None, mask_contacts: bool
) -> None:
    alone = [{name: cells[at % len(cells)]} for at, name in enumerate(SENT)]
    through([*alone, *turned(cells)], day_first=day_first, mask_contacts=mask_contacts)


def test_each_hostile_word_is_kept_or_refused_in_each_column() -> None:
    through(turned([*WORDS, *FAR, "x" * 100_000]))


@pytest.mark.parametrize("seats", ["9" * 19, "9" * 20, "9" * 5_000, "1" + "0" * 400])
def test_a_number_of_any_length_is_out_of_bounds(seats: str) -> None:
    batch = column("seats", seats)
    checked = check(clean(batch, feed(), load(), YEAR), batch.headers, feed(), load(), YEAR)
    assert list(checked.rejections["rule"]) == ["seats_out_of_range"]
    assert len(checked.rejections["sentence"].iloc[0]) < 7_000


@pytest.mark.parametrize("far", FAR)
def test_a_day_beyond_the_calendar_is_no_instant(far: str) -> None:
    read_dates(pd.Series([far], dtype="str", name="expires_on"), RepairLog({}), None)
