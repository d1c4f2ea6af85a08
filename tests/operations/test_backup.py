"""A night, a backup, everything destroyed, a restore, and the next night as if nothing had been."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from offers.errors import CannotKeep, Declined, WarehouseUnreachable
from offers.model import Delivery
from operations.backup import backup, copy, missing_of, restore
from operations.feeds import the_feed
from operations.ingest import handed_in, ingest
from operations.privacy.purge import of_deliveries, purge
from testing.database import copy_of_pattern
from testing.servers.http import Reply
from testing.sources import Download, opened
from testing.yard import SLUG, TOML, Yard, offer, offers, open_yard, table
from warehouse.engine import open_warehouse
from warehouse.landing import Landing
from warehouse.migrate import dump

FORGES = "forges/offres"
LONG = {"keep_drops_days": 36_500}


@contextmanager
def a_place(home: Path, server: Path) -> Iterator[Yard]:
    """A yard with a database, both of its own and gone at the end."""
    home.mkdir()
    with copy_of_pattern(server) as url, open_yard(home, url) as yard:
        yield yard
    shutil.rmtree(home)


def forges(yard: Yard, rows: list[dict[str, str]]) -> Delivery:
    """Another partner, with the same columns, leaves a file."""
    toml = yard.home / "partners" / "forges.toml"
    toml.write_text(TOML.replace('"inbox"', '"forges"').replace("Ateliers", "Forges"), encoding="utf-8")
    (yard.home / "forges").mkdir(exist_ok=True)
    (yard.home / "forges" / "forges.csv").write_bytes(table(rows))
    (delivery,) = ingest(the_feed(yard.dock.settings, FORGES), yard.dock)
    return delivery


def offer_of(yard: Yard) -> dict[str, int]:
    """Which offer each standing record belongs to."""
    query = (
        "select r.feed || ' ' || r.reference, o.id from records r join offer_ids o on o.id = r.offer_id "
        "where r.withdrawn_at is null"
    )
    with yard.dock.store.warehouse.transaction() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    assert len(dict(found)) == len(found)
    return dict(found)


def sums_hold(delivery: Delivery) -> bool:
    c = delivery.counts
    return c.read == c.ignored + c.rejected + c.repeated + c.created + c.updated + c.unchanged


FORGED = [offer(f"F{number}", Site="Forges de l'Orme") for number in range(4)]
WRONG = offer("R012", CP="7500")


def the_next_night(yard: Yard) -> tuple[Delivery, Delivery]:
    """Nine offers as they were, two with another text, a new one, a wrong one; and the other partner's same bytes."""
    changed = offers(11, Description="Une autre semaine, à la forge puis au bureau d'études.")[9:]
    return yard.take([*offers(9), *changed, offer("R013"), WRONG]), forges(yard, FORGED)


def test_after_a_restore_the_next_night_goes_on_with_the_same_offers_and_the_ledgers_next_number(tmp_path, server):
    with a_place(tmp_path / "lost", server) as yard:
        yard.take([*offers(11), WRONG])
        forges(yard, FORGED)
        before, at = offer_of(yard), yard.at
        told = backup(yard.dock.settings, tmp_path / "backup")
    assert (told["deliveries"], told["drops"], len(before)) == (2, 2, 15)
    with a_place(tmp_path / "new", server) as yard:
        back = restore(yard.dock.settings, tmp_path / "backup")
        assert (back["deliveries"], back["drops"], back["missing"]) == (2, 2, [])
        assert offer_of(yard) == before
        yard.at = at
        night, again = the_next_night(yard)
        after = offer_of(yard)
    assert [(d.id, d.verdict) for d in (night, again)] == [(3, "accepted"), (4, "unchanged")]
    c = night.counts
    assert (c.read, c.unchanged, c.updated, c.created, c.rejected) == (13, 9, 2, 1, 1)
    assert sums_hold(night)
    assert sums_hold(again)
    assert (len(after), {record: after[record] for record in before}) == (16, before)


def test_a_lost_landing_stops_no_night_and_what_is_lost_is_named(yard: Yard) -> None:
    before, first = yard.at, yard.take(offers(10))
    shutil.rmtree(yard.home / "landing")
    assert missing_of(yard.dock.store.warehouse, yard.dock.landing, yard.home, yard.at + timedelta(days=1)) == []
    lost = missing_of(yard.dock.store.warehouse, yard.dock.landing, yard.home, before)
    assert lost == [f"{SLUG} offres.csv {first.sha256[:12]}"]
    assert yard.take(offers(10)).verdict == "unchanged"
    assert yard.dock.landing.kept() == {first.sha256}
    assert yard.take(offers(11)).counts.created == 1


def test_a_drop_that_was_purged_on_purpose_is_none_that_was_lost(yard: Yard) -> None:
    before, first = yard.at, yard.take(offers(10))
    feeds = {SLUG: yard.feed}
    purge(yard.dock, feeds, of_deliveries(yard.dock, [first.id or 0]))
    assert yard.dock.landing.kept() == frozenset()
    assert missing_of(yard.dock.store.warehouse, yard.dock.landing, yard.home, before) == []


@pytest.mark.standing(3)
def test_a_lost_database_is_read_again_from_the_landing_as_offers_that_are_new(yard: Yard, server: Path) -> None:
    (checksum,) = yard.dock.landing.kept()
    with copy_of_pattern(server) as url, open_yard(yard.home, url) as other:
        (again,) = ingest(other.feed, other.dock, drops=(handed_in(other.feed, other.dock.landing.fetch(checksum)),))
    assert (again.id, again.counts.created, again.sha256) == (1, 3, checksum)


@pytest.mark.standing(2)
def test_a_backup_goes_into_a_folder_of_its_own_and_comes_back_into_an_empty_database(yard, tmp_path):
    folder = tmp_path / "backup"
    backup(yard.dock.settings, folder, drops=False)
    assert folder.stat().st_mode & 0o077 == 0
    assert not (folder / "landing").exists()
    with pytest.raises(Declined, match="is not empty: each backup"):
        backup(yard.dock.settings, folder)
    with pytest.raises(Declined, match="holds 1 deliveries"):
        restore(yard.dock.settings, folder)
    (folder / "backup.json").unlink()
    with pytest.raises(Declined, match="holds no whole backup"):
        restore(yard.dock.settings, folder)


def test_after_a_restore_what_a_notebook_believes_to_be_taken_is_fetched_again(tmp_path, server, monkeypatch):
    with opened("download", tmp_path) as source:
        assert isinstance(source, Download)
        same = Reply(304)
        source.wrong = lambda asked: same if asked.headers.get("If-None-Match") == f'"{len(source.rows)}"' else None
        monkeypatch.setenv("API_TOKEN", source.secrets["API_TOKEN"])
        with a_place(tmp_path / "lost", server) as yard:
            source.leave(offers(10))
            yard.run(**source.changed())
            backup(yard.dock.settings, tmp_path / "backup")
            source.leave(offers(11))
            (newer,) = yard.run(**source.changed())
            assert yard.run(**source.changed()) == []
            state, at = (yard.home / "state").rename(tmp_path / "state"), yard.at
        with a_place(tmp_path / "new", server) as yard:
            yard.at = at
            restore(yard.dock.settings, tmp_path / "backup")
            state.rename(yard.home / "state")
            (again,) = yard.run(**source.changed())
            assert (again.sha256, again.verdict, len(yard.standing())) == (newer.sha256, "accepted", 11)
            assert yard.run(**source.changed()) == []


def test_a_damaged_drop_stops_neither_backup_nor_restore_and_is_named(tmp_path: Path, server: Path) -> None:
    with a_place(tmp_path / "lost", server) as yard:
        sound, damaged, lost = (yard.take(offers(count)) for count in (10, 11, 12))
        spoil(yard, damaged)
        yard.dock.landing.forget(lost.sha256)
        told = backup(yard.dock.settings.model_copy(update=LONG), tmp_path / "backup")
    assert told["drops"] == 1
    assert damaged.sha256 in told["damaged"][0]
    assert told["missing"] == [f"{SLUG} offres.csv {lost.sha256[:12]}"]
    with a_place(tmp_path / "new", server) as yard:
        spoil(yard, sound, folder=tmp_path / "backup" / "landing")
        back = restore(yard.dock.settings.model_copy(update=LONG), tmp_path / "backup")
        assert (back["deliveries"], back["drops"], len(back["damaged"]), len(back["missing"])) == (3, 0, 1, 3)


def test_a_restore_puts_sound_bytes_in_the_place_of_damaged_ones(yard: Yard, tmp_path: Path) -> None:
    taken = yard.take(offers(2))
    copy(yard.dock.landing, saved := Landing(str(tmp_path / "saved"), tmp_path))
    spoil(yard, taken)
    copied = copy(saved, yard.dock.landing)
    assert (copied.drops, copied.damaged) == (1, [])
    assert yard.dock.landing.fetch(taken.sha256).read_bytes() == table(offers(2))


def test_a_restore_that_the_landing_broke_off_is_done_by_a_second_try(tmp_path: Path, server: Path) -> None:
    with a_place(tmp_path / "lost", server) as yard:
        yard.take(offers(2))
        backup(yard.dock.settings, tmp_path / "backup")
    with a_place(tmp_path / "new", server) as yard:
        (yard.home / "landing").write_text("in the way")
        with pytest.raises(CannotKeep):
            restore(yard.dock.settings, tmp_path / "backup")
        (yard.home / "landing").unlink()
        back = restore(yard.dock.settings, tmp_path / "backup")
        assert (back["deliveries"], back["drops"], back["missing"]) == (1, 1, [])


def spoil(yard: Yard, delivery: Delivery, folder: Path | None = None) -> None:
    """A fault of the disk: another last byte in the kept copy."""
    path = (folder or yard.home / "landing") / delivery.sha256[:2] / delivery.sha256
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def test_a_database_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    with (
        open_warehouse("postgresql://quai:se%20cret@127.0.0.1:1/quai", tmp_path) as warehouse,
        pytest.raises(WarehouseUnreachable, match="pg_dump did not end well") as fault,
    ):
        dump(warehouse, tmp_path / "quai.dump")
    assert "cret" not in str(fault.value)
    assert list(tmp_path.iterdir()) == []
