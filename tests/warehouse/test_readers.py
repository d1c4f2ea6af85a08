"""The role of readers may read what the contract names and nothing else; the tables to join are those of cleaning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import text

from config.tables import load
from offers.errors import WarehouseUnreachable
from warehouse import embedded, readers
from warehouse.engine import Warehouse, open_warehouse
from warehouse.migrate import dump, migrate, restore, terminal
from warehouse.readers import READABLE, ROLE, furnish

OURS = "c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'S')"


@contextmanager
def as_reader(warehouse: Warehouse) -> Iterator[psycopg.Connection]:
    url = warehouse.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as connection:
        connection.execute(f"set role {ROLE}")
        yield connection


def relations(warehouse: Warehouse) -> set[str]:
    query = f"select c.relname from pg_class c where {OURS}"
    with warehouse.transaction() as connection:
        return set(connection.execute(text(query)).scalars())


def readable(warehouse: Warehouse) -> set[str]:
    """Where the role has any right at all, on the whole or on a column."""
    any_right = (
        f"select c.relname from pg_class c where {OURS} "
        "and case when c.relkind = 'S' then has_sequence_privilege(:role, c.oid, 'usage,select,update') "
        "else has_table_privilege(:role, c.oid, 'select,insert,update,delete,truncate,references,trigger') "
        "or has_any_column_privilege(:role, c.oid, 'select,insert,update,references') end"
    )
    with warehouse.transaction() as connection:
        return set(connection.execute(text(any_right), {"role": ROLE}).scalars())


def test_the_role_may_read_what_the_contract_names_and_nothing_else(warehouse):
    assert readable(warehouse) == set(READABLE)
    with as_reader(warehouse) as connection:
        for name in READABLE:
            connection.execute(f"select * from {name}")
        connection.execute("select * from offers_changes('2026-03-01')")
        for name in sorted(relations(warehouse) - set(READABLE)):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(f"select * from {name}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute("delete from sectors")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute("create table mine (it int)")


def test_a_table_to_come_is_closed_to_the_role(warehouse):
    with warehouse.transaction() as connection:
        connection.execute(text("create table to_come (contact_email text)"))
    furnish(warehouse, load(), anew=True)
    assert readable(warehouse) == set(READABLE)


def test_no_column_of_a_person_is_in_what_the_role_reads(warehouse):
    query = "select column_name from information_schema.columns where table_name = any(:names)"
    with warehouse.transaction() as connection:
        found = set(connection.execute(text(query), {"names": list(READABLE)}).scalars())
    assert "title" in found
    assert [name for name in found if name.startswith("contact")] == []


def test_the_role_cannot_log_in_by_itself(warehouse):
    with warehouse.transaction() as connection:
        rights = "rolcanlogin or rolsuper or rolcreaterole or rolcreatedb or rolbypassrls"
        assert connection.execute(text(f"select {rights} from pg_roles where rolname = '{ROLE}'")).scalar_one() is False


def test_the_tables_to_join_are_those_of_cleaning_and_follow_them(warehouse):
    reference = load()
    query = text("select s.name, d.name, a.name from sectors s, departments d join academies a on a.name = d.academy "
                 "where s.code = 's31' and d.code = '69'")  # fmt: skip
    with warehouse.transaction() as connection:
        assert connection.execute(query).one() == (reference.sectors["s31"], "Rhône", "Académie de Lyon")
        assert connection.execute(text("select count(*) from departments")).scalar_one() == len(reference.departments)
    other = replace(reference, sectors={**reference.sectors, "s31": "Usinage"})
    furnish(warehouse, other)
    with warehouse.transaction() as connection:
        assert connection.execute(query).one()[0] == "Usinage"
        assert connection.execute(text("select count(*) from sectors")).scalar_one() == len(reference.sectors)


def test_what_is_as_it_should_be_is_not_written(warehouse):
    def written() -> int:
        with warehouse.transaction() as connection:
            return int(connection.execute(text("select xmin::text from sectors where code = 's1'")).scalar_one())

    before = written()
    assert furnish(warehouse, load()) is None
    assert written() == before


@pytest.fixture
def limited(server, tmp_path) -> Iterator[Warehouse]:
    """An empty database of a user who may make no roles."""
    folder = embedded.start(server)
    name = f"limited_{uuid4().hex[:8]}"
    with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as admin:
        admin.execute(f"create role {name} login")
        admin.execute(f"create database {name} template template0 owner {name}")
        try:
            with open_warehouse(f"postgresql://{name}@/{name}?host={folder}", tmp_path) as warehouse:
                yield warehouse
        finally:
            admin.execute(f"drop database {name} with (force)")
            admin.execute(f"drop role {name}")


def test_where_no_role_may_be_made_all_else_is_done_and_an_administrator_is_told_what_to_type(limited, monkeypatch):
    monkeypatch.setattr(readers, "ROLE", "quai_reader_of_nowhere")
    monkeypatch.setattr(readers, "_READER", {**readers._READER, "role": "quai_reader_of_nowhere"})
    migrate(limited)
    told = furnish(limited, load(), anew=True)
    assert told is not None
    assert "types in this database: create role quai_reader_of_nowhere nologin; grant usage on schema public" in told
    assert "grant select on offers, offer_states, sectors, departments, academies to" in told
    with limited.transaction() as connection:
        assert connection.execute(text("select count(*) from sectors")).scalar_one() == len(load().sectors)


def test_where_the_role_is_there_the_owner_of_the_tables_lets_it_read(limited):
    migrate(limited)
    assert furnish(limited, load(), anew=True) is None
    assert readable(limited) == set(READABLE)


def test_a_dump_names_no_role_and_the_role_reads_again_after_a_restore(warehouse, limited, tmp_path):
    file = tmp_path / "quai.dump"
    dump(warehouse, file)
    assert ROLE.encode() not in file.read_bytes()
    migrate(limited)
    restore(limited, file)
    assert readable(limited) == set()
    assert furnish(limited, load(), anew=True) is None
    assert readable(limited) == set(READABLE)


def test_changes_are_looked_up_by_their_index_and_not_by_reading_every_offer(warehouse):
    with warehouse.transaction() as connection:
        connection.execute(text("insert into offer_ids (id, records, opened_at) "
                                "select n, 1, timestamptz '2026-01-01' + n * interval '1 minute' "
                                "from generate_series(1, 20000) n"))  # fmt: skip
        connection.execute(text("analyze offer_ids"))
        plan = "\n".join(connection.execute(text("explain select * from offers_changes('2026-01-14')")).scalars())
    assert "offer_ids_changed_idx" in plan
    assert "Function Scan" not in plan


def test_where_there_is_no_psql_the_line_to_type_is_told_without_the_password(tmp_path, monkeypatch):
    monkeypatch.setattr(embedded, "programs_folder", lambda: tmp_path)
    with open_warehouse("postgresql://anne:s3cret@db.example:5433/quai", tmp_path) as elsewhere:
        with pytest.raises(WarehouseUnreachable, match=r"type: psql postgresql://anne@db\.example:5433/quai$"):
            terminal(elsewhere)
        (tmp_path / "psql").touch()
        command, environment = terminal(elsewhere)
    assert command == [str(tmp_path / "psql"), "--dbname=postgresql://anne@db.example:5433/quai"]
    assert environment == {"PGPASSWORD": "s3cret"}
