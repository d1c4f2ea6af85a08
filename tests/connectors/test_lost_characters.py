"""Characters that were lost before a drop came are reported, and never break the reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.reading import read
from offers.cleaners.dates import read_date
from offers.errors import Unreadable
from offers.feed import Format
from offers.thresholds import Limits

JSON, LINES = Format(kind="json"), Format(kind="jsonl")


def test_half_a_character_in_json_is_marked_and_reported(tmp_path: Path) -> None:
    drop = tmp_path / "offres.json"
    drop.write_text('[{"titre": "\\ud83d abc"}, {"titre": "entier"}]', encoding="ascii")
    batch = read(drop, drop.name, JSON, Limits())
    assert batch.frame["titre"].tolist() == ["\ufffd abc", "entier"]
    assert [finding.check for finding in batch.findings] == ["character_lost"]


def test_json_lines_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    drop = tmp_path / "offres.jsonl"
    drop.write_bytes(b'\xef\xbb\xbf{"a": "1"}\n{"a": "2"}\n')
    assert read(drop, drop.name, LINES, Limits()).frame["a"].tolist() == ["1", "2"]


def test_a_file_of_nothing_but_a_byte_order_mark_is_empty(tmp_path: Path) -> None:
    drop = tmp_path / "offres.csv"
    drop.write_bytes(b"\xef\xbb\xbf")
    with pytest.raises(Unreadable, match="no text"):
        read(drop, drop.name, Format(kind="csv"), Limits())


@pytest.mark.parametrize("text", ["2026-01-01 25:00", "22-05-2025 99:99:99", "2026-01-01T12:60:00Z"])
def test_a_time_that_no_clock_shows_is_no_date(text: str) -> None:
    assert read_date(text) == (text, None)
