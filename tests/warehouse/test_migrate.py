"""Tables, migrations and the record's columns say the same."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from offers.columns import NAMES, PERSONAL
from offers.errors import QuaiError
from offers.model import Finding, Severity
from testing.database import copy_of_pattern
from warehouse.engine import open_warehouse
from warehouse.ledger import Ledger
from warehouse.matching.schema import metadata
from warehouse.migrate import HEAD, MIGRATIONS, _run, migrate, unmake, version
from warehouse.readers import READABLE

AT_0011 = Path(__file__).with_name("at_0011.sql")


def columns(warehouse, table: str) -> set[str]:
    return {column["name"] for column in inspect(warehouse.engine).get_columns(table)}


@pytest.mark.parametrize("table", ["records", "record_versions"])
def test_every_column_of_the_record_is_in_the_database(warehouse, table):
    assert set(NAMES) - columns(warehouse, table) == set()


def test_the_offers_hold_every_column_but_those_about_persons(warehouse):
    assert set(NAMES) - columns(warehouse, "offers") == set(PERSONAL)


@pytest.fixture
def eleventh(warehouse):
    """The test's warehouse as Quai left one at the last of its eleven migrations."""
    with psycopg.connect(plain(warehouse), autocommit=True) as connection:
        connection.execute("drop schema public cascade; create schema public")
        connection.execute(AT_0011.read_text(encoding="utf-8"))
    return warehouse


def plain(warehouse) -> str:
    return warehouse.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def made(warehouse, folder: Path) -> list[list[str]]:
    """What pg_dump says of the tables, views, keys and comments: each statement's lines, in order."""
    _run(warehouse, "pg_dump", "--schema-only", f"--file={folder / 'schema.sql'}")
    said = [line for line in (folder / "schema.sql").read_text().splitlines() if line[:1] not in ("\\", "-")]
    statements = [one.strip().splitlines() for one in "\n".join(said).split(";\n") if one.strip()]
    return sorted([first, *sorted(line.strip().removesuffix(",") for line in others)] for first, *others in statements)


def rows(warehouse, there: dict[str, set[str]]) -> dict[str, list[tuple[object, ...]]]:
    """Of each table the columns that are `there`."""
    asked = {name: select(*(metadata.tables[name].c[one] for one in sorted(there[name]))) for name in there}
    with warehouse.transaction() as connection:
        found = {name: connection.execute(query).all() for name, query in asked.items()}
    return {name: sorted(map(tuple, said), key=str) for name, said in found.items()}


def test_the_bridge_from_0011_keeps_every_row_and_leads_to_what_is_made_anew(eleventh, server, tmp_path):
    known = set(inspect(eleventh.engine).get_table_names())
    there = {name: columns(eleventh, name) for name in metadata.tables if name in known}
    before = rows(eleventh, there)
    assert all(before.values())
    assert (version(eleventh), migrate(eleventh), version(eleventh)) == ("0011", True, HEAD)
    assert rows(eleventh, there) == before
    with copy_of_pattern(server) as url, open_warehouse(url, tmp_path) as fresh:
        restarted(fresh)
        assert migrate(fresh)
        assert made(eleventh, tmp_path) == made(fresh, tmp_path)


def test_a_finding_from_before_the_fields_goes_on_in_the_words_it_was_told_in(eleventh):
    migrate(eleventh)
    (found,) = (one for delivery in Ledger(eleventh).deliveries() for one in delivery.findings)
    assert found == Finding("line_count_fell", Severity.STOP, "5", "6", "Fewer lines than before.", None)


@pytest.mark.parametrize("found", ["0001", "0009", "0010"])
def test_a_database_before_the_bridge_is_left_alone_and_told_which_quai_brings_it_on(eleventh, found):
    with eleventh.transaction() as connection:
        connection.execute(text("update alembic_version set version_num = :found"), {"found": found})
    with pytest.raises(QuaiError, match=f"at migration {found}, .* from 0011 alone.*Run `quai migrate` of the last"):
        migrate(eleventh)
    assert version(eleventh) == found


def test_the_head_named_beside_the_tables_is_the_newest_migration():
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_migrating_again_does_nothing(warehouse):
    assert version(warehouse) == HEAD
    assert migrate(warehouse) is False


def restarted(warehouse) -> None:
    with warehouse.transaction() as connection:
        connection.execute(text("drop schema public cascade"))
        connection.execute(text("create schema public"))


def test_an_empty_database_is_migrated_once(database_url):
    with open_warehouse(database_url, Path("unused")) as warehouse:
        restarted(warehouse)
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


def test_the_tables_can_be_taken_away_again(warehouse):
    unmake(warehouse)
    assert inspect(warehouse.engine).get_table_names() == []
    assert migrate(warehouse)


def test_tables_and_columns_explain_themselves_in_the_database(warehouse):
    inspector = inspect(warehouse.engine)
    for table in metadata.tables:
        assert inspector.get_table_comment(table)["text"]
    for table in ("records", *READABLE):
        assert [column["name"] for column in inspector.get_columns(table) if not column["comment"]] == []
