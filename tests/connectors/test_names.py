"""Names of files: which a feed means, and what we call them on our own side."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from connectors.names import Globs, free_names, is_meant, plain_name, return_names


class Settings(BaseModel):
    glob: Globs = ("*",)


def test_one_pattern_or_several_are_accepted() -> None:
    assert Settings(glob="*.csv").glob == ("*.csv",)  # type: ignore[arg-type] # as a TOML may say it
    assert Settings.model_validate({"glob": ["*.csv", "*.xlsx"]}).glob == ("*.csv", "*.xlsx")
    assert Settings().glob == ("*",)


@pytest.mark.parametrize("wrong", [[], "", ["*.csv", ""], 3])
def test_no_pattern_is_no_glob(wrong: Any) -> None:
    with pytest.raises(ValidationError, match="glob"):
        Settings.model_validate({"glob": wrong})


def test_a_file_is_meant_that_matches_any_of_the_patterns() -> None:
    globs = ("offres*.csv", "*.XLSX")
    meant = [name for name in ("Offres.CSV", "retour.xlsx", "~$retour.xlsx", "offres.csv.part", "a.csv")
             if is_meant(name, globs)]  # fmt: skip
    assert meant == ["Offres.CSV", "retour.xlsx"]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\x.csv", "x.csv"),
        ("a\nb.csv", "a_b.csv"),
        ("..", "unnamed"),
        ("é.csv", "é.csv"),
    ],
)
def test_a_plain_name_leads_nowhere(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_names_for_a_place_that_is_taken_keep_their_ending() -> None:
    names = free_names("offres.csv", "S")
    assert [next(names) for _ in range(3)] == ["offres.csv", "offres-S.csv", "offres-S-2.csv"]


def test_a_long_name_is_cut_before_its_ending_and_fits_a_disk_with_what_we_append() -> None:
    plain = plain_name("é" * 300 + ".xlsx")
    assert re.fullmatch("é+~[0-9a-f]{8}[.]xlsx", plain)
    assert len((plain + ".retour.xlsx.part").encode()) <= 255
    assert len(plain_name("x" * 400)) == 180
    assert plain_name("é" * 301 + ".xlsx") != plain


def test_a_return_of_a_long_name_keeps_all_of_it_and_where_a_disk_takes_less_its_endings() -> None:
    name = plain_name("x" * 400 + ".csv") + ".retour.html"
    whole, short = return_names(name)
    assert whole == name
    assert len(f"{short}.part") <= 143  # where names are encrypted
    assert short.endswith(".retour.html")
    assert return_names("offres.csv.retour.html") == ("offres.csv.retour.html",)


def test_a_name_beside_a_long_one_fits_a_disk_too() -> None:
    names = free_names("é" * 125 + ".csv", "20260601T080000Z")
    assert all(len(next(names).encode()) <= 255 for _ in range(999))
