"""The pages made from the code are those in the folder."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from connectors.formats.delimited import read_csv
from connectors.formats.json import read_jsonl
from connectors.formats.xml import read_xml
from offers.cleaning.repairs import REPAIRS
from offers.columns import COLUMNS
from offers.feed import Limits
from offers.format import Format
from validation.rulebook import MALFORMED, RULES

UNREADABLE = (
    (read_csv, "csv", b"a;b;c;d\n1;2;3;4;5\n1;2;3\n1;2;3;4\n"),
    (read_csv, "csv", b'a;b\n1;"x "y" z"\n2;z\n'),
    (read_csv, "csv", b'a;b\n1;x\n2;"y\n'),
    (read_csv, "csv", "a;b\n1;é\n2;é\n3;é\n4;@quipe\n5;à\n".encode().replace(b"@", b"\xe9")),
    (read_csv, "csv", "a;b\n1;é\n2;é\n3;é".encode()[:-1]),
    (read_jsonl, "jsonl", b'{"a": 1}\n{"a":\n[1]\n'),
    (read_xml, "xml", b"<o><r><t>&societe;</t></r><r><t>x</t></r></o>"),
)
"""Drops with lines that cannot be read, of each kind that the page tells."""
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


def test_the_page_tells_lines_that_cannot_be_read_as_the_employer_is_told() -> None:
    told = {}
    for reader, kind, data in UNREADABLE:
        batch = reader(data, f"offres.{kind}", Format(kind=kind, record="r" if kind == "xml" else None), Limits())
        for line in batch.malformed.to_dict("records"):
            told[line["rule"]] = (re.split("[ \u00a0]: ", line["sentence"], maxsplit=1)[1], line["remedy"])
    assert told == {rule.name: (rule.sentence[0], rule.remedy[0]) for rule in MALFORMED}


def test_every_rule_repair_and_column_is_on_its_page_in_both_tongues(build: ModuleType) -> None:
    for ending in (".md", ".fr.md"):
        rules, columns = (build.pages()[name + ending] for name in ("rules", "columns"))
        assert {rule.name for rule in (*RULES, *MALFORMED)} == set(re.findall(r"^###? `(\w+)`$", rules, re.MULTILINE))
        assert all(f"| `{code}` |" in rules for code in REPAIRS)
        assert all(f"| `{column.name}` |" in columns for column in COLUMNS)
        assert "{" not in rules + columns
