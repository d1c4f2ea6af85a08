"""A feed that writes one row per seat: one offer in the warehouse, and the return says so with the same figures."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy import text

from offers.model import Delivery, VerdictKind
from operations.duplicates.review import Ruling, decide
from testing.yard import SLUG, Yard, offer

ALIKE = {"Intitulé": "Découverte de l'atelier", "Adresse": "12 rue des Forges"}
ROWS = [offer("R001"), *(offer(f"R002-{seat}", **ALIKE) for seat in (1, 2, 3)), offer("R003")]


def seats(yard: Yard) -> list[int]:
    """The seats of each offer that a pupil sees, most first."""
    with yard.dock.store.warehouse.transaction() as connection:
        return [row.seats for row in connection.execute(text("select seats from offers order by seats desc"))]


def united(delivery: Delivery) -> list[list[str]]:
    """Line and explanation of each line that the return says was united."""
    path = Path(str(delivery.report)).with_suffix(".csv")
    rows = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(), delimiter=";")
    return [[row["ligne"], row["explication"].replace("\u00a0", " ")] for row in rows if row["statut"] == "réunie"]


@pytest.mark.parametrize(
    ("repeated", "shown", "said"),
    [
        ("sum_seats", [3, 1, 1], "une seule offre, 3 places."),
        ("keep_first", [1, 1, 1], "une seule offre, 1 place (les places des autres lignes ne sont pas comptées)."),
        ("keep", [1, 1, 1, 1, 1], None),
    ],
)
def test_the_return_says_of_the_rows_what_the_warehouse_made_of_them(yard, repeated, shown, said):
    delivery = yard.take(ROWS, repeated=repeated)
    assert (delivery.counts.read, delivery.counts.created) == (5, 5)
    assert seats(yard) == shown
    assert united(delivery) == ([[line, f"Lignes 3, 4 et 5 : {said}"] for line in "345"] if said else [])


def test_the_page_counts_the_offers(yard: Yard) -> None:
    page = Path(str(yard.take(ROWS).report)).read_text(encoding="utf-8").replace("\u00a0", " ")
    assert "3 offres prises, rien à corriger" in page
    assert "5 lignes prises font 3 offres" in page


def test_rows_that_are_only_alike_are_one_offer_with_all_their_seats_and_the_return_says_so(yard: Yard) -> None:
    twin = offer("R002-4", **{**ALIKE, "Intitulé": "Découverte de l'atelier !"})
    delivery = yard.take([*ROWS, twin])
    assert seats(yard) == [4, 1, 1]
    assert united(delivery) == [[line, "Lignes 3, 4, 5 et 7 : une seule offre, 4 places."] for line in "3457"]
    assert united(yard.take([*ROWS, twin, offer("R004")])) == united(delivery)


def test_rows_that_a_person_told_apart_are_not_said_to_be_one(yard: Yard) -> None:
    """The third row is still the same as both, and belongs to one of them."""
    yard.take(ROWS)
    decide(yard.dock, f"{SLUG}:R002-1", f"{SLUG}:R002-2", Ruling(False, "anne", "two workshops"))
    delivery = yard.take([*ROWS, offer("R004")])
    assert delivery.verdict is VerdictKind.ACCEPTED
    assert seats(yard) == [2, 1, 1, 1, 1]
    ((one, told), (other, again)) = united(delivery)
    assert (one, other) in [("3", "5"), ("4", "5")]
    assert told == again == f"Lignes {one} et {other} : une seule offre, 2 places."


def test_two_feeds_lines_are_not_told_to_each_other(yard: Yard) -> None:
    """What another partner sends of the same place is none of this employer's business."""
    yard.take(ROWS)
    other = yard.feed.model_copy(update={"partner": "jobs", "trust": "aggregator"})
    own, yard.feed = yard.feed, other
    delivery = yard.take([offer("J1", **ALIKE), offer("J2", **{**ALIKE, "Adresse": "3 rue Neuve"})])
    assert delivery.feed == "jobs/offres"
    assert delivery.counts.linked == 1
    assert united(delivery) == []
    yard.feed = own
