"""A workbook of one sheet per site, from the drop to the warehouse, the return, and back."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from offers.model import Delivery, VerdictKind
from offers.sheets import placed
from operations.check import CheckResult
from operations.ledger import rejection_rows
from reports.ops import markdown
from story.examine import examine
from testing.yard import Yard, offer

Rows = list[dict[str, str]]


def book(sheets: Mapping[str, Rows]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as made:
        for title, rows in sheets.items():
            sheet = made.add_worksheet(title)
            sheet.write_row(0, 0, list(rows[0]))
            for at, row in enumerate(rows, start=1):
                sheet.write_row(at, 0, list(row.values()))
    return out.getvalue()


TWO = book(
    {
        "Lyon": [offer("R001"), offer("R002", CP="7500")],
        "Nantes": [offer("R003", CP="6900"), offer("R001"), offer("R004")],
    }
)


def table(delivery: Delivery) -> list[dict[str, str]]:
    path = Path(str(delivery.report)).with_suffix(".csv")
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=";"))


def test_a_check_tells_row_and_sheet_and_no_two_lines_collide(yard: Yard, tmp_path: Path) -> None:
    drop = tmp_path / "offres.xlsx"
    drop.write_bytes(TWO)
    examined = examine(drop, drop.name, yard.feed, yard.dock.reference, date(2026, 3, 2))
    said = CheckResult(yard.feed, examined).as_dict()
    assert [said[name] for name in ("read", "kept", "rejected", "repeated")] == [5, 2, 2, 1]
    assert said["sheets"] == ["Lyon", "Nantes"]
    assert [(one["line"], one["sheet"]) for one in said["rejections"]] == [(3, "Lyon"), (2, "Nantes")]
    assert [one["sentence"].replace("\u00a0", " ").split(" : ")[0] for one in said["rejections"]] == [
        "Feuille « Lyon », ligne 3, colonne « CP »",
        "Feuille « Nantes », ligne 2, colonne « CP »",
    ]
    (repeated,) = [one.sentence for one in examined.findings if one.check == "references_repeated"]
    assert "line « Lyon » 2, « R001 », where line « Nantes » 3 was kept" in repeated


def test_what_was_told_of_each_sheet_is_in_the_ledger_and_said_again_of_the_same_bytes(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = yard.take(TWO)
    assert (first.counts.created, first.counts.rejected, first.counts.repeated) == (2, 2, 1)
    store = yard.dock.store
    kept = store.ledger.delivery(first.id or 0)
    assert kept is not None
    assert kept.sheets == ("Lyon", "Nantes")
    told = placed(store.ledger.rejections(first.id or 0), kept.sheets)
    assert told[["line", "sheet"]].to_numpy().tolist() == [[3, "Lyon"], [2, "Nantes"]]
    repeated = placed(store.ledger.repeated(first.id or 0), kept.sheets)
    assert repeated.to_numpy().tolist() == [[2, "Lyon", "R001", 3, "Nantes"]]
    assert "line « Nantes » 2" in markdown(kept, store.ledger.rejections(first.id or 0))
    life = store.matching.history(1)
    assert life is not None
    assert {(one["reference"], one["sheet"], one["line"]) for one in life["records"]} <= {
        ("R001", "Nantes", 3),
        ("R004", "Nantes", 4),
    }
    again = yard.take(TWO)
    assert again.verdict is VerdictKind.UNCHANGED
    refused = [(one["feuille"], one["ligne"]) for one in table(again) if one["statut"] == "refusée"]
    assert refused == [("Lyon", "3"), ("Nantes", "2")]
    monkeypatch.setattr("operations.ledger.read", lambda: yard.dock.settings)
    assert [(one["sheet"], one["line"]) for one in rejection_rows(again.id or 0)] == [("Lyon", 3), ("Nantes", 2)]


def test_the_return_comes_back_corrected_and_is_taken_whole(yard: Yard) -> None:
    first = yard.take(TWO)
    returned = Path(str(first.report)).with_suffix(".xlsx").read_bytes()
    again = yard.take(returned)
    assert (again.counts.read, again.counts.rejected, again.counts.unchanged) == (5, 2, 2)
    assert again.counts.withdrawn == 0
    assert [one.check for one in again.findings if "sheet" in one.check] == []
