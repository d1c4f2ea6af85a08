"""`quai duplicates`, as people and other programs use it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from testing import commands
from testing.commands import Place, Said
from testing.pairing import FOUND, NEAR, OWN, open_quay, row
from testing.place import open_place

A, B = f"{OWN}:A1", f"{FOUND}:B1"


def two_pairs_wait(place: Place) -> None:
    """Each in a street of its own."""
    with open_quay(Path(place["QUAI_HOME"]), place["QUAI_DATABASE_URL"]) as quay:
        quay.night(OWN, *(row(f"A{n}", street=f"{n} rue Mercière") for n in (1, 2)))
        quay.night(FOUND, *(row(f"B{n}", street=f"{n} rue Mercière", description=NEAR) for n in (1, 2)))


@pytest.fixture
def place(after: Callable[..., tuple[Place, None]]) -> Place:
    return {**after(open_place, two_pairs_wait)[0], "QUAI_REVIEW_DAYS": "9999", "COLUMNS": "200"}


def quai(place: Place, *words: str, said: str = "") -> Said:
    return commands.quai(place, "duplicates", *words, said=said)


def told(place: Place, *words: str) -> tuple[int, dict[str, Any]]:
    return commands.told(place, "duplicates", *words)


def test_a_pair_is_listed_shown_decided_and_found_in_the_history(place):
    status, out, _ = quai(place, "list", "--limit", "1")
    assert status == 0
    assert f"{B}  Usinage à l'atelier · Ateliers Rivoire · 69003 Lyon" in out
    assert "1 of 2 shown" in out
    assert "2 wait, 0 lapsed (undecided for 9999 days: they stay two offers), 0 decided (0 same, 0 different)." in out
    assert f"quai duplicates show {B} {A}" in out
    _, out, _ = quai(place, "show", A, B)
    assert "contrôle des [pieces et" in out
    assert "score 87.6 (title 100.0, description 72.4, employer 100.0); rule nearly_like: review" in out
    assert "même commune, même rue, mêmes semaines, même employeur ; titres à 100 %, descriptions à 72 %" in out
    assert "They are two offers:" in out
    assert "to be looked at" in quai(place, "show", A, B, "--lang", "en")[1]
    status, said = told(place, "same", A, B, "--reason", "one workshop", "--by", "anne")
    assert (status, said["a"], said["b"], said["answer"], said["by"]) == (0, B, A, "same", "anne")
    (offer,) = said["offers"]
    _, out, _ = quai(place, "history", B)
    assert out.startswith(f"Offer {offer}: opened 2026-03-03")
    assert f"decided   {B} one offer with {A}, decided by anne: « one workshop »" in out
    _, out, _ = quai(place, "different", A, B, "--reason", "two after all")
    assert "are now two offers" in out
    assert f"Before: {B} and {A} are one offer (decided by anne" in out
    _, counts = told(place, "list", "--all")
    assert {name: counts[name] for name in ("found", "decided", "same", "different", "waiting", "lapsed")} == {
        "found": 1, "decided": 1, "same": 0, "different": 1, "waiting": 1, "lapsed": 0
    }  # fmt: skip


def test_many_are_decided_at_once_after_asking(place):
    words = ["same", "--employer", "ateliers rivoire", "--reason", "one firm"]
    status, out, err = quai(place, *words, said="n\n")
    assert (status, "2 pairs wait there. Are both records of each one offer?" in err) == (1, True)
    assert A in out
    assert quai(place, *words, "--json")[0] == 2
    assert told(place, "list")[1]["decided"] == 0
    status, out, _ = quai(place, *words, said="y\n")
    assert (status, "2 of 2 pairs are one offer from now on; their records were 4 offers and are 2." in out) == (
        0,
        True,
    )
    status, row = told(place, *words, "--yes")
    assert (status, row["waiting"], row["decided"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["same", A, "--reason", "x"], "name A and B"),
        (["same", A, B, "--employer", "x", "--reason", "x"], "name A and B"),
        (["same", A, B, "--reason", " "], "say why"),
        (["same", A, B], "--reason"),
        (["different", A, f"{OWN}:A9", "--reason", "x"], "never had a record « A9 »"),
        (["show", A, "B1"], "expected feed:reference"),
        (["history", "999"], "there never was an offer 999"),
        (["rebuild", "--department", "75"], "There are: 69"),
        (["import", "nulle-part.csv"], "cannot be read"),
    ],
)
def test_wrong_use_exits_2_and_says_what_was_expected(place, words, said):
    status, out, err = quai(place, *words)
    assert (status, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_a_sheet_goes_out_and_comes_back(place, tmp_path):
    sheet = tmp_path / "paires.csv"
    status, row = told(place, "export", "--out", str(sheet))
    assert (status, row["pairs"]) == (0, 2)
    with sheet.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter=";"))
    with sheet.open("w", encoding="utf-8-sig", newline="") as lines:
        writer = csv.DictWriter(lines, rows[0], delimiter=";")
        writer.writeheader()
        writer.writerows([rows[0] | {"answer": "Différent"}, rows[1] | {"answer": "bof"}])
    status, out, _ = quai(place, "import", str(sheet))
    assert status == 3
    assert "line 3: answer is « bof »" in out
    assert "1 faulty lines: nothing was changed." in out
    status, row = told(place, "import", str(sheet), "--skip-faulty")
    assert (status, row["decided"], [fault["line"] for fault in row["faults"]]) == (1, 1, [3])
    assert told(place, "export", "--decided", "--out", str(sheet))[1]["pairs"] == 1


def test_a_rebuild_tells_each_part_and_the_sum_and_a_dry_run_whether_anything_drifted(place):
    status, out, _ = quai(place, "rebuild", "--dry-run")
    assert status == 0
    assert "4 records, 4 offers, 0 moved, 0 linked, 2 review  département 69" in out
    assert "No drift" in out
    import psycopg

    with psycopg.connect(place["QUAI_DATABASE_URL"]) as connection:
        connection.execute("update records set offer_id = (select min(offer_id) from records)")
    status, out, _ = quai(place, "rebuild", "--dry-run", "--department", "69")
    assert (status, "Drift: 3 records would be in another offer" in out) == (1, True)
    status, row = told(place, "rebuild")
    assert (status, row["moved"], row["offers"], row["dry_run"]) == (0, 3, 4, False)
    assert told(place, "rebuild", "--dry-run")[0] == 0


def test_the_number_of_days_is_refused_where_it_is_none(place):
    status, _, err = quai({**place, "QUAI_REVIEW_DAYS": "bald"}, "list")
    assert (status, "QUAI_REVIEW_DAYS must be a number of days, e.g. 30" in err) == (2, True)
