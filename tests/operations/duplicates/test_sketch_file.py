"""The normalised table as a file: what is compared of the standing records, each sketch once, with its offer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from offers.errors import Declined
from offers.feed import Terms
from offers.matching.sketch import SKETCHED
from operations.duplicates.sketch_file import write_sketches
from testing.pairing import FOUND, OWN, Quay, open_quay, row
from warehouse.matching.gathering import standing_sketches

GRENOBLE = {"department": "38", "insee_code": "38185", "postal_code": "38000", "city": "Grenoble"}
ODD = 'A "1",\nsaid twice'
"""A reference that CSV must quote."""


def delivered(quay: Quay) -> None:
    """Two rows that say the same and one of elsewhere; an aggregator's copy of the two; one that was withdrawn."""
    quay.night(FOUND, row("B1"), row("B2", title="Cuisine et pâtisserie"))
    quay.night(FOUND, row("B1"))
    quay.night(OWN, row("A1"), row("A2"), row("A3", **GRENOBLE))


@pytest.fixture
def quay(after: Callable[..., tuple[Quay, None]]) -> Quay:
    return after(open_quay, delivered)[0]


def test_each_sketch_of_standing_records_is_there_once_with_its_offer(quay: Quay, tmp_path: Path) -> None:
    out = tmp_path / "sketches.parquet"
    assert write_sketches(quay.dock, out) == {"out": str(out), "sketches": 3, "bytes": out.stat().st_size}
    table = pq.read_table(out)
    assert table.column_names == ["id", *SKETCHED, "offer"]
    assert table.num_rows == len(set(table["id"].to_pylist())) == 3
    offers = quay.offers()
    seen = {(one["feed"], one["department"]): (one["title"], one["siret"], one["offer"]) for one in table.to_pylist()}
    assert seen == {
        (OWN, "38"): ("usinage atelier", "", offers[f"{OWN}:A3"]),
        (OWN, "69"): ("usinage atelier", "", offers[f"{OWN}:A1"]),
        (FOUND, "69"): ("usinage atelier", "", offers[f"{FOUND}:B1"]),
    }


def test_it_comes_by_departement_in_batches_whatever_its_texts_hold(quay: Quay) -> None:
    quay.night(OWN, row(ODD), row("A2"), row("A3", **GRENOBLE), terms=Terms("employer", repeated="keep"))
    batches = list(standing_sketches(quay.dock.store.warehouse, rows=3))
    assert [batch.num_rows for batch in batches] == [3, 1]
    found = [one for batch in batches for one in batch.to_pylist()]
    assert [one["department"] for one in found] == ["38", "69", "69", "69"]
    assert {one["own_row"] for one in found} == {"", ODD}


def test_a_file_that_is_there_is_written_over_only_by_force(quay: Quay, tmp_path: Path) -> None:
    out = tmp_path / "sketches.parquet"
    out.write_text("a year's work")
    with pytest.raises(Declined, match=r"is there already.*--force"):
        write_sketches(quay.dock, out)
    assert out.read_text() == "a year's work"
    assert write_sketches(quay.dock, out, force=True)["sketches"] == 3
    assert pq.read_table(out).num_rows == 3
    with pytest.raises(Declined, match="cannot be written"):
        write_sketches(quay.dock, tmp_path / "nowhere" / "sketches.parquet")
    assert [path.name for path in tmp_path.glob("*sketches*")] == ["sketches.parquet"]


def test_a_warehouse_without_records_gives_an_empty_table(database_url: str, tmp_path: Path) -> None:
    with open_quay(tmp_path, database_url) as empty:
        assert write_sketches(empty.dock, tmp_path / "none.parquet")["sketches"] == 0
    assert pq.read_table(tmp_path / "none.parquet").column_names == ["id", *SKETCHED, "offer"]
