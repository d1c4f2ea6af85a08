"""What is large is read by a process of its own: the same batch, and an end that refuses its drop alone."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pandas as pd
import pytest

from connectors import formats
from connectors.formats import read_here, table_bytes
from connectors.formats.bounds import TooHeavy
from connectors.reading import Grant, _why, read, read_apart
from offers.errors import FeedMisconfigured, ReaderEnded, Unreadable
from offers.feed import Limits
from offers.format import Format

CSV = Format(kind="csv")
TABLE = 'line;"é \U0001f600";\n1;Nîmes;x\n2;"a\nb";\n3;trop;de;cellules\n4;"jamais fermé\n'.encode()


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    path = tmp_path / "drop"
    path.write_bytes(TABLE)
    return path


@pytest.fixture
def instead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """A shell script stands in for the interpreter that would read."""

    def script(said: str) -> None:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{said}\n")
        path.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(path))

    return script


def test_a_drop_read_apart_is_the_same_batch_with_its_findings_and_its_lines(drop, monkeypatch):
    here = read_here(drop, "offres.csv", CSV, Limits())
    monkeypatch.setattr(formats, "TABLE_HERE", 10)
    there = read(drop, "offres.csv", CSV, Limits())
    pd.testing.assert_frame_equal(here.frame, there.frame)
    pd.testing.assert_frame_equal(here.malformed, there.malformed)
    assert (here.dialect, here.findings, here.torn) == (there.dialect, there.findings, there.torn)
    assert len(there.malformed)
    assert there.findings


def test_what_a_reader_gives_back_lies_where_the_run_says_and_not_for_long(drop, instead, tmp_path):
    left = tmp_path / "scratch" / ".reading" / "left"
    left.mkdir(parents=True)
    os.utime(left, (0, 0))
    instead(f'echo "$4" >> {tmp_path}/where; echo "$3" >> {tmp_path}/where')
    with pytest.raises(ReaderEnded):
        read_apart(drop, "offres.csv", CSV, Limits(), aside=left.parent)
    assert str(left.parent / "quai-reading-") in (tmp_path / "where").read_text()
    assert list(left.parent.iterdir()) == []


def test_what_cannot_be_read_apart_says_why_as_it_would_here(drop):
    drop.write_bytes(b"%PDF-1.4")
    with pytest.raises(Unreadable, match=r"^offres.xml: .*; expected an XML document") as told:
        read_apart(drop, "offres.xml", Format(kind="xml", record="o"), Limits())
    assert not isinstance(told.value, ReaderEnded)
    drop.write_bytes(TABLE)
    with pytest.raises(FeedMisconfigured, match="is no text encoding"):
        read_apart(drop, "offres.csv", Format(kind="csv", encoding="klingon"), Limits())


def test_a_reader_that_holds_more_than_the_feed_grants_is_ended_and_told(drop):
    with pytest.raises(ReaderEnded, match=r"more than 1 000 bytes of memory; expected less \(`limits.memory`\)"):
        read_apart(drop, "offres.csv", CSV, Limits(memory=1000))


def test_a_reader_that_aborts_ends_nothing_but_its_drop(drop, instead):
    instead("kill -ABRT $$")
    with pytest.raises(ReaderEnded, match=r"broke off \(signal 6\)"):
        read_apart(drop, "offres.csv", CSV, Limits())


def test_a_reader_knows_no_secret(drop, instead, monkeypatch, tmp_path):
    monkeypatch.setenv("LAPOSTE_SFTP_PASSWORD", "tiers-secret")
    instead(f"env > {tmp_path}/known")
    with pytest.raises(ReaderEnded):
        read_apart(drop, "offres.csv", CSV, Limits())
    known = (tmp_path / "known").read_text()
    assert "PYTHONPATH" in known
    assert "tiers-secret" not in known


@pytest.mark.parametrize(
    ("status", "why"), [(0, ""), (70, "memory"), (-signal.SIGXCPU, "time"), (-11, "signal 11"), (1, "status 1")]
)
def test_why_a_reader_ended_is_told_by_how_it_ended(status, why):
    assert _why(status) == why


def test_seconds_are_granted_for_each_25_mb_that_came():
    assert [Grant.of(Limits(), size).seconds for size in (1, 24_999_999, 400_000_000)] == [10, 10, 170]
    assert Grant.of(Limits(memory=7, seconds=2), 1) == Grant(7, 2)


def test_an_ordinary_table_of_100_mb_is_read_here_and_one_of_nothing_but_separators_is_not():
    row = b"R123456;Stage de seconde en boulangerie;" + b"Un texte, comme il en vient. " * 30 + b";75001;Paris\n"
    assert table_bytes(row * 1000) * (100_000_000 // (1000 * len(row))) < formats.MEMORY_HERE
    assert table_bytes(b";" * 1000) * 100_000 > formats.MEMORY_HERE


def test_what_is_small_and_says_much_is_read_apart(drop, monkeypatch):
    monkeypatch.setattr(formats, "MEMORY_HERE", 100)
    with pytest.raises(TooHeavy):
        read_here(drop, "offres.csv", CSV, Limits(), here=True)
    monkeypatch.setattr(formats, "TREE_HERE", 20)
    drop.write_bytes(b'[{"ref": "a name that is long enough"}]')
    with pytest.raises(TooHeavy):
        read_here(drop, "offres.json", Format(kind="json"), Limits(), here=True)
