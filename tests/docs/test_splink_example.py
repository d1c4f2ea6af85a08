"""The example of docs/scale.md reads each sketch of the database once, and runs where Splink is."""

from __future__ import annotations

import ast
import importlib.util
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from bench.dedup.generator import generate
from offers.matching import match
from offers.matching.sketches import sketch
from testing.pairing import FOUND, OWN, Quay, open_quay, row

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "docs" / "examples" / "splink_on_duckdb.py"
SQL = {"select", "as", "from", "sketches", "nullif", "substring", "array_distinct", "split"}
COLUMNS = ["id", "department", "place", "siret", "street", "title", "employer", "weeks", "description", "offer"]
WITHOUT = "splink and duckdb are not installed here: they are the extra `scale`, in an environment of its own"


def constant(name: str) -> object:
    """A constant of the script, which is read and not run: its imports are not there in most environments."""
    for node in ast.parse(SCRIPT.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{SCRIPT.name} has no {name}")


def test_it_asks_for_columns_that_the_table_has_and_blocks_on_columns_that_it_makes() -> None:
    asked = re.sub(r"'[^']*'", "", str(constant("PREPARED")))
    made = set(re.findall(r" as (\w+)", asked))
    assert set(re.findall(r"[a-z_]+", asked)) - made - SQL <= set(COLUMNS)
    blocks = constant("BLOCKS")
    assert isinstance(blocks, list)
    assert {column for columns in blocks for column in columns} <= made


def test_it_compares_columns_that_it_makes() -> None:
    made = set(re.findall(r"(\w+),?(?=\n|,)", re.sub(r"'[^']*'|\([^()]*\)", "", str(constant("PREPARED")))))
    compared = set(re.findall(r"\b([a-z_]+)_[lr]\b", SCRIPT.read_text(encoding="utf-8")))
    assert compared == {"place", "siret", "street", "title", "title_words", "description", "words", "employer", "weeks"}
    assert compared <= made


def test_the_extra_and_the_environment_of_the_peer_have_the_same_bounds() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    said = (ROOT / "bench" / "requirements-scale.in").read_text(encoding="utf-8").splitlines()
    assert extra["scale"] == [line for line in said if line and not line.startswith("#")]


@pytest.fixture
def quay(tmp_path: Path, database_url: str) -> Iterator[Quay]:
    """Two rows that say the same and one of elsewhere; an aggregator's copy of the two; one that was withdrawn."""
    elsewhere = {"department": "38", "insee_code": "38185", "postal_code": "38000", "city": "Grenoble"}
    with open_quay(tmp_path, database_url) as opened:
        opened.night(FOUND, row("B1"), row("B2", title="Cuisine et pâtisserie"))
        opened.night(FOUND, row("B1"))
        opened.night(OWN, row("A1"), row("A2"), row("A3", **elsewhere))
        yield opened


def test_it_reads_each_sketch_of_standing_records_once_with_its_offer_by_departement(quay: Quay) -> None:
    with quay.dock.store.warehouse.transaction() as connection:
        found = connection.exec_driver_sql(str(constant("SKETCHES"))).mappings().all()
    assert [*found[0]] == COLUMNS
    assert [one["department"] for one in found] == ["38", "69", "69"]
    assert {one["title"] for one in found} == {"usinage atelier"}
    offers = quay.offers()
    assert found[0]["offer"] == offers[f"{OWN}:A3"]
    assert {one["offer"] for one in found[1:]} == {offers[f"{OWN}:A1"], offers[f"{FOUND}:B1"]}


@pytest.fixture
def example(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, as a module."""
    for name in ("duckdb", "splink"):
        pytest.importorskip(name, reason=WITHOUT)
    spec = importlib.util.spec_from_file_location("splink_on_duckdb", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "RANDOM_PAIRS", 2e4)
    return module


def test_it_links_what_quai_links(example: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = generate(3_000, 5)
    found, offer = sketch(records), match(records).offer
    _, first = np.unique(found.of, return_index=True)
    rows = found.sketches.loc[found.of[first]]
    rows.assign(id=rows.index, offer=offer[first])[COLUMNS].to_csv(tmp_path / "sketches.csv", index=False)
    example.link(tmp_path / "sketches.csv", tmp_path / "clusters.csv", 0.999)
    told = re.findall(r"precision=([\d.]+), recall=([\d.]+)", capsys.readouterr().out)
    assert len(told) == len(example.TOLD)
    assert max(min(float(precision), float(recall)) for precision, recall in told) > 0.8
    assert len((tmp_path / "clusters.csv").read_text().splitlines()) == len(rows) + 1
