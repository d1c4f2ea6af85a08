"""A feed that no partner's file names any more is named everywhere, and ends by a person's word: renamed or retired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from prometheus_client.core import Metric
from sqlalchemy import text

from config.partners import Broken, Partners
from offers.errors import Declined, FeedMisconfigured
from offers.feed import Terms
from offers.model import Delivery, VerdictKind
from operations import checkup
from operations.alerts import make
from operations.duplicates.rebuilding import rebuild_all
from operations.duplicates.review import Ruling, decide
from operations.feeds import the_feed, the_partners
from operations.ingest import ingest
from operations.metrics import Harbour
from operations.orphans import orphans, orphans_of, rename, retire
from testing.pairing import FOUND, NEAR, OWN, open_quay, row
from testing.yard import SLUG, TOML, Yard, offers
from warehouse.alerts import Failure
from warehouse.matching.schema import metadata
from warehouse.metering import FeedGauges
from warehouse.renaming import IN_JSON, bearing

NEW = "forges/offres"
WHY = ("anne", "merged into Forges")


def file_of(yard: Yard, partner: str) -> Path:
    return yard.home / "partners" / f"{partner}.toml"


def moved(yard: Yard) -> Partners:
    """The partner's file now bears another name."""
    file_of(yard, "ateliers").rename(file_of(yard, "forges"))
    return the_partners(yard.dock.settings)


def rows(yard: Yard, query: str) -> list[tuple[Any, ...]]:
    with yard.dock.store.warehouse.transaction() as connection:
        return [tuple(found) for found in connection.execute(text(query))]


def run_as(yard: Yard, slug: str) -> Delivery:
    yard.leave(offers(10))
    (delivery,) = ingest(the_feed(yard.dock.settings, slug), yard.dock)
    return delivery


@pytest.mark.standing(10)
def test_it_is_named_by_the_digest_the_doctor_and_the_metrics(yard: Yard) -> None:
    (orphan,) = orphans_of(yard.dock, moved(yard))
    assert (orphan.slug, orphan.held) == (SLUG, FeedGauges(standing=10))
    (matter,) = make(yard.dock, sending=False)["new"]
    assert (matter["feed"], matter["kind"]) == (SLUG, "orphaned")
    assert f"quai feeds retire {SLUG}" in matter["sentence"]
    assert checkup.orphaned(orphan).state == "look"
    metrics: dict[str, Metric] = {one.name: one for one in Harbour(yard.dock, [NEW]).collect()}
    assert [(s.labels, s.value) for s in metrics["quai_orphaned_records"].samples] == [({"feed": SLUG}, 10)]


def test_a_feed_of_a_file_that_is_left_out_is_none_nor_is_one_of_which_nothing_is_left() -> None:
    known = {"ateliers/offres": FeedGauges(standing=3), "poste/offres": FeedGauges(waiting=1)}
    found = orphans(known, Partners({}, (Broken("ateliers.toml", ("is not TOML",)),)))
    assert [one.slug for one in found] == ["poste/offres"]


@pytest.mark.standing(10)
def test_a_rehearsal_changes_nothing(yard: Yard) -> None:
    partners = moved(yard)
    count = "select (select count(*) from deliveries), (select count(*) from findings), (select min(feed) from records)"
    before = rows(yard, count)
    said = rename(yard.dock, partners, SLUG, NEW, *WHY, do=False)
    assert (said["dry_run"], said["rows"]["records"], said["rows"]["drops"]) == (True, 10, 1)
    said = retire(yard.dock, partners, SLUG, *WHY, do=False)
    assert (said["dry_run"], said["withdrawn"], said["delivery"]) == (True, 10, None)
    assert rows(yard, count) == before


@pytest.mark.standing(10)
def test_a_renamed_feed_goes_on_with_the_same_offers_and_its_past(yard: Yard) -> None:
    held = yard.take(offers(3))
    partners, ids = moved(yard), rows(yard, "select reference, id, offer_id, created_at from records order by 1")
    notebook = yard.home / "state" / "ateliers" / "offres.json"
    notebook.parent.mkdir(parents=True)
    notebook.write_text("{}", encoding="utf-8")
    said = rename(yard.dock, partners, SLUG, NEW, *WHY, do=True)
    assert said["files"] == [str(notebook)]
    assert (yard.home / "state" / "forges" / "offres.json").exists()
    assert rows(yard, "select reference, id, offer_id, created_at from records order by 1") == ids
    assert [one.delivery_id for one in yard.dock.store.quarantine.waiting(NEW)] == [held.id]
    assert yard.dock.landing.about(held.sha256)["feed"] == NEW
    (last,) = yard.dock.store.ledger.deliveries(NEW, 1)
    assert (last.id, last.findings[-1].check) == (held.id, "feed_renamed")
    assert "anne because « merged into Forges »" in last.findings[-1].sentence
    delivery = run_as(yard, NEW)
    assert (delivery.verdict, delivery.counts.unchanged) == (VerdictKind.ACCEPTED, 10)
    assert rows(yard, "select reference, id, offer_id, created_at from records order by 1") == ids
    assert orphans_of(yard.dock, partners) == ()


@pytest.mark.standing(10)
def test_a_retired_feed_withdraws_all_with_its_line_in_the_ledger_and_comes_back_whole(yard: Yard) -> None:
    held = yard.take(offers(3))
    alarms = yard.dock.store.alerts
    alarms.failed(Failure(SLUG, yard.at, "Unreachable", "no answer"))
    partners = moved(yard)
    said = retire(yard.dock, partners, SLUG, *WHY, do=True)
    last = yard.dock.store.ledger.delivery(said["delivery"])
    assert last is not None
    assert (last.verdict, last.counts.read, last.counts.withdrawn) == (VerdictKind.ACCEPTED, 0, 10)
    assert last.findings[0].sentence.startswith(f"{SLUG}: retired by anne because « merged into Forges »")
    assert b"merged into Forges" in yard.dock.landing.fetch(last.sha256).read_bytes()
    assert (yard.standing(), rows(yard, "select * from offers")) == (set(), [])
    assert rows(yard, "select count(*) from record_versions where change = 'withdrawn'") == [(10,)]
    assert rows(yard, "select count(*) from offer_ids where closed_at is null") == [(0,)]
    assert yard.dock.store.quarantine.of([held.id or 0])[held.id or 0].settled_by == last.id
    assert (alarms.open_failures(SLUG), orphans_of(yard.dock, partners)) == ({}, ())
    assert yard.dock.store.ledger.last_collected(SLUG) is None, "should it come back, its source is asked for all"
    file_of(yard, "forges").rename(file_of(yard, "ateliers"))
    assert run_as(yard, SLUG).counts.created == 10


@pytest.mark.standing(10)
def test_what_another_feed_lists_too_stays_online_under_its_id_when_the_old_one_is_retired(yard: Yard) -> None:
    online = rows(yard, "select offer from offers order by 1")
    partners = moved(yard)
    assert run_as(yard, NEW).counts.created == 10
    assert retire(yard.dock, partners, SLUG, *WHY, do=True)["withdrawn"] == 10
    assert rows(yard, "select offer from offers order by 1") == online
    assert rows(yard, "select distinct feed from offers") == [(NEW,)]


@pytest.mark.standing(10)
def test_what_cannot_be_renamed_or_retired_is_declined_and_says_why(yard: Yard) -> None:
    with pytest.raises(Declined, match="is in its partner's file"):
        retire(yard.dock, the_partners(yard.dock.settings), SLUG, *WHY, do=True)
    partners = moved(yard)
    with pytest.raises(FeedMisconfigured, match="did you mean `forges/offres`"):
        rename(yard.dock, partners, SLUG, "forge/offres", *WHY, do=True)
    with pytest.raises(Declined, match=f"no file names: {SLUG}"):
        retire(yard.dock, partners, "ateliers/offre", *WHY, do=True)
    run_as(yard, NEW)
    with pytest.raises(Declined, match="has 10 records of its own"):
        rename(yard.dock, partners, SLUG, NEW, *WHY, do=True)
    file_of(yard, "ateliers").write_text("=", encoding="utf-8")
    with pytest.raises(Declined, match=r"ateliers\.toml, which holds a fault"):
        retire(yard.dock, the_partners(yard.dock.settings), SLUG, *WHY, do=True)


def test_no_column_of_any_table_bears_the_old_name_and_nothing_drifts(tmp_path: Path, database_url: str) -> None:
    """Linked records, a golden row, a pair that waits, a decision whose records stand in the order of their names."""
    name, feed = "zeta/offres", "partner/feed"
    (tmp_path / "partners").mkdir()
    (tmp_path / "partners" / "zeta.toml").write_text(TOML, encoding="utf-8")
    with open_quay(tmp_path, database_url) as quay:
        site, cook = "https://www.rivoire.example", {"title": "Cuisine de collectivité", "street": "3 rue Haute"}
        mine = row("A1", employer_website=site), row("A2", **cook), row("A3", title="Accueil", street="1 rue Neuve")
        quay.night(OWN, *mine, terms=Terms("aggregator"))
        theirs = row("B1"), row("B2", **cook, description=NEAR), row("B3", title="Standard", street="1 rue Neuve")
        quay.night(FOUND, *theirs, terms=Terms("employer"))
        decide(quay.dock, f"{OWN}:A3", f"{FOUND}:B3", Ruling(False, "anne", "two places"))
        together, ids = quay.together(), sorted(quay.offers().values())
        links = quay.rows("select score, rule, since from links order by 1, 2, 3")
        assert links
        assert quay.rows("select provenance -> 'employer_website' from golden where offer in "
                         "(select offer_id from records where reference = 'A1')") == [([OWN, "A1"],)]  # fmt: skip
        partners = the_partners(quay.dock.settings.model_copy(update={"partners": tmp_path / "partners"}))
        rename(quay.dock, partners, OWN, name, *WHY, do=True)
        for table in metadata.tables:
            said = quay.rows(f"select count(*) from {table} t where t::text like '%{OWN}%'")
            assert said == [(int(table == "findings"),)], f"{table}: only the finding of it says what it was called"
        assert (quay.together(), sorted(quay.offers().values())) == (together, ids)
        assert quay.rows("select score, rule, since from links order by 1, 2, 3") == links
        assert rebuild_all(quay.dock, workers=1, write=False).as_dict()["moved"] == 0
        rebuild_all(quay.dock, workers=1)
        assert (quay.together(), sorted(quay.offers().values())) == (together, ids)
    told = {
        (table.name, column.name)
        for table in metadata.tables.values()
        for column in table.c
        if column.comment and column.comment.startswith(feed)
    }
    assert told <= {(table.name, column) for table, column in bearing()}
    assert {f"{t.name}.{c.name}" for t in metadata.tables.values() for c in t.c if "feed" in c.name} == {
        f"{table.name}.{column}" for table, column in bearing()
    }
    assert set(IN_JSON) <= {f"{t.name}.{c.name}" for t in metadata.tables.values() for c in t.c}
