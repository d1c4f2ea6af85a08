"""The gate within the story: profiles kept with deliveries, a history that is learnt from, pages drawn from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from offers.feed import Feed
from offers.model import Delivery, VerdictKind
from operations.alerts import make
from testing.commands import ROOT
from testing.yard import SLUG, Yard, offer, offers

ACCEPTED, QUARANTINED = VerdictKind.ACCEPTED, VerdictKind.QUARANTINED


def learnt(yard: Yard, count: int = 20) -> None:
    """Three sound nights, each with one offer more."""
    for night in range(3):
        assert yard.take(offers(count + night)).verdict is ACCEPTED


def draw(yard: Yard, feed: Feed | None = None) -> Path | None:
    """The pages, drawn anew."""
    from flows.data_docs import draw as drawn  # here: Great Expectations takes seconds to import

    return drawn(yard.dock, {SLUG: feed or yard.feed})


def checks(delivery: Delivery) -> set[str]:
    return {finding.check for finding in delivery.findings}


def test_the_profile_of_a_delivery_is_kept_with_it(yard: Yard) -> None:
    delivery = yard.take([*offers(4), offer("R005", CP="7500"), offer("R006", Type="CDI")])
    profile = yard.dock.store.ledger.profile(delivery.id or 0)
    assert profile is not None
    assert (profile.read, profile.kept, profile.rejected, profile.ignored) == (6, 4, 1, 1)
    assert profile.words == {"Type": {"Stage": 5, "CDI": 1}}
    assert [past.delivery for past in yard.dock.store.ledger.history(SLUG)] == [delivery.id]


def test_a_quarantined_delivery_has_a_profile_and_is_no_history(yard: Yard) -> None:
    first = yard.take(offers(10))
    held = yard.take(offers(3))
    assert held.verdict is QUARANTINED
    profile = yard.dock.store.ledger.profile(held.id or 0)
    assert profile is not None
    assert (profile.withdrawn, profile.standing) == (7, 10)
    assert [past.delivery for past in yard.dock.store.ledger.history(SLUG)] == [first.id]


@pytest.mark.standing(3)
def test_an_unchanged_delivery_was_not_judged(yard: Yard) -> None:
    assert yard.dock.store.ledger.profile(yard.take(offers(3)).id or 0) is None


@pytest.mark.standing(by=learnt)
def test_records_that_change_all_at_once_stop_a_feed_that_is_known(yard: Yard) -> None:
    garbled = [{**row, "Intitulé": row["Intitulé"].replace("é", "?")} for row in offers(22)]
    delivery = yard.take(garbled)
    assert delivery.verdict is QUARANTINED
    assert "updates_too_much" in checks(delivery)


@pytest.mark.standing(by=learnt)
def test_a_corrected_mapping_warns_when_it_changes_every_record_of_the_same_bytes(yard: Yard) -> None:
    delivery = yard.take(offers(22), constants={"seats": "2"})
    assert (delivery.verdict, delivery.counts.updated) == (ACCEPTED, 22)
    assert "updates_too_much" in checks(delivery)


@pytest.mark.standing(by=learnt)
def test_references_from_another_column_are_stopped(yard: Yard) -> None:
    delivery = yard.take([{**row, "Réf.": f"X{row['Réf.']}"} for row in offers(22)], scope="incremental")
    assert delivery.verdict is QUARANTINED
    assert "references_all_new" in checks(delivery)


def test_a_new_contract_word_that_would_empty_the_feed_is_stopped_with_the_line_to_write(yard: Yard) -> None:
    kept = yard.feed.filter[0].model_copy(update={"drop": None, "keep": ("Stage",)})
    yard.feed = yard.feed.model_copy(update={"filter": (kept,), "scope": "incremental"})
    learnt(yard)
    delivery = yard.take(offers(22, Type="Séquence d'observation"))
    assert delivery.verdict is QUARANTINED
    assert {"nothing_kept", "filter_word_new"} <= checks(delivery)
    said = next(finding.sentence for finding in delivery.findings if finding.check == "filter_word_new")
    assert 'keep = ["Stage", "Séquence d\'observation"]' in said


@pytest.mark.standing(by=learnt)
def test_a_header_that_was_renamed_comes_with_its_successor(yard: Yard) -> None:
    body = yard.leave(offers(22)).read_bytes().replace(b"Adresse", b"Rue du site", 1)
    delivery = yard.take(body)
    assert delivery.verdict is QUARANTINED
    said = next(finding.sentence for finding in delivery.findings if finding.check == "header_renamed")
    assert '`street = "Rue du site"` in [feeds.offres.mapping] of ateliers.toml' in said
    profile = yard.dock.store.ledger.profile(delivery.id or 0)
    assert profile is not None
    assert profile.headers_renamed == {"Adresse": "Rue du site"}


def test_data_docs_show_the_last_days_and_the_digest_tells_what_great_expectations_finds_of_the_night(
    yard: Yard,
) -> None:
    """As the gate said; and what it had not said, for the limits were others then."""
    assert draw(yard) is None
    old = yard.take(offers(9))
    yard.at = yard.at.replace(month=yard.at.month + 1)
    new, held = yard.take(offers(10)), yard.take(offers(2))
    assert held.verdict is QUARANTINED
    index = draw(yard)
    assert index == yard.home / "data_docs" / "index.html"
    page = Path(index).read_text(encoding="utf-8")
    assert f"deliveries {new.id}, {held.id}" in page
    assert f"{old.id}, " not in page
    assert len(list(index.parent.glob("validations/**/*.html"))) == 1
    looked = ". Great Expectations looked at 2 deliveries: 1 unmet, as the gate said"
    assert f"{looked}." in make(yard.dock, sending=False)["body"]
    third = yard.take(offers(9))
    strict = yard.feed.limits.model_copy(update={"withdrawn_share": 0.05, "few": 0})
    draw(yard, yard.feed.model_copy(update={"limits": strict}))
    unsaid = f"unmet under today's limits, and not said then: withdraws_too_much of {SLUG}, delivery {third.id}."
    assert unsaid in make(yard.dock, sending=False)["body"]


IN_A_FRESH_PROCESS = """
import sys
from datetime import datetime
from pathlib import Path
from testing.yard import offers, open_yard
with open_yard(Path(sys.argv[1]), sys.argv[2]) as yard:
    yard.at = datetime.fromisoformat(sys.argv[3])
    print(yard.take(offers(2)).verdict.value, "great_expectations" in sys.modules)
"""


@pytest.mark.standing(by=learnt)
def test_a_feed_that_is_known_is_judged_without_great_expectations(yard: Yard) -> None:
    url = yard.dock.store.warehouse.engine.url.render_as_string(hide_password=False)
    said = [sys.executable, "-c", IN_A_FRESH_PROCESS, str(yard.home), url, yard.at.isoformat()]
    done = subprocess.run(said, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "quarantined False"


@pytest.mark.parametrize("sent", [offers(5, Ville="Lyon 3e"), []])
@pytest.mark.standing(5)
def test_judging_leaves_nothing_on_the_screen(yard, capfd, sent):
    yard.take(sent)
    assert capfd.readouterr() == ("", "")
