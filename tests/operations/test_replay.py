"""Landed bytes run again: rehearsed without a trace, in order, never back in time, and the second time for nothing."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from offers.errors import Declined
from operations.quarantine import listed
from operations.replay import of_delivery, rehearse, replay, since
from testing.yard import SLUG, Yard, offer, offers

DAY = date(2026, 3, 2)


def two_seats(yard: Yard) -> None:
    yard.correct("[feeds.offres.mapping]", '[feeds.offres.constants]\nseats = "2"\n[feeds.offres.mapping]')


def seats(yard: Yard) -> dict[str, int]:
    with yard.dock.store.warehouse.transaction() as connection:
        return dict(map(tuple, connection.execute(text("select reference, seats from offers"))))


def test_the_newest_drop_is_replayed_under_the_corrected_mapping(yard: Yard) -> None:
    taken = yard.take(offers(3))
    two_seats(yard)
    (row,) = replay(yard.dock, of_delivery(yard.dock, taken.id or 0))
    assert (row["verdict"], row["updated"], row["replays"], row["sha256"]) == ("accepted", 3, taken.id, taken.sha256)
    assert set(seats(yard).values()) == {2}


def test_the_same_replay_again_finds_everything_unchanged(yard: Yard) -> None:
    taken = yard.take(offers(3))
    two_seats(yard)
    plan = of_delivery(yard.dock, taken.id or 0)
    replay(yard.dock, plan)
    (again,) = replay(yard.dock, plan)
    assert (again["unchanged"], again["created"], again["updated"], again["withdrawn"]) == (3, 0, 0, 0)


def test_a_rehearsal_says_what_would_change_and_writes_nothing(yard: Yard) -> None:
    taken = yard.take([*offers(3), offer("R004", Secteur="Usinage")])
    assert taken.counts.rejected == 1
    yard.correct("[[feeds.offres.filter]]", '[feeds.offres.lookups.sector]\n"Usinage" = "s37"\n[[feeds.offres.filter]]')
    before = yard.everything()
    (row,) = rehearse(yard.dock, of_delivery(yard.dock, taken.id or 0))
    assert (row["before"]["rejected"], row["after"]["rejected"]) == (1, 0)
    assert (row["after"]["created"], row["after"]["unchanged"]) == (1, 3)
    assert yard.everything() == before
    (done,) = replay(yard.dock, of_delivery(yard.dock, taken.id or 0))
    assert done["after"] == row["after"]


def test_a_replay_that_would_do_more_than_its_rehearsal_showed_is_refused_until_told_again(yard: Yard) -> None:
    taken = yard.take(offers(10))
    rehearse(yard.dock, of_delivery(yard.dock, taken.id or 0))
    two_seats(yard)
    plan = of_delivery(yard.dock, taken.id or 0)
    with pytest.raises(Declined, match=r"10 updated where 0 were shown.*Nothing of it was changed"):
        replay(yard.dock, plan)
    assert set(seats(yard).values()) == {1}
    assert [row["updated"] for row in replay(yard.dock, plan)] == [10]
    yard.correct('seats = "2"', 'seats = "3"')
    replay(yard.dock, of_delivery(yard.dock, taken.id or 0))  # what was shown is done; nobody looked since
    assert set(seats(yard).values()) == {3}


@pytest.mark.standing(10)
def test_what_was_shown_to_be_held_was_shown_to_do_nothing(yard: Yard) -> None:
    held = yard.take(yard.leave(offers(9)).read_bytes().replace(b"Secteur", b"Famille"))
    (row,) = rehearse(yard.dock, of_delivery(yard.dock, held.id or 0))
    assert row["after"]["verdict"] == "quarantined"
    yard.correct('sector = "Secteur"', 'sector = "Famille"')
    with pytest.raises(Declined, match="1 withdrawn where 0 were shown"):
        replay(yard.dock, of_delivery(yard.dock, held.id or 0))
    assert len(yard.standing()) == 10


def test_an_older_drop_is_refused_for_it_would_roll_the_feed_back(yard: Yard) -> None:
    first, second = yard.take(offers(10)), yard.take(offers(9))
    with pytest.raises(Declined, match=f"would roll the feed back.*quai replay {second.id}"):
        of_delivery(yard.dock, first.id or 0)
    assert replay(yard.dock, of_delivery(yard.dock, first.id or 0, force=True))[0]["created"] == 1


def test_of_a_full_feed_only_the_newest_drop_is_replayed(yard: Yard) -> None:
    deliveries = [yard.take(offers(10 - night)) for night in range(3)]
    two_seats(yard)
    plan = since(yard.dock, SLUG, DAY)
    assert [d.id for d in plan.run] == [deliveries[2].id]
    assert [d.id for d in plan.passed_over] == [d.id for d in deliveries[:2]]
    replay(yard.dock, plan)
    assert seats(yard) == dict.fromkeys((f"R{n:03d}" for n in range(1, 9)), 2)


@pytest.mark.standing(3)
def test_a_drop_held_for_a_renamed_header_is_taken_once_the_mapping_follows(yard: Yard) -> None:
    renamed = yard.leave(offers(3)).read_bytes().replace(b"Secteur", b"Famille")
    waiting = yard.take(renamed)
    assert waiting.verdict == "quarantined"
    yard.correct('sector = "Secteur"', 'sector = "Famille"')
    (_, row) = replay(yard.dock, since(yard.dock, SLUG, DAY))
    assert (row["verdict"], row["unchanged"], row["replays"]) == ("accepted", 3, waiting.id)
    assert listed(yard.dock) == []


def test_the_drops_of_an_incremental_feed_are_replayed_in_order_and_nothing_older_shows(yard: Yard) -> None:
    yard.correct('title = "Offres des Ateliers"', 'title = "Offres des Ateliers"\nscope = "incremental"')
    yard.take(offers(3), scope="incremental")
    yard.take([offer("R003", Adresse="14 rue des Forges"), offer("R004")], scope="incremental")
    two_seats(yard)
    plan = since(yard.dock, SLUG, DAY)
    rehearsed = [row["after"] for row in rehearse(yard.dock, plan)]
    first, second = replay(yard.dock, plan)
    assert [first["after"], second["after"]] == rehearsed
    assert (first["updated"], first["unchanged"], second["updated"]) == (2, 1, 2)
    with yard.dock.store.warehouse.transaction() as connection:
        street = connection.execute(text("select street from offers where reference = 'R003'")).scalar()
    assert street == "14 rue des Forges"
    again = replay(yard.dock, since(yard.dock, SLUG, DAY))
    assert [row["updated"] + row["created"] for row in again] == [0, 0]
    assert len(again) == 2


def test_a_discarded_drop_is_not_replayed(yard: Yard) -> None:
    from offers.model import Decision
    from operations.quarantine import discard

    yard.take(offers(10))
    waiting = yard.take(offers(2))
    discard(yard.dock, Decision(waiting.id or 0, "anne", "cut off", yard.at))
    assert waiting.id not in [d.id for d in since(yard.dock, SLUG, DAY).run]
