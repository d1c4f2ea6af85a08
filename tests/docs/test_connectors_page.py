"""`docs/connectors.md` is kept true: its blocks load, show every key of every kind, and its tests exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.partners import load
from connectors import KINDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "connectors.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
MODELS = {word: kind.settings for word, kind in KINDS.items()}
TESTS = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_block_that_loads_and_its_section_shows_every_key(tmp_path: Path, kind: str) -> None:
    (block,) = [one for one in BLOCKS if f'kind = "{kind}"' in one.partition("[feeds.offres.format]")[0]]
    (tmp_path / "rivoire.toml").write_text(block, encoding="utf-8")
    (feed,) = load(tmp_path, MODELS).values()
    assert feed.source.kind == kind
    # An API has all keys of a download, and shows them there.
    shown = "\n".join(BLOCKS) if kind == "api" else block
    for name, field in MODELS[kind].model_fields.items():
        assert re.search(rf"^{field.alias or name} = ", shown, re.MULTILINE), f"{kind}.{name} is not shown"


def test_each_fault_of_the_table_has_its_test() -> None:
    table = PAGE.partition("| fault |")[2]
    for word in re.findall(r"`([a-z0-9_-]+)`", table):
        transport, dash, fault = word.partition("-")
        sought = f'("{transport}", "{fault}",' if dash else f"def {word}("
        assert sought in TESTS, f"no test is called {word}"


def test_each_fault_at_the_level_of_a_run_is_in_the_table() -> None:
    cases = re.findall(
        r'^    \("([a-z]+)", "([a-z0-9_]+)", \w+, ', (ROOT / "tests/story/test_faults.py").read_text(), re.MULTILINE
    )
    assert len(cases) > 30
    missing = [f"{transport}-{fault}" for transport, fault in cases if f"`{transport}-{fault}`" not in PAGE]
    assert missing == []
