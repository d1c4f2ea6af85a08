"""A database that does not serve is one sentence: what it is, what to do, no password and nothing of any row."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pyarrow as pa
import pytest
from sqlalchemy import text

from offers.errors import QuaiError, WarehouseUnreachable
from testing.database import _admin
from warehouse import embedded
from warehouse.alerts import Failure
from warehouse.copying import copy_in
from warehouse.engine import IDLE, WAIT, StatementRefused, Warehouse, open_warehouse
from warehouse.migrate import migrate
from warehouse.store import Store

FEED = "ateliers/offres"
NIGHT = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
PERSON = "camille.martin-5ecret@lycee.example"


@pytest.fixture
def store(warehouse: Warehouse) -> Store:
    return Store(warehouse)


@contextmanager
def altered(warehouse: Warehouse, how: str, back: str) -> Iterator[None]:
    """The database altered from outside, and set back."""
    name = warehouse.engine.url.database
    with psycopg.connect(_plain(warehouse), autocommit=True) as connection:
        connection.execute(how.format(database=name))
        warehouse.engine.dispose()
        try:
            yield
        finally:
            connection.execute(back.format(database=name))


def _plain(warehouse: Warehouse) -> str:
    return warehouse.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")


def test_a_database_that_only_lets_itself_be_read_is_said_to_be_a_standby(store: Store) -> None:
    how = "alter database {database} set default_transaction_read_only = on"
    with altered(store.warehouse, how, "alter database {database} reset default_transaction_read_only"):
        with pytest.raises(WarehouseUnreachable, match=r"only be read.*Let QUAI_DATABASE_URL name the primary"):
            store.alerts.failed(Failure(FEED, NIGHT, "Unreachable", "…"))
        assert store.alerts.open_failures() == {}


def test_rights_that_were_taken_away_are_named(store: Store, server: Path) -> None:
    role = f"reader_{uuid4().hex[:8]}"
    url = store.warehouse.engine.url
    with altered(store.warehouse, f"create role {role} login", f"drop owned by {role}; drop role {role}"):
        other = f"postgresql://{role}@/{url.database}?host={url.query['host']}"
        with (
            open_warehouse(other, Path("unused")) as warehouse,
            pytest.raises(WarehouseUnreachable, match=r"permission denied for .*deliveries.*Grant it"),
        ):
            Store(warehouse).ledger.deliveries()


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_cannot_hold_names_is_refused_before_anything_is_written(server: Path, encoding: str) -> None:
    folder, name = embedded.start(server), f"odd_{uuid4().hex[:8]}"
    with _admin(folder) as connection:
        connection.execute(f"create database {name} template template0 encoding '{encoding}' locale 'C'")
    try:
        with (
            open_warehouse(f"postgresql://postgres@/{name}?host={folder}", Path("unused")) as warehouse,
            pytest.raises(WarehouseUnreachable, match=f"encoded in {encoding}.*Expected UTF8"),
        ):
            migrate(warehouse)
    finally:
        with _admin(folder) as connection:
            connection.execute(f"drop database {name} with (force)")


def test_a_server_that_gives_a_transaction_too_little_time_is_told_which_setting(store: Store) -> None:
    slow = "set local transaction_timeout = '50ms'; select pg_sleep(60)"
    with pytest.raises(WarehouseUnreachable, match="transaction_timeout = 0"), store.warehouse.transaction() as one:
        one.exec_driver_sql(slow)


def test_a_statement_that_is_more_than_the_database_holds_is_told_as_that(store: Store) -> None:
    vast = "select string_agg(repeat('x', 1000000), '') from generate_series(1, 1100)"
    told = pytest.raises(WarehouseUnreachable, match="more than the database can hold")
    with told as said, store.warehouse.transaction() as one:
        one.exec_driver_sql(vast)
    assert "does not answer" not in str(said.value)


def test_a_fault_under_the_feeds_lock_is_not_hidden_by_the_lock_that_broke_with_it(store: Store) -> None:
    def broken() -> None:
        _end_all_others(store)
        raise QuaiError("the real fault")

    with pytest.raises(QuaiError, match="the real fault"), store.lock(FEED):
        broken()
    with store.lock(FEED):
        _end_all_others(store)


def _end_all_others(store: Store) -> None:
    with psycopg.connect(_plain(store.warehouse), autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
            "and pid <> pg_backend_pid()"
        )


@pytest.mark.parametrize("fault", ["no_number", "twice", "too_long", "cut_off"])
def test_what_postgresql_quotes_of_a_row_reaches_no_sentence_no_traceback_and_no_log(
    store: Store, server: Path, fault: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number that is none, a key that comes twice, a text beyond its column, a connection cut within a COPY."""
    caplog.set_level(logging.DEBUG)
    table = {
        "no_number": "who int",
        "twice": "who text primary key",
        "too_long": "who varchar(9)",
        "cut_off": "who text",
    }
    if fault == "cut_off":
        real = psycopg.Copy.write
        monkeypatch.setattr(psycopg.Copy, "write", lambda copy, data: (real(copy, data), _end_all_others(store)))

    def write() -> None:
        with store.warehouse.transaction() as connection:
            connection.execute(text(f"create table persons ({table[fault]})"))
            copy_in(connection, "persons", pa.table({"who": [PERSON, PERSON]}))

    with pytest.raises((StatementRefused, WarehouseUnreachable)) as told:
        write()
    said = "".join(traceback.format_exception(told.value)) + repr(told.value) + caplog.text
    assert "camille" not in said
    assert ("persons" in str(told.value)) == (fault != "cut_off")
    assert "camille" not in (server / "postgres" / "log").read_text(encoding="utf-8")


def test_each_session_has_limits_on_waiting_and_gives_up_a_host_that_is_gone(warehouse: Warehouse) -> None:
    names = ("lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout", "client_encoding")
    with warehouse.transaction() as connection:
        shown = [connection.execute(text(f"show {name}")).scalar_one() for name in names]
        name = connection.execute(text("select current_setting('application_name')")).scalar_one()
    assert shown == [f"{WAIT // 60}min", f"{IDLE // 60}min", "0", "UTF8"]
    assert name.startswith("quai ")
