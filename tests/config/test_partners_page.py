"""`docs/partners.md` is kept true: each of its blocks is a file that loads, and no key of a feed is left unsaid."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.partners import load
from connectors import KINDS
from offers.feed import ColumnSource, Feed, Filter, Limits
from offers.format import Format

PAGE = Path(__file__).resolve().parents[2] / "docs" / "partners.md"
BLOCKS = re.findall(r"^```toml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
MODELS = {word: kind.settings for word, kind in KINDS.items()}


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_each_block_of_the_page_is_a_file_that_loads(tmp_path: Path, number: int) -> None:
    (tmp_path / "rivoire.toml").write_text(BLOCKS[number], encoding="utf-8")
    assert load(tmp_path, MODELS)


def test_the_page_has_its_blocks() -> None:
    assert len(BLOCKS) == 4


@pytest.mark.parametrize("model", [Feed, Format, ColumnSource, Filter, Limits])
def test_every_key_is_shown(model: type[Feed]) -> None:
    shown = "\n".join(BLOCKS)
    filled_here = {"partner", "name", "sheet", "records"}  # `sheet` and `records` are told in the text
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key not in filled_here:
            assert re.search(rf"\b{key}\b", shown), f"docs/partners.md does not show {model.__name__}.{key}"
    assert "`records`" in PAGE.read_text(encoding="utf-8")
