"""One clock for code, processes and SQL; only a database that a rehearsal marked obeys it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from config.clock import CLOCK, utc_now, write
from config.tables import load
from flows.place import read
from offers.calendar import SchoolYear
from offers.errors import Declined, FeedMisconfigured
from offers.onboarding.form import form
from operations.check import check_file
from operations.feeds import the_feed
from operations.onboarding import write_template
from story.dock import open_dock
from testing.commands import Place, quai
from testing.yard import SLUG, TOML, Yard, offer, table
from warehouse.engine import Warehouse
from warehouse.migrate import mark, set_instant

SPRING = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)


def test_a_rehearsed_command_its_ledger_and_the_view_read_one_instant(
    place: Place, warehouse: Warehouse, tmp_path: Path
) -> None:
    file = tmp_path / "clock"
    mark(warehouse, str(file), SPRING)
    write(file, SPRING)
    status, out, err = quai({**place, CLOCK: str(file)}, "expire", "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["closed"] == 0
    with warehouse.transaction() as connection:
        assert connection.execute(text("select instant()")).scalar_one() == SPRING
    assert warehouse.clock() == SPRING
    later = SPRING.replace(hour=1)
    set_instant(warehouse, later)
    assert warehouse.clock() == later


def test_a_real_database_refuses_a_clock_that_was_set(place: Place, tmp_path: Path) -> None:
    write(tmp_path / "clock", SPRING)
    status, _, err = quai({**place, CLOCK: str(tmp_path / "clock")}, "expire")
    assert status == 2
    assert "is no rehearsal's database" in " ".join(err.split())


def test_a_rehearsals_database_refuses_the_clock_on_the_wall(place: Place, warehouse: Warehouse) -> None:
    mark(warehouse, "/rehearsal/clock", SPRING)
    status, _, err = quai(place, "expire")
    assert status == 2
    assert "is the database of a rehearsal" in " ".join(err.split())


def test_a_database_that_holds_a_delivery_becomes_no_rehearsals(yard: Yard) -> None:
    yard.take([])
    with pytest.raises(Declined, match="holds 1 deliveries"):
        mark(yard.dock.store.warehouse, "/rehearsal/clock", SPRING)
    with open_dock(yard.dock.settings):
        pass  # and nothing was marked


@pytest.mark.parametrize("said", ["", "yesterday", "2027-03-28T00:30:00"])
def test_a_clock_without_an_instant_is_a_sentence(said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clock").write_text(said, encoding="utf-8")
    monkeypatch.setenv(CLOCK, str(tmp_path / "clock"))
    with pytest.raises(FeedMisconfigured, match="holds no instant"):
        utc_now()


@pytest.fixture
def after_midnight(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """30 June, 23:30 in UTC: in Paris it is July, and the next school year. Gives the partners' folder."""
    write(tmp_path / "clock", datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    for name, value in {**place, CLOCK: str(tmp_path / "clock")}.items():
        monkeypatch.setenv(name, value)
    return Path(place["QUAI_PARTNERS"])


def test_a_check_after_midnight_in_paris_holds_lines_against_the_day_of_paris(
    after_midnight: Path, tmp_path: Path
) -> None:
    toml = after_midnight / "ateliers.toml"
    toml.write_text(TOML.replace('city = "Ville"', 'city = "Ville"\nexpires_on = "Type"'), encoding="utf-8")
    file = tmp_path / "offres.csv"
    file.write_bytes(table([offer("R001", Type="2026-06-30"), offer("R002", Type="2026-07-01")]))
    examined = check_file(SLUG, file).examined
    assert (examined.batch.read, [*examined.over.index]) == (2, [2])
    assert [*examined.kept["reference"]] == ["R002"]


def test_a_template_after_midnight_in_paris_is_of_the_school_year_of_paris(
    after_midnight: Path, tmp_path: Path
) -> None:
    made = write_template(read(), SLUG, tmp_path / "modele.xlsx", ours=True)
    this, last = (form(the_feed(read(), SLUG), load().sectors, SchoolYear(ends), True) for ends in (2027, 2026))
    assert made == this != last
