"""Which of the files of a place a feed means, which of them are ripe, and what we may call them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from connectors.files import (
    Entry,
    Globs,
    Rules,
    digest_in,
    free_names,
    is_meant,
    pick,
    plain_name,
    return_names,
    wanted,
)
from testing.examples import examples

NOW = 1_000_000.0
OLD = NOW - 3_600


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


def picked(listed: Sequence[Entry], rules: Rules, before: Sequence[Entry] | None = None) -> list[str]:
    return [entry.name for entry in pick(listed if before is None else before, listed, rules, NOW).ripe]


@pytest.mark.parametrize(
    "name", ["offres.csv.part", "offres.csv.TMP", "offres.csv.filepart", ".offres.csv", "~$offres.csv", "lisezmoi.txt"]
)
def test_partial_hidden_and_other_files_are_not_meant(name: str) -> None:
    assert wanted([Entry(name, 1, OLD)], Rules(("*.csv*",))) == ()


def test_case_does_not_count_in_the_glob() -> None:
    assert picked([Entry("OFFRES.CSV", 1, OLD)], Rules(("*.csv",))) == ["OFFRES.CSV"]


def test_files_come_oldest_first_then_by_name() -> None:
    listed = [Entry("b", 1, OLD), Entry("a", 1, OLD), Entry("c", 1, OLD - 1)]
    assert picked(listed, Rules()) == ["c", "a", "b"]


def test_a_late_file_with_an_old_date_is_taken() -> None:
    assert picked([Entry("a.csv", 1, 0.0)], Rules(min_age=60)) == ["a.csv"]


def test_a_file_that_grew_or_came_between_two_looks_waits_and_it_is_said_why() -> None:
    before, after = [Entry("a", 1, OLD)], [Entry("a", 2, OLD), Entry("b", 1, OLD)]
    seen = pick(before, after, Rules(), NOW)
    assert seen.ripe == ()
    assert seen.left == {"a": "still grows (1 bytes, then 2)", "b": "has just come"}


def test_a_file_whose_date_changed_between_two_looks_waits() -> None:
    assert picked([Entry("a", 1, OLD + 1)], Rules(), before=[Entry("a", 1, OLD)]) == []


def test_a_young_file_waits() -> None:
    assert picked([Entry("a", 1, NOW - 4)], Rules(min_age=5)) == []
    assert picked([Entry("a", 1, NOW - 5)], Rules(min_age=5)) == ["a"]


def test_a_server_whose_clock_runs_ahead_does_not_hide_its_files() -> None:
    assert picked([Entry("a", 1, NOW + 7_200)], Rules(min_age=5)) == ["a"]


def test_an_empty_file_waits() -> None:
    assert picked([Entry("a", 0, OLD)], Rules()) == []


def test_with_a_marker_a_file_waits_for_it_and_for_nothing_else() -> None:
    rules = Rules(min_age=60, marker=".done")
    assert picked([Entry("a.csv", 1, NOW), Entry("b.csv", 1, OLD), Entry("a.csv.done", 0, NOW)], rules) == ["a.csv"]


def test_a_marker_or_sidecar_is_never_a_drop() -> None:
    listed = [Entry("a.csv", 1, OLD), Entry("a.csv.sha256", 64, OLD), Entry("a.csv.DONE", 3, OLD)]
    assert [entry.name for entry in wanted(listed, Rules(marker=".done"))] == ["a.csv"]


def test_a_sidecar_that_is_required_is_waited_for_and_one_that_is_not_is_not() -> None:
    assert picked([Entry("a", 1, OLD)], Rules(sidecar_required=True)) == []
    assert picked([Entry("a", 1, OLD)], Rules()) == ["a"]


@pytest.mark.parametrize("text", ["{}", "{}  offres.csv\n", "{} *offres.csv", "SHA2-256(offres.csv)= {}\n", "\ufeff{}"])
def test_a_sidecar_is_read_as_the_usual_tools_write_it(text: str) -> None:
    digest = "0123456789abcdef" * 4
    assert digest_in(text.format(digest.upper())) == digest


@pytest.mark.parametrize("text", ["", "offres.csv", "0123456789abcdef" * 8, "d41d8cd98f00b204e9800998ecf8427e"])
def test_a_sidecar_without_a_sha_256_has_none(text: str) -> None:
    assert digest_in(text) is None


entries = st.builds(
    Entry, st.sampled_from(["a.csv", "b.csv", "a.csv.done", "c.csv.part"]), st.integers(0, 3), st.floats(0, NOW + 10)
)


@examples(13)
@given(st.lists(entries, unique_by=lambda entry: entry.name), st.lists(entries, unique_by=lambda entry: entry.name))
def test_every_file_meant_is_either_ripe_or_left_with_a_reason(first: list[Entry], second: list[Entry]) -> None:
    rules = Rules(("*.csv",), min_age=5)
    seen = pick(first, second, rules, NOW)
    assert {entry.name for entry in seen.ripe} | set(seen.left) == {entry.name for entry in wanted(second, rules)}
    assert {entry.name for entry in seen.ripe}.isdisjoint(seen.left)
