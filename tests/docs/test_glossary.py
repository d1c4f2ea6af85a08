"""One word, one meaning: `docs/glossary.md` tells each word once, and no two classes of the product bear one name."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("cli", "flows", "operations", "story", "connectors", "validation", "warehouse", "reports", "config", "offers")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")

TWICE: dict[str, str] = {}
"""Names that two classes bear for good, and why."""
SUBJECTS = {
    "alerts", "contacts", "copies", "digest", "duplicates", "enrichment", "feeds", "findings", "gate", "golden",
    "hours", "identity", "inboxes", "ingest", "judge", "ledger", "matching", "offers", "onboarding", "partners",
    "persons", "pledges", "privacy", "quarantine", "readers", "review", "sketches", "template", "workbook",
}  # fmt: skip
"""Names of modules that stand on several floors, for the subject is one."""
ALIKE = {
    "answers": "http's answers; what public registers answered",
    "clock": "the clock; how a server's dates are read",
    "gathering": "http's pages; matching's records",
    "local": "the commands up and down; the servers that they start",
    "page": "each of a return's and a report's HTML",
    "records": "of XML and JSON; of an API",
    "schema": "a partner's file as JSON Schema; the database's",
    "settings": "of the house, and of each kind of source",
    "store": "of objects; of the ledger",
    "table": "a file's table; the gate's",
    "tables": "reference tables; the database's, those of matching among them",
}
"""Names of modules that stand twice for two things, each plain beside its package's name."""


def classes() -> dict[str, list[str]]:
    """Where each public class of the product stands."""
    found: dict[str, list[str]] = defaultdict(list)
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    found[node.name].append(f"{path.relative_to(ROOT)}:{node.lineno}")
    return found


def test_no_two_classes_bear_one_name_but_those_that_say_why() -> None:
    twice = {name: homes for name, homes in classes().items() if len(homes) > 1}
    assert {name: homes for name, homes in twice.items() if name not in TWICE} == {}
    assert TWICE.keys() <= twice.keys()


def test_no_two_modules_bear_one_name_but_those_of_one_subject_or_that_say_why() -> None:
    homes: dict[str, list[str]] = defaultdict(list)
    for floor in FLOORS:
        for path in sorted((ROOT / floor).rglob("*.py")):
            module = path.parent if path.name == "__init__.py" else path.with_suffix("")
            if module != ROOT / floor:
                homes[module.name].append(str(module.relative_to(ROOT)))
    twice = {name: where for name, where in homes.items() if len(where) > 1}
    assert {name: where for name, where in twice.items() if name not in SUBJECTS | ALIKE.keys()} == {}


def test_the_glossary_tells_each_word_once() -> None:
    words = re.findall(r"^\| \*\*([^*]+)\*\* \|", GLOSSARY, re.MULTILINE)
    assert len(words) > 60
    assert sorted(words) == sorted(set(words))
