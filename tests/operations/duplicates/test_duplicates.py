"""What a person decides of two records holds: against every veto, every score, the next nights and a rebuild."""

from __future__ import annotations

from datetime import timedelta

import pytest

from offers.errors import Declined
from offers.feed import Terms
from offers.wording import Language
from operations.duplicates.looking_up import offer_history
from operations.duplicates.rebuilding import rebuild_all
from operations.duplicates.review import Ruling, Where, decide, decide_all, listed, shown_pair, waiting_where
from testing.pairing import FOUND, NEAR, OWN, Quay, row

SAME, DIFFERENT = Ruling(True, "anne", "seen on site"), Ruling(False, "anne", "two workshops")
SIRETS = {"a": "35600000000048", "b": "73282932000074"}


def one(quay: Quay, a: str, b: str) -> bool:
    """Whether two standing records, `A1` of the employer and `B1` of the aggregator, are one offer."""
    offers = {key.split(":")[1]: offer for key, offer in quay.offers().items()}
    return offers[a] == offers[b]


def rebuilt_is_no_drift(quay: Quay) -> None:
    """A dry run moves nothing, and rebuilding changes nothing."""
    before = quay.offers()
    assert rebuild_all(quay.dock, workers=1, write=False).as_dict()["moved"] == 0
    rebuild_all(quay.dock, workers=1)
    assert quay.offers() == before


def near_pair(quay: Quay) -> None:
    """A1 and B1 are nearly alike: they wait for a person."""
    quay.night(OWN, row("A1"))
    quay.night(FOUND, row("B1", description=NEAR))


def waits(quay: Quay) -> list[tuple[str, str]]:
    rows = listed(quay.dock, None, False, 50)["duplicates"]
    return [(found["a"]["record"].split(":")[1], found["b"]["record"].split(":")[1]) for found in rows]


def test_a_nearly_alike_pair_waits_with_both_records_and_why(quay):
    near_pair(quay)
    found = listed(quay.dock, None, False, 50)
    (pair,) = found["duplicates"]
    assert (pair["a"]["record"], pair["b"]["record"]) == (f"{FOUND}:B1", f"{OWN}:A1")
    assert (pair["a"]["title"], pair["a"]["employer_name"], pair["a"]["town"]) == (
        "Usinage à l'atelier", "Ateliers Rivoire", "69003 Lyon"
    )  # fmt: skip
    assert pair["rule"] == "nearly_like"
    assert pair["why"].startswith(
        "même commune, même rue, mêmes semaines, même employeur ; titres à 100 %, descriptions"
    )
    assert pair["since"] == quay.at.isoformat()
    assert {name: found[name] for name in ("found", "waiting", "lapsed", "decided")} == {
        "found": 1, "waiting": 1, "lapsed": 0, "decided": 0
    }  # fmt: skip
    assert listed(quay.dock, "autre/offres", False, 50)["duplicates"] == []
    assert len(listed(quay.dock, OWN, False, 50)["duplicates"]) == 1


def test_same_makes_one_offer_of_a_pair_that_waits_and_says_so(quay):
    near_pair(quay)
    said = decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", SAME)
    (offer,) = said["offers"]
    assert said["sentence"] == (
        f"{FOUND}:B1 and {OWN}:A1 are now one offer, {offer}; {said['aliases'][0]} leads there from now on."
    )
    assert one(quay, "A1", "B1")
    assert quay.rows("select offer, records from offers") == [(offer, 2)]
    assert waits(quay) == []
    rebuilt_is_no_drift(quay)


def test_same_outranks_every_veto_and_survives_the_next_nights(quay):
    quay.night(OWN, row("A1", siret=SIRETS["a"]))
    quay.night(FOUND, row("B1", siret=SIRETS["b"], street="3 place du Marché", weeks="2026-W25", title="Comptabilité"))
    assert not one(quay, "A1", "B1")
    decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", SAME)
    assert one(quay, "A1", "B1")
    quay.night(FOUND, row("B1", siret=SIRETS["b"], title="Cuisine", description="Tu aides en cuisine et en salle."))
    assert one(quay, "A1", "B1")
    quay.night(OWN, row("A1", siret=SIRETS["a"], description=NEAR), row("A2", siret=SIRETS["a"], title="Accueil"))
    assert one(quay, "A1", "B1")
    assert not one(quay, "A1", "A2")
    rebuilt_is_no_drift(quay)


def test_different_bars_two_records_that_are_alike_to_the_last_letter(quay):
    quay.night(OWN, row("A1"))
    quay.night(FOUND, row("B1"), row("B2"))
    assert quay.together() == {frozenset({"A1", "B1", "B2"})}
    said = decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", DIFFERENT)
    assert len(said["offers"]) == 2
    assert quay.together() == {frozenset({"B1", "B2"})}
    rebuilt_is_no_drift(quay)
    quay.night(FOUND, row("B1"), row("B2"), row("B3"))
    quay.night(OWN, row("A1", seats="2"))
    assert quay.together() == {frozenset({"B1", "B2", "B3"})}
    rebuilt_is_no_drift(quay)


def test_different_bars_a_union_by_a_third_record(quay):
    quay.night(OWN, row("A1"))
    quay.night(FOUND, row("B1"))
    decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", DIFFERENT)
    quay.night("ats/offres", row("C1"), terms=Terms("ats"))
    assert not one(quay, "A1", "B1")
    assert len(quay.together()) == 1
    rebuilt_is_no_drift(quay)


def test_twins_told_apart_are_two_offers_and_stay_so_on_the_next_nights_and_after_a_rebuild(quay):
    quay.night(OWN, row("A1"), row("A2"), row("A3"))
    assert quay.together() == {frozenset({"A1", "A2", "A3"})}
    said = decide(quay.dock, f"{OWN}:A1", f"{OWN}:A2", DIFFERENT)
    assert "are now two offers" in said["sentence"]
    assert not one(quay, "A1", "A2")
    rebuilt_is_no_drift(quay)
    quay.night(OWN, *(row(name, seats="2") for name in ("A1", "A2", "A3")))
    assert not one(quay, "A1", "A2")
    quay.night(OWN, *(row(name, description=NEAR) for name in ("A1", "A2")))
    assert quay.together() == set()
    rebuilt_is_no_drift(quay)
    decide(quay.dock, f"{OWN}:A2", f"{OWN}:A1", SAME)
    assert one(quay, "A1", "A2")
    rebuilt_is_no_drift(quay)


def test_same_joins_rows_of_a_feed_that_keeps_its_rows_apart(quay):
    keep = Terms("employer", "keep")
    quay.night(OWN, row("A1"), row("A2"), row("A3"), terms=keep)
    assert quay.together() == set()
    decide(quay.dock, f"{OWN}:A1", f"{OWN}:A2", SAME)
    assert quay.together() == {frozenset({"A1", "A2"})}
    quay.night(OWN, row("A1", seats="3"), row("A2"), row("A3"), terms=keep)
    assert quay.together() == {frozenset({"A1", "A2"})}
    rebuilt_is_no_drift(quay)


def test_a_record_told_apart_from_one_can_be_held_the_same_as_another(quay):
    quay.night(OWN, row("A1"), row("A2"), row("A3", title="Accueil", description=NEAR))
    decide(quay.dock, f"{OWN}:A1", f"{OWN}:A2", DIFFERENT)
    decide(quay.dock, f"{OWN}:A1", f"{OWN}:A3", SAME)
    assert quay.together() == {frozenset({"A1", "A3"})}
    rebuilt_is_no_drift(quay)


def test_deciding_again_replaces_the_earlier_decision_and_gives_the_id_back(quay):
    near_pair(quay)
    before = quay.offers()
    decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", SAME)
    said = decide(quay.dock, f"{FOUND}:B1", f"{OWN}:A1", DIFFERENT)
    assert "are one offer (decided by anne on 2026-03-04, because « seen on site »)" in said["replaced"]
    assert quay.offers() == before
    assert quay.rows("select same, reason from link_decisions") == [(False, "two workshops")]
    assert quay.rows("select * from offer_aliases") == []


def test_a_decision_keeps_both_sketches_and_their_likeness_as_a_label(quay):
    near_pair(quay)
    decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", DIFFERENT)
    ((feed_a, feed_b, label),) = quay.rows("select feed_a, feed_b, label from link_decisions")
    assert (feed_a, feed_b) == (FOUND, OWN)
    assert (label["a"]["feed"], label["b"]["feed"]) == (FOUND, OWN)
    assert label["b"]["title"] == "usinage atelier"
    assert (label["rule"], label["answer"]) == ("nearly_like", "review")
    assert 80 < label["score"] < 90
    assert label["title"] == 100


def test_a_decision_that_contradicts_others_is_declined_and_nothing_changes(quay):
    near_pair(quay)
    quay.night("ats/offres", row("C1", title="Accueil"), terms=Terms("ats"))
    decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", SAME)
    decide(quay.dock, f"{FOUND}:B1", "ats/offres:C1", DIFFERENT)
    before = quay.offers()
    with pytest.raises(
        Declined, match=r"cannot be one offer as long as .* Decide that anew first\. Nothing was changed"
    ):
        decide(quay.dock, f"{OWN}:A1", "ats/offres:C1", SAME)
    assert quay.offers() == before
    assert len(quay.rows("select 1 from link_decisions")) == 2


def test_a_decision_on_a_withdrawn_record_holds_when_it_comes_again(quay):
    near_pair(quay)
    quay.night(FOUND)
    said = decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", SAME)
    assert said["sentence"].endswith("One of them stands no more: they will be one when it comes again.")
    rebuilt_is_no_drift(quay)
    quay.night(FOUND, row("B1", description=NEAR))
    assert one(quay, "A1", "B1")


def test_a_decision_between_two_departements_survives_a_rebuild_of_each(quay):
    quay.night(OWN, row("A1"))
    quay.night(FOUND, row("B1", department="38", insee_code="38185", city="Grenoble", postal_code="38000"))
    decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", SAME)
    assert one(quay, "A1", "B1")
    before = quay.offers()
    assert rebuild_all(quay.dock, workers=1, write=False).as_dict()["moved"] == 0
    for department in ("38", "69", None):
        found = rebuild_all(quay.dock, department, workers=1)
        assert (found.as_dict()["moved"], found.across) == (0, 1)
        assert quay.offers() == before


def test_a_pair_that_nobody_decided_lapses_and_a_rebuild_does_not_bring_it_back(quay):
    near_pair(quay)
    quay.at += timedelta(days=31)
    for _ in range(2):
        assert waits(quay) == []
        found = listed(quay.dock, None, True, 50)
        assert [pair["state"] for pair in found["duplicates"]] == ["lapsed"]
        assert (found["waiting"], found["lapsed"]) == (0, 1)
        rebuild_all(quay.dock, workers=1)
    assert not one(quay, "A1", "B1")
    decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", SAME)
    assert one(quay, "A1", "B1")


def test_one_record_stands_for_its_twins(quay):
    quay.night(OWN, row("A1"), row("A2"), row("A3"))
    quay.night(FOUND, row("B1", description=NEAR))
    (pair,) = listed(quay.dock, None, False, 50)["duplicates"]
    assert (pair["b"]["record"], pair["b"]["twins"]) == (f"{OWN}:A1", 2)


def test_any_two_records_are_shown_with_what_is_held_of_them(quay):
    quay.night(OWN, row("A1", siret=SIRETS["a"]), row("A2", siret=SIRETS["b"]))
    quay.night(FOUND, row("B1", siret=SIRETS["a"]))
    distinct = shown_pair(quay.dock, f"{OWN}:A1", f"{OWN}:A2")
    assert (distinct["rule"], distinct["one_offer"]) == ("other_siret", False)
    assert distinct["why"] == "deux SIRET différents : deux sites ; titres à 100 %, descriptions à 100 %"
    linked = shown_pair(quay.dock, f"{OWN}:A1", f"{FOUND}:B1")
    assert linked["why"] == "même SIRET, même commune, mêmes semaines ; titres à 100 %, descriptions à 100 %"
    assert (linked["one_offer"], linked["a"]["offer_records"]) == (True, [f"{FOUND}:B1", f"{OWN}:A1"])
    decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", DIFFERENT)
    after = shown_pair(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", Language.ENGLISH)
    assert after["decision"]["by"] == "anne"
    assert after["why"].startswith(
        "two offers, anne decided on 2026-03-04: « two workshops » (as they look: same SIRET"
    )


def test_two_offers_are_shown_by_their_most_alike_records(quay):
    quay.night(OWN, row("A1"), row("A2", title="Accueil", description=NEAR))
    quay.night(FOUND, row("B1", description=NEAR, title="Usinage à l'atelier"))
    decide(quay.dock, f"{OWN}:A1", f"{OWN}:A2", SAME)
    offers = {key.split(":")[1]: str(offer) for key, offer in quay.offers().items()}
    shown = shown_pair(quay.dock, offers["A2"], offers["B1"])
    assert (shown["a"]["record"], shown["b"]["record"]) == (f"{OWN}:A1", f"{FOUND}:B1")


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ("A1", f"{FOUND}:B1", "names no record: expected feed:reference"),
        (f"{OWN}:A9", f"{FOUND}:B1", "never had a record « A9 »"),
        ("rivoire/ofres:A1", f"{FOUND}:B1", "Did you mean rivoire/offres"),
        ("999", f"{FOUND}:B1", "no offer 999"),
        (f"{OWN}:A1", f"{OWN}:A1", "are one record"),
    ],
)
def test_what_names_nothing_is_declined_with_what_was_expected(quay, a, b, said):
    near_pair(quay)
    with pytest.raises(Declined, match=said):
        shown_pair(quay.dock, a, b)


def test_every_waiting_pair_of_an_employer_is_decided_at_once(quay):
    towns = [{"street": f"{n} rue Mercière", "employer_name": name} for n, name in
             enumerate(("Ateliers Rivoire", "Groupe Rivoire Ateliers", "Boulangerie Martin"))]  # fmt: skip
    quay.night(OWN, *(row(f"A{n}", **town) for n, town in enumerate(towns)))
    quay.night(FOUND, *(row(f"B{n}", description=NEAR, **town) for n, town in enumerate(towns)))
    assert len(waits(quay)) == 3
    assert waiting_where(quay.dock, Where(feed=OWN)) == []
    assert waiting_where(quay.dock, Where(employer="Ateliers Rivoire SA", town="13001")) == []
    rows = waiting_where(quay.dock, Where(employer="ATELIERS RIVOIRE SA", town="69383"))
    assert len(rows) == 1
    said = decide_all(quay.dock, rows, SAME)
    assert said == {"left_out": [], "decided": 1, "offers_before": 2, "offers_after": 1}
    assert quay.together() == {frozenset({"A0", "B0"})}
    assert decide_all(quay.dock, rows, DIFFERENT)["decided"] == 0


def test_the_history_of_an_offer_tells_of_its_records_ids_and_decisions_newest_first(quay):
    near_pair(quay)
    offers = quay.offers()
    decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", SAME)
    quay.night(OWN, row("A1", title="Usinage et fraisage à l'atelier"))
    quay.night(FOUND)
    quay.night(OWN)
    told = offer_history(quay.dock, f"{FOUND}:B1")
    assert told["offer"] == offers[f"{OWN}:A1"]
    assert told["aliases"] == [offers[f"{FOUND}:B1"]]
    assert told["closed_at"] == quay.at.isoformat()
    assert [(event["what"], event["record"]) for event in told["events"]][:3] == [
        ("withdrawn", f"{OWN}:A1"), ("closed", None), ("withdrawn", f"{FOUND}:B1")
    ]  # fmt: skip
    assert {event["what"] for event in told["events"]} == {
        "opened", "closed", "merged", "created", "updated", "withdrawn", "decided"
    }  # fmt: skip
    assert offer_history(quay.dock, str(offers[f"{FOUND}:B1"]))["events"] == told["events"]


def test_the_history_of_a_recycled_reference_s_former_offer_is_still_found(quay):
    quay.night(OWN, row("A1"))
    former = quay.offers()[f"{OWN}:A1"]
    quay.night(OWN, row("A1", title="Comptabilité", description="Saisie des factures et classement des pièces."))
    assert quay.offers()[f"{OWN}:A1"] != former
    told = offer_history(quay.dock, str(former))
    assert told["left"] == [{"record": f"{OWN}:A1", "offer": quay.offers()[f"{OWN}:A1"]}]
    assert told["events"][0]["what"] in ("recycled", "closed")
    with pytest.raises(Declined, match="there never was an offer 999"):
        offer_history(quay.dock, "999")


def test_an_offer_that_its_employer_withdrew_and_an_aggregator_still_lists_can_be_told_apart_and_joined_again(quay):
    quay.night(OWN, row("A1"))
    quay.night(FOUND, row("B1"))
    quay.night(OWN)
    assert quay.rows("select * from offers") == []
    decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", DIFFERENT)
    assert quay.rows("select reference from offers") == [("B1",)]
    rebuilt_is_no_drift(quay)
    said = decide(quay.dock, f"{OWN}:A1", f"{FOUND}:B1", SAME)
    assert said["sentence"].endswith("is closed, for its employer withdrew it.")
    assert quay.rows("select * from offers") == []
    rebuilt_is_no_drift(quay)


def test_a_withdrawn_row_holds_against_an_aggregator_though_its_twin_has_changed(quay):
    quay.night(OWN, row("A1"), row("A2"))
    quay.night(OWN, row("A1"))
    quay.night(OWN, row("A1", title="Comptabilité", description="Saisie des factures et classement des pièces."))
    quay.night(FOUND, row("B1"))
    assert quay.rows("select reference from offers") == [("A1",)]
    rebuilt_is_no_drift(quay)


def test_twins_of_which_one_was_withdrawn_are_told_apart(quay):
    quay.night(OWN, row("A1"), row("A2"), row("A3"))
    quay.night(FOUND, row("B1"))
    quay.night(OWN, row("A1"), row("A3"))
    decide(quay.dock, f"{OWN}:A1", f"{OWN}:A2", DIFFERENT)
    rebuilt_is_no_drift(quay)
    quay.night(OWN, row("A1"))
    decide(quay.dock, f"{OWN}:A1", f"{OWN}:A3", DIFFERENT)
    offers = dict(quay.rows("select reference, offer_id from records"))
    assert offers["A1"] not in (offers["A2"], offers["A3"])
    assert ("A1",) in quay.rows("select reference from offers")
    rebuilt_is_no_drift(quay)


def test_a_withdrawn_record_that_comes_again_with_another_text_leaves_nothing_behind(quay):
    quay.night(OWN, row("A1"), row("A2", title="Accueil"))
    quay.night(OWN, row("A2", title="Accueil"))
    quay.night(OWN, row("A1", description=NEAR), row("A2", title="Accueil"))
    assert quay.rows("select count(*) from sketches") == [(2,)]
    quay.night(FOUND, row("B1"))
    assert quay.together() == set()
    rebuilt_is_no_drift(quay)
