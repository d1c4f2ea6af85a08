"""Tables, migrations and the record's columns say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from offers.columns import NAMES, PERSONAL
from offers.errors import QuaiError
from warehouse.engine import open_warehouse
from warehouse.matching.tables import OFFERS_VIEW
from warehouse.migrate import MIGRATIONS, migrate, version
from warehouse.tables import HEAD, metadata


def columns(warehouse, table: str) -> set[str]:
    return {column["name"] for column in inspect(warehouse.engine).get_columns(table)}


@pytest.mark.parametrize("table", ["records", "record_versions"])
def test_every_column_of_the_record_is_in_the_database(warehouse, table):
    assert set(NAMES) - columns(warehouse, table) == set()
    assert set(NAMES) - set(metadata.tables[table].columns.keys()) == set()


def test_the_offers_hold_every_column_but_those_about_persons(warehouse):
    assert set(NAMES) - columns(warehouse, "offers") == set(PERSONAL)


def test_the_view_of_the_migrations_is_the_view_of_the_tables(warehouse):
    with warehouse.transaction() as connection:
        connection.execute(text(f"create view said as {OFFERS_VIEW}"))
        shown = [connection.execute(text(f"select pg_get_viewdef('{view}')")).scalar() for view in ("offers", "said")]
    assert shown[0] == shown[1]


def test_the_migrations_make_exactly_the_tables(warehouse):
    with warehouse.transaction() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        assert compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []


def test_the_checks_of_the_migrations_are_the_checks_of_the_tables(warehouse):
    named = {str(check.name) for check in metadata.tables["deliveries"].constraints if "sqltext" in vars(check)}
    found = {check["name"] for check in inspect(warehouse.engine).get_check_constraints("deliveries")}
    assert named == found


def test_the_head_named_beside_the_tables_is_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_migrating_again_does_nothing(warehouse):
    assert version(warehouse) == HEAD
    assert migrate(warehouse) is False


def test_an_empty_database_is_migrated_once(database_url):
    with open_warehouse(database_url, Path("unused")) as warehouse:
        with warehouse.transaction() as connection:
            connection.execute(text("drop schema public cascade"))
            connection.execute(text("create schema public"))
        assert version(warehouse) is None

    def process() -> bool:
        with open_warehouse(database_url, Path("unused")) as warehouse:
            return migrate(warehouse)

    assert [process(), process()] == [True, False]


def test_a_database_of_a_newer_quai_is_left_alone(warehouse):
    with warehouse.transaction() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    with pytest.raises(QuaiError, match="newer Quai"):
        migrate(warehouse)


def test_the_migrations_can_be_undone(warehouse):
    from alembic import command

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with warehouse.transaction() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    assert inspect(warehouse.engine).get_table_names() == ["alembic_version"]


def test_tables_and_columns_explain_themselves_in_the_database(warehouse):
    inspector = inspect(warehouse.engine)
    for table in metadata.tables:
        assert inspector.get_table_comment(table)["text"]
    assert all(column["comment"] for column in inspector.get_columns("records"))
