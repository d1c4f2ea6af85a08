"""The pages made from the code are those in the folder."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from connectors.formats.delimited import read_csv
from connectors.formats.json import read_jsonl
from connectors.formats.xml import read_xml
from offers.cleaning.repairs import REPAIRS
from offers.columns import COLUMNS
from offers.feed import Limits
from offers.format import Format
from offers.model import (
    MALFORMED_COLUMNS,
    Counts,
    Delivery,
    VerdictKind,
    text_frame,
)
from offers.wording import Language
from reports.returns.content import Return
from reports.returns.page import html
from validation.rulebook import MALFORMED, RULES, TITLES
from validation.rulebook.malformed import malformed_told, worded

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
NOW = datetime(2026, 3, 2, tzinfo=UTC)
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


def unread() -> Iterator[pd.DataFrame]:
    """What is told of the lines of each of UNREADABLE (REJECTION_COLUMNS)."""
    for reader, kind, data in UNREADABLE:
        batch = reader(data, f"offres.{kind}", Format(kind=kind, record="r" if kind == "xml" else None), Limits())
        yield malformed_told(batch.malformed, kind=kind)


def test_the_page_tells_lines_that_cannot_be_read_as_the_employer_is_told() -> None:
    told = {}
    for line in pd.concat(unread()).to_dict("records"):
        told[line["rule"]] = (line["detail"], line["sentence"].partition("\u00a0: ")[2], line["remedy"])
    assert told == {rule.name: worded(rule, rule.fields) for rule in MALFORMED}


def test_a_return_tells_a_line_that_cannot_be_read_in_the_words_of_the_page() -> None:
    pages = (DOCS / "rules.fr.md").read_text(encoding="utf-8")
    delivery = Delivery("a/b", "o.csv", "", VerdictKind.ACCEPTED, Counts(), (), NOW, NOW, "")
    for rejections in unread():
        page = unescape(html(Return(title="Rivoire", delivery=delivery, rejections=rejections, rule_titles=TITLES)))
        for rule in rejections["rule"]:
            section = pages.partition(f"### `{rule}`\n")[2].partition("\n##")[0]
            title, sentence, remedy = re.findall(r"^(?:- [\w ]+\u00a0: )?(.+)$", section, re.MULTILINE)
            # A sentence begins with a capital where the line's place stands beside it.
            assert all(Language.FRENCH.typeset(said) in page for said in (title, sentence[1:], remedy)), rule


def test_a_sentence_of_a_line_that_cannot_be_read_says_where_the_fault_is() -> None:
    def told(line: int, language: Language = Language.FRENCH, kind: str = "csv", **fields: str) -> str:
        given = {"byte": "0xE9", "around": "début", **fields}
        row = (line, "row_in_another_encoding", "x", json.dumps(given))
        return str(malformed_told(text_frame(MALFORMED_COLUMNS, [row]), language, kind)["sentence"][0])

    assert told(5, at="4").startswith("Ligne 5, octet 4\u00a0: l'octet 0xE9 n'est pas écrit dans l'encodage du reste")
    assert told(3, at="9", below="4").startswith("Ligne 3, octet 9 de la ligne 4\u00a0: ")
    assert told(3, Language.ENGLISH, at="9", below="4").startswith("Line 3, byte 9 of line 4: the byte 0xE9 ")
    assert told(7, kind="xml").startswith("Enregistrement 7\u00a0: ")
    assert "«\u00a0début\u00a0»" in told(7)


def test_every_rule_repair_and_column_is_on_its_page_in_both_tongues(build: ModuleType) -> None:
    for ending in (".md", ".fr.md"):
        rules, columns = (build.pages()[name + ending] for name in ("rules", "columns"))
        assert {rule.name for rule in (*RULES, *MALFORMED)} == set(re.findall(r"^###? `(\w+)`$", rules, re.MULTILINE))
        assert all(f"| `{code}` |" in rules for code in REPAIRS)
        assert all(f"| `{column.name}` |" in columns for column in COLUMNS)
        assert "{" not in rules + columns
