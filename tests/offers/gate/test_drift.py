"""What a partner changed without a word: three drifts that befell others, and the kinds they are of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from offers.feed import Feed
from offers.gate import drift
from offers.gate.profile import Past, Profile
from offers.gate.profiling import column_profile
from offers.model import Finding, Severity

SECTORS = {"s1": "Agriculture", "s26": "Hôtellerie, restauration"}
STREETS = [f"{n} rue des Forges" for n in range(1, 61)]
IDS = [f"R{n:03d}" for n in range(1, 61)]


def a_feed(**more: Any) -> Feed:
    mapping = {"reference": "id", "title": "title", "street": "ad", "published_on": "date"}
    said = {"partner": "rivoire", "name": "offres", "title": "Rivoire", "source": None, "format": {"kind": "json"}}
    return Feed.model_validate({**said, "mapping": mapping, **more})


def night(columns: dict[str, list[str]], **figures: Any) -> tuple[pd.DataFrame, Profile]:
    """A drop with these columns, and its profile; what is mapped is profiled under our names."""
    frame = pd.DataFrame(columns).astype("str")
    ours = {name: source.headers[0] for name, source in a_feed().mapping.items()}
    profiled = {
        name: column_profile(frame[header], (header,), name == "published_on")
        for name, header in ours.items()
        if header in frame
    }
    counts = {"read": len(frame), "kept": len(frame), "standing": len(frame), "unchanged": len(frame), **figures}
    return frame, Profile(feed="rivoire/offres", headers=tuple(columns), columns=profiled, **counts)


def before(profile: Profile, count: int = 3) -> tuple[Past, ...]:
    return tuple(Past(n, datetime(2026, 3, n, tzinfo=UTC), "", profile) for n in range(count, 0, -1))


def told(was: Profile, frame: pd.DataFrame, now: Profile, feed: Feed | None = None, count: int = 3) -> list[Finding]:
    stands = pd.Series(IDS, dtype="str")
    seen = drift.DriftCase(now, before(was, count), feed or a_feed(), frame, stands, SECTORS)
    return list(drift.findings(seen, drift.renamed(seen)))


def plain_night(**changed: list[str]) -> dict[str, list[str]]:
    titles = [f"Atelier {n}" for n in range(60)]
    return {"id": IDS, "title": titles, "ad": STREETS, "date": ["2026-03-02"] * 60, **changed}


def test_nothing_is_said_of_a_night_like_the_others_nor_of_a_first_one() -> None:
    frame, profile = night(plain_night())
    assert told(profile, frame, profile) == []
    assert told(profile, frame, profile, count=0) == []


def test_an_address_that_moved_from_ad_to_entity_address_is_found_by_its_values() -> None:
    _, was = night(plain_night())
    moved = {name: values for name, values in plain_night().items() if name != "ad"}
    frame, now = night({**moved, "entity.name": ["Rivoire"] * 60, "entity.address": STREETS[5:] + STREETS[:5]})
    (finding,) = told(was, frame, now)
    assert (finding.check, finding.severity) == ("header_renamed", Severity.WARN)
    assert '`street = "entity.address"` in [feeds.offres.mapping] of rivoire.toml' in finding.sentence


def test_a_header_that_is_merely_spelt_otherwise_is_found_by_its_name() -> None:
    _, was = night(plain_night())
    moved = {name: values for name, values in plain_night().items() if name != "title"}
    frame, now = night({**moved, "jobtitle": [f"Bureau {n}" for n in range(60)]})
    assert [finding.seen for finding in told(was, frame, now)] == ["« jobtitle »"]


def test_a_header_that_is_gone_for_good_has_no_successor() -> None:
    _, was = night(plain_night())
    moved = {name: values for name, values in plain_night().items() if name != "ad"}
    frame, now = night({**moved, "logo": ["https://logo.example/x.png"] * 60})
    assert told(was, frame, now) == []


def test_a_record_id_that_changed_field_stops_the_drop_and_names_the_header() -> None:
    _, was = night(plain_night())
    columns = plain_night(id=[f"{n}" for n in range(9000, 9060)], externalId=IDS)
    frame, now = night(columns, unchanged=0, created=60, withdrawn=60)
    (finding,) = told(was, frame, now)
    assert (finding.check, finding.severity) == ("reference_moved", Severity.STOP)
    assert '`reference = "externalId"`' in finding.sentence


def test_references_that_are_new_and_nowhere_else_are_left_to_the_gate() -> None:
    _, was = night(plain_night())
    frame, now = night(plain_night(id=[f"{n}" for n in range(9000, 9060)]), unchanged=0, created=60)
    assert told(was, frame, now) == []


FILTERED = a_feed(filter=[{"column": "contract", "keep": ["Stage"], "reason": "not_a_placement"}])


def test_a_contract_word_never_seen_that_would_drop_every_offer_stops_it_with_the_line_to_write() -> None:
    frame, was = night(plain_night(), words={"contract": {"Stage": 60}})
    now = replace(was, words={"contract": {"Stage d'observation": 60}}, ignored=60, kept=0)
    (finding,) = told(was, frame, now, FILTERED)
    assert (finding.check, finding.severity) == ("filter_word_new", Severity.STOP)
    assert '`keep = ["Stage", "Stage d\'observation"]` in [[feeds.offres.filter]]' in finding.sentence


def test_a_new_contract_word_on_one_line_is_only_noted() -> None:
    frame, was = night(plain_night(), words={"contract": {"Stage": 60}})
    now = replace(was, read=200, words={"contract": {"Stage": 199, "CDD": 1}})
    assert [finding.severity for finding in told(was, frame, now, FILTERED)] == [Severity.NOTE]


def test_a_new_word_that_the_filter_knows_by_its_expression_is_no_drift() -> None:
    feed = a_feed(filter=[{"column": "contract", "keep_matching": r"\bstage", "reason": "not_a_placement"}])
    frame, was = night(plain_night(), words={"contract": {"Stage": 60}})
    assert told(was, frame, replace(was, words={"contract": {"Stage d'été": 60}}), feed) == []
    assert told(was, frame, replace(was, words={"contract": {"Séquence": 60}}), feed)[0].severity is Severity.STOP


def test_while_a_feed_is_learnt_drift_warns_and_stops_nothing() -> None:
    frame, was = night(plain_night(), words={"contract": {"Stage": 60}})
    now = replace(was, words={"contract": {"Stagiaire": 60}})
    assert [finding.severity for finding in told(was, frame, now, FILTERED, count=2)] == [Severity.WARN]


def test_a_lookup_word_never_seen_comes_with_the_line_and_the_nearest_sector() -> None:
    frame, was = night(plain_night(), unknown={"sector": {"Dragons": 3}})
    now = replace(was, unknown={"sector": {"Dragons": 3, "Hotellerie-restauration rapide": 9}})
    (finding,) = told(was, frame, now)
    assert (finding.check, finding.severity) == ("lookup_word_new", Severity.WARN)
    assert '`"Hotellerie-restauration rapide" = "s26"` in [feeds.offres.lookups.sector]' in finding.sentence
    assert "Dragons" not in finding.sentence


def test_a_date_format_that_changed_is_told_with_the_key_that_settles_it() -> None:
    _, was = night(plain_night())
    frame, now = night(plain_night(date=["03/02/2026"] * 60))
    (finding,) = told(was, frame, now)
    assert (finding.check, finding.seen) == ("date_format_changed", "99/99/9999 in published_on")
    assert "day_first" in finding.sentence


def test_references_that_a_spreadsheet_rewrote_stop_the_drop_with_their_cause() -> None:
    _, profile = night(plain_night())
    frame, now = night(plain_night(id=[f"r{n}" for n in range(1, 61)]), unchanged=0, created=60)
    seen = drift.DriftCase(
        now, before(profile, 1), a_feed(), frame, pd.Series(IDS, dtype="str"), SECTORS, frame["id"].astype("str")
    )
    (found,) = drift.findings(seen, {})
    assert (found.check, found.severity) == ("references_rewritten", Severity.STOP)
    assert (found.seen, found.expected) == ("« r1 »", "« R001 »")
