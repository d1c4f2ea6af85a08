"""What nobody renewed does not become next year's offers, and an old file does not undo a newer one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from offers.feed import ColumnSource
from offers.model import Decision, Delivery, VerdictKind
from operations.ingest import handed_in, ingest
from operations.quarantine import release
from operations.replay import rehearse, since
from testing.yard import SLUG, Yard, aged, offer, offers

ACCEPTED, QUARANTINED = VerdictKind.ACCEPTED, VerdictKind.QUARANTINED
JUNE, JULY = datetime(2026, 6, 30, 5, tzinfo=UTC), datetime(2026, 7, 1, 5, tzinfo=UTC)


def stops(delivery: Delivery) -> list[str]:
    return [finding.check for finding in delivery.findings if finding.severity == "stop"]


def turned(yard: Yard, **changed: object) -> Delivery:
    """The file of June, left again in July."""
    yard.at = JUNE
    assert yard.take(offers(5), **changed).verdict is ACCEPTED
    yard.at = JULY
    return yard.take(offers(5), **changed)


def test_last_years_very_file_waits_once_the_school_year_has_turned(yard: Yard) -> None:
    held = turned(yard)
    assert (held.verdict, stops(held)) == (QUARANTINED, ["new_school_year"])
    assert 'renewed = "2027"' in held.findings[-1].sentence
    yard.at += timedelta(days=400)
    assert stops(yard.take(offers(5))) == ["new_school_year"], "and still when yet another year has turned"


def test_other_bytes_are_taken_in_the_new_school_year_and_last_years_wait_still(yard: Yard) -> None:
    turned(yard)
    assert yard.take(offers(6)).verdict is ACCEPTED
    assert stops(yard.take(offers(5))) == ["new_school_year"]


def test_a_file_that_its_feed_calls_renewed_is_taken_for_that_year_alone(yard: Yard) -> None:
    assert turned(yard, renewed="2027").verdict is ACCEPTED
    yard.at += timedelta(days=365)
    assert stops(yard.take(offers(5), renewed="2027")) == ["new_school_year"]


def test_a_file_that_a_person_released_is_last_years_no_more(yard: Yard) -> None:
    held = turned(yard)
    released = release(yard.dock, Decision(held.id or 0, "anne", "they mean it", yard.at))
    assert (released.verdict, released.counts.updated) == (ACCEPTED, 5), "their weeks are those of June 2027 now"
    assert yard.take(offers(5), constants={"seats": "2"}).verdict is ACCEPTED


@pytest.mark.parametrize(
    ("column", "value", "verdict"),
    [
        ("expires_on", "2027-06-30", ACCEPTED),
        ("weeks", "les deux", QUARANTINED),
        ("published_on", "2026-03-02", QUARANTINED),
    ],
)
def test_rows_that_write_their_last_day_are_not_held(yard: Yard, column: str, value: str, verdict: VerdictKind) -> None:
    mapping = {**yard.feed.mapping, column: ColumnSource.model_validate("Type")}
    yard.at = JUNE
    yard.take(offers(5, Type=value), mapping=mapping)
    yard.at = JULY
    assert yard.take(offers(5, Type=value), mapping=mapping).verdict is verdict


def test_a_date_that_lies_ahead_makes_no_later_drop_an_old_one(yard: Yard) -> None:
    aged(yard.leave(offers(10)), yard.at + timedelta(days=300))
    assert [one.verdict for one in yard.run()] == [ACCEPTED]
    assert yard.take(offers(11)).verdict is ACCEPTED


@pytest.mark.standing(10)
def test_a_drop_that_its_sender_dates_before_the_last_one_waits_and_a_person_lets_it_through(yard: Yard) -> None:
    aged(yard.leave(offers(9)), yard.at - timedelta(days=1))
    (held,) = yard.run()
    assert (held.verdict, stops(held), held.counts.withdrawn) == (QUARANTINED, ["older_than_last"], 0)
    (again,) = rehearse(yard.dock, since(yard.dock, SLUG, yard.at.date()))[-1:]
    assert (again["verdict"], again["withdrawn"]) == ("accepted", 1), "a person who replays it knows its date"
    released = release(yard.dock, Decision(held.id or 0, "anne", "the right one", yard.at))
    assert released.counts.withdrawn == 1
    assert yard.take(offers(10)).verdict is ACCEPTED


def test_an_older_part_of_an_incremental_feed_is_taken_unless_it_replaces_what_stands(yard: Yard) -> None:
    yard.take(offers(10), scope="incremental")
    for rows, verdict in (
        ([offer("R011"), offer("R001")], ACCEPTED),
        ([offer("R001", Intitulé="Découverte du bureau")], QUARANTINED),
    ):
        aged(yard.leave(rows), yard.at - timedelta(days=1))  # the same day, before what was taken first
        (delivery,) = yard.run(scope="incremental")
        assert delivery.verdict is verdict, stops(delivery)
    assert len(yard.standing()) == 11


@pytest.mark.standing(10)
def test_the_same_bytes_again_are_the_senders_last_word_too(yard: Yard) -> None:
    monday = yard.at
    yard.at += timedelta(days=6)
    assert yard.take(offers(10)).verdict is VerdictKind.UNCHANGED
    aged(yard.leave(offers(9)), monday + timedelta(days=1))
    (held,) = yard.run()
    assert (held.verdict, stops(held)) == (QUARANTINED, ["older_than_last"])


def test_a_file_that_a_person_hands_in_may_be_as_old_as_it_likes(yard: Yard) -> None:
    yard.leave(offers(10), "offres-2026-06-02.csv")
    yard.run()
    old = yard.home / "offres-2026-06-01.csv"
    yard.leave(offers(9)).rename(old)
    aged(old, yard.at - timedelta(days=30))
    (delivery,) = ingest(yard.feed, yard.dock, drops=(handed_in(yard.feed, old),))
    assert (delivery.verdict, delivery.counts.withdrawn) == (ACCEPTED, 1)
