"""What is remembered of a feed's lines: a night that goes by it ends as any other, and it goes with the bytes."""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from offers.model import Delivery, VerdictKind
from operations.privacy.contacts import erase, export
from operations.privacy.purge import of_deliveries, purge
from operations.replay import rehearse
from operations.replay import since as all_since
from testing.database import copy_of_pattern
from testing.people import CAMILLE, SACHA, naming, reading_contacts, sheet
from testing.yard import SLUG, Yard, offer, offers, open_yard

ACCEPTED, QUARANTINED = VerdictKind.ACCEPTED, VerdictKind.QUARANTINED
SAID = {
    "records": "* exclude id, created_at, updated_at, sketch, offer_id",
    "record_versions": "reference, change, title, content_hash, line, delivery_id",
    "rejections": "*",
    "repairs": "*",
    "ignored_lines": "*",
    "repeated_lines": "*",
    "findings": "*",
    "offers": "reference, title, seats",
    "deliveries": "id, verdict, read, ignored, rejected, repeated, created, updated, unchanged, withdrawn, repaired",
}


def walked(delivery: Delivery) -> bool:
    """Whether any line of it was cleaned."""
    return "clean" in delivery.stages


def memory(yard: Yard) -> Path:
    return yard.home / "landing" / "memory" / SLUG


def stands(yard: Yard) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    with yard.dock.store.warehouse.transaction() as connection:
        for table, columns in SAID.items():
            left = {name.strip() for name in columns.partition("exclude")[2].split(",")}
            rows = connection.execute(text(f"select {columns.partition(' exclude')[0]} from {table}")).mappings()
            kept = [{name: said for name, said in row.items() if name not in left} for row in rows]
            found[table] = sorted(map(repr, kept))
    return found


def night(pick: random.Random, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """What the partner sends next: a few edited, one refused, one ended by its filter, one twice, others moved."""
    rows = [dict(row) for row in rows if pick.random() > 0.04]
    for row in pick.sample(rows, 3):
        row["Intitulé"] += " !"
    pick.choice(rows)["CP"] = pick.choice(("7500", "69003"))
    pick.choice(rows)["Description"] = "<p>Une équipe</p><p>Un métier &amp; demi, 01 40 50 60 70</p>"
    pick.choice(rows)["Type"] = pick.choice(("CDI", "Stage"))
    rows += [dict(pick.choice(rows)), offer(f"N{pick.randint(0, 999):03d}", Ville="LYON 03")]
    pick.shuffle(rows)
    return rows


def test_a_season_that_goes_by_what_is_remembered_ends_as_one_that_walks_every_line(server: Path, tmp_path: Path):
    pick, rows = random.Random(7), offers(40)  # noqa: S311  # no secret hangs on it
    with ExitStack() as stack:
        yards = []
        for name in ("short", "whole"):
            (tmp_path / name).mkdir()
            yards.append(stack.enter_context(open_yard(tmp_path / name, stack.enter_context(copy_of_pattern(server)))))
        short, whole = yards
        whole.dock = replace(whole.dock, whole=True)
        for number in range(5):
            mapping = {"lookups": {"sector": {"Mécanique": "s10"}}} if number == 3 else {}
            one, other = (yard.take(rows, **mapping) for yard in yards)
            assert (one.verdict, one.counts) == (other.verdict, other.counts)
            rows = night(pick, rows)
        assert stands(short) == stands(whole)
        returns = [sorted((yard.inbox / "outbox").glob("*.retour.csv")) for yard in yards]
        assert [path.read_bytes() for path in returns[0]] == [path.read_bytes() for path in returns[1]]


@pytest.mark.standing(8)
def test_what_came_before_is_not_walked_and_what_is_new_is(yard: Yard) -> None:
    same = yard.take(offers(8)[::-1])
    assert (same.verdict, same.counts.unchanged, walked(same)) == (ACCEPTED, 8, False)
    more = yard.take([*offers(8), offer("R009")])
    assert (more.counts.created, more.counts.unchanged, walked(more)) == (1, 8, True)
    yard.dock = replace(yard.dock, whole=True)
    assert walked(yard.take(offers(9)[::-1]))


@pytest.mark.standing(8)
@pytest.mark.parametrize("harm", ["cut off", "torn", "another's", "gone"])
def test_a_memory_that_is_not_whole_or_another_feeds_is_not_believed(yard: Yard, harm: str) -> None:
    path = memory(yard)
    kept = path.read_bytes()
    if harm == "gone":
        path.unlink()
    else:
        middle = len(kept) // 2
        torn = kept[:middle] + bytes([kept[middle] ^ 1]) + kept[middle + 1 :]
        other = kept.replace(b"ateliers", b"atelierz")
        path.write_bytes({"cut off": kept[:-9], "torn": torn, "another's": other}[harm])
    again = yard.take(offers(8)[::-1])
    assert (again.verdict, again.counts.unchanged, walked(again)) == (ACCEPTED, 8, True)
    assert not walked(yard.take(offers(8)))


@pytest.mark.standing(8)
def test_what_waits_or_is_only_rehearsed_is_remembered_nowhere(yard: Yard) -> None:
    kept = memory(yard).read_bytes()
    assert yard.take(offers(3)).verdict is QUARANTINED
    rehearse(yard.dock, all_since(yard.dock, SLUG, yard.at.date()))
    assert memory(yard).read_bytes() == kept


def learnt(yard: Yard) -> None:
    for count in (20, 21, 22):
        assert yard.take(offers(count)).verdict is ACCEPTED


@pytest.mark.standing(by=learnt)
def test_a_rule_of_ours_that_changes_every_record_is_told_as_ours_and_stops_nothing(yard: Yard) -> None:
    told = yard.take(offers(22)[::-1], lookups={"sector": {"Mécanique": "s10"}})
    assert (told.verdict, told.counts.updated) == (ACCEPTED, 22), told.findings
    assert "remade_by_our_rules" in {finding.check for finding in told.findings}
    again = yard.take(offers(22), lookups={"sector": {"Mécanique": "s10"}})
    assert again.counts.unchanged == 22
    assert "remade_by_our_rules" not in {finding.check for finding in again.findings}


@pytest.mark.standing(by=learnt)
def test_under_a_changed_rule_what_the_partner_changed_still_counts_as_hers(yard: Yard) -> None:
    garbled = [{**row, "Intitulé": row["Intitulé"].replace("é", "?")} for row in offers(22)]
    told = yard.take(garbled, lookups={"sector": {"Mécanique": "s10"}})
    assert told.verdict is QUARANTINED
    assert "updates_too_much" in {finding.check for finding in told.findings}


def test_an_erasure_forgets_all_that_is_remembered_and_the_export_names_it(yard: Yard) -> None:
    reading_contacts(yard)
    yard.take(sheet(naming(CAMILLE, "R001", Intitulé="  Atelier de Camille Exemple"), naming(SACHA, "R002")))
    named = export(yard.dock, {SLUG: yard.feed}, "Camille Exemple")["files"]
    assert {"path": f"landing/memory/{SLUG}", "deed": "deleted"} in named
    said = erase(yard.dock, {SLUG: yard.feed}, "Camille Exemple", drops=False, by="anne", reason="asked")
    assert not memory(yard).exists()
    assert not [path for path in said["still_files"] if "memory" in path]


def test_with_the_bytes_of_a_feed_goes_what_is_remembered_of_them(yard: Yard) -> None:
    delivery = yard.take(offers(3))
    assert memory(yard).exists()
    purge(yard.dock, {SLUG: yard.feed}, of_deliveries(yard.dock, [delivery.id or 0]))
    assert not memory(yard).exists()
