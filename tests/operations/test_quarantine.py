"""A held drop changes nothing until a person says so; a released one is exactly its bytes; nobody decides twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from offers.errors import Declined
from offers.model import Decision, Delivery, Severity, VerdictKind
from operations.quarantine import discard, listed, release, shown
from testing.yard import SLUG, Yard, offer, offers, open_yard

Held = tuple[Yard, Delivery]
ACCEPTED, QUARANTINED = VerdictKind.ACCEPTED, VerdictKind.QUARANTINED


def decision(yard: Yard, delivery: Delivery, reason: str = "the partner confirmed by phone") -> Decision:
    yard.at += timedelta(hours=1)
    return Decision(delivery.id or 0, "anne", reason, yard.at)


def one_waits(yard: Yard) -> Delivery:
    """Ten stand, and a drop waits that lacks six, changes one and brings one."""
    yard.take(offers(10))
    delivery = yard.take([offer("R001", Intitulé="Découverte du bureau d'études"), *offers(4)[1:], offer("R011")])
    assert delivery.verdict is QUARANTINED
    return delivery


@pytest.fixture
def held(after: Callable[..., Held]) -> Held:
    return after(open_yard, one_waits)


def published(yard: Yard) -> list[str]:
    with yard.dock.store.warehouse.transaction() as connection:
        return list(connection.execute(text("select reference from offers order by 1")).scalars())


def test_nothing_of_a_held_drop_is_in_records_or_offers_and_nothing_is_withdrawn(held: Held) -> None:
    yard, waiting = held
    assert published(yard) == [f"R{n:03d}" for n in range(1, 11)]
    with yard.dock.store.warehouse.transaction() as connection:
        rows = connection.execute(text("select distinct delivery_id, withdrawn_at from records")).all()
    assert [tuple(row) for row in rows] == [((waiting.id or 0) - 1, None)]


def test_a_release_that_would_do_more_than_was_shown_is_refused_and_shows_it(held: Held) -> None:
    yard, waiting = held
    yard.leave([offer(f"N{n}", Description="Une autre semaine.") for n in range(3)], "partiel.csv")
    yard.run(scope="incremental")
    told = "9 withdrawn where 6 were shown.*Look again"
    with pytest.raises(Declined, match=told):
        release(yard.dock, decision(yard, waiting))
    assert len(yard.standing()) == 13
    assert shown(yard.dock, waiting.id or 0)["preview"]["withdrawn"] == 9
    assert release(yard.dock, decision(yard, waiting)).counts.withdrawn == 9


def test_no_finding_claims_what_did_not_become_of_the_drop(held: Held) -> None:
    yard, waiting = held
    told = [*waiting.findings, *release(yard.dock, decision(yard, waiting)).findings]
    assert {found.check for found in told} >= {"withdraws_too_much"}
    assert not [one for one in told if "Nothing was" in one.sentence or "were withdrawn" in one.sentence]


def test_a_held_drop_is_listed_with_its_stops_and_shown_with_what_it_would_change(held: Held) -> None:
    yard, waiting = held
    (row,) = listed(yard.dock)
    assert (row["delivery"], row["feed"], row["state"]) == (waiting.id, SLUG, "waiting")
    assert [stop["check"] for stop in row["stops"]] == ["withdraws_too_much"]
    seen = shown(yard.dock, waiting.id or 0)
    assert row["would"] == {"created": 1, "updated": 1, "unchanged": 3, "withdrawn": 6}
    examples = seen["preview"]["examples"]
    assert examples["created"][0]["reference"] == "R011"
    assert examples["updated"][0]["changed"] == {
        "title": ["Découverte de l'atelier R001", "Découverte du bureau d'études"]
    }
    assert [gone["reference"] for gone in examples["withdrawn"]] == [f"R{n:03d}" for n in range(5, 10)]
    assert examples["withdrawn"][0]["title"] == "Découverte de l'atelier R005"
    assert seen["report"].endswith("offres.csv.retour.html")


def test_a_release_runs_the_landed_bytes_past_the_stops_and_says_who_and_why(held: Held) -> None:
    yard, waiting = held
    released = release(yard.dock, decision(yard, waiting))
    assert (released.verdict, released.releases, released.sha256) == (ACCEPTED, waiting.id, waiting.sha256)
    assert (released.counts.created, released.counts.updated, released.counts.withdrawn) == (1, 1, 6)
    assert published(yard) == ["R001", "R002", "R003", "R004", "R011"]
    (finding,) = [found for found in released.findings if found.check == "withdraws_too_much"]
    assert finding.severity is Severity.NOTE
    assert "released by anne because « the partner confirmed by phone »" in finding.sentence
    kept = yard.dock.store.ledger.delivery(released.id or 0)
    assert kept is not None
    assert kept.releases == waiting.id
    assert listed(yard.dock) == []
    (row,) = listed(yard.dock, everything=True)
    assert (row["state"], row["by"], row["settled_by"]) == ("released", "anne", released.id)


def test_a_release_is_under_the_rules_of_today(held: Held) -> None:
    yard, waiting = held
    toml = yard.home / "partners" / "ateliers.toml"
    toml.write_text(toml.read_text() + '[feeds.offres.constants]\nseats = "2"\n', encoding="utf-8")
    with pytest.raises(Declined, match="4 updated where 1 were shown"):
        release(yard.dock, decision(yard, waiting))
    release(yard.dock, decision(yard, waiting))
    with yard.dock.store.warehouse.transaction() as connection:
        seats = connection.execute(text("select distinct seats from offers")).scalars().all()
    assert seats == [2]


@pytest.mark.parametrize("decide", [release, discard])
def test_what_was_released_is_refused_a_second_time(held: Held, decide) -> None:
    yard, waiting = held
    release(yard.dock, decision(yard, waiting))
    before = len(yard.dock.store.ledger.deliveries(SLUG))
    with pytest.raises(Declined, match="was released by anne as delivery 3, because"):
        decide(yard.dock, decision(yard, waiting))
    assert len(yard.dock.store.ledger.deliveries(SLUG)) == before


def test_a_discarded_drop_changes_nothing_and_its_bytes_are_kept(held: Held) -> None:
    yard, waiting = held
    discard(yard.dock, decision(yard, waiting, "the partner sends it again tonight"))
    assert len(published(yard)) == 10
    assert yard.dock.landing.fetch(waiting.sha256).exists()
    with pytest.raises(Declined, match="was discarded by anne"):
        release(yard.dock, decision(yard, waiting))


def test_a_later_good_drop_supersedes_what_waits_and_the_ledger_says_so(held: Held) -> None:
    yard, waiting = held
    good = yard.take(offers(9))
    assert good.verdict is ACCEPTED
    (note,) = [found for found in good.findings if found.check == "supersedes_waiting"]
    assert f"delivery {waiting.id} waits no longer" in note.sentence
    assert listed(yard.dock) == []
    (row,) = listed(yard.dock, everything=True)
    assert (row["state"], row["said"]) == ("superseded", f"was superseded by delivery {good.id}, which came later")
    with pytest.raises(Declined, match="superseded"):
        release(yard.dock, decision(yard, waiting))


def test_the_former_file_again_supersedes_what_waits(held: Held) -> None:
    yard, _ = held
    assert yard.take(offers(10)).verdict is VerdictKind.UNCHANGED
    assert listed(yard.dock) == []


def test_a_drop_of_an_incremental_feed_goes_on_waiting_for_it_holds_what_no_other_does(yard: Yard) -> None:
    yard.take(offers(3), scope="incremental")
    waiting = yard.take(offers(4, CP="7500"), scope="incremental")
    yard.take([offer("R009")], scope="incremental")
    assert [row["delivery"] for row in listed(yard.dock)] == [waiting.id]


def test_the_same_bad_bytes_again_wait_once(held: Held) -> None:
    yard, first = held
    rows = [offer("R001", Intitulé="Découverte du bureau d'études"), *offers(4)[1:], offer("R011")]
    second = yard.take(rows)
    assert [row["delivery"] for row in listed(yard.dock)] == [second.id]
    assert shown(yard.dock, first.id or 0)["settled_by"] == second.id


def test_a_newer_bad_drop_goes_on_waiting_when_an_older_one_is_released(held: Held) -> None:
    yard, older = held
    newer = yard.take(offers(2))
    release(yard.dock, decision(yard, older))
    assert [row["delivery"] for row in listed(yard.dock)] == [newer.id]


def test_a_drop_that_could_not_be_fetched_whole_withdraws_nothing_when_it_is_released(held):
    yard, waiting = held
    with yard.dock.store.warehouse.transaction() as connection:
        connection.execute(text("update deliveries set complete = false where id = :id"), {"id": waiting.id})
    assert release(yard.dock, decision(yard, waiting)).counts.withdrawn == 0


def test_a_released_drop_is_not_when_the_source_was_last_asked(held: Held) -> None:
    yard, waiting = held
    asked = yard.dock.store.ledger.last_collected(SLUG)
    release(yard.dock, decision(yard, waiting))
    assert yard.dock.store.ledger.last_collected(SLUG) == asked


def test_a_delivery_that_never_waited_or_does_not_exist_is_refused(yard: Yard) -> None:
    taken = yard.take(offers(2))
    with pytest.raises(Declined, match="was never quarantined: it was accepted"):
        release(yard.dock, decision(yard, taken))
    with pytest.raises(Declined, match="no delivery 99"):
        shown(yard.dock, 99)
