"""What is kept too long goes when it is told to, and only then; the ledger stays, and what went is written down."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from connectors.files import cut_once
from offers.errors import Declined
from offers.model import Drop
from operations.privacy.purge import ENDINGS, by_age, of_deliveries, planned, purge
from testing.people import CAMILLE, SACHA, naming, reading_contacts, sheet
from testing.yard import SLUG, Yard, offer, offers

LATER = timedelta(days=91)


@pytest.fixture
def now(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> Yard:
    """The yard's hour is that of the disk, which dates what is moved away; the database's clock goes with it."""
    yard.at = datetime.now(UTC)
    monkeypatch.setattr("warehouse.engine.Warehouse.clock", lambda warehouse: yard.at)
    return reading_contacts(yard)


def run(yard: Yard, *deliveries: int) -> dict[str, Any]:
    plan = of_deliveries(yard.dock, deliveries) if deliveries else by_age(yard.dock, clock_is_right=True)
    return purge(yard.dock, {SLUG: yard.feed}, plan)


def rows(yard: Yard, query: str) -> list[Any]:
    with yard.dock.store.warehouse.transaction() as connection:
        return list(connection.execute(text(query)).scalars())


def bad(reference: str) -> dict[str, str]:
    return offer(reference, CP="7500")


def test_a_rehearsal_names_what_a_purge_takes_and_touches_nothing(now: Yard) -> None:
    now.take([*offers(8), bad("R009")])
    now.at += LATER
    told = planned(now.dock, {SLUG: now.feed}, by_age(now.dock, clock_is_right=True))
    assert [old["name"] for old in told["drops"]] == ["offres.csv"]
    assert (told["lines"]["rejections"], len(told["copies"])) == (1, 5)
    assert now.dock.landing.kept() == {told["drops"][0]["sha256"]}
    assert not (now.home / "purges").exists()
    went = run(now)
    assert [went[name] for name in ("drops", "lines", "contacts")] == [
        told[name] for name in ("drops", "lines", "contacts")
    ]


def test_a_clock_that_is_not_the_databases_takes_nothing_away(yard: Yard) -> None:
    yard.at = datetime.now(UTC) + timedelta(days=800)
    yard.take(offers(3))
    with pytest.raises(Declined, match=r"the database's 2.*nothing was taken away"):
        by_age(yard.dock, clock_is_right=True)


def test_a_jump_of_both_clocks_takes_nothing_away_until_a_person_says_that_it_is_right(now: Yard) -> None:
    now.take(offers(3))
    by_age(now.dock)
    now.at += LATER
    with pytest.raises(Declined, match=r"the last purge, or else delivery, was on.*--clock-is-right"):
        by_age(now.dock)
    assert len(run(now)["drops"]) == 1
    by_age(now.dock)
    now.at += LATER
    now.take(offers(4))  # drops go on coming under the wrong clock
    with pytest.raises(Declined, match="more than 35 days ago"):
        by_age(now.dock)


def test_returns_of_a_long_name_go_with_their_drop_also_those_that_an_older_quai_cut(now: Yard) -> None:
    name = "x" * 247 + ".csv"
    now.leave([*offers(8), bad("R009")], name)
    (delivery,) = now.run()
    outbox = now.inbox / "outbox"
    assert {path.name.removeprefix(delivery.drop) for path in outbox.iterdir()} == set(ENDINGS)
    assert delivery.drop.endswith(".csv")
    old = outbox / cut_once(delivery.drop + ".retour.html")
    old.touch()
    assert len(run(now, 1)["copies"]) == 6
    assert not list(outbox.iterdir())


def test_the_ledger_and_what_stands_outlive_the_bytes(now: Yard) -> None:
    delivery = now.take([*offers(8), bad("R009")])
    now.at += LATER
    run(now)
    assert now.dock.landing.kept() == frozenset()
    assert [path for path in now.inbox.rglob("*") if path.is_file()] == []
    kept = now.dock.store.ledger.delivery(delivery.id or 0)
    assert kept is not None
    assert kept.counts == delivery.counts
    assert now.dock.store.ledger.rejections(delivery.id or 0).empty
    assert len(now.standing()) == 8
    assert now.take([*offers(8), bad("R009")]).verdict == "unchanged"


def test_age_counts_from_the_last_time_that_the_bytes_came(now: Yard) -> None:
    first = now.take([*offers(8), bad("R009")])
    now.at += timedelta(days=60)
    assert now.take([*offers(8), bad("R009")]).verdict == "unchanged"
    now.at += timedelta(days=60)
    assert (run(now)["drops"], len(now.dock.store.ledger.rejections(first.id or 0))) == ([], 1)


def test_what_waits_in_quarantine_is_kept_and_a_person_discards_it_first(now: Yard) -> None:
    now.take(offers(10))
    held = now.take(offers(2))
    now.at += LATER
    assert [old["sha256"] for old in run(now)["drops"]] != [held.sha256]
    assert now.dock.landing.kept() == {held.sha256}
    with pytest.raises(Declined, match=f"delivery {held.id} wait in quarantine"):
        run(now, held.id or 0)


def test_one_delivery_goes_at_once_whatever_its_age(now: Yard) -> None:
    first, second = now.take(offers(8)), now.take(offers(9))
    told = run(now, first.id or 0)
    assert [old["sha256"] for old in told["drops"]] == [first.sha256]
    assert now.dock.landing.kept() == {second.sha256}
    with pytest.raises(Declined, match="no delivery 99 in the ledger"):
        run(now, 99)


def test_a_file_that_is_no_drop_of_ours_stays_in_the_archive(now: Yard) -> None:
    now.take(offers(3))
    other = now.inbox / "archive" / "notes.txt"
    other.write_text("the partner's own")
    now.at += LATER
    run(now)
    assert other.exists()


def test_bytes_that_no_ledger_knows_go_by_their_own_date(now: Yard) -> None:
    path = now.leave(offers(3))
    now.dock.landing.keep(Drop(SLUG, path.name, path, path.stat().st_size, now.at, str(path)))
    assert run(now)["drops"] == []
    now.at += LATER
    assert [old["feed"] for old in run(now)["drops"]] == [SLUG]
    assert now.dock.landing.kept() == frozenset()


def test_bytes_whose_name_beside_them_is_damaged_are_named_and_stop_nothing_else(now: Yard) -> None:
    lost = now.leave(offers(3), "lost.csv")
    landed = now.dock.landing.keep(Drop(SLUG, lost.name, lost, lost.stat().st_size, now.at, str(lost)))
    Path(f"{now.dock.landing.fetch(landed)}.json").write_text("{", encoding="utf-8")
    lost.unlink()
    taken = now.take(offers(4))
    now.at += LATER
    told = planned(now.dock, {SLUG: now.feed}, by_age(now.dock, clock_is_right=True))
    for said in (told, run(now)):
        assert [old["sha256"] for old in said["drops"]] == [taken.sha256]
        (left,) = said["left"]
        assert left["what"] == f"bytes {landed.sha256[:12]} of no delivery"
        assert "missing or damaged" in left["why"]
    assert now.dock.landing.kept() == {landed.sha256}


def test_a_contact_goes_when_its_offer_closes_and_comes_back_with_it(now: Yard) -> None:
    standing = [naming(SACHA, f"R{number:03d}") for number in range(1, 9)]
    now.take(sheet(naming(CAMILLE, "R009"), *standing))
    now.take(sheet(*standing))
    assert run(now)["contacts"] == {"records": 1, "record_versions": 1}
    told = "select contact_email from records where contact_email is not null"
    assert set(rows(now, told)) == {"sacha@rivoire.example"}
    assert rows(now, told.replace("records", "record_versions")) == []
    now.take(sheet(naming(CAMILLE, "R009"), *standing))
    assert "camille@rivoire.example" in rows(now, told)


def test_a_former_contact_of_an_open_offer_is_kept_with_it(now: Yard) -> None:
    now.take(sheet(*(naming(CAMILLE, f"R{number:03d}") for number in range(1, 4))))
    now.take(sheet(*(naming(SACHA, f"R{number:03d}") for number in range(1, 4))))
    assert run(now)["contacts"] == {"records": 0, "record_versions": 0}


def test_a_contact_goes_when_its_offer_expires(now: Yard) -> None:
    now.take(sheet(naming(CAMILLE, "R001")))
    rows(now, "update records set expires_on = current_date + 10 returning 1")
    now.at += timedelta(days=9)
    assert run(now)["contacts"]["records"] == 0
    now.at += timedelta(days=3)
    assert run(now)["contacts"]["records"] == 1


def test_what_went_is_written_down_and_looked_for_again(now: Yard) -> None:
    delivery = now.take([*offers(8), bad("R009")])
    now.at += LATER
    said = run(now)
    proof = json.loads(Path(said["proof"]).read_text(encoding="utf-8"))
    assert proof["drops"][0] | {"last_came": ""} == {
        "feed": SLUG, "sha256": delivery.sha256, "name": "offres.csv", "size": said["bytes"], "last_came": "",
    }  # fmt: skip
    still = proof["still_due"]
    assert (still["drops"], still["copies"], set(still["lines"].values()), still["contacts"]["records"]) == (
        0,
        0,
        {0},
        0,
    )


def test_a_feed_that_runs_is_left_for_the_next_purge(now: Yard) -> None:
    now.take(offers(3))
    now.at += LATER
    with now.dock.store.lock(SLUG):
        said = run(now)
    assert said["drops"] == []
    assert "another run of this feed" in said["left"][0]["why"]
    assert said["still_due"]["drops"] == 1
