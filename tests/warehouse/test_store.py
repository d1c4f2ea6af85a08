"""One delivery, all of it or nothing; what was said is found again as it was said."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from offers.changes import compare
from offers.columns import NAMES, PERSONAL
from offers.errors import Busy
from offers.examined import Examined
from offers.model import (
    IGNORED_COLUMNS,
    REJECTION_COLUMNS,
    REPAIR_COLUMNS,
    REPEATED_COLUMNS,
    Changes,
    Counts,
    Delivery,
    Finding,
    Landed,
    Severity,
    VerdictKind,
    text_frame,
)
from testing.examples import examples
from warehouse.engine import StatementRefused, open_warehouse
from warehouse.store import Store

FEED = "ateliers/offres"
MONDAY = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 4, 30, tzinfo=UTC)
WEDNESDAY = datetime(2026, 3, 4, 4, 30, tzinfo=UTC)
BASE = {
    "title": "Découverte des métiers",
    "description": "Tu suivras l'équipe de l'atelier.",
    "employer_name": "Ateliers Rivoire",
    "is_public": "false",
    "sector": "s31",
    "street": "12 rue des Forges",
    "postal_code": "75011",
    "city": "Paris",
    "latitude": "48.8534",
    "seats": "2",
    "grades": "seconde",
    "weeks": "2026-W25 2026-W26",
    "daily_hours": "mon=09:00-17:00 tue=09:00-12:00",
    "contact_email": "stages@ateliers-rivoire.example",
    "expires_on": "2026-06-05",
}


def records(*rows: dict[str, str | None]) -> pd.DataFrame:
    filled = [BASE | {"reference": f"r{n}"} | row for n, row in enumerate(rows)]
    return pd.DataFrame(filled, columns=list(NAMES), index=pd.RangeIndex(2, len(rows) + 2, name="line")).astype("str")


def landed(name: str = "offres.csv", checksum: str = "ab") -> Landed:
    return Landed(FEED, name, checksum * 32, 12, MONDAY, f"landing/{checksum}")


def delivery(changes: Changes, at: datetime = MONDAY, **more) -> Delivery:
    counts = Counts(
        read=len(changes.created) + len(changes.updated) + changes.unchanged,
        created=len(changes.created),
        updated=len(changes.updated),
        unchanged=changes.unchanged,
        withdrawn=len(changes.withdrawn),
    )
    plain = Delivery(FEED, "offres.csv", "ab" * 32, VerdictKind.ACCEPTED, counts, (), at, at, "rules-1")
    return replace(plain, **more)


def load(store: Store, frame: pd.DataFrame, at: datetime = MONDAY) -> Delivery:
    changes = compare(frame, store.ledger.standing(FEED), "full")
    return store.publish(landed(), delivery(changes, at), changes, Examined())


def rows(store: Store, query: str) -> list[tuple]:
    with store.warehouse.transaction() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def counted(store: Store) -> dict[str, int]:
    tables = ("drops", "deliveries", "findings", "rejections", "records", "record_versions")
    return {table: rows(store, f"select count(*) from {table}")[0][0] for table in tables}


@pytest.fixture
def store(warehouse) -> Store:
    return Store(warehouse)


def test_values_are_stored_in_the_types_of_their_kinds(store):
    load(store, records({}))
    names = "seats, latitude, longitude, is_public, grades, weeks, daily_hours, expires_on, published_on, line"
    assert rows(store, f"select {names} from records") == [
        (2, 48.8534, None, False, ["seconde"], ["2026-W25", "2026-W26"],
         {"mon": "09:00-17:00", "tue": "09:00-12:00"}, date(2026, 6, 5), None, 2)
    ]  # fmt: skip


def test_the_second_night_writes_only_what_changed_and_keeps_what_was_said_before(store):
    load(store, records({}, {}, {}))
    second = load(store, records({}, {"title": "Découverte de nos métiers"}, {}), TUESDAY)
    changed = "select reference, title, created_at, delivery_id from records where updated_at > created_at"
    assert rows(store, changed) == [("r1", "Découverte de nos métiers", MONDAY, second.id)]
    assert rows(store, "select reference, title, change, updated_at, superseded_at from record_versions") == [
        ("r1", "Découverte des métiers", "updated", MONDAY, TUESDAY)
    ]
    assert second.counts.unchanged == 2


def test_a_withdrawn_record_leaves_the_offers_and_comes_back_as_the_same_record(store):
    load(store, records({}, {}))
    gone = load(store, records({}), TUESDAY)
    assert rows(store, "select reference, withdrawn_at, withdrawn_by from records where withdrawn_at is not null") == [
        ("r1", TUESDAY, gone.id)
    ]
    assert rows(store, "select reference, change from record_versions") == [("r1", "withdrawn")]
    assert store.ledger.standing(FEED)["withdrawn"].tolist() == [False, True]
    back = load(store, records({}, {"title": "Découverte des métiers, de retour"}), WEDNESDAY)
    assert back.counts.created == 1
    assert rows(store, "select title, created_at, updated_at, withdrawn_at from records where reference = 'r1'") == [
        ("Découverte des métiers, de retour", MONDAY, WEDNESDAY, None)
    ]
    assert len(rows(store, "select 1 from record_versions")) == 1


def test_the_view_offers_shows_what_stands_and_has_not_expired_and_nobody_s_name(store):
    days = (None, "2020-01-01", "2999-01-01", "2026-06-05")
    four = [{"expires_on": day, "street": f"{number} rue des Forges"} for number, day in enumerate(days, 1)]
    load(store, records(*four))
    load(store, records(*four[:3]), TUESDAY)
    with store.warehouse.transaction() as connection:
        shown = connection.execute(text("select * from offers order by reference"))
        assert not set(PERSONAL) & set(shown.keys())
        assert [row.reference for row in shown] == ["r0", "r2"]


def test_a_failure_in_the_middle_leaves_nothing(store, monkeypatch):
    load(store, records({}, {}))
    before = counted(store)
    monkeypatch.setattr("warehouse.loading._WITHDRAW", text("select 1 / 0"))
    with pytest.raises(StatementRefused):
        load(store, records({"title": "Un autre titre"}), TUESDAY)
    assert counted(store) == before
    assert rows(store, "select distinct title from records") == [("Découverte des métiers",)]


def test_changes_made_from_an_older_standing_are_refused_whole(store):
    load(store, records({}, {}))
    changes = compare(records({}), store.ledger.standing(FEED), "full")
    load(store, records({}), TUESDAY)
    before = counted(store)
    with pytest.raises(RuntimeError, match="1 records were to be withdrawn, 0 were"):
        store.publish(landed(), delivery(changes, WEDNESDAY), changes, Examined())
    assert counted(store) == before


def test_the_database_itself_refuses_sums_that_do_not_hold(store):
    load(store, records({}))
    for wrong in ("unchanged = 7", "withdrawn = -1", "verdict = 'perhaps'", "verdict = 'quarantined', withdrawn = 1"):
        with pytest.raises(StatementRefused, match="CheckViolation"):
            rows(store, f"update deliveries set {wrong} returning id")


SAID = Examined(
    rejections=text_frame(
        REJECTION_COLUMNS, [(9, "siret", "N° SIRET", "siret_luhn", "x" * 400, None, "Ligne 9…", "Voir")]
    ),
    repairs=text_frame(REPAIR_COLUMNS, [(3, "city", "Ville", "paris 11", "Paris", "arrondissement")]),
    ignored=text_frame(IGNORED_COLUMNS, [(4, "pas un stage de seconde")]),
    repeated=text_frame(REPEATED_COLUMNS, [(5, "r0", 2)]),
)
FIELDS = {"read": 0, "share": 0.5, "sheets": [["Lyon", True, 3]], "headers": {"first": ["Réf."], "of": 4}}
FOUND = (
    Finding("empty", Severity.STOP, "0", "1 or more", "…", FIELDS),
    Finding("new_header", Severity.NOTE, "x", "", "…"),
)


def test_a_quarantined_delivery_says_everything_and_touches_no_record(store):
    load(store, records({}))
    counts = Counts(read=4, ignored=1, rejected=1, repeated=1, updated=1)
    held = delivery(
        NO_CHANGE, verdict=VerdictKind.QUARANTINED, counts=counts, findings=FOUND, flow_run="run-1", stages=SECONDS
    )
    written = store.hold(landed(), held, replace(SAID, headers={"siret": "N° SIRET"}))
    assert store.ledger.deliveries(FEED, limit=1) == [written]
    assert (written.findings, written.counts, store.ledger.delivery(written.id)) == (FOUND, counts, written)
    assert store.ledger.headers(written.id) == {"siret": "N° SIRET"}
    pd.testing.assert_frame_equal(store.ledger.repairs(written.id), SAID.repairs)
    pd.testing.assert_frame_equal(store.ledger.ignored(written.id), SAID.ignored)
    pd.testing.assert_frame_equal(store.ledger.repeated(written.id), SAID.repeated)
    assert store.ledger.rejections(written.id)["value"].tolist() == ["x" * 299 + "…"]
    assert store.ledger.rejections(written.id)["detail"].isna().all()
    assert counted(store)["records"] == 1


SECONDS = {"read": 0.5}
NO_CHANGE = Changes(records(), records(), 0, ())


def test_the_same_bytes_again_are_one_drop_and_two_deliveries(store):
    first = load(store, records({}))
    again = store.note(
        landed("encore.csv"), delivery(NO_CHANGE, TUESDAY, verdict=VerdictKind.UNCHANGED, drop="encore.csv")
    )
    assert (counted(store)["drops"], counted(store)["deliveries"]) == (1, 2)
    accepted = store.ledger.last_accepted(FEED)
    assert accepted is not None
    assert (accepted.id, accepted.sha256, accepted.fingerprint) == (first.id, "ab" * 32, "rules-1")
    assert [d.drop for d in store.ledger.deliveries()] == ["encore.csv", "offres.csv"]
    summary = store.ledger.feeds_summary()[FEED]
    assert (summary.last, summary.last_accepted_at, summary.standing) == (again, TUESDAY, 1)


def test_a_feed_that_never_delivered_is_unknown(store):
    assert store.ledger.last_accepted(FEED) is None
    assert store.ledger.standing(FEED).empty
    assert (store.ledger.deliveries(), store.ledger.feeds_summary(), store.ledger.delivery(1)) == ([], {}, None)


def test_only_the_fitting_verdict_is_taken(store):
    accepted = delivery(NO_CHANGE)
    for refused in (
        lambda: store.hold(landed(), accepted, Examined()),
        lambda: store.note(landed(), accepted),
        lambda: store.publish(landed(), replace(accepted, verdict=VerdictKind.QUARANTINED), NO_CHANGE, Examined()),
    ):
        with pytest.raises(ValueError, match="deliver"):
            refused()


def test_what_is_known_after_the_commit_is_written_down_then(store):
    written = load(store, records({}))
    done = replace(written, report="outbox/offres.retour.html", stages={"publish": 0.5}, finished_at=TUESDAY)
    store.ledger.close(done)
    assert store.ledger.delivery(written.id) == done


def test_two_runs_of_one_feed_never_overlap_and_two_feeds_do(store, database_url):
    with open_warehouse(database_url, Path("unused")) as other_warehouse:
        other = Store(other_warehouse)
        with store.lock(FEED):
            with other.lock("autre/offres"):
                pass
            with pytest.raises(Busy, match=FEED), other.lock(FEED):
                pass
        with other.lock(FEED):
            pass


HOLD = """
import sys, pathlib, time
from warehouse.engine import open_warehouse
from warehouse.store import Store
with open_warehouse(sys.argv[1], pathlib.Path("unused")) as warehouse, Store(warehouse).lock(sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_killed_run_leaves_no_lock_behind(store, database_url):
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", HOLD, database_url, FEED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "held\n"
        with pytest.raises(Busy), store.lock(FEED):
            pass
        run.kill()
    assert _soon_free(store)


def _soon_free(store: Store) -> bool:
    for _ in range(500):
        try:
            with store.lock(FEED):
                return True
        except Busy:
            time.sleep(0.01)
    return False


NASTY = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["\\N", "", "\\.", 'a"b', "a\tb", "a\\b\\", "a\nb\r\nc", "NULL", "null"]),
    st.sampled_from([",", '"', "é€🎓", "\\.\n", "\n\\.\n"]),
)


@examples(5)
@given(st.lists(st.tuples(NASTY, st.none() | NASTY), min_size=1, max_size=6))
def test_any_text_is_found_again_as_it_was_but_for_the_nul_that_no_database_holds(store, values):
    frame = records(*({"title": title, "lunch_break": lunch} for title, lunch in values))
    load(store, frame)
    shown = [(t.replace("\x00", "\u2400"), lunch and lunch.replace("\x00", "\u2400")) for t, lunch in values]
    assert rows(store, "select title, lunch_break from records where withdrawn_at is null order by line") == shown
    assert compare(frame, store.ledger.standing(FEED), "full").unchanged == len(values)


@examples(5)
@given(
    st.sets(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60), min_size=1, max_size=8)
)
def test_any_reference_is_recognised_the_next_night(store, references):
    frame = records(*({"reference": reference} for reference in sorted(references)))
    load(store, frame)
    changes = compare(frame, store.ledger.standing(FEED), "full")
    assert (changes.unchanged, changes.withdrawn) == (len(references), ())
