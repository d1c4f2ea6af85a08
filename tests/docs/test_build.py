"""The pages made from the code are those in the folder."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from offers.cleaning.repairs import REPAIRS
from offers.columns import COLUMNS
from validation.rulebook import MALFORMED, RULES

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """`docs/build.py`, which is a script and no package."""
    spec = importlib.util.spec_from_file_location("docs_build", DOCS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["rules.md", "rules.fr.md", "columns.md", "columns.fr.md", "privacy.md", "gate.md"])
def test_a_page_is_what_the_code_says(build: ModuleType, name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == build.pages()[name], "run `make docs` and commit what it wrote"


def test_every_rule_repair_and_column_is_on_its_page_in_both_tongues(build: ModuleType) -> None:
    for ending in (".md", ".fr.md"):
        rules, columns = (build.pages()[name + ending] for name in ("rules", "columns"))
        assert {rule.name for rule in (*RULES, *MALFORMED)} == set(re.findall(r"^###? `(\w+)`$", rules, re.MULTILINE))
        assert all(f"| `{code}` |" in rules for code in REPAIRS)
        assert all(f"| `{column.name}` |" in columns for column in COLUMNS)
        assert "{" not in rules + columns
