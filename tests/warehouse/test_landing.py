"""The landing keeps each drop's bytes once, under their checksum, and never alters them."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from offers.errors import CannotKeep, Unreachable
from offers.model import Drop
from warehouse.landing import Landing, checksum_of

NOW = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
BYTES = b"reference;titre\r\n1;\xc9t\xe9\r\n"
CHECKSUM = sha256(BYTES).hexdigest()


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(str(tmp_path / "landing"), tmp_path)


def drop(folder: Path, name: str = "offres.csv", content: bytes = BYTES) -> Drop:
    path = folder / name
    path.write_bytes(content)
    return Drop("a/b", name, path, len(content), NOW, "the inbox")


def files(landing: Landing) -> list[str]:
    return sorted(str(p.relative_to(landing.root)) for p in Path(landing.root).rglob("*") if p.is_file())


def test_bytes_are_kept_as_they_are_under_their_checksum_with_their_name_beside(landing, tmp_path):
    landed = landing.keep(drop(tmp_path))
    assert (landed.sha256, landed.size, landed.name) == (CHECKSUM, len(BYTES), "offres.csv")
    assert landing.fetch(landed).read_bytes() == BYTES
    assert Path(landed.uri).read_bytes() == BYTES
    assert files(landing) == [f"{CHECKSUM[:2]}/{CHECKSUM}", f"{CHECKSUM[:2]}/{CHECKSUM}.json"]
    assert landing.about(CHECKSUM) == {
        "feed": "a/b", "name": "offres.csv", "size": len(BYTES), "arrived_at": "2026-03-02T04:30:00+00:00",
    }  # fmt: skip


def test_what_a_server_said_of_the_encoding_is_kept_beside_the_bytes(landing, tmp_path):
    assert landing.encoding(landing.keep(drop(tmp_path)).sha256) is None
    landing.keep(replace(drop(tmp_path), encoding="iso-8859-1"))
    assert landing.encoding(CHECKSUM) == "iso-8859-1"
    assert landing.about(CHECKSUM)["name"] == "offres.csv"


def test_the_same_bytes_under_another_name_are_kept_once_and_remember_the_first_name(landing, tmp_path):
    first = landing.keep(drop(tmp_path))
    inode = landing.fetch(first).stat().st_ino
    second = landing.keep(drop(tmp_path, "encore.csv"))
    assert (second.sha256, second.name) == (CHECKSUM, "encore.csv")
    assert landing.fetch(second).stat().st_ino == inode
    assert landing.about(CHECKSUM)["name"] == "offres.csv"
    assert len(files(landing)) == 2


def test_an_empty_drop_is_kept_too(landing, tmp_path):
    assert landing.keep(drop(tmp_path, content=b"")).size == 0


@pytest.mark.parametrize("damage", [b"damaged", b"", BYTES[:-1] + b"?"])
def test_a_damaged_copy_is_not_read_and_the_same_file_left_again_replaces_it(landing, tmp_path, caplog, damage):
    landed = landing.keep(drop(tmp_path))
    Path(landed.uri).write_bytes(damage)
    with pytest.raises(CannotKeep, match=r"not those of this checksum.*not the partner's file"):
        landing.fetch(landed)
    assert "damaged" not in caplog.text
    landing.keep(drop(tmp_path, "encore.csv"))
    assert landing.fetch(landed).read_bytes() == BYTES
    assert "the kept copy was damaged" in caplog.text
    assert len(files(landing)) == 2


def test_what_a_power_cut_left_empty_beside_the_bytes_is_written_anew(landing, tmp_path):
    landed = landing.keep(drop(tmp_path))
    Path(landed.uri + ".json").write_bytes(b"")
    with pytest.raises(CannotKeep, match="missing or damaged"):
        landing.about(CHECKSUM)
    landing.keep(drop(tmp_path))
    assert landing.about(CHECKSUM)["name"] == "offres.csv"


def test_kept_bytes_are_read_for_their_checksum_once_and_again_when_they_were_touched(landing, tmp_path, monkeypatch):
    landing.keep(drop(tmp_path))
    fresh, read = Landing(landing.root, tmp_path), []
    real = checksum_of
    monkeypatch.setattr("warehouse.landing.checksum_of", lambda path: read.append(path) or real(path))
    for _ in range(3):
        fresh.keep(drop(tmp_path))
        fresh.fetch(CHECKSUM)
    assert len(read) == 1
    fresh.fetch(CHECKSUM).touch()
    fresh.fetch(CHECKSUM)
    assert len(read) == 2


def test_the_drops_to_look_at_are_the_newest_and_a_few_others(landing, tmp_path):
    kept = [landing.keep(drop(tmp_path, content=b"%d" % number)) for number in range(9)]
    for number, landed in enumerate(kept, start=1):
        os.utime(landed.uri, (number, number))
    chosen = landing.sample(2, 3)
    assert chosen[:2] == [kept[8].sha256, kept[7].sha256]
    assert len(set(chosen)) == 5
    assert len(landing.sample(20, 20)) == 9


def test_a_drop_that_grows_while_it_is_read_is_to_be_tried_again(landing, tmp_path, monkeypatch):
    growing = drop(tmp_path)
    real = os.fstat

    def grown(number):
        with growing.path.open("ab") as file:
            file.write(b"2;Suite\r\n")
        return real(number)

    monkeypatch.setattr("warehouse.landing.os.fstat", grown)
    with pytest.raises(Unreachable, match="changed while it was read"):
        landing.keep(growing)
    assert files(landing) == []


def test_a_drop_that_vanished_is_to_be_tried_again(landing, tmp_path):
    gone = drop(tmp_path)
    gone.path.unlink()
    with pytest.raises(Unreachable, match=r"offres\.csv cannot be read"):
        landing.keep(gone)


def test_a_full_disk_leaves_nothing_half_kept(landing, tmp_path, monkeypatch):
    def full(_number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("warehouse.landing.os.fsync", full)
    with pytest.raises(CannotKeep, match=r"No space left on device.*QUAI_LANDING"):
        landing.keep(drop(tmp_path))
    assert files(landing) == []


def test_a_landing_that_is_no_folder_is_said_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotKeep, match="cannot keep or find a drop"):
        Landing(str(tmp_path / "file"), tmp_path).keep(drop(tmp_path))


def test_an_unknown_checksum_is_said_so(landing):
    with pytest.raises(CannotKeep, match="no drop is kept under this checksum"):
        landing.fetch("0" * 64)


def test_a_remote_landing_gives_a_checked_local_copy_below_our_own_home(tmp_path):
    left = tmp_path / "scratch" / ".landing" / ("0" * 64)
    left.parent.mkdir(parents=True)
    left.touch()
    os.utime(left, (0, 0))
    landing = Landing(f"memory://landing-{tmp_path.name}", tmp_path)
    landed = landing.keep(drop(tmp_path))
    assert landed.uri.startswith("memory://")
    copy = landing.fetch(landed)
    assert (copy.parent, copy.read_bytes()) == (left.parent, BYTES)
    assert not left.exists()  # of a run of another day
    landing.fetch(landed).write_bytes(b"tampered with")
    assert landing.fetch(CHECKSUM).read_bytes() == BYTES
