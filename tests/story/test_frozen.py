"""A run that freezes inside its transaction, or whose lock is cut off, costs the others a wait and nobody an offer."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import psycopg
import pytest

from config.clock import Watch
from offers.errors import Overtaken, WarehouseUnreachable
from offers.model import Delivery
from operations.ingest import handed_in, ingest
from testing.commands import ROOT
from testing.yard import SLUG, Yard, offer, offers, open_yard, table
from warehouse import locks as waiting
from warehouse.locks import MATCHING

OTHER = "forges/offres"
ENDED = {"between": "the server ended this transaction", "copy": "broke off"}


def elsewhere(yard: Yard, rows: list[dict[str, str]]) -> Delivery:
    """Another feed is run, with the same columns."""
    path = yard.home / "autre.csv"
    path.write_bytes(table(rows))
    feed = yard.feed.model_copy(update={"partner": "forges"})
    (delivery,) = ingest(feed, yard.dock, drops=(handed_in(feed, path),))
    return delivery


@pytest.mark.parametrize("where", ["between", "copy"])
def test_a_run_that_freezes_while_it_publishes_is_ended_and_the_others_go_on(
    yard: Yard,
    database_url: str,
    where: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between two statements the server ends it; within a COPY, those who wait do."""
    monkeypatch.setattr(waiting, "ROUND", 0.2)
    monkeypatch.setattr(waiting, "FROZEN", 1e9 if where == "between" else 0.3)
    caplog.set_level(logging.WARNING, "quai")
    yard.leave(offers(3))
    command = [sys.executable, "-m", "testing.freezing", str(yard.home), database_url, where]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        try:
            assert os.WIFSTOPPED(os.waitpid(run.pid, os.WUNTRACED)[1])
            delivery = elsewhere(yard, [offer("F1", Site="Forges de l'Orme")])
            assert (yard.standing(), [one.feed for one in yard.dock.store.ledger.deliveries()]) == (set(), [OTHER])
        finally:
            os.kill(run.pid, signal.SIGCONT)
        said, _ = run.communicate(timeout=60)
    assert delivery.counts.created == 1
    assert said.startswith("WarehouseUnreachable ")
    assert ENDED[where] in said
    assert where == "between" or f"waiting for quai {SLUG} {run.pid}@" in caplog.text
    assert yard.run()[0].counts.created == 3


def test_who_waits_too_long_names_who_holds_the_lock(yard, database_url, monkeypatch):
    monkeypatch.setattr(waiting, "ROUND", 0.1)
    monkeypatch.setattr(waiting, "PATIENCE", 0.2)
    yard.leave(offers(3))
    with psycopg.connect(database_url, application_name="quai laposte/offres 77@worker-2") as holder:
        holder.execute("select pg_advisory_xact_lock(%s)", [MATCHING])
        told = rf"laposte/offres 77@worker-2 \(PostgreSQL session {holder.info.backend_pid}, from .*, since 2"
        with pytest.raises(WarehouseUnreachable, match=told):
            yard.run()
    assert yard.dock.store.ledger.deliveries() == []
    assert yard.run()[0].counts.created == 3


def cutting(yard: Yard, database_url: str, before: str, then: Callable[[], object]) -> Watch:
    """A watch that cuts the feed's lock off before this stage, the first time, and does something then."""
    done: list[str] = []

    def watch(name: str) -> None:
        if name == before and not done:
            done.append(name)
            with psycopg.connect(database_url, autocommit=True) as connection:
                connection.execute(
                    "select pg_terminate_backend(l.pid) from pg_locks l join pg_stat_activity a using (pid) "
                    "where l.locktype = 'advisory' and a.datname = current_database()"
                )
            then()

    return watch


@pytest.mark.parametrize("before", ["publish", pytest.param("standing", marks=pytest.mark.nightly)])
def test_a_run_that_lost_its_lock_publishes_nothing_over_a_newer_drop(yard, database_url, tmp_path, before):
    yard.take(offers(9))
    newer = offers(9, Description="Une autre semaine, à la forge puis au bureau d'études.")

    def another_run() -> None:
        yard.leave(newer, "plus-tard.csv")
        with open_yard(yard.home, database_url) as other:
            other.at = yard.at
            assert [one.drop for one in other.run()] == ["offres.csv", "plus-tard.csv"]

    yard.leave(offers(10))
    assert yard.run(cutting(yard, database_url, before, another_run)) == []
    assert [one.drop for one in yard.dock.store.ledger.deliveries()] == ["plus-tard.csv", "offres.csv", "offres.csv"]
    assert yard.take(newer).verdict == "unchanged"


def test_a_drop_that_was_only_held_or_noted_meanwhile_is_looked_at_anew_too(yard: Yard, database_url: str) -> None:
    first = yard.take(offers(10))

    def another_run() -> None:
        with open_yard(yard.home, database_url) as other:
            other.at = yard.at
            other.run()

    yard.leave(offers(2))
    assert yard.run(cutting(yard, database_url, "hold", another_run)) == []
    assert [one.verdict for one in yard.dock.store.ledger.deliveries()] == ["quarantined", first.verdict]


def test_a_release_that_was_overtaken_is_to_be_asked_for_again(yard: Yard) -> None:
    taken = yard.take(offers(3))
    landed = yard.dock.store.ledger.landed(taken.id or 0)
    assert landed is not None
    with pytest.raises(Overtaken, match=r"delivery 1 was entered.*to be asked for again"):
        yard.dock.store.note(landed, taken.__class__(**{**vars(taken), "verdict": "unchanged"}), after=0)
