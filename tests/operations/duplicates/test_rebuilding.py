"""All compared anew, in one process or several, is what the nights made; what has drifted is found and put right."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from offers.errors import Declined, QuaiError
from operations.duplicates import rebuilding
from operations.duplicates.rebuilding import rebuild_all
from operations.duplicates.review import Ruling, decide
from testing.pairing import FOUND, NEAR, OWN, Quay, ended_from_outside, open_quay, row
from warehouse.matching.rebuild import Rebuilds

TOWNS = {
    "69": {},
    "38": {"department": "38", "insee_code": "38185", "postal_code": "38000", "city": "Grenoble"},
    "2A": {"department": "2A", "insee_code": "2A004", "postal_code": "20000", "city": "Ajaccio"},
}


def decided(quay: Quay) -> None:
    """Two records of one offer in each of three départements, and a decision between two of them."""
    quay.night(OWN, *(row(f"A{name}", **town) for name, town in TOWNS.items()))
    quay.night(FOUND, *(row(f"B{name}", **town) for name, town in TOWNS.items()), row("B9", description=NEAR))
    decide(quay.dock, f"{OWN}:A69", f"{FOUND}:B38", Ruling(True, "anne", "one workshop, two doors"))


@pytest.fixture
def quay(after: Callable[..., tuple[Quay, None]], monkeypatch: pytest.MonkeyPatch) -> Quay:
    """Each département is a part of its own."""
    parts = Rebuilds.parts
    monkeypatch.setattr(Rebuilds, "parts", lambda matching: parts(matching, 1))
    return after(open_quay, decided)[0]


def drift(quay: Quay) -> None:
    """Somebody tore an offer apart behind our back."""
    with quay.dock.store.warehouse.transaction() as connection:
        connection.execute(text("update records set offer_id = id where reference = 'B2A'"))


@pytest.mark.parametrize("workers", [1, 2])
def test_each_departement_is_told_as_it_is_done_and_summed(quay, workers):
    told: list[tuple[str, ...]] = []
    before = quay.offers()
    found = rebuild_all(quay.dock, workers=workers, told=lambda part: told.append(part.departments)).as_dict()
    assert sorted(told) == [("2A",), ("38",), ("69",)]
    assert {name: found[name] for name in ("records", "moved", "linked", "review", "across")} == {
        "records": 7, "moved": 0, "linked": 6, "review": 1, "across": 1
    }  # fmt: skip
    assert quay.offers() == before


def test_what_has_drifted_is_counted_by_a_dry_run_and_put_right_by_a_rebuild(quay):
    before = quay.offers()
    drift(quay)
    drifted = quay.offers()
    assert rebuild_all(quay.dock, workers=1, write=False).as_dict()["moved"] == 1
    assert quay.offers() == drifted
    assert rebuild_all(quay.dock, workers=1).as_dict()["moved"] == 1
    assert quay.offers() == before
    assert rebuild_all(quay.dock, workers=1, write=False).as_dict()["moved"] == 0


def test_one_departement_can_be_rebuilt_alone(quay):
    drift(quay)
    assert rebuild_all(quay.dock, "69", workers=1, write=False).as_dict()["moved"] == 0
    assert rebuild_all(quay.dock, "2A", workers=1, write=False).as_dict()["moved"] == 1
    with pytest.raises(Declined, match=r"no record is of the département « 75 »\. There are: 2A, 38, 69"):
        rebuild_all(quay.dock, "75")


def test_a_worker_that_is_ended_from_outside_is_told_of_and_what_stands_stays(quay, monkeypatch):
    monkeypatch.setattr(rebuilding, "_one", ended_from_outside)
    before = quay.offers()
    with pytest.raises(QuaiError, match="one of 2 processes was ended from outside, probably for want of memory"):
        rebuild_all(quay.dock, workers=2)
    assert quay.offers() == before


def test_an_empty_warehouse_is_rebuilt_at_once(tmp_path, database_url):
    with open_quay(tmp_path, database_url) as empty:
        assert rebuild_all(empty.dock).as_dict()["records"] == 0
