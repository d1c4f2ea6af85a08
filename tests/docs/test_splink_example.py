"""The example of docs/scale.md reads the table that `quai duplicates sketches` writes, and runs where Splink is."""

from __future__ import annotations

import ast
import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.dedup.generator import generate
from offers.matching import match, sketch
from offers.matching.sketch import SKETCHED
from warehouse.matching.gathering import TYPES

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "docs" / "examples" / "splink_on_duckdb.py"
SQL = {"select", "as", "from", "sketches", "nullif", "substring", "array_distinct", "split"}
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
    assert set(re.findall(r"[a-z_]+", asked)) - made - SQL <= TYPES.keys()
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


def test_it_links_what_quai_links(example, tmp_path, monkeypatch, capsys):
    records = generate(3_000, 5)
    found, offer = sketch(records), match(records).offer
    _, first = np.unique(found.of, return_index=True)
    rows = found.sketches.loc[found.of[first]]
    columns = {"id": rows.index.to_numpy(), **{name: rows[name].to_numpy() for name in SKETCHED}, "offer": offer[first]}
    pq.write_table(pa.table(columns, schema=pa.schema(TYPES)), tmp_path / "sketches.parquet")
    given = ["example", str(tmp_path / "sketches.parquet"), "--clusters", str(tmp_path / "clusters.csv")]
    monkeypatch.setattr("sys.argv", given)
    example.main()
    told = re.findall(r"precision=([\d.]+), recall=([\d.]+)", capsys.readouterr().out)
    assert len(told) == len(example.TOLD)
    assert max(min(float(precision), float(recall)) for precision, recall in told) > 0.8
    assert len((tmp_path / "clusters.csv").read_text().splitlines()) == len(rows) + 1
