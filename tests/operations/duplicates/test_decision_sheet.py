"""Pairs go out as a sheet and come back filled in; a faulty line is told, and nothing is taken by half."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from offers.errors import Declined
from operations.duplicates.decision_sheet import COLUMNS, export, take_in
from operations.duplicates.review import Ruling, decide
from testing.pairing import FOUND, NEAR, OWN, Quay, open_quay, row

Rows = list[dict[str, str]]


def three_pairs_wait(quay: Quay) -> None:
    """Each in a street of its own; one title would open a formula in a spreadsheet."""
    titles = {1: "=Usinage", 2: "Usinage", 3: "Usinage"}
    quay.night(OWN, *(row(f"A{n}", street=f"{n} rue Mercière", title=title) for n, title in titles.items()))
    found = (row(f"B{n}", street=f"{n} rue Mercière", title="Usinage", description=NEAR) for n in titles)
    quay.night(FOUND, *found)


@pytest.fixture
def quay(after: Callable[..., tuple[Quay, None]]) -> Quay:
    return after(open_quay, three_pairs_wait)[0]


@pytest.fixture
def longest_cell() -> Iterator[None]:
    """The csv module's own limit, which belongs to the process: a library that others import may have raised it."""
    had = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(had)


def read(path: Path) -> Rows:
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), delimiter=";"))


def written(path: Path, rows: Rows, encoding: str = "utf-8-sig", delimiter: str = ";") -> Path:
    out = io.StringIO(newline="")
    sheet = csv.DictWriter(out, COLUMNS, delimiter=delimiter, restval="")
    sheet.writeheader()
    sheet.writerows(rows)
    path.write_bytes(out.getvalue().encode(encoding))
    return path


def filled(quay: Quay, tmp_path: Path, change: Callable[[Rows], None], **how: str) -> Path:
    """The sheet of all pairs that wait, in order of the records, and what a person makes of it."""
    export(quay.dock, tmp_path / "pairs.csv")
    rows = sorted(read(tmp_path / "pairs.csv"), key=lambda pair: pair["a"])
    change(rows)
    return written(tmp_path / "filled.csv", rows, **how)


def answers(*words: str) -> Callable[[Rows], None]:
    def fill(rows: Rows) -> None:
        for pair, word in zip(rows, words, strict=False):
            pair |= {"answer": word, "reason": "looked"}

    return fill


def decided(quay: Quay) -> list[tuple[str, str, bool, str, str]]:
    return quay.rows('select reference_a, reference_b, same, "by", reason from link_decisions order by 1')


def test_the_sheet_holds_the_pairs_that_wait_ready_for_a_spreadsheet(quay, tmp_path):
    assert export(quay.dock, tmp_path / "pairs.csv") == 3
    (pair,) = [one for one in read(tmp_path / "pairs.csv") if one["b"] == f"{OWN}:A1"]
    assert tuple(pair) == COLUMNS
    assert (pair["a"], pair["title_b"], pair["town_a"]) == (f"{FOUND}:B1", "'=Usinage", "69003 Lyon")
    assert pair["description_a"].startswith("Tu suivras l'équipe")
    assert (pair["score"], pair["answer"], pair["reason"]) == ("87", "", "")
    assert "descriptions à 72 %" in pair["why"]


def test_every_filled_line_becomes_a_decision_at_once(quay, tmp_path):
    sheet = filled(quay, tmp_path, answers("Même", "", "DIFFERENT"))
    told = take_in(quay.dock, sheet, "anne")
    assert told == {"decided": 2, "known": 0, "empty": 1, "faults": [], "offers_before": 4, "offers_after": 3}
    assert decided(quay) == [("B1", "A1", True, "anne", "looked"), ("B3", "A3", False, "anne", "looked")]
    assert quay.together() == {frozenset({"A1", "B1"})}
    assert take_in(quay.dock, sheet, "jean")["known"] == 2
    assert [by for _, _, _, by, _ in decided(quay)] == ["anne", "anne"]


@pytest.mark.parametrize("how", [{"encoding": "cp1252"}, {"delimiter": ","}, {"encoding": "utf-8", "delimiter": "\t"}])
def test_the_sheet_is_read_as_spreadsheets_save_it(quay, tmp_path, how):
    sheet = filled(quay, tmp_path, answers("même", "différent"), **how)
    assert take_in(quay.dock, sheet, "anne")["decided"] == 2


def test_the_decisions_go_out_too_and_come_back_as_they_were(quay, tmp_path):
    decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", Ruling(True, "anne", "=they told us"))
    assert export(quay.dock, tmp_path / "pairs.csv") == 2
    assert export(quay.dock, tmp_path / "decided.csv", decided=True) == 1
    (pair,) = read(tmp_path / "decided.csv")
    assert (pair["answer"], pair["reason"]) == ("même", "'=they told us")
    assert pair["why"].startswith("même offre, a décidé anne le 2026-03-04")
    assert take_in(quay.dock, tmp_path / "decided.csv", "jean")["known"] == 1


def spoilt(rows: Rows) -> None:
    """Every fault that a line can have; the last is sound."""
    rows[0] |= {"answer": "peut-être"}
    rows[1] |= {"answer": "même", "b": f"{OWN}:A9"}
    rows[2] |= {"answer": "même", "reason": "looked"}
    rows.append(rows[2] | {"a": "B1"})
    rows.append({"a": f"{FOUND}:B1", "b": f"{OWN}:A1", "answer": "même"})
    rows.append({"a": f"{OWN}:A1", "b": f"{FOUND}:B1", "answer": "différent"})
    rows.append({"a": f"{OWN}:A1", "b": f"{OWN}:A1", "answer": "même"})


def test_each_faulty_line_is_told_and_nothing_is_changed(quay, tmp_path):
    told = take_in(quay.dock, filled(quay, tmp_path, spoilt), "anne")
    said = {fault["line"]: fault["sentence"] for fault in told["faults"]}
    assert said[2] == "line 2: answer is « peut-être »; expected même or différent (or same, different), or nothing."
    assert said[3].startswith(f"line 3: {OWN} never had a record « A9 »")
    assert said[5] == "line 5: a is « B1 », which names no record; expected feed:reference."
    assert said[6] == "line 6: line 7 says the contrary of the same two records. Keep one of them."
    assert said[7].startswith("line 7: line 6 says the contrary")
    assert "no pair with itself" in said[8]
    assert sorted(said) == [2, 3, 5, 6, 7, 8]
    assert (told["decided"], decided(quay)) == (0, [])


def test_with_skip_faulty_the_sound_lines_are_taken(quay, tmp_path):
    told = take_in(quay.dock, filled(quay, tmp_path, spoilt), "anne", skip_faulty=True)
    assert (told["decided"], len(told["faults"])) == (1, 6)
    assert decided(quay) == [("B3", "A3", True, "anne", "looked")]


@pytest.mark.parametrize("skip", [False, True])
def test_a_line_that_contradicts_other_decisions_is_faulty(quay, tmp_path, skip):
    decide(quay.dock, f"{OWN}:A1", f"{OWN}:A2", Ruling(False, "anne", "two shops"))
    decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", Ruling(True, "anne", "looked"))
    rows = [
        {"a": f"{FOUND}:B1", "b": f"{OWN}:A2", "answer": "même"},
        {"a": f"{FOUND}:B3", "b": f"{OWN}:A3", "answer": "même"},
    ]
    told = take_in(quay.dock, written(tmp_path / "filled.csv", rows), "jean", skip_faulty=skip)
    (fault,) = told["faults"]
    assert fault["line"] == 2
    assert "cannot be one offer as long as" in fault["sentence"]
    assert told["decided"] == int(skip)


def test_a_filled_line_without_a_reason_points_to_the_sheet(quay, tmp_path):
    rows = [{"a": f"{FOUND}:B3", "b": f"{OWN}:A3", "answer": "même"}]
    take_in(quay.dock, written(tmp_path / "reunion-du-3-mars.csv", rows), "jean")
    assert decided(quay) == [("B3", "A3", True, "jean", "see reunion-du-3-mars.csv")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no column a, b, answer"),
        (b"nom;ville\r\nx;y\r\n", "found: nom, ville"),
        (b"a;b;answer\r\n" + b"x" * 200_000, "no CSV .field larger than field limit"),
    ],
)
def test_what_is_no_such_sheet_is_declined(quay, tmp_path, content, said, longest_cell):
    (tmp_path / "autre.csv").write_bytes(content)
    with pytest.raises(Declined, match=said):
        take_in(quay.dock, tmp_path / "autre.csv", "anne")
    with pytest.raises(Declined, match="cannot be read"):
        take_in(quay.dock, tmp_path / "nulle-part.csv", "anne")
    with pytest.raises(Declined, match="cannot be written"):
        export(quay.dock, tmp_path / "nulle-part" / "pairs.csv")
