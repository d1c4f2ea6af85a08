"""An offer that was online counts as delivered, once, for its school year; one that was taken away before does not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from config.tables import load
from offers.calendar import SchoolYear
from offers.pledges.delivered import Count, Delivered, cumulated
from operations.pledges import gather, national, pledges_of
from operations.pledges import write_report as write
from testing.drawing import feed as drawn
from testing.pairing import FOUND, NEAR, OWN, Quay, row
from warehouse import pledges as pledging

YEAR = "2025-2026"
APRIL, IN_PLACEMENT, JULY = (datetime(2026, month, day, 5, tzinfo=UTC) for month, day in ((4, 1), (6, 15), (7, 6)))


def place(number: int, **other: str | None) -> dict[str, str | None]:
    """An offer at an address of its own: nothing else is like it."""
    return row(f"A{number}", street=f"{number} rue Mercière", title=f"Découverte de l'atelier {number}", **other)


def count(quay: Quay, year: str = YEAR) -> Delivered:
    return pledging.delivered(quay.dock.store.warehouse, year)


def total(quay: Quay, year: str = YEAR) -> tuple[int, int, int, int]:
    found = count(quay, year).total
    return found.offers, found.seats, found.withdrawn_offers, found.withdrawn_seats


def offers_online(quay: Quay) -> int:
    return len(quay.rows("select 1 from offers"))


def test_delivered_does_not_fall_when_placements_end(quay):
    quay.night(OWN, place(1, seats="2"), place(2))
    quay.at = JULY
    quay.night(OWN)
    assert offers_online(quay) == 0
    assert total(quay) == (2, 3, 0, 0)


def test_an_offer_withdrawn_before_its_time_is_counted_apart(quay):
    quay.night(OWN, place(1, seats="2"), place(2))
    quay.night(OWN, place(1, seats="2"))
    assert total(quay) == (1, 2, 1, 1)


def test_an_offer_whose_own_last_day_was_over_is_delivered(quay):
    quay.night(OWN, place(1, expires_on="2026-03-20"), place(2, expires_on="2026-04-30", seats="5"))
    quay.at = APRIL
    quay.night(OWN)
    assert total(quay) == (1, 1, 1, 5)


def test_an_offer_withdrawn_once_its_placement_began_is_delivered(quay):
    quay.night(OWN, place(1), place(2, weeks="2026-W26"))
    quay.at = IN_PLACEMENT
    quay.night(OWN)
    assert total(quay) == (1, 1, 1, 1)


def test_an_offer_that_comes_back_is_delivered_again_since_its_first_day(quay):
    quay.night(OWN, place(1))
    first = quay.at.date()
    quay.night(OWN)
    quay.night(OWN, place(1, seats="4"))
    assert total(quay) == (1, 4, 0, 0)
    assert count(quay).by_day == [(first, 1, 4)]


def test_an_offer_that_several_feeds_list_counts_once(quay):
    quay.night(OWN, row("A1", seats="3"))
    quay.night(FOUND, row("B1"), row("B2", street="99 rue Mercière", description=NEAR, title="Accueil"))
    assert offers_online(quay) == 2
    assert total(quay)[0] == 2
    quay.night(FOUND)
    assert total(quay) == (1, 3, 1, 1)


def test_offers_that_are_found_to_be_one_count_as_one_from_the_first_day_on(quay):
    quay.night(FOUND, row("B1", seats="2"))
    first = quay.at.date()
    quay.night(OWN, row("A1", title="Tout autre chose", street="1 rue Neuve"))
    assert total(quay)[0] == 2
    quay.night(OWN, row("A1"))
    assert offers_online(quay) == 1
    assert total(quay)[0] == 1
    assert count(quay).by_day[0][0] == first


def test_an_offer_belongs_to_the_school_year_of_its_weeks(quay):
    quay.night(OWN, place(1))
    quay.at = JULY
    quay.night(OWN, place(1, weeks="2027-W24 2027-W25"), place(2, weeks=None))
    assert total(quay) == (1, 1, 0, 0)
    assert total(quay, "2026-2027") == (2, 2, 0, 0)


def test_every_way_of_dividing_adds_up_to_the_total(quay):
    nowhere = {"department": None, "academy": None}
    quay.night(
        OWN,
        place(1, organisation="La Poste", academy="Académie de Lyon", seats="4"),
        place(2, organisation="Safran", sector="s7", department="2A"),
        place(3, **nowhere),
    )
    quay.night(OWN, place(1, organisation="La Poste", academy="Académie de Lyon", seats="5"), place(3, **nowhere))
    found = count(quay)
    for parts in found.by.values():
        sums = zip(*(vars(part).values() for part in parts.values()), strict=True)
        assert Count(*map(sum, sums)) == found.total
    assert found.by["organisation"] == {"La Poste": Count(1, 5), "Safran": Count(0, 0, 1, 1), None: Count(1, 1)}
    assert found.by["department"][None] == Count(1, 1)
    assert cumulated(found.by_day)[-1][1:] == (found.total.offers, found.total.seats)


def test_the_first_pledges_are_the_annexes_organisations_and_no_number_contradicts_another(quay):
    found = pledging.listed(quay.dock.store.warehouse)
    assert {pledge.organisation for pledge in found} == set(load().organisations.names)
    assert {(pledge.school_year, pledge.offers, pledge.seats) for pledge in found} == {("2023-2024", None, None)}
    with pytest.raises(Exception, match="numbers_make_sense"):
        quay.rows("insert into pledges values ('Safran', '2025-2026', 5, 2, 'lettre', now()) returning 1")


def test_the_national_promise_is_of_the_year_it_was_made_for():
    (announced,) = national()
    assert (announced.school_year, announced.offers, announced.stated_on) == ("2023-2024", 200_000, date(2023, 11, 30))
    assert "n°1399" in announced.source


def test_nobody_is_named_as_having_delivered_nothing_where_nothing_could_be_counted(quay):
    quay.night(OWN, place(1, organisation="Safran"))
    assert gather(quay.dock, SchoolYear(2024)).nothing == []
    named = {line.name for line in gather(quay.dock, SchoolYear(2026)).nothing}
    assert named == set(load().organisations.names) - {"Safran"}


def test_the_report_is_three_files_of_the_same_figures(quay, tmp_path):
    quay.night(OWN, place(1, organisation="Safran", seats="7"))
    said = write(quay.dock, SchoolYear(2026), tmp_path / "out")
    assert {Path(path).name for path in said["files"]} == {
        f"promis-et-livre-2025-2026.{extension}" for extension in ("html", "csv", "xlsx")
    }
    assert said["delivered"] == {"offers": 1, "seats": 7}
    table = Path(said["files"][1]).read_text(encoding="utf-8-sig").splitlines()
    assert table[1] == "Total;;Total;;;1;;7;0;0"
    assert "Organisation;;Safran;2023-2024;;1;;7;0;0" in table


def test_a_feed_shows_what_its_organisation_promised(quay):
    feed = drawn(partner="laposte", title="La Poste")
    assert pledges_of(quay.dock, {"a": feed})["a"] == {
        "organisation": "La Poste", "school_year": YEAR, "offers": None, "seats": None,
    }  # fmt: skip
    assert pledges_of(quay.dock, {"a": feed.model_copy(update={"title": "Offres"})}) == {}
    assert pledges_of(quay.dock, {}) == {}
