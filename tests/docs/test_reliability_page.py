"""Each promise of `docs/reliability.md` names a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_each_promise_names_a_test_that_exists() -> None:
    rows = re.findall(r"^\| (.+) \| (.+) \|$", PAGE.partition("## The promises")[2], re.MULTILINE)[1:]
    named = {test: re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", test) for _, test in rows}
    assert len(named) > 30
    assert [test for test, found in named.items() if found is None or not _exists(found[1], found[2])] == []


def _exists(path: str, name: str) -> bool:
    file = ROOT / path
    return file.is_file() and f"\ndef {name}(" in file.read_text(encoding="utf-8")
