"""Every rule through the real contract, and what a rejection says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.tables import load
from offers.cleaning.batch import clean
from offers.columns import BY_NAME, COLUMNS, NAMES, SENT, Kind
from offers.model import REJECTION_COLUMNS, REPAIR_COLUMNS, Checked, Cleaned, text_frame
from offers.wording import Language
from testing.drawing import TODAY, YEAR, column, feed, mapped
from testing.examples import examples
from validation.contract import check, contract
from validation.rulebook import MALFORMED, RULES, TITLES
from validation.rulebook.rule import Agreed, Rule, Value, body, prefix

SOUND = clean(mapped({}), feed(), load(), YEAR).frame


def held(
    *rows: Mapping[str, Value], seen: pd.DataFrame | None = None, kind: str = "csv", **feed_keys: object
) -> Checked:
    """Canonical offers with these changes, held against the contract as they are."""
    sound = SOUND.iloc[0].to_dict()
    frame = pd.DataFrame([{**sound, **row} for row in rows], columns=list(NAMES)).astype("str")
    frame.index = pd.Index(range(2, len(frame) + 2), name="line")
    cleaned = Cleaned(frame, text_frame(REPAIR_COLUMNS))
    return check(cleaned, {}, feed(kind, **feed_keys), load(), YEAR)


def told(batch: object, today: date = TODAY, **feed_keys: object) -> pd.DataFrame:
    """The rejections of a mapped batch, cleaned and checked."""
    agreed = feed(**feed_keys)
    cleaned = clean(batch, agreed, load(), YEAR)  # type: ignore[arg-type]  # a Mapped
    return check(cleaned, batch.headers, agreed, load(), YEAR).rejections  # type: ignore[attr-defined]  # the same


CASES = [(which, rule, example) for which in ("good", "bad") for rule in RULES for example in getattr(rule, which)]


@cache
def verdicts() -> pd.DataFrame:
    """All examples of all rules as one batch, a line each, held against the contract once."""
    rows = [dict(zip(rule.columns, example, strict=True)) for _, rule, example in CASES]
    return held(*rows, require=tuple(SENT)).rejections


def _cases(which: str) -> list[object]:
    return [
        pytest.param(line, rule, example, id=f"{rule.name}-{rule.column}-{line}")
        for line, (kind, rule, example) in enumerate(CASES, start=2)
        if kind == which
    ]


def broken(line: int, rule: Rule) -> pd.DataFrame:
    found = verdicts()
    return found[(found["line"] == line) & (found["rule"] == rule.name) & (found["field"] == rule.column)]


@pytest.mark.parametrize(("line", "rule", "example"), _cases("bad"))
def test_a_rule_refuses_its_bad_examples_in_whole_sentences(line: int, rule: Rule, example: tuple[Value, ...]) -> None:
    found = broken(line, rule)
    assert len(found) == 1
    said = found.iloc[0]
    assert said["sentence"].startswith(f"Ligne {line}, colonne «\u00a0{BY_NAME[rule.column].fr}\u00a0»\u00a0: ")
    assert "{" not in said["sentence"] + said["remedy"]
    agreed = Agreed(feed(), load(), YEAR)
    _, english, remedy = body(rule, example[0], example, agreed, Language.ENGLISH)
    assert prefix(line, "Header", feed(), Language.ENGLISH) == f"Line {line}, column “Header”: "
    assert "{" not in english + remedy


@pytest.mark.parametrize(("line", "rule", "example"), _cases("good"))
def test_a_rule_lets_its_good_examples_pass(line: int, rule: Rule, example: tuple[Value, ...]) -> None:
    assert broken(line, rule).empty, f"{rule.name} refuses {example}"


def test_every_rule_has_examples_and_a_title_in_both_tongues() -> None:
    assert all(rule.good and rule.bad for rule in RULES)
    assert all(all(TITLES[rule.name]) for rule in (*RULES, *MALFORMED))
    assert len({(rule.name, rule.columns) for rule in RULES}) == len(RULES)


def test_every_column_has_a_rule_for_its_limits() -> None:
    bounded = {
        c.name for c in COLUMNS if c.name in SENT and (c.most or c.required or c.kind not in (Kind.LINE, Kind.PROSE))
    }
    assert bounded <= {rule.column for rule in RULES if rule.name != "excel_error"}


def test_a_sound_offer_breaks_no_rule() -> None:
    checked = held({})
    assert checked.rejections.empty
    assert list(checked.rejections.columns) == list(REJECTION_COLUMNS)
    assert len(checked.kept) == 1


def test_a_cell_is_refused_once_by_its_most_telling_rule_and_a_line_for_each_of_its_cells() -> None:
    rejections = told(mapped({"siret": "stages@exemple.fr", "seats": "#REF!"}), require=("siret",))
    assert list(rejections["rule"]) == ["siret_is_an_email", "excel_error"]


def test_a_rejection_shows_what_the_partner_wrote_under_her_own_header() -> None:
    batch = mapped({"weeks": "Semaine 27"}, headers={"weeks": "Période"})
    (row,) = told(batch).to_dict("records")
    assert row["column"] == "Période"
    assert row["value"] == "Semaine 27"
    assert row["sentence"].startswith("Ligne 2, colonne «\u00a0Période\u00a0»\u00a0: «\u00a0Semaine 27\u00a0»")
    assert "du 15 au 19 juin 2026 (2026-W25)" in row["remedy"]
    assert row["detail"] == "2026-W25 2026-W26"


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        ("N/A", "«\u00a0N/A\u00a0» ne dit rien"),
        ("à compléter", "«\u00a0à compléter\u00a0» ne dit rien"),
        ("\u200b \u00a0", "la cellule est vide."),
        (None, "la cellule est vide."),
    ],
)
def test_a_required_cell_that_says_nothing_is_refused_with_what_it_said(seen: str | None, said: str) -> None:
    (row,) = told(mapped({"title": seen})).to_dict("records")
    assert row["rule"] == "title_missing"
    assert said in row["sentence"]


def test_a_town_of_another_postal_code_is_refused_with_the_towns_that_are() -> None:
    (row,) = told(mapped({"postal_code": "69001", "city": "Paris"})).to_dict("records")
    assert row["rule"] == "city_not_of_postal_code"
    assert "Lyon" in row["detail"]
    assert row["detail"].split(",")[0] in row["remedy"]


def test_an_unknown_sector_is_refused_with_the_nearest() -> None:
    (row,) = told(column("sector", "Mecanik")).to_dict("records")
    assert row["rule"] == "sector_unknown"
    assert "«\u00a0Mécanique\u00a0»" in row["remedy"]


def test_personal_values_are_masked_wherever_they_were_written() -> None:
    rejections = told(
        mapped({"contact_email": "anne@@exemple.fr", "siret": "anne@exemple.fr"}), require=("contact_email", "siret")
    )
    assert list(rejections["value"]) == ["a…@…", "a…@…"]
    assert not rejections["sentence"].str.contains("anne").any()


def test_a_feed_without_lines_is_told_of_records_and_fields() -> None:
    rejections = held({"seats": "deux"}, kind="json").rejections
    assert rejections["sentence"].iloc[0].startswith("Enregistrement 2, champ «\u00a0Places\u00a0»")


def test_a_feed_may_require_more_than_the_house() -> None:
    assert told(mapped({})).empty
    assert list(told(mapped({}), require=("siret", "permalink"))["rule"]) == ["siret_missing", "permalink_missing"]


@pytest.mark.parametrize(
    ("hours", "lunch", "rule"),
    [
        ("9h-12h / 13h30-17h", None, None),
        ("9h-17h", "De 12 h à 13 h, cantine", None),
        ("9h-17h", "1h", None),
        ("9h-16h30", "pause de 45 min", None),
        ("8h-12h30", None, None),
        ("9h-17h", "cantine", "hours_over_7_a_day"),
        ("9h-17h", None, "hours_without_break"),
        ("5h30-9h", None, "hours_before_6_or_after_20"),
        ("lundi au samedi 9h-12h", None, "hours_without_two_days_off"),
        ("lundi 16h-20h, mardi 9h-12h", None, "hours_rest_under_14"),
    ],
)
def test_the_hours_of_a_minor_hold_with_the_break_that_is_told(hours: str, lunch: str | None, rule: str | None) -> None:
    rejections = told(mapped({"daily_hours": hours, "lunch_break": lunch}))
    assert list(rejections["rule"]) == ([rule] if rule else [])


def test_the_schema_refuses_a_whole_frame_by_the_names_of_the_rules() -> None:
    schema = contract(Agreed(feed(), load(), YEAR))
    schema.validate(SOUND, lazy=True)
    with pytest.raises(pa.errors.SchemaErrors) as refused:
        schema.validate(SOUND.assign(title=None, seats="0", city="Lyon", insee_code=None), lazy=True)
    names = {getattr(error.check, "name", error.check) for error in refused.value.schema_errors}
    assert names == {"not_nullable", "seats_out_of_range", "city_not_of_postal_code"}


def test_la_poste_has_its_own_key() -> None:
    assert told(column("siret", "35600000049837", "35600000000048")).empty


def test_rejections_come_by_line_and_kept_rows_are_the_others() -> None:
    checked = held({"seats": "0"}, {}, {"title": None, "seats": "x"})
    assert list(checked.rejections["line"]) == [2, 4, 4]
    assert list(checked.rejections["field"]) == ["seats", "title", "seats"]
    assert list(checked.kept.index) == [3]


SAMPLES = sorted({(rule.column, str(example[0])) for _, rule, example in CASES if example[0] is not None})
ROWS = st.lists(st.lists(st.sampled_from(SAMPLES), max_size=4).map(dict), min_size=1, max_size=5)


@given(ROWS)
@examples(5)
def test_no_accepted_value_exceeds_the_limits_of_the_platform(rows: list[dict[str, str]]) -> None:
    batch = mapped(*rows)
    checked = check(clean(batch, feed(), load(), YEAR), {}, feed(), load(), YEAR)
    assert len(checked.kept) + checked.rejections["line"].nunique() == len(rows)
    assert not checked.rejections.duplicated(["line", "field"]).any()
    for column_ in COLUMNS:
        kept = checked.kept[column_.name].dropna()
        if column_.required:
            assert len(kept) == len(checked.kept)
        if column_.most and column_.kind is not Kind.INTEGER:
            assert (kept.str.len() <= column_.most).all()
    assert checked.kept["seats"].astype(int).between(1, 6000).all()
    assert not checked.kept["permalink"].str.contains("test|staging", case=False, na=False).any()


@given(ROWS, st.randoms(use_true_random=False))
@examples(4)
def test_the_order_of_rows_never_matters(rows: list[dict[str, str]], chance: object) -> None:
    cleaned = clean(mapped(*rows), feed(), load(), YEAR)
    lines = list(cleaned.frame.index)
    chance.shuffle(lines)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    shuffled = Cleaned(cleaned.frame.loc[lines], cleaned.repairs, cleaned.findings, cleaned.seen)
    one, other = (check(each, {}, feed(), load(), YEAR) for each in (cleaned, shuffled))
    pd.testing.assert_frame_equal(one.rejections, other.rejections)
    pd.testing.assert_frame_equal(one.kept, other.kept.sort_index())
