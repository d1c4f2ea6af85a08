"""A line that says its offer is over: what stands is closed, neither withdrawn nor changed, and it adds up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from offers.model import Delivery, VerdictKind
from operations.feeds import the_feed
from operations.offers import close_what_expired
from operations.replay import of_delivery, rehearse
from samples.invented import as_csv
from testing.yard import HEADER, Yard, offer, offers, open_yard

GONE, LATER = "2026-03-01", "2026-05-01"
"""The yard's morning is 2 March 2026."""


def drop(*rows: dict[str, str]) -> bytes:
    return as_csv([{"Fin": "", **row} for row in rows], (*HEADER, "Fin"))


def ended(number: int, day: str = GONE, **other: str) -> dict[str, str]:
    return offer(f"R{number:03d}", Fin=day, **other)


def went(delivery: Delivery) -> dict[str, int]:
    counts = {name: getattr(delivery.counts, name) for name in ("ignored", "rejected", "repeated", "created")}
    counts |= {name: getattr(delivery.counts, name) for name in ("updated", "unchanged", "withdrawn")}
    return {name: count for name, count in counts.items() if count}


def online(yard: Yard) -> list[str]:
    return [row.reference for row in _rows(yard, "select reference from offers order by reference")]


def _rows(yard: Yard, query: str) -> list[Any]:
    with yard.dock.store.warehouse.transaction() as connection:
        return list(connection.execute(text(query)))


@contextmanager
def with_last_days(home: Path, database_url: str) -> Iterator[Yard]:
    """A yard whose feed has one more column."""
    with open_yard(home, database_url) as yard:
        yard.correct('city = "Ville"\n', 'city = "Ville"\nexpires_on = "Fin"\n')
        yard.feed = the_feed(yard.dock.settings, yard.feed.slug)
        yield yard


@pytest.fixture
def opened():
    return with_last_days


def nine(yard: Yard) -> None:
    yard.take(drop(*offers(9)))


@pytest.mark.standing(by=nine)
def test_a_line_that_says_its_offer_is_over_closes_it_once_and_a_later_day_opens_it_anew(yard):
    first = yard.take(drop(ended(1), *offers(9)[1:]))
    assert went(first) == {"updated": 1, "unchanged": 8}
    assert online(yard) == [f"R{number:03d}" for number in range(2, 10)]
    assert [finding.check for finding in first.findings] == ["closed_by_employer"]
    assert [row.change for row in _rows(yard, "select change from record_versions")] == ["closed"]
    assert _rows(yard, "select count(*) from offer_ids where closed_at is not null")[0][0] == 1
    assert _rows(yard, "select count(*) from published_offers where withdrawn_on is not null")[0][0] == 0

    again = yard.take(drop(ended(1), *offers(9)[1:], offer("R010")))
    assert went(again) == {"created": 1, "unchanged": 9}
    opened = yard.take(drop(ended(1, LATER), *offers(9)[1:], offer("R010")))
    assert went(opened) == {"updated": 1, "unchanged": 9}
    assert "R001" in online(yard)


@pytest.mark.standing(by=nine)
def test_a_line_without_a_day_opens_an_offer_that_was_closed_by_one(yard):
    yard.take(drop(ended(1), *offers(9)[1:]))
    assert went(yard.take(drop(offer("R001"), *offers(9)[1:]))) == {"updated": 1, "unchanged": 8}
    assert "R001" in online(yard)


@pytest.mark.standing(by=nine)
def test_an_over_line_is_ignored_by_name_where_nothing_stands_and_when_it_was_withdrawn(yard):
    yard.take(drop(*offers(8)))
    delivery = yard.take(drop(*offers(8), ended(9), ended(10)))
    assert went(delivery) == {"ignored": 2, "unchanged": 8}
    assert {row.reason for row in _rows(yard, "select reason from ignored_lines")} == {"over"}


@pytest.mark.standing(by=nine)
def test_a_line_that_is_over_and_broken_closes_its_offer_all_the_same(yard):
    assert went(yard.take(drop(ended(1, CP="7"), *offers(9)[1:]))) == {"updated": 1, "unchanged": 8}
    assert "R001" not in online(yard)


@pytest.mark.standing(by=nine)
def test_of_two_lines_of_one_reference_the_last_says_whether_it_is_over(yard):
    assert went(yard.take(drop(ended(1), *offers(9)))) == {"repeated": 1, "unchanged": 9}
    assert went(yard.take(drop(*offers(9), ended(1)))) == {"repeated": 1, "updated": 1, "unchanged": 8}
    assert "R001" not in online(yard)


def test_an_offer_whose_own_day_passed_is_unchanged_and_no_loss_when_its_line_goes(yard):
    yard.take(drop(*(ended(n, "2026-03-02") for n in range(1, 6)), *offers(9)[5:]))
    yard.at += timedelta(days=1)
    assert len(online(yard)) == 9, "the view has a clock of its own, long past"
    assert close_what_expired(yard.dock) == 5
    assert went(yard.take(drop(*(ended(n, "2026-03-02") for n in range(1, 6)), *offers(8)[5:]))) == {
        "unchanged": 8, "withdrawn": 1,
    }  # fmt: skip
    gone = yard.take(drop(*offers(8)[5:]))
    assert (gone.verdict, went(gone)) == (VerdictKind.ACCEPTED, {"unchanged": 3, "withdrawn": 5})


def test_offers_closed_by_their_employer_are_neither_withdrawn_nor_changed_for_the_gate(yard):
    for night in range(4):
        yard.take(drop(*offers(20), offer(f"R9{night}")))
    most = yard.take(drop(*(ended(n) for n in range(1, 16)), *offers(20)[15:], offer("R93")))
    assert (most.verdict, went(most)) == (VerdictKind.ACCEPTED, {"updated": 15, "unchanged": 6})
    assert "closes_too_much" in {finding.check for finding in most.findings}
    left = yard.take(drop(*offers(20)[15:], offer("R93")))
    assert (left.verdict, went(left)) == (VerdictKind.ACCEPTED, {"unchanged": 6, "withdrawn": 15})


@pytest.mark.standing(by=nine)
def test_a_drop_in_which_every_line_is_over_waits_for_a_person(yard):
    held = yard.take(drop(*(ended(n) for n in range(1, 10))))
    assert held.verdict is VerdictKind.QUARANTINED
    assert "closes_too_much" in {finding.check for finding in held.findings}
    assert len(online(yard)) == 9


@pytest.mark.standing(by=nine)
def test_the_employer_reads_in_french_that_her_offer_is_closed(yard):
    page = Path(yard.take(drop(ended(1), *offers(9)[1:], ended(77))).report or "")
    assert "1\u00a0offre close" in page.read_text()
    assert "date de fin passée" in page.read_text()
    assert '<th scope="row" class="num">2</th><td>R001</td>' in page.read_text(), "the line that closes is named"
    assert "toutes vos lignes sont en ordre" not in page.read_text()
    assert "La date de fin est passée" in page.with_suffix(".csv").read_text("utf-8-sig")


@pytest.mark.standing(by=nine)
def test_a_rehearsed_replay_tells_what_it_would_close(yard):
    delivery = yard.take(drop(*offers(8), ended(9, LATER)))
    yard.at = datetime(2026, 5, 2, 6, tzinfo=UTC)
    (row,) = rehearse(yard.dock, of_delivery(yard.dock, delivery.id or 0))
    assert (row["after"]["unchanged"], row["after"]["updated"]) == (9, 0)


def test_a_line_that_cannot_be_cut_withdraws_nothing_and_an_offer_that_is_gone_goes(yard):
    rows = offers(40)
    yard.take(drop(*rows))
    lines = drop(*rows[:39]).decode().splitlines()
    torn = [line.replace("Découverte", '"Découverte', 1) if n % 2 else line for n, line in enumerate(lines, start=1)]
    torn[2] += ";too;many"
    torn[4] = torn[4].partition(";")[0] + ";too few"
    delivery = yard.take("\n".join(torn).encode(), limits=yard.feed.limits.model_copy(update={"rejected_rise": None}))
    assert delivery.counts.rejected > 10
    assert delivery.counts.withdrawn == 1
    assert yard.standing() == {f"R{number:03d}" for number in range(1, 40)}


@pytest.mark.standing(by=nine)
def test_rows_that_a_stray_quote_makes_the_text_of_another_hold_the_drop(yard):
    lines = drop(*offers(9)).decode().splitlines()
    lines[1] = lines[1].replace("Tu suivras", '"Tu suivras')
    lines[3] = lines[3].replace("semaines.", 'semaines."')
    held = yard.take("\n".join(lines).encode())
    assert (held.verdict, held.counts.read) == (VerdictKind.QUARANTINED, 7)
    assert "rows_within_a_cell" in {finding.check for finding in held.findings}
    assert len(online(yard)) == 9


@pytest.mark.parametrize("said", ['A""1', "A  1"])
def test_a_torn_line_spares_its_offer_however_its_text_spells_the_reference(yard, said):
    known = {'A""1': 'A"1', "A  1": "A 1"}[said]
    yard.take(drop(*offers(30), offer(known)))
    torn = drop(*offers(30)).decode() + f"{said};too;few\n"
    delivery = yard.take(torn.encode())
    assert went(delivery) == {"rejected": 1, "unchanged": 30}
    assert known in yard.standing()


def test_lines_refused_without_a_reference_withdraw_nothing_that_may_be_theirs(yard):
    yard.take(drop(*offers(30)))
    delivery = yard.take(drop(*offers(29), offer("")))
    assert went(delivery) == {"rejected": 1, "unchanged": 29}
    assert "nameless_lines_withdraw_nothing" in {finding.check for finding in delivery.findings}
    assert went(yard.take(drop(*offers(28), offer("")))) == {"rejected": 1, "unchanged": 28, "withdrawn": 2}


@pytest.mark.standing(by=nine)
def test_an_over_line_closes_nothing_where_the_last_line_of_its_reference_is_refused(yard):
    delivery = yard.take(drop(ended(1), *offers(9)[1:], offer("R001", CP="7")))
    assert went(delivery) == {"rejected": 1, "repeated": 1, "unchanged": 8}
    assert "R001" in online(yard)


def test_at_half_past_eleven_in_utc_on_30_june_it_is_1_july_in_paris_and_the_next_school_year(yard):
    yard.at = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    assert went(yard.take(drop(ended(1, "2026-06-30"), ended(2, "2026-07-01")))) == {"ignored": 1, "created": 1}
    assert _rows(yard, "select weeks from records")[0].weeks in (None, ["2027-W24", "2027-W25"])
