from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import tables
from config.tables import load, table
from offers.errors import FeedMisconfigured
from offers.places.gazetteer import department_of


def test_there_are_51_sectors_and_every_naf_code_leads_to_one() -> None:
    reference = load()
    assert list(reference.sectors) == [f"s{n}" for n in range(1, 52)]
    assert set(reference.naf.values()) <= set(reference.sectors)
    assert set(reference.legacy.values()) <= set(reference.sectors)
    assert len(reference.naf) == 730


def test_every_commune_of_a_département_has_an_academy() -> None:
    reference = load()
    codes = {department_of(insee) for insee in table("communes.csv")["insee"]}
    without = codes - set(reference.departments)
    assert without == {"975", "977", "978", "986", "989"}
    assert set(reference.departments) <= codes


def test_the_communes_are_in_order_once_each_with_five_digits() -> None:
    communes = table("communes.csv")
    assert communes["insee"].is_monotonic_increasing
    assert communes["insee"].is_unique
    assert communes["postal_codes"].dropna().str.fullmatch(r"\d{5}( \d{5})*").all()
    assert communes.loc[communes["postal_codes"].isna(), "name"].tolist() == ["Marseille", "Lyon", "Paris"]
    assert len(communes) > 34_900


def test_every_former_name_is_a_living_communes() -> None:
    assert set(table("former_names.csv")["insee"]) <= set(table("communes.csv")["insee"])


def test_the_tables_are_read_once() -> None:
    assert load() is load()


def test_every_table_says_its_source() -> None:
    folder = Path(tables.__file__).parent / "reference"
    told = set(re.findall(r"`(\w+\.\w+)`", (folder / "README.md").read_text(encoding="utf-8")))
    assert {path.name for path in folder.glob("*.csv")} <= told


def test_a_table_that_is_not_there_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "REFERENCE", tmp_path)
    with pytest.raises(FeedMisconfigured, match=r"communes\.csv: the reference table is not there"):
        table("communes.csv")


def test_a_key_given_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in tables.REFERENCE.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / "naf.csv").open("a", encoding="utf-8") as naf:
        naf.write("01.11Z,s12,2031-01-01,2035-12-31\n")
    monkeypatch.setattr(tables, "REFERENCE", tmp_path)
    with pytest.raises(FeedMisconfigured, match=r"naf\.csv: naf '01.11Z' stands there more than once"):
        load.__wrapped__()
