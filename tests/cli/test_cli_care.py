"""The commands of those who look after the dock, as other programs and people use them."""

from __future__ import annotations

from pathlib import Path

import psycopg

from testing.commands import Place, quai, told
from testing.place import take
from testing.yard import SLUG, offer, offers


def test_a_drop_is_held_listed_shown_and_released_once(place: Place) -> None:
    take(place, offers(10))
    held = take(place, [*offers(3), offer("R011")])
    _, listed = told(place, "quarantine", "list")
    assert [row["delivery"] for row in listed["quarantine"]] == [held.id]
    number = str(held.id)
    _, out, _ = quai(place, "quarantine", "show", number)
    assert "[stop]" in out
    assert "1 created, 0 updated, 3 unchanged, 7 withdrawn" in out
    assert "created: R011 · Découverte de l'atelier R011 · Lyon" in out
    assert "retour.html" in out
    status, out, err = quai(place, "quarantine", "release", number)
    assert (status, "--reason" in err) == (2, True)
    status, row = told(place, "quarantine", "release", number, "--reason", "confirmed by phone", "--by", "anne")
    assert (status, row["verdict"], row["releases"], row["withdrawn"]) == (0, "accepted", held.id, 7)
    ledger = told(place, "deliveries")[1]["deliveries"]
    assert [(entry["releases"], entry["held"]) for entry in ledger[:2]] == [
        (held.id, None),
        (None, "released"),
    ]
    status, out, err = quai(place, "quarantine", "release", number, "--reason", "again")
    assert (status, out) == (2, "")
    assert f"was released by anne as delivery {row['delivery']}" in err


def test_a_discarded_drop_says_who_and_why(place: Place) -> None:
    take(place, offers(10))
    held = take(place, offers(2))
    status, row = told(place, "quarantine", "discard", str(held.id), "--reason", "cut off")
    assert (status, row["state"], row["reason"]) == (0, "discarded", "cut off")
    assert row["by"]
    assert "Nothing waits" in quai(place, "quarantine", "list")[1]


def test_a_replay_is_rehearsed_first_and_wants_a_delivery_or_a_feed_and_a_day(place: Place) -> None:
    taken = take(place, offers(3))
    toml = Path(place["QUAI_PARTNERS"]) / "ateliers.toml"
    toml.write_text(toml.read_text(encoding="utf-8") + '[feeds.offres.constants]\nseats = "2"\n', encoding="utf-8")
    status, out, _ = quai(place, "replay", str(taken.id), "--dry-run")
    assert status == 0
    assert "3 updated" in out
    assert "Nothing was loaded." in out
    status, said = told(place, "replay", "--feed", SLUG, "--since", "2020-01-01")
    assert (status, said["deliveries"][0]["updated"], said["passed_over"]) == (0, 3, [])
    assert quai(place, "replay")[0] == 2
    assert quai(place, "replay", "--feed", SLUG)[0] == 2


def test_the_digest_says_what_to_type_and_needs_somebody_to_be_sent_to(place: Place) -> None:
    take(place, offers(10))
    status, out, _ = quai(place, "digest")
    assert (status, "all sound" in out) == (0, True)
    held = take(place, offers(2))
    status, out, _ = quai(place, "digest")
    assert (status, f"quai quarantine show {held.id}" in out) == (1, True)
    _, out, _ = quai(place, "quarantine", "show", str(held.id))
    assert (out.count("are missing from this drop"), "(Paris)" in out) == (1, True)
    status, _, err = quai(place, "digest", "--send")
    assert (status, "QUAI_ALERTS is not set" in err) == (2, True)
    assert quai(place, "alerts", "ack", SLUG, "quarantined", "--by", "anne")[0] == 0
    assert told(place, "alerts", "list")[1]["alerts"][0]["known"] == "acknowledged"
    status, out, _ = quai(place, "digest")
    assert (status, f"In hand: {SLUG} quarantined" in out) == (0, True)


def test_an_alert_address_of_no_kind_is_refused_without_showing_it(place: Place) -> None:
    status, out, err = quai({**place, "QUAI_ALERTS": "hush-hush"}, "digest")
    assert status == 2
    assert "QUAI_ALERTS must hold Apprise addresses" in err
    assert "hush-hush" not in out + err


def test_expired_offers_are_closed_once_and_counted(place: Place) -> None:
    take(place, offers(3))
    with psycopg.connect(place["QUAI_DATABASE_URL"]) as connection:
        connection.execute("update records set expires_on = '2026-01-31' where reference <> 'R003'")
    assert told(place, "expire") == (0, {"closed": 2})
    assert quai(place, "expire")[:2] == (0, "0 offers closed: their last day or their weeks are over.\n")


def test_a_feed_that_no_file_names_is_listed_first_and_given_to_another_name_by_a_rehearsed_command(place):
    take(place, offers(3))
    partners = Path(place["QUAI_PARTNERS"])
    (partners / "ateliers.toml").rename(partners / "forges.toml")
    status, out, _ = quai(place, "feeds")
    assert (status, f"quai feeds retire {SLUG} --reason" in out) == (0, True)
    assert "by hand" not in next(line for line in out.splitlines() if SLUG in line)
    first = told(place, "feeds")[1]["feeds"][0]
    assert (first["feed"], first["freshness"], first["standing"]) == (SLUG, "orphaned", 3)
    give = ("feeds", "rename", SLUG, "forges/offres", "--reason", "merged", "--by", "anne")
    status, out, _ = quai(place, *give)
    assert (status, "Nothing was changed" in out, "3 rows of records" in out) == (0, True, True)
    assert told(place, *give, "--yes")[1]["dry_run"] is False
    (feed,) = told(place, "feeds")[1]["feeds"]
    assert (feed["feed"], feed["standing"]) == ("forges/offres", 3)
    status, _, err = quai(place, "feeds", "retire", "forges/offres", "--reason", "over", "--yes")
    assert (status, "is in its partner's file" in err) == (2, True)
