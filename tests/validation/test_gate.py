"""Every expectation of the gate fires on the profile it is meant for, and keeps quiet on a sound one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.feed import Limits
from offers.gate.profile import ColumnProfile, Past, Profile
from offers.model import Finding, Severity, VerdictKind
from offers.wording import Language
from reports.returns.words import Words
from testing.examples import examples
from validation.gate.case import Case
from validation.gate.judge import asked, judge, may_withdraw
from validation.gate.night import Judged, Unmet, bound_of, frame, judged, kept, key
from validation.gate.table import ABSOLUTE, STOPS, TABLE

NIGHT = datetime(2026, 3, 2, 4, tzinfo=UTC)
TITLE = ColumnProfile(("Intitulé",), 0.0, 900, (8.0, 20.0, 40.0, 60.0, 90.0))
LATITUDE = ColumnProfile(("Lat",), 0.1, 700, (6.0, 7.0, 7.0, 8.0, 8.0))
SOUND = Profile(
    feed="ateliers/offres",
    read=1500,
    ignored=500,
    kept=980,
    rejected=10,
    repeated=10,
    standing=970,
    created=30,
    updated=10,
    unchanged=940,
    withdrawn=20,
    announced=1500,
    usual=975.0,
    best=1000,
    rejected_by={"postal_code_unknown": 10},
    ignored_by={"not_a_placement": 500},
    columns={"title": TITLE, "latitude": LATITUDE},
    sectors={"s10": 0.6, "s12": 0.4},
    departments={"75": 0.5, "13": 0.5},
    weeks={"2026-W25 2026-W26": 1.0},
    newest="2026-03-01",
    newest_age=1,
    seats=1960,
)


def history(count: int, **changed: Any) -> tuple[Past, ...]:
    """Sound nights before, newest first, which held 950 to 975 records."""
    return tuple(
        Past(9 - n, NIGHT - timedelta(days=n + 1), f"sha{n}", replace(SOUND, kept=975 - 5 * n, **changed))
        for n in range(count)
    )


def case(
    count: int = 7,
    limits: Limits | None = None,
    sha256: str = "new",
    again: bool = False,
    complete: bool = True,
    **changed: Any,
) -> Case:
    """Tonight's profile with these changes, after so many sound nights."""
    month = history(7, updated=130) + history(1, seats=1000)
    return Case(
        replace(SOUND, **changed), limits or Limits(), history(count), again, sha256, complete=complete, month=month
    )


def columns(**changed: ColumnProfile) -> dict[str, Any]:
    return {"columns": {"title": TITLE, "latitude": LATITUDE, **changed}}


FIRES: dict[str, dict[str, Any]] = {
    "drop_is_empty": {"read": 0, "ignored": 0, "kept": 0, "rejected": 0, "repeated": 0},
    "nothing_usable": {"kept": 0, "rejected": 990},
    "nothing_kept": {"kept": 0, "rejected": 0, "ignored": 1500},
    "withdraws_too_much": {"withdrawn": 200},
    "closes_too_much": {"kept": 0, "over": 970, "closed": 970},
    "fewer_than_announced": {"announced": 1501},
    "more_than_announced": {"announced": 1400},
    "came_in_part": {"complete": False},
    "updates_too_much": {"updated": 200, "unchanged": 750},
    "changes_too_much": {"updated": 100, "withdrawn": 110},
    "holds_too_little": {"kept": 600},
    "rejects_more": {"rejected": 300, "kept": 690},
    "ignores_less": {"ignored": 0},
    "references_all_new": {"updated": 0, "unchanged": 50, "created": 930},
    "withdraws_more": {"withdrawn": 100},
    "creates_more": {"created": 700},
    "holds_too_much": {"kept": 1800},
    "repeats_more": {"repeated": 100},
    "column_emptied": columns(latitude=replace(LATITUDE, null_share=0.5)),
    "column_uniform": columns(title=replace(TITLE, distinct=5)),
    "lengths_changed": columns(title=replace(TITLE, lengths=(4.0, 8.0, 15.0, 20.0, 30.0))),
    "seats_changed": {"seats": 9800},
    "eroded": {"best": 1700},
    "seats_drifted": {"seats": 4200},
    "rewritten": {"updated": 190, "unchanged": 760},
    "newest_went_back": {"newest": "2026-01-15"},
    "drop_seen_before": {"sha256": "sha3"},
    "sectors_shifted": {"sectors": {"s10": 0.2, "s31": 0.8}},
    "departments_shifted": {"departments": {"75": 1.0}},
    "weeks_shifted": {"weeks": {"2026-W25": 0.5, "2026-W26": 0.5}},
}
SEVERITIES = {
    "fewer_than_announced": Severity.WARN,
    "more_than_announced": Severity.NOTE,
    "came_in_part": Severity.WARN,
}


def found(verdict_of: Case) -> dict[str, Finding]:
    return {finding.check: finding for finding in judge(verdict_of).findings}


def test_a_sound_delivery_is_accepted_without_a_finding() -> None:
    verdict = judge(case())
    assert (verdict.kind, verdict.findings) == (VerdictKind.ACCEPTED, ())


def test_what_the_source_says_it_kept_back_is_no_erosion() -> None:
    assert "eroded" not in found(case(best=1700, announced=1501))


def test_a_sound_delivery_meets_every_expectation_and_each_has_its_case() -> None:
    figures = asked(case())
    assert all(one.holds(figure) for one, figure in figures.items())
    met = {one.name for one in figures} | {"nothing_kept", "closes_too_much"}  # where none is refused, or some closed
    assert met == set(FIRES) == {one.name for one in TABLE}


@pytest.mark.parametrize("check", FIRES)
def test_an_expectation_fires(check: str) -> None:
    told = found(case(**FIRES[check]))
    assert check in told
    graver = Severity.STOP if check in {one.name for one in (*ABSOLUTE, *STOPS)} else Severity.WARN
    assert told[check].severity is SEVERITIES.get(check, graver)
    assert len(told[check].sentence) > 60
    assert told[check].sentence.startswith("ateliers/offres: ")
    note = told[check].severity is Severity.NOTE  # which the employer is not told
    assert note or all(Words(language).finding(told[check]) for language in Language)


def test_a_drop_that_comes_again_after_one_that_came_in_part_is_no_old_file() -> None:
    again = case(sha256="sha3")
    at = [past.sha256 for past in again.history].index("sha3")
    part = [replace(one, profile=replace(one.profile, announced=one.profile.read + 1)) for one in again.history[:at]]
    assert part
    assert "drop_seen_before" not in found(replace(again, history=(*part, *again.history[at:])))
    assert "drop_seen_before" not in found(replace(again, history=(again.history[at], *again.history)))


def test_a_drop_that_comes_again_after_one_that_changed_nothing_is_no_old_file() -> None:
    again = case(sha256="sha3")
    torn = [replace(one, profile=replace(one.profile, created=0, updated=0, withdrawn=0)) for one in again.history[:3]]
    assert "drop_seen_before" not in found(replace(again, history=(*torn, *again.history[3:])))


def test_the_weeks_of_a_new_school_year_are_no_shift_and_those_of_one_year_are_compared() -> None:
    assert "weeks_shifted" not in found(case(weeks={"2027-W24": 0.5, "2027-W25": 0.5}))
    assert "weeks_shifted" in found(case(weeks={"2026-W24": 0.1, "2027-W25": 0.9}))


def test_a_drop_with_nothing_refused_and_some_kept_passes_the_filter_check() -> None:
    assert "nothing_kept" in {one.name for one in asked(case(rejected=0))}
    assert "nothing_kept" not in found(case(rejected=0))


@pytest.mark.parametrize("check", sorted({one.name for one in STOPS}))
def test_a_new_feed_is_not_stopped_by_what_is_usual(check: str) -> None:
    assert check not in found(case(count=2, **FIRES[check]))


@pytest.mark.parametrize("check", ["drop_is_empty", "nothing_usable", "withdraws_too_much"])
def test_a_new_feed_is_held_to_absolute_bounds(check: str) -> None:
    assert judge(case(count=0, **FIRES[check])).kind is VerdictKind.QUARANTINED


def test_a_finding_says_what_was_seen_expected_and_since_when() -> None:
    sentence = found(case(**FIRES["holds_too_little"]))["holds_too_little"].sentence
    assert "600 records were kept" in sentence
    assert "the last seven deliveries, since 23 February 2026, held 945 to 975" in sentence


def test_a_handful_of_records_never_stops_a_small_feed() -> None:
    """Two of eight are a quarter, above the limit of a fifth; three of eight are more than any feed may lose unseen."""
    small = {"standing": 8, "kept": 6, "withdrawn": 2, "updated": 0, "created": 0, "unchanged": 6}
    assert judge(case(count=0, **small)).kind is VerdictKind.ACCEPTED
    assert judge(case(count=0, **{**small, "withdrawn": 3})).kind is VerdictKind.QUARANTINED


def test_the_same_bytes_under_other_rules_warn_of_what_changes_and_stop_nothing() -> None:
    told = judge(case(again=True, **FIRES["updates_too_much"]))
    assert told.kind is VerdictKind.ACCEPTED
    assert told.findings[0].check == "updates_too_much"


def test_an_incremental_feed_may_bring_little() -> None:
    assert "holds_too_little" not in found(case(full=False, **FIRES["holds_too_little"]))


def test_a_bound_is_moved_or_taken_away_in_the_toml() -> None:
    assert "mix_shift" in Limits.model_fields
    assert "sectors_shifted" not in found(case(limits=Limits(mix_shift=False), **FIRES["sectors_shifted"]))
    assert "updates_too_much" not in found(case(limits=Limits(updated_share=0.5), **FIRES["updates_too_much"]))


def test_findings_from_before_the_gate_stop_a_drop_too() -> None:
    earlier = Finding("header_missing", Severity.STOP, "a", "b", "c")
    assert judge(case(), (earlier,)).kind is VerdictKind.QUARANTINED
    assert judge(case(count=0), (earlier,)).findings == (earlier,)


def test_repeated_references_are_a_warning_until_they_are_what_the_feed_always_sends() -> None:
    warned = Finding("references_repeated", Severity.WARN, "a", "b", "c")
    for nights, severity in ((2, Severity.WARN), (3, Severity.NOTE)):
        assert [f.severity for f in judge(case(count=nights), (warned,)).findings] == [severity]
    told = judge(case(**FIRES["repeats_more"]), (warned,)).findings
    assert [finding.severity for finding in told] == [Severity.WARN, Severity.WARN]


def test_absence_means_withdrawal_only_when_all_came() -> None:
    assert may_withdraw(None, 5, complete=True)
    assert may_withdraw(5, 5, complete=True)
    assert not may_withdraw(6, 5, complete=True)
    assert not may_withdraw(None, 5, complete=False)


PAGE = Path(__file__).resolve().parents[2] / "docs" / "gate.md"


def test_the_page_of_the_gate_names_every_limit_with_its_default() -> None:
    page = PAGE.read_text(encoding="utf-8")
    of_reading = {"bytes", "rows", "few", "tries", "memory", "seconds"}
    for name, said in Limits.model_fields.items():
        assert name in of_reading or f"`{name}` ({said.default:.2f})" in page or f"`{name}` ({said.default})" in page


def test_a_drop_whose_references_are_written_otherwise_is_not_said_to_be_cut_off() -> None:
    lacking = case(withdrawn=900, updated=0, unchanged=0, created=930)
    rewritten = Finding("references_rewritten", Severity.STOP, "« 1.0 »", "« 1 »", "…")
    verdict = judge(lacking, (rewritten,))
    assert verdict.kind is VerdictKind.QUARANTINED
    assert "cut off" in " ".join(one.sentence for one in judge(lacking).findings)
    assert "cut off" not in " ".join(one.sentence for one in verdict.findings)


def looked_at(cases: list[Case]) -> list[Unmet]:
    """What Great Expectations finds unmet, of deliveries numbered from 0."""
    import great_expectations as gx  # seconds, and only here

    from validation.gate.suites import quiet, validate

    several = [Judged(number, NIGHT, one) for number, one in enumerate(cases)]
    return validate(quiet(gx.get_context(mode="ephemeral")), SOUND.feed, several)


def test_great_expectations_finds_of_each_delivery_what_the_gate_found() -> None:
    cases = [case(), *(case(**changed) for changed in FIRES.values()), case(again=True, **FIRES["updates_too_much"])]
    said = {(number, check) for number, one in enumerate(cases) for check in found(one)}
    assert {(one.delivery, one.check) for one in looked_at(cases)} == said
    assert {check for _, check in said} == set(FIRES)


COUNTED = ("read", "kept", "rejected", "repeated", "updated", "withdrawn", "seats")
FIGURES = st.fixed_dictionaries({name: st.integers(0, 2000) for name in COUNTED})
DELIVERIES = st.lists(st.tuples(FIGURES, st.integers(0, 7), st.booleans()), min_size=40, max_size=80)


@examples(1)
@given(DELIVERIES)
def test_great_expectations_and_the_gate_have_one_answer(drawn: list[tuple[dict[str, int], int, bool]]) -> None:
    cases = [case(nights, again=again, **figures) for figures, nights, again in drawn]
    said = {(number, check) for number, one in enumerate(cases) for check in found(one)}
    assert {(one.delivery, one.check) for one in looked_at(cases)} == said


def test_a_limit_that_is_taken_away_leaves_its_expectations_out_of_the_suite() -> None:
    from validation.gate.suites import suite

    def named(limits: Limits) -> set[str]:
        return {one.meta["check"] for one in suite("ateliers-offres", limits).expectations}

    assert named(Limits()) == set(FIRES)
    gone = named(Limits()) - named(Limits(mix_shift=False))
    assert gone == {"sectors_shifted", "departments_shifted", "weeks_shifted"}


def test_what_great_expectations_finds_is_kept_and_known_to_be_said_or_not(tmp_path: Path) -> None:
    from validation.gate.suites import build

    said = Judged(5, NIGHT, case(**FIRES["creates_more"]), frozenset({"creates_more"}))
    unsaid = Judged(6, NIGHT, case(**FIRES["eroded"]))
    build(tmp_path / "pages", [said, unsaid])
    unmet = (Unmet(SOUND.feed, 5, "creates_more", known=True), Unmet(SOUND.feed, 6, "eroded", known=False))
    assert kept(tmp_path / "pages", {5, 6, 7}) == (2, unmet)
    assert kept(tmp_path / "pages", {6}) == (1, unmet[1:])
    assert kept(tmp_path / "none", {5}) == (0, ())
    assert len(list((tmp_path / "pages" / "results").rglob("*.json"))) == 1
    assert (tmp_path / "pages" / "index.html").is_file()


def test_a_frame_has_a_line_for_each_delivery_and_nothing_where_nothing_is_asked() -> None:
    stopping, warning = (one for one in TABLE if one.name == "updates_too_much")
    whole = frame([Judged(1, NIGHT, case()), Judged(2, NIGHT, case(count=2)), Judged(3, NIGHT, case(again=True))])
    assert whole["delivery"].tolist() == [1, 2, 3]
    assert whole[key(stopping)].notna().tolist() == whole[bound_of(stopping)].notna().tolist() == [True, False, False]
    assert whole[key(warning)].notna().tolist() == [False, False, True]


def test_a_delivery_is_looked_at_with_what_the_ledger_knows_of_it() -> None:
    """Its own history; whether all came; and what an earlier finding explains is not asked."""
    nights = [(past, past.delivery != 8) for past in reversed(history(4))]
    part = Finding("came_in_part", Severity.WARN, "2 pages gone", "all", "…")
    told = judged(nights, {SOUND.feed: Limits(few=1)}, {9: (part,)})
    assert [one.delivery for one in told] == [6, 7, 8, 9]
    assert [[past.delivery for past in one.case.history] for one in told] == [[], [6], [7, 6], [7, 6]]
    assert [one.case.month for one in told] == [one.case.history for one in told]
    assert [(one.case.complete, one.case.lacks) for one in told[2:]] == [(True, ""), (False, "2 pages gone")]
    assert {one.case.limits.few for one in told} == {1}
    rewritten = Judged(9, NIGHT, case(withdrawn=900), frozenset({"references_rewritten"}))
    assert "withdraws_too_much (stop)" in frame([rewritten]).columns
    assert frame([rewritten])["withdraws_too_much (stop)"].isna().all()
