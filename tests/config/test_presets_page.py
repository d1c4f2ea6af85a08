"""`docs/presets.md` is kept true: each of its blocks loads, and its table says what each needs and leaves out."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from config.partners import load
from config.presets import FOLDER, names
from connectors import KINDS
from offers.columns import REQUIRED

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "presets.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ROWS = {
    cells[0].strip("`"): dict(zip(("system", "with", "secrets", "pages", "total", "constants"), cells[1:], strict=True))
    for cells in (
        [cell.strip() for cell in line.strip("|").split(" | ")] for line in re.findall(r"^\| `.*$", PAGE, re.M)
    )
}


def told(name: str, cell: str) -> set[str]:
    """The words in code of one cell of the table."""
    return set(re.findall(r"`([^`]+)`", ROWS[name][cell]))


def text(name: str) -> str:
    return (FOLDER / f"{name}.toml").read_text(encoding="utf-8")


def preset(name: str) -> dict[str, Any]:
    return tomllib.loads(text(name))


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_each_block_of_the_page_is_a_file_that_loads(tmp_path: Path, number: int) -> None:
    (tmp_path / "rivoire.toml").write_text(BLOCKS[number], encoding="utf-8")
    assert load(tmp_path, {word: kind.settings for word, kind in KINDS.items()})


def test_the_table_has_a_row_for_every_preset_and_no_other() -> None:
    assert list(ROWS) == names()
    assert len(BLOCKS) == 2


@pytest.mark.parametrize("name", names())
def test_every_key_of_with_is_named_and_so_is_each_that_names_a_secret(name: str) -> None:
    assert told(name, "with") == set(re.findall(r"<([a-z_]+)>", text(name)))
    assert told(name, "secrets") == set(re.findall(r'env = "<([a-z_]+)>"', text(name)))


@pytest.mark.parametrize("name", names())
def test_paging_and_control_total_are_those_of_the_preset(name: str) -> None:
    source = preset(name)["source"]
    paging, split = source.get("pagination"), source.get("split")
    kinds = {paging["kind"]} if paging else set()
    assert told(name, "pages") == kinds | ({split["param"]} if split else set())
    if paging and "size" in paging:
        assert re.search(rf"\b{paging['size']}\b", ROWS[name]["pages"])
    total = source.get("total") or source.get("total_header")
    assert told(name, "total") == ({total} if total else set())


@pytest.mark.parametrize("name", names())
def test_the_constants_are_the_required_columns_that_the_preset_does_not_fill(name: str) -> None:
    filled = {**preset(name)["mapping"], **preset(name)["constants"]}
    assert told(name, "constants") == set(REQUIRED) - set(filled)
    assert preset(name)["constants"] == {"weeks": "both", "grades": "seconde"}


@pytest.mark.parametrize("name", names())
def test_no_preset_maps_a_person(name: str) -> None:
    mapping = preset(name)["mapping"]
    assert not {"contact_name", "contact_email", "contact_phone"} & set(mapping)
    sources = re.findall(r'"([^"]+)"', str(mapping).replace("'", '"').lower())
    people = ("recruiter", "supervisor", "manager", "creator", "author", "mail", "phone", "contact", "owner")
    assert not [one for one in sources if any(word in one for word in people)]
