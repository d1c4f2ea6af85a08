"""An offer that a person hid stays hidden, whatever its partners send and wherever its records go, until lifted."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from offers.errors import Declined
from offers.feed import Terms
from operations.duplicates.looking_up import offer_history
from operations.duplicates.rebuilding import rebuild_all
from operations.duplicates.review import Ruling, decide
from operations.offers import hidden_offers as listed
from operations.offers import hide, lift
from testing.examples import examples
from testing.pairing import FOUND, NEAR, OWN, Quay, row
from warehouse import pledges as pledging
from warehouse.locks import lock

SAME, DIFFERENT = Ruling(True, "anne", "seen on site"), Ruling(False, "anne", "two workshops")
A1, B1 = f"{OWN}:A1", f"{FOUND}:B1"
OTHER = {"title": "Comptabilité", "description": "Saisie des factures et classement des pièces."}
BAD = "fausse annonce"


def online(quay: Quay) -> set[str]:
    """The references that the view shows, each offer by its leading record."""
    return {reference for (reference,) in quay.rows("select reference from offers")}


def hidden(quay: Quay, word: str) -> int:
    """Hide this offer; its id."""
    offer: int = hide(quay.dock, word, "anne", BAD)["offer"]
    return offer


def test_it_is_out_of_the_view_at_once_and_back_when_lifted(quay):
    quay.night(OWN, row("A1"), row("A2", street="3 rue Mercière"))
    offer = hidden(quay, A1)
    assert online(quay) == {"A2"}
    (one,) = listed(quay.dock)
    assert (one["offer"], one["hidden_by"], one["reason"], one["title"]) == (offer, "anne", BAD, "Usinage à l'atelier")
    assert hide(quay.dock, A1, "paul", "again")["hidden"] is False
    assert lift(quay.dock, str(offer), "paul", "asked them")["carried"] == []
    assert online(quay) == {"A1", "A2"}
    assert listed(quay.dock) == []
    assert [(gone["lifted_by"], gone["lifted_why"]) for gone in listed(quay.dock, lifted=True)] == [
        ("paul", "asked them")
    ]


NIGHTS = {
    "the same drop": [row("A1")],
    "an update": [row("A1", seats="3")],
    "another town": [row("A1", city="Bron", postal_code="69500", insee_code="69029")],
    "another text under the same reference": [row("A1", **OTHER)],
    "the same text under another reference": [row("A9")],
    "nearly the same text under another reference": [row("A9", seats="2", title="Usinage en atelier")],
    "two rows of it": [row("A1"), row("A9")],
    "nothing": [],
}


@pytest.mark.parametrize("terms", ["employer", "aggregator"])
def test_no_later_drop_brings_it_back(quay, terms):
    """Each case has a town of its own, so that none has to do with another, and all come in one drop."""

    def night(cases: dict[str, list[dict[str, str | None]]]) -> None:
        rows = []
        for number, said in enumerate(cases.values(), start=10):
            here = {"insee_code": f"{number}001", "department": str(number), "city": f"Ville {number}"}
            for one in said:
                moved = one["city"] != "Lyon"
                rows.append({**one, **({} if moved else here), "reference": f"{number} {one['reference']}"})
        quay.night(OWN, *rows, terms=Terms(terms))

    night({case: [row("A1")] for case in NIGHTS})
    for record in quay.offers():
        hidden(quay, record)
    for _ in range(2):
        night(NIGHTS)
        assert online(quay) == set()
        night({case: [] for case in NIGHTS})
    rebuild_all(quay.dock, workers=1)
    night(NIGHTS)
    assert online(quay) == set()


def test_where_references_are_row_numbers_and_shift_the_text_stays_hidden_and_others_are_shown(quay):
    third = {"street": "3 rue Mercière", "title": "Cuisine", "description": "Dresser les assiettes avec la brigade."}
    quay.night(OWN, row("1"), row("2", **third))
    hidden(quay, f"{OWN}:1")
    quay.night(OWN, row("1", street="4 rue Mercière", **OTHER), row("2"), row("3", **third))
    assert online(quay) & {"2", "3"} == {"3"}


def test_what_it_is_merged_into_is_hidden_too_and_what_it_is_split_into(quay):
    quay.night(FOUND, row("B1", description=NEAR))
    quay.night(OWN, row("A1"))
    hidden(quay, A1)
    assert online(quay) == {"B1"}
    decide(quay.dock, A1, B1, SAME)
    assert online(quay) == set()
    decide(quay.dock, A1, B1, DIFFERENT)
    assert online(quay) == set()
    assert {one["reason"] for one in listed(quay.dock)} == {BAD}


@pytest.mark.parametrize("by_former_id", [True, False])
def test_lifted_by_any_of_its_ids_a_merged_offer_is_online_again(quay, by_former_id):
    quay.night(FOUND, row("B1", description=NEAR))
    quay.night(OWN, row("A1"))
    former = hidden(quay, A1)
    decide(quay.dock, A1, B1, SAME)
    now = quay.offers()[A1]
    assert now != former
    assert lift(quay.dock, str(former if by_former_id else now), "anne", None)["lifted"] == sorted({former, now})
    assert len(online(quay)) == 1
    assert listed(quay.dock) == []


def test_after_a_split_each_part_is_lifted_by_itself_and_the_other_is_named(quay):
    quay.night(FOUND, row("B1", description=NEAR))
    quay.night(OWN, row("A1"))
    decide(quay.dock, A1, B1, SAME)
    offer = hidden(quay, A1)
    decide(quay.dock, A1, B1, DIFFERENT)
    (other,) = set(quay.offers().values()) - {offer}
    assert lift(quay.dock, str(offer), "anne", None)["carried"] == [other]
    assert len(online(quay)) == 1
    lift(quay.dock, str(other), "anne", None)
    assert online(quay) == {"A1", "B1"}


def test_one_that_is_hidden_while_a_drop_moves_its_records_is_hidden_where_they_go(quay):
    quay.night(FOUND, row("B1", description=NEAR))
    quay.night(OWN, row("A1"))
    warehouse = quay.dock.store.warehouse
    with warehouse.transaction() as publishing:
        lock(publishing)
        hiding = Thread(target=hidden, args=(quay, A1))
        hiding.start()
        while online(quay) != {"B1"}:  # it is down before the drop that is under way has ended
            hiding.join(0.01)
        publishing.execute(text("update records set offer_id = (select offer_id from records where reference = 'B1')"))
    hiding.join()
    quay.night(FOUND, row("B1", description=NEAR, seats="2"))
    assert online(quay) == set()


def test_a_hidden_offer_counts_for_no_pledge_until_it_is_lifted(quay):
    def delivered() -> int:
        return pledging.delivered(quay.dock.store.warehouse, "2025-2026").total.offers

    quay.night(OWN, row("A1"), row("A2", street="3 rue Mercière"))
    assert delivered() == 2
    hidden(quay, A1)
    assert delivered() == 1
    quay.night(OWN, row("A1", seats="3"), row("A2", street="3 rue Mercière"))
    assert delivered() == 1
    lift(quay.dock, A1, "anne", None)
    assert delivered() == 2


def test_its_history_says_who_hid_and_lifted_it_and_why(quay):
    quay.night(OWN, row("A1"))
    quay.at += timedelta(days=1)
    offer = hidden(quay, A1)
    quay.at += timedelta(days=1)
    told = offer_history(quay.dock, A1)
    assert (told["online"], told["hidden"]) == (False, True)
    lift(quay.dock, str(offer), "paul", "asked them")
    told = offer_history(quay.dock, A1)
    assert (told["online"], told["hidden"]) == (True, False)
    assert [(event["what"], event["said"]) for event in told["events"][:2]] == [
        ("lifted", "by paul: « asked them »"), ("hidden", f"by anne: « {BAD} »")
    ]  # fmt: skip


def test_what_is_unknown_or_not_hidden_is_declined(quay):
    quay.night(OWN, row("A1"))
    with pytest.raises(Declined, match="there never was an offer 999"):
        hidden(quay, "999")
    with pytest.raises(Declined, match="is not hidden"):
        lift(quay.dock, A1, "anne", None)


ROWS = st.lists(
    st.tuples(st.sampled_from("1234"), st.sampled_from([{}, {"description": NEAR}, OTHER])), max_size=4,
    unique_by=lambda pair: pair[0],
)  # fmt: skip
DROPS = st.lists(st.tuples(st.sampled_from([OWN, FOUND]), ROWS), min_size=1, max_size=4)


@examples(1)
@given(drops=DROPS)
def test_whatever_comes_its_text_is_never_shown_again_by_the_feed_that_sent_it(quay, drops):
    """Only the feed that sent it: the same text of another may be another offer, in another's word."""
    for feed in (OWN, FOUND):
        quay.night(feed)
    while still := listed(quay.dock):  # one that is lifted may take with it those that were hidden because of it
        lift(quay.dock, str(still[0]["offer"]), "anne", None)
    quay.night(OWN, row("1"))
    hidden(quay, f"{OWN}:1")
    for feed, rows in drops:
        quay.night(feed, *(row(reference, **changed) for reference, changed in rows))
        shown: list[Any] = quay.rows("select reference from offers where feed = 'rivoire/offres' and description like "
                                     "'%contrôle des pieces%'")  # fmt: skip
        assert shown == []
