"""Each promise of `docs/reliability.md` is the name of a test, in the file that it names."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_each_promise_is_a_test_that_exists() -> None:
    rows = re.findall(
        r"^\|[^|]*\| (.+) \| `(tests/[\w/]+\.py)` \|$", PAGE.partition("## The promises")[2], re.MULTILINE
    )
    promised = [(path, promise) for told, path in rows for promise in re.sub(r"\(.*?\) ", "", told).split("; ")]
    assert len(promised) > 45
    assert [one for one in promised if _letters(one[1]) not in _tests(one[0])] == []


def _tests(path: str) -> set[str]:
    file = ROOT / path
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    return {_letters(name) for name in re.findall(r"^def test_(\w+)\(", text, re.MULTILINE)}


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", text.lower())
