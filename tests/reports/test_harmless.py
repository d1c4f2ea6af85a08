from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.harmless import csv_bytes, defuse
from testing.examples import examples


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\x00=1",
        "＝1",
        "+33 1 40 50 60 70",
        "--1",
    ],
)
def test_a_cell_that_would_open_a_formula_gets_an_apostrophe(cell: str) -> None:
    assert defuse(pd.Series([cell], dtype="str")).tolist() == ["'" + cell]


@pytest.mark.parametrize("cell", ["-12", "+33140506070", "-1,5", "-48.85", "", "7500", "a=b", "'=1", "2A004"])
def test_a_plain_number_and_harmless_text_are_left_alone(cell: str) -> None:
    assert defuse(pd.Series([cell], dtype="str")).tolist() == [cell]


def test_a_number_with_a_line_after_it_is_no_plain_number() -> None:
    assert defuse(pd.Series(["-1\n=2"], dtype="str")).tolist() == ["'-1\n=2"]


def test_the_csv_opens_in_excel_in_france_and_keeps_each_cell() -> None:
    rows = pd.DataFrame({"colonne": ["Été ; hiver", 'deux\nlignes "citées"', None]}, dtype="str").assign(
        ligne=[1, 2, 3]
    )
    written = csv_bytes(rows)
    assert written.startswith(b"\xef\xbb\xbfcolonne;ligne\r\n")
    assert list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline=""), delimiter=";"))[1:] == [
        ["Été ; hiver", "1"],
        ['deux\nlignes "citées"', "2"],
        ["", "3"],
    ]


def test_control_characters_are_seen_in_every_column_and_ended_lines_stay() -> None:
    rows = pd.DataFrame({"a": ["x\x1b[31m\u202ey", "\u200b=1", "un\r\ndeux"], "ligne": [1, 2, 3]})
    cells = [row[0] for row in csv.reader(io.StringIO(csv_bytes(rows).decode("utf-8-sig"), newline=""), delimiter=";")]
    assert cells[1:] == ["x␛[31m\\u202ey", "\\u200b=1", "un\ndeux"]


@examples(13)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00")), min_size=1))
def test_whatever_was_sent_no_cell_of_the_csv_opens_a_formula(cells: list[str]) -> None:
    written = csv_bytes(pd.DataFrame({"a": cells}, dtype="str")).decode("utf-8-sig")
    for row in csv.reader(io.StringIO(written, newline=""), delimiter=";"):
        for cell in row:
            assert not cell.startswith(("=", "@", "\t", "\r", "\n")), cell
            assert not cell.startswith(("+", "-")) or cell[1:].replace(",", "").replace(".", "").isdigit(), cell
