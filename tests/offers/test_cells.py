"""What a reader says of single cells, and cells without a value: repaired, told or refused, never taken in silence."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import Phase, given
from hypothesis import strategies as st

from config.tables import load
from connectors.formats import Hints
from connectors.formats.workbook import read_xlsx
from offers.cleaning.batch import clean
from offers.cleaning.nothing import NEVER_COMPUTED
from offers.feed import Feed, Limits
from offers.format import Format
from offers.mapping import map_columns
from offers.model import CELL_COLUMNS, REJECTION_COLUMNS, Batch, Cleaned, text_frame
from offers.onboarding.form import headers_of
from testing.drawing import YEAR, column, feed
from testing.examples import examples
from validation.contract import check

MAPPING: dict[str, Any] = {"reference": "ref", "title": "titre", "permalink": "lien", "contact_email": "contact"}


def a_feed(mapping: dict[str, Any] = MAPPING, **more: Any) -> Feed:
    return Feed(partner="p", name="o", title="P", source=None, format={"kind": "xlsx"}, mapping=mapping, **more)


def batch(cells: list[Any] | None = None, links: list[Any] | None = None, **columns: str | None) -> Batch:
    frame = pd.DataFrame({name: [text] for name, text in columns.items()}, index=pd.Index([2], name="line"))
    said = {"cells": text_frame(CELL_COLUMNS, cells), "links": text_frame(CELL_COLUMNS, links)}
    return Batch(frame.astype("str"), text_frame(REJECTION_COLUMNS), **said)


def cleaned(read: Batch, agreed: Feed) -> Cleaned:
    return clean(map_columns(read, agreed), agreed, load(), YEAR)


def repairs(found: Cleaned, *names: str) -> list[tuple[Any, ...]]:
    rows = found.repairs[["line", *names, "before", "after", "why"]].astype(object)
    return list(rows.where(rows.notna(), None).itertuples(index=False, name=None))


def test_a_repair_of_the_reader_is_one_of_each_column_that_its_cell_feeds_and_of_no_other() -> None:
    mended = [(2, "titre", None, "Atelier", "merged_cell"), (2, "inconnu", None, "x", "merged_cell")]
    agreed = a_feed({"reference": "ref", "title": "titre", "description": {"from": ["titre", "texte"], "join": " "}})
    found = cleaned(batch(mended, ref="1", titre="Atelier", texte="de mécanique", inconnu="x"), agreed)
    assert repairs(found, "field", "column") == [
        (2, "title", "titre", None, "Atelier", "merged_cell"),
        (2, "description", "titre + texte", None, "Atelier", "merged_cell"),
    ]


def test_a_row_that_is_left_aside_has_no_repairs() -> None:
    agreed = a_feed(filter=({"column": "titre", "drop": ["CDI"], "reason": "cdi"},))
    found = cleaned(batch([(2, "titre", None, "CDI", "merged_cell")], ref="1", titre="CDI"), agreed)
    assert found.repairs.empty


@pytest.mark.parametrize(
    ("header", "shown", "target", "taken"),
    [
        ("lien", "Voir l’offre", "https://exemple.fr/1", "https://exemple.fr/1"),
        ("lien", None, "https://exemple.fr/1", "https://exemple.fr/1"),
        ("lien", f"{NEVER_COMPUTED}=HYPERLINK(…)", "https://exemple.fr/1", "https://exemple.fr/1"),
        ("lien", "https://exemple.fr/un", "https://exemple.fr/1", None),
        ("lien", "www.exemple.fr/un", "https://exemple.fr/1", None),
        ("lien", "Voir l’offre", "mailto:rh@exemple.fr", None),
        ("lien", "Voir l’offre", "#Feuil2!A1", None),
        ("contact", "Écrire", "mailto:rh@exemple.fr?subject=stage", "rh@exemple.fr"),
        ("contact", "anne@exemple.fr", "mailto:rh@exemple.fr", None),
        ("titre", "Atelier", "https://exemple.fr/1", None),
    ],
)
def test_where_an_address_is_meant_the_link_behind_a_text_is_it(
    header: str, shown: str | None, target: str, taken: str | None
) -> None:
    row = dict.fromkeys(("ref", "titre", "lien", "contact"), "x") | {header: shown}
    mapped = map_columns(batch([], [(2, header, shown, target, "link_target")], **row), a_feed())
    name = next(name for name, theirs in MAPPING.items() if theirs == header)
    assert mapped.frame[name].tolist() == [taken or shown]
    assert [column for column, _ in mapped.cells] == ([name] if taken else [])


@pytest.mark.parametrize(
    ("seen", "before", "why"),
    [(f"{NEVER_COMPUTED}=B2", "=B2", "formula_not_computed"), ("#REF!", "#REF!", "excel_error")],
)
@pytest.mark.parametrize("name", ["siret", "permalink", "is_public", "employer_description", "expires_on", "latitude"])
def test_an_optional_cell_without_a_value_is_emptied_and_told(name: str, seen: str, before: str, why: str) -> None:
    found = clean(column(name, seen), feed(), load(), YEAR)
    emptied, *filled = repairs(found, "field")
    assert emptied == (2, name, before, None, why)
    assert filled in ([], [(2, name, None, "false", "default_filled")])


@pytest.mark.parametrize("name", ["title", "sector", "city", "seats", "weeks", "grades"])
def test_one_that_is_required_or_of_which_the_house_assumes_a_value_is_refused_with_its_formula(name: str) -> None:
    batch = column(name, f"{NEVER_COMPUTED}=RECHERCHEV(A2;B:C;2)")
    rejections = check(clean(batch, feed(), load(), YEAR), batch.headers, feed(), load(), YEAR).rejections
    (row,) = rejections[rejections["field"] == name].to_dict("records")
    assert (row["rule"], row["value"]) == ("formula_not_computed", "=RECHERCHEV(A2;B:C;2)")
    assert "une formule qui n'a jamais été calculée" in row["sentence"]
    assert "#FORMULE" not in row["sentence"]


def test_an_optional_column_that_the_feed_requires_is_refused() -> None:
    batch, agreed = column("siret", f"{NEVER_COMPUTED}=B2"), feed(require=("siret",))
    rejections = check(clean(batch, agreed, load(), YEAR), batch.headers, agreed, load(), YEAR).rejections
    assert "formula_not_computed" in set(rejections["rule"])


# Nothing lost unseen

ACCIDENT = st.sampled_from(["value", "merged", "formula", "error", "hidden", "struck", "link", "empty"])
OURS = ("reference", "title", "permalink", "seats", "employer_website")


@examples(3, phases=[Phase.explicit, Phase.generate])
@given(
    rows=st.lists(st.lists(ACCIDENT, min_size=5, max_size=5), min_size=1, max_size=6),
    sheets=st.integers(min_value=1, max_value=3),
)
def test_every_cell_of_a_workbook_is_in_the_record_or_a_repair_and_accidents_are_findings(
    rows: list[list[str]], sheets: int
) -> None:
    """Whatever accident befell a cell, its text is found again under its line: what stays of it a rule refuses."""
    data, cells = _with_accidents(rows, sheets)
    agreed = a_feed(dict(zip(OURS, OURS, strict=True)))
    read = read_xlsx(data, "o.xlsx", Format(kind="xlsx"), Limits(), Hints(headers=headers_of(agreed)))
    found = cleaned(read, agreed)
    told = " ".join(f"{one.seen} {one.sentence}" for one in read.findings)
    for (line, name), text in cells.items():
        own = found.repairs[(found.repairs["line"] == line) & (found.repairs["field"] == name)]
        said = {str(found.frame.at[line, name]), *map(str, own["before"]), *map(str, own["after"])}
        assert any(text in one for one in said), (line, name, text, said)
    for kind, words in (("hidden", "are hidden"), ("formula", "never computed")):
        assert (words in told) == any(kind in row for row in rows)


def _with_accidents(rows: list[list[str]], sheets: int) -> tuple[bytes, dict[tuple[int, str], str]]:
    """A workbook with these accidents on each sheet, and the text that is to be found of each cell."""
    out, cells = io.BytesIO(), dict[tuple[int, str], str]()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as book:
        struck = book.add_format({"font_strikeout": True})
        for number in range(sheets):
            sheet = book.add_worksheet(f"Site {number}")
            sheet.write_row(0, 0, OURS)
            for at, row in enumerate(rows, start=1):
                sheet.write_string(at, 5, "colonne de plus")
                for place, kind in enumerate(row):
                    cell = (10_000_000 * number + at + 1, OURS[place])
                    text = f"texte-{number}-{at}-{place}"
                    if kind == "formula":
                        sheet.write_formula(at, place, f'=RECHERCHEV("{text}";A:B;2)', None)
                    elif kind == "error":
                        sheet.write_formula(at, place, "=NA()", None, text := "#N/A")
                    elif kind == "link":
                        sheet.write_url(at, place, f"https://exemple.fr/{text}", string=text)
                    elif kind not in ("empty", "merged"):
                        sheet.write_string(at, place, text, struck if kind == "struck" else None)
                    if kind == "hidden":
                        sheet.set_row(at, None, None, {"hidden": True})
                    if kind not in ("empty", "merged"):
                        cells[cell] = text
            _merged(sheet, rows, number, cells)
    return out.getvalue(), cells


def _merged(sheet: Any, rows: list[list[str]], number: int, cells: dict[tuple[int, str], str]) -> None:
    """Runs of merged cells of one column, two or more, as one range; a single one is a value."""
    for place in range(len(OURS)):
        at = 0
        while at < len(rows):
            end = at
            while end < len(rows) and rows[end][place] == "merged":
                end += 1
            if end > at:
                text = f"fusion-{number}-{at}-{place}"
                if end - at > 1:
                    sheet.merge_range(at + 1, place, end, place, text)
                else:
                    sheet.write_string(at + 1, place, text)
                cells |= {(10_000_000 * number + row + 2, OURS[place]): text for row in range(at, end)}
            at = max(end, at + 1)
