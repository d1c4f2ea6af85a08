"""The sum that holds always, over generated drops."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from config.tables import load as load_reference
from offers.changes import compare
from offers.feed import Feed
from offers.model import REJECTION_COLUMNS
from story.examine import examine
from testing.examples import examples
from testing.yard import TOML, offer, table

TODAY = date(2026, 3, 2)
FAULTS: tuple[dict[str, str], ...] = (
    {},
    {"CP": "7500"},
    {"Ville": "Nulle-Part"},
    {"Type": "CDI"},
    {"Secteur": "Dragons"},
    {"Adresse": ""},
)
ROWS = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from(FAULTS), st.sampled_from(["1 rue A", "2 rue B"])), max_size=25
)


def _feed(tmp: Path) -> Feed:
    from config.partners import load
    from connectors import KINDS

    (tmp / "ateliers.toml").write_text(TOML, encoding="utf-8")
    return load(tmp, {word: kind.settings for word, kind in KINDS.items()})["ateliers/offres"]


def _rows(drawn: list[tuple[int, dict[str, str], str]]) -> list[dict[str, str]]:
    return [offer(f"R{number}", **{"Adresse": street, **fault}) for number, fault, street in drawn]


@examples(3)
@given(first=ROWS, second=ROWS, ragged=st.booleans())
def test_read_is_the_sum_of_where_every_line_went(tmp_path, first, second, ragged):
    """For any two drops in a row, with faults, repeats, filtered and ragged lines: `Counts` refuses any other sum."""
    import pandas as pd

    feed, reference = _feed(tmp_path), load_reference()
    standing = pd.DataFrame({"reference": pd.Series(dtype="str"), "content_hash": pd.Series(dtype="int64")})
    standing["withdrawn"] = pd.Series(dtype="bool")
    for drawn in (first, second):
        drop = tmp_path / "drop.csv"
        drop.write_bytes(table(_rows(drawn)) + (b"too;few\r\n" if ragged and drawn else b""))
        examined = examine(drop, drop.name, feed, reference, TODAY)
        changes = compare(examined.kept, standing, "full", examined.refused_references)
        counts = examined.counts(len(changes.created), len(changes.updated), changes.unchanged)
        assert counts.read == len(drawn) + (1 if ragged and drawn else 0)
        lines: list[Any] = [examined.rejections["line"].unique(), examined.ignored["line"], examined.repeated["line"]]
        told = [line for some in lines for line in some] + list(examined.kept.index)
        assert len(told) == len(set(told)) == counts.read
        assert list(examined.rejections.columns) == list(REJECTION_COLUMNS)
        taken = pd.concat([changes.created, changes.updated])
        standing = pd.DataFrame(
            {"reference": taken["reference"], "content_hash": taken["content_hash"], "withdrawn": False}
        )
