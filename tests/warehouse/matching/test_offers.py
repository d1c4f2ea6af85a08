"""Records become offers as they are published: each standing record is of exactly one, and `offers` shows each once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from offers.calendar import week_over
from offers.changes import compare
from offers.columns import NAMES
from offers.examined import Examined
from offers.feed import Terms
from offers.matching.sketches import VERSION
from offers.model import Counts, Delivery, Landed, Severity, VerdictKind
from testing.examples import examples
from warehouse.engine import open_warehouse
from warehouse.matching import candidates, golden
from warehouse.matching.schema import TODAY, WEEK_OVER
from warehouse.store import Store

OWN, ATS, POSTER, LIST = "rivoire/offres", "rivoire/ats", "poste/offres", "liste/tout"
TERMS = {OWN: Terms("employer"), ATS: Terms("ats"), POSTER: Terms("multiposter"), LIST: Terms("aggregator")}
MONDAY = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
ATELIER = "Tu suivras l'équipe de l'atelier : usinage, contrôle des pièces et préparation des commandes du jour."
BUREAU = "Accueil du public au guichet, tri du courrier, découverte des logiciels de gestion et visite des archives."
WEEK_1, WEEK_2, BOTH_WEEKS = "2026-W25", "2026-W26", "2026-W25 2026-W26"
BASE = {
    "title": "Stage de seconde : usinage",
    "description": ATELIER,
    "employer_name": "Ateliers Rivoire",
    "is_public": "false",
    "sector": "s31",
    "street": "12 rue des Forges",
    "postal_code": "35400",
    "city": "Saint-Malo",
    "insee_code": "35288",
    "department": "35",
    "seats": "2",
    "grades": "seconde",
    "weeks": BOTH_WEEKS,
}
COOK = {"title": "Stage de seconde : cuisine", "description": BUREAU}
NORTH = {"street": "3 quai Duguay-Trouin"}


def records(*rows: dict[str, str | None]) -> pd.DataFrame:
    filled = [BASE | {"reference": f"r{n}"} | row for n, row in enumerate(rows)]
    return pd.DataFrame(filled, columns=list(NAMES), index=pd.RangeIndex(2, len(rows) + 2, name="line")).astype("str")


def deliver(
    store: Store, feed: str, *rows: dict[str, str | None], night: int = 0, terms: Terms | None = None
) -> Delivery:
    """The feed's drop of one night holds these records, and no others."""
    changes = compare(records(*rows), store.ledger.standing(feed), "full")
    counts = Counts(
        read=len(rows),
        created=len(changes.created),
        updated=len(changes.updated),
        unchanged=changes.unchanged,
        withdrawn=len(changes.withdrawn),
    )
    at = MONDAY + timedelta(days=night)
    landed = Landed(feed, "offres.csv", "ab" * 32, 12, at, "landing/ab")
    delivery = Delivery(feed, "offres.csv", "ab" * 32, VerdictKind.ACCEPTED, counts, (), at, at, "rules-1")
    return store.publish(landed, delivery, changes, Examined(), terms=terms or TERMS[feed])


def rows(store: Store, query: str) -> list[Any]:
    with store.warehouse.transaction() as connection:
        return list(connection.execute(text(query)))


def shown(store: Store) -> list[Any]:
    """The view `offers`."""
    return rows(store, "select * from offers order by offer")


def offer_of(store: Store, feed: str, reference: str = "r0") -> int:
    (row,) = rows(store, f"select offer_id from records where feed = '{feed}' and reference = '{reference}'")
    return row.offer_id


def closed(store: Store, offer: int) -> datetime | None:
    (row,) = rows(store, f"select closed_at from offer_ids where id = {offer}")
    return row.closed_at


def aliases(store: Store) -> dict[int, int]:
    return dict(tuple(row) for row in rows(store, "select alias, offer from offer_aliases"))


@pytest.fixture
def store(warehouse) -> Store:
    return Store(warehouse)


BEGINNINGS: tuple[dict[str, str | None], ...] = (
    {},
    {"weeks": None, **NORTH},
    {"weeks": WEEK_2, "seats": None, **COOK},
    {"expires_on": "2026-03-01", "street": "1 rue des Forges"},
    {"expires_on": "2026-04-30", "academy": "Rennes", "organisation": "Rivoire", "street": "2 rue des Forges"},
    {"weeks": "2026-W05", "street": "4 rue des Forges"},
    {"weeks": "2025-W25", "expires_on": "2026-12-31", "street": "5 rue des Forges"},
    {"department": None, "insee_code": None, "city": "Nulle-Part", "street": "6 rue des Forges"},
)


def test_an_offer_that_begins_is_written_down_as_one_that_is_settled_anew(store: Store) -> None:
    deliver(store, OWN, *BEGINNINGS)
    tables = ("select * from offer_ids order by id", "select * from published_offers order by offer")
    begun = [rows(store, table) for table in tables]
    with store.warehouse.transaction() as connection:
        for table in ("offer_ids", "published_offers"):
            connection.execute(text(f"delete from {table}"))
        golden.settle(connection, [row.id for row in begun[0]], MONDAY)
    assert (len(begun[0]), len(begun[1])) == (8, 5)
    assert [rows(store, table) for table in tables] == begun


@pytest.mark.parametrize("version", [VERSION, "of before"])
def test_no_key_is_left_of_a_sketch_that_is_gone(store: Store, version: str) -> None:
    deliver(store, LIST, {}, NORTH, COOK)
    with store.warehouse.transaction() as connection:
        connection.execute(text("update sketches set version = :version"), {"version": version})
    deliver(store, LIST, {"description": BUREAU}, NORTH, night=1)
    kept = [row.id for row in rows(store, "select id from sketches order by id")]
    assert (len(kept), [row[0] for row in rows(store, "select distinct sketch from sketch_keys order by 1")]) == (
        2,
        kept,
    )


def test_a_record_that_nobody_else_describes_is_an_offer_of_its_own_and_needs_no_golden_row(store):
    deliver(store, OWN, {}, NORTH, COOK)
    assert [(offer.records, offer.reference, offer.provenance) for offer in shown(store)] == [
        (1, "r0", {}),
        (1, "r1", {}),
        (1, "r2", {}),
    ]
    assert rows(store, "select 1 from golden") == []


def test_a_duplicate_of_two_feeds_is_one_offer_that_says_from_whom_each_column_comes(store):
    deliver(store, LIST, {"permalink": "https://liste.example/1", "siret": "35600000000048", "seats": "9"})
    delivery = deliver(store, OWN, {"reference": "STG-1", "title": "Usinage (H/F)"}, night=1)
    (offer,) = shown(store)
    assert (offer.feed, offer.reference, offer.records, offer.title, offer.seats) == (
        OWN, "STG-1", 2, "Usinage (H/F)", 2,
    )  # fmt: skip
    assert (offer.siret, offer.permalink) == ("35600000000048", "https://liste.example/1")
    assert offer.provenance == {"siret": [LIST, "r0"], "permalink": [LIST, "r0"]}
    assert (delivery.counts.linked, delivery.counts.review) == (1, 0)


def test_two_streets_in_one_town_are_two_offers_and_so_are_two_weeks(store):
    deliver(store, OWN, {"weeks": WEEK_1})
    deliver(store, LIST, {"weeks": WEEK_2}, {"weeks": WEEK_1} | NORTH)
    assert [offer.records for offer in shown(store)] == [1, 1, 1]


def test_a_pair_that_is_nearly_alike_is_counted_for_review_and_not_linked(store):
    deliver(store, OWN, {"weeks": WEEK_1})
    delivery = deliver(store, LIST, {"weeks": BOTH_WEEKS})
    assert (delivery.counts.linked, delivery.counts.review) == (0, 1)
    assert len(shown(store)) == 2


def test_an_expired_offer_is_closed_as_it_comes_and_not_shown(store):
    deliver(store, OWN, {"expires_on": "2020-01-01"}, NORTH | {"expires_on": "2020-01-01"}, COOK)
    deliver(store, LIST, NORTH | {"expires_on": "2999-01-01"})
    assert [offer.reference for offer in shown(store)] == ["r2"]
    assert closed(store, offer_of(store, OWN, "r0")) == MONDAY


def test_withdrawing_the_last_record_closes_the_offer_and_it_opens_again_with_its_id(store):
    deliver(store, LIST, {}, NORTH)
    offer = offer_of(store, LIST, "r1")
    deliver(store, LIST, {}, night=1)
    assert closed(store, offer) == MONDAY + timedelta(days=1)
    assert [shown_offer.reference for shown_offer in shown(store)] == ["r0"]
    deliver(store, LIST, {}, NORTH, night=2)
    assert (offer_of(store, LIST, "r1"), closed(store, offer)) == (offer, None)
    assert len(shown(store)) == 2


@pytest.mark.parametrize("own", [OWN, ATS])
def test_the_own_feed_s_withdrawal_closes_the_offer_though_an_aggregator_lists_it_and_its_return_opens_it(store, own):
    deliver(store, LIST, {})
    deliver(store, own, {}, night=1)
    offer = offer_of(store, own)
    deliver(store, own, night=2)
    assert (shown(store), closed(store, offer)) == ([], MONDAY + timedelta(days=2))
    deliver(store, LIST, {}, NORTH, night=3)
    assert offer_of(store, LIST) == offer
    assert [other.reference for other in shown(store)] == ["r1"]
    deliver(store, own, {}, night=4)
    assert (offer_of(store, own), offer_of(store, LIST), closed(store, offer)) == (offer, offer, None)
    assert [(other.feed, other.records) for other in shown(store)] == [(own, 2), (LIST, 1)]


def test_who_lists_an_offer_anew_that_its_employer_has_withdrawn_does_not_open_it(store):
    deliver(store, OWN, {})
    deliver(store, OWN, night=1)
    deliver(store, LIST, {}, night=2)
    assert offer_of(store, LIST) == offer_of(store, OWN)
    assert shown(store) == []


def test_an_aggregator_s_withdrawal_leaves_the_offer_open(store):
    deliver(store, OWN, {})
    deliver(store, LIST, {"siret": "35600000000048"})
    deliver(store, LIST, night=1)
    (offer,) = shown(store)
    assert (offer.offer, offer.records, offer.siret, offer.provenance) == (offer_of(store, OWN), 1, None, {})
    assert rows(store, "select 1 from golden") == []


def test_the_more_trusted_leads_whichever_comes_first_and_then_the_next(store):
    for feed in (LIST, POSTER, ATS, OWN):
        deliver(store, feed, {"lunch_break": feed})
        assert [(offer.feed, offer.lunch_break) for offer in shown(store)] == [(feed, feed)]
    deliver(store, OWN, night=1)
    assert [(offer.feed, offer.records) for offer in shown(store)] == [(ATS, 3)]


def test_a_merge_leaves_an_alias_and_a_split_takes_it_back(store):
    deliver(store, OWN, {"weeks": WEEK_1})
    deliver(store, LIST, {"weeks": WEEK_2})
    first, second = offer_of(store, OWN), offer_of(store, LIST)
    assert (first != second, aliases(store)) == (True, {})
    deliver(store, LIST, {"weeks": WEEK_1}, night=1)
    assert (offer_of(store, LIST), aliases(store)) == (first, {second: first})
    assert [offer.offer for offer in shown(store)] == [first]
    assert closed(store, second) == MONDAY + timedelta(days=1)
    deliver(store, LIST, {"weeks": WEEK_2}, night=2)
    assert (offer_of(store, OWN), offer_of(store, LIST), aliases(store)) == (first, second, {})
    assert [offer.offer for offer in shown(store)] == [first, second]
    assert closed(store, second) is None


def test_an_alias_follows_where_its_offer_goes(store):
    deliver(store, LIST, {"weeks": WEEK_2})
    deliver(store, OWN, {"weeks": WEEK_1})
    deliver(store, POSTER, {"weeks": BOTH_WEEKS})
    listed, own, posted = (offer_of(store, feed) for feed in (LIST, OWN, POSTER))
    deliver(store, POSTER, {"weeks": WEEK_1}, night=1)
    assert aliases(store) == {posted: own}
    deliver(store, OWN, {"weeks": WEEK_2}, night=2)
    deliver(store, POSTER, {"weeks": WEEK_2}, night=2)
    assert {offer_of(store, feed) for feed in (LIST, OWN, POSTER)} == {listed}
    assert aliases(store) == {posted: listed, own: listed}


def test_a_recycled_reference_closes_its_offer_opens_another_and_says_so(store):
    deliver(store, OWN, {}, NORTH)
    before = offer_of(store, OWN)
    delivery = deliver(store, OWN, COOK, NORTH, night=1)
    after = offer_of(store, OWN)
    assert after != before
    assert (closed(store, before), closed(store, after)) == (MONDAY + timedelta(days=1), None)
    (told,) = [finding for finding in delivery.findings if finding.check == "references_recycled"]
    assert (told.severity, "r0" in told.seen, "r1" in told.seen) == (Severity.WARN, True, False)
    assert store.ledger.delivery(delivery.id).findings == delivery.findings
    assert rows(store, "select reference, change, offer_id from record_versions") == [("r0", "recycled", before)]
    created = {row.reference: row.created_at for row in rows(store, "select reference, created_at from records")}
    assert created == {"r0": MONDAY + timedelta(days=1), "r1": MONDAY}


def test_what_an_aggregator_lists_still_of_a_recycled_reference_is_the_old_offer(store):
    deliver(store, OWN, {})
    deliver(store, LIST, {})
    before = offer_of(store, LIST)
    deliver(store, OWN, COOK, night=1)
    assert offer_of(store, LIST) == before != offer_of(store, OWN)
    assert {offer.title for offer in shown(store)} == {BASE["title"], COOK["title"]}


def test_a_reworded_record_is_the_same_offer(store):
    deliver(store, OWN, {})
    before = offer_of(store, OWN)
    delivery = deliver(store, OWN, {"description": ATELIER + " Une visite est prévue.", "seats": "3"}, night=1)
    assert (offer_of(store, OWN), delivery.findings) == (before, ())
    assert [(offer.offer, offer.seats) for offer in shown(store)] == [(before, 3)]


@pytest.mark.parametrize(
    ("repeated", "expected"),
    [("sum_seats", [(3, 6)]), ("keep_first", [(3, 2)]), ("keep", [(1, 2), (1, 2), (1, 2)])],
)
def test_rows_that_differ_in_their_reference_alone_are_what_the_feed_says_they_are(store, repeated, expected):
    delivery = deliver(store, OWN, {}, {}, {}, NORTH, terms=Terms("employer", repeated))
    found = [(offer.records, offer.seats) for offer in shown(store) if offer.street == BASE["street"]]
    assert found == expected
    assert len(shown(store)) == len(expected) + 1
    assert delivery.counts.linked == (0 if repeated == "keep" else 3)


def test_a_seat_more_is_a_seat_more_and_a_copy_elsewhere_is_none(store):
    deliver(store, OWN, {}, {})
    deliver(store, LIST, {"seats": "40"})
    assert [(offer.records, offer.seats) for offer in shown(store)] == [(3, 4)]
    deliver(store, OWN, {}, {}, {}, night=1)
    assert [(offer.records, offer.seats) for offer in shown(store)] == [(4, 6)]
    deliver(store, OWN, {}, night=2)
    assert [(offer.records, offer.seats) for offer in shown(store)] == [(2, 2)]


def test_the_next_delivery_goes_by_the_trust_that_is_said_then_though_no_record_changes(store):
    deliver(store, POSTER, {"lunch_break": "poste"})
    deliver(store, LIST, {"lunch_break": "liste"})
    assert [offer.lunch_break for offer in shown(store)] == ["poste"]
    deliver(store, LIST, {"lunch_break": "liste"}, night=1, terms=Terms("ats"))
    assert [offer.lunch_break for offer in shown(store)] == ["liste"]
    deliver(store, LIST, night=2, terms=Terms("ats"))
    assert shown(store) == []
    deliver(store, LIST, night=3, terms=Terms("aggregator"))
    assert [offer.lunch_break for offer in shown(store)] == ["poste"]


def test_the_next_delivery_counts_seats_by_what_is_said_then_of_repeated_rows(store):
    deliver(store, OWN, {}, {})
    deliver(store, OWN, {}, {}, night=1, terms=Terms("employer", "keep_first"))
    assert [(offer.records, offer.seats) for offer in shown(store)] == [(2, 2)]


TABLES = (
    "records", "record_versions", "deliveries", "findings", "feeds", "sketches", "sketch_keys", "links", "offer_ids",
    "offer_aliases", "golden", "published_offers",
)  # fmt: skip


def everything(store: Store) -> dict[str, Counter[str]]:
    """All rows of the tables that a delivery writes."""
    return {table: Counter(row[0] for row in rows(store, f"select t::text from {table} t")) for table in TABLES}


@pytest.mark.parametrize(
    "broken",
    [
        "warehouse.matching.assign.offer_ids",
        "warehouse.loading.load",
        "warehouse.matching.golden.survivors",
        "warehouse.store.quarantine.settle",
    ],
)
def test_a_failure_in_the_middle_leaves_nothing(store, monkeypatch, broken):
    deliver(store, OWN, {}, NORTH, COOK)
    deliver(store, LIST, {}, NORTH)
    before = everything(store)

    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError(broken)

    monkeypatch.setattr(broken, fails)
    night = {"siret": "35600000000048"}, NORTH | {"weeks": WEEK_1}, COOK | {"reference": "r9"}
    with pytest.raises(ZeroDivisionError, match=broken):
        deliver(store, LIST, *night, night=1, terms=Terms("multiposter"))
    assert everything(store) == before


def test_two_feeds_that_publish_at_once_find_each_other_s_duplicate(store, database_url):
    at_once, failed = Barrier(2), []

    def publish(feed: str) -> None:
        with open_warehouse(database_url, Path("unused")) as own:
            for night in range(2):
                at_once.wait(60)
                posts = [{"street": f"{n} rue des Forges"} for n in range(night + 1)]
                try:
                    deliver(Store(own), feed, *posts, night=night)
                except Exception as error:
                    failed.append(error)

    threads = [Thread(target=publish, args=(feed,)) for feed in (OWN, LIST)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [(offer.feed, offer.records) for offer in shown(store)] == [(OWN, 2)] * 2


POSTS = st.fixed_dictionaries(
    {"reference": st.sampled_from(["a", "b", "c", "d"])},
    optional={
        "title": st.sampled_from(["Stage : usinage", "Cuisine", "Usinage et cuisine"]),
        "description": st.sampled_from([ATELIER, ATELIER[:60] + "…", BUREAU]),
        "employer_name": st.sampled_from(["Ateliers Rivoire", "Rivoire", "Orme"]),
        "siret": st.sampled_from([None, "35600000000048", "73282932000074"]),
        "street": st.sampled_from(["12 rue des Forges", "3 quai Duguay-Trouin"]),
        "insee_code": st.sampled_from(["35288", "35049", None]),
        "weeks": st.sampled_from([WEEK_1, WEEK_2, BOTH_WEEKS]),
        "seats": st.sampled_from(["1", "2"]),
        "expires_on": st.sampled_from([None, "2020-01-01", "2999-01-01"]),
        "lunch_break": st.sampled_from([None, "Cantine"]),
    },
)
SAID = st.builds(Terms, st.sampled_from(["employer", "ats", "aggregator"]), st.sampled_from(["sum_seats", "keep"]))
NIGHTS = st.lists(
    st.tuples(
        st.sampled_from(["a/a", "b/b", "c/c"]),
        st.lists(POSTS, max_size=4, unique_by=lambda row: row["reference"]),
    ),
    min_size=1,
    max_size=5,
)
STANDING_COLUMNS = ("feed", "reference", "offer_id", "expires_on", "standing", "trust")
STANDING = """
    select r.feed, r.reference, r.offer_id, r.expires_on, r.withdrawn_at is null as standing, f.trust
    from records r join feeds f using (feed)
"""


def written_down(store: Store, ids: dict[int, Any]) -> None:
    """What the view shows is among the offers that were online, as it reads; what was closed in spring is withdrawn."""
    online = {row.offer: row for row in rows(store, "select * from published_offers")}
    for row in shown(store):
        said = online[row.offer]
        assert (said.school_year, said.withdrawn_on, said.seats) == ("2025-2026", None, row.seats or 1)
        for name in ("organisation", "sector", "department", "academy", "expires_on"):
            assert getattr(said, name) == getattr(row, name)
    for offer, said in online.items():
        over = said.expires_on is not None and said.expires_on.year <= 2020  # by its own day: nobody took it away
        assert said.withdrawn_on is not None or ids[offer].closed_at is None or over


def holds(store: Store) -> None:
    """Every record is of one offer, offers count their records, and the view shows each open unexpired one once."""
    found = pd.DataFrame(rows(store, STANDING), columns=list(STANDING_COLUMNS))
    ids = {row.id: row for row in rows(store, "select * from offer_ids")}
    golden = {row.offer: row for row in rows(store, "select * from golden")}
    assert set(found["offer_id"]) <= set(ids)
    expected = Counter[object]()
    for offer, known in ids.items():
        mine = found[found["offer_id"] == offer]
        own = mine[mine["trust"].isin(["employer", "ats"])]
        standing = mine[mine["standing"]]
        assert known.records == len(standing)
        assert (offer in golden) == (len(standing) > 1)
        leads = golden[offer] if offer in golden else standing.iloc[0] if len(standing) else None
        is_over = leads is not None and leads.expires_on is not None and leads.expires_on.year <= 2020
        is_closed = is_over or not mine["standing"].any() or (len(own) > 0 and not own["standing"].any())
        assert (known.closed_at is not None) == is_closed
        if leads is not None:
            assert (leads.feed, leads.reference) in set(zip(standing["feed"], standing["reference"], strict=True))
        if leads is not None and not is_closed:
            expected[offer, len(standing), leads.feed, leads.reference] += 1
    assert Counter((row.offer, row.records, row.feed, row.reference) for row in shown(store)) == expected
    written_down(store, ids)
    used = set(found["offer_id"][found["standing"]])
    known_aliases = aliases(store)
    assert not used & set(known_aliases)
    assert set(known_aliases) <= set(ids)
    assert set(known_aliases.values()) <= set(ids) - set(known_aliases)


@examples(3)
@given(NIGHTS, st.fixed_dictionaries({"a/a": SAID, "b/b": SAID, "c/c": SAID}))
def test_after_any_nights_every_record_is_of_one_offer_and_every_open_offer_is_shown_once(store, nights, terms):
    with store.warehouse.transaction() as connection:
        connection.execute(text(f"truncate {', '.join(TABLES)} restart identity cascade"))
    for night, (feed, posts) in enumerate(nights):
        delivery = deliver(store, feed, *posts, night=night, terms=terms[feed])
        counts = delivery.counts
        assert counts.read == len(posts) == counts.created + counts.updated + counts.unchanged
        assert 0 <= counts.linked <= counts.created + counts.updated
        assert store.ledger.delivery(delivery.id).counts == counts
        holds(store)
    offers = rows(store, "select feed, reference, offer_id from records order by 1, 2")
    deliver(store, feed, *posts, night=len(nights), terms=terms[feed])
    assert rows(store, "select feed, reference, offer_id from records order by 1, 2") == offers
    holds(store)


def test_the_week_that_the_view_holds_to_be_over_is_that_of_the_calendar(warehouse):
    week = WEEK_OVER.replace(TODAY, "d::date")
    query = f"select d::date, {week} from generate_series(date '2026-01-01', date '2033-01-10', '1 day') d"
    with warehouse.transaction() as connection:
        said = [tuple(row) for row in connection.execute(text(query))]
    assert said == [(day, week_over(day)) for day, _ in said]
    assert len(said) > 2500


def test_rows_of_one_title_street_and_town_are_compared_with_their_neighbours_and_the_split_is_told(store, monkeypatch):
    monkeypatch.setattr(candidates, "CROWDED", 20)
    alike = [{"reference": f"r{n:03}", "description": f"{ATELIER} Groupe {n:03}."} for n in range(150)]
    first = deliver(store, OWN, *alike[:100])
    second = deliver(store, OWN, *alike, night=1)
    (met,) = rows(store, "select max(n) most from (select count(*) n from links group by b) l")
    assert met.most < 150
    assert [offer.records for offer in shown(store)] == [150]
    assert [one.check for one in first.findings] == []
    assert [(one.check, one.severity) for one in second.findings] == [("blocks_split", Severity.NOTE)]
