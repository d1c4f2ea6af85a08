"""Whoever keeps a copy of the offers by what changed holds what the view shows; an export is there whole or not."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow.parquet as arrow_parquet
import pytest

from offers.errors import Declined
from offers.persons import sign_of
from operations.duplicates.rebuilding import rebuild_all
from operations.duplicates.review import Ruling, decide
from operations.offers import hide, lift
from operations.readers import export, instant_of
from testing.database import set_instant
from testing.pairing import FOUND, NEAR, OWN, Quay, publish, row
from warehouse import readers

parquet: Any = arrow_parquet
SAME, DIFFERENT = Ruling(True, "anne", "seen on site"), Ruling(False, "anne", "two workshops")
A1, B1 = f"{OWN}:A1", f"{FOUND}:B1"
OTHER = {"title": "Comptabilité", "description": "Saisie des factures et classement des pièces."}
BEFORE = datetime(2020, 1, 1, tzinfo=UTC)


class Copy:
    """A reader's own copy, brought on by what changed since the last instant that he holds."""

    def __init__(self, quay: Quay) -> None:
        self.quay, self.last, self.held = quay, BEFORE, dict[int, Any]()

    def brought_on(self) -> dict[int, str]:
        """Ask from an hour before the last instant; what became of each offer since that instant itself."""
        new = {offer: change for _, offer, change, _ in changes(self.quay, self.last)}
        for at, offer, change, _ in changes(self.quay, self.last - readers.OVERLAP):
            self.held.pop(offer, None)
            if change in ("opened", "changed"):
                self.held |= shown(self.quay, f"where offer = {offer}")
            self.last = max(self.last, at)
        return new


def changes(quay: Quay, since: datetime) -> list[Any]:
    return quay.rows(f"select * from offers_changes('{since.isoformat()}')")


def shown(quay: Quay, where: str = "") -> dict[int, Any]:
    return {row[0]: row for row in quay.rows(f"select * from offers {where}")}


def test_a_copy_that_is_brought_on_by_changes_holds_what_the_view_shows(quay: Quay) -> None:
    copy = Copy(quay)

    def told() -> set[str]:
        said = copy.brought_on()
        assert copy.held == shown(quay)
        quay.at += timedelta(hours=3)
        return set(said.values())

    both = (row("A1"), row("A2", street="3 rue Mercière"))
    quay.night(OWN, *both)
    assert told() == {"opened"}
    quay.night(OWN, *both)
    assert told() == set()
    quay.night(OWN, row("A1", seats="3"), both[1])
    assert told() == {"changed"}
    quay.night(FOUND, row("B1", description=NEAR), row("B2", **OTHER))
    assert told() >= {"opened"}  # and what was compared with these, which reads as before
    decide(quay.dock, A1, B1, SAME)
    assert told() == {"changed", "merged"}
    quay.night(FOUND, row("B1", description=NEAR, permalink="https://jobs.example/b1"), row("B2", **OTHER))
    assert told() == {"changed"}
    hide(quay.dock, A1, "anne", "fausse annonce")
    assert told() == {"closed"}
    lift(quay.dock, A1, "anne", None)
    assert told() == {"opened"}
    decide(quay.dock, A1, B1, DIFFERENT)
    assert told() == {"changed", "opened"}
    quay.night(OWN, both[1])
    assert "closed" in told()
    quay.night(OWN, *both)
    assert "opened" in told()
    quay.dock.store.matching.close_expired(date(2026, 9, 1), quay.at)
    assert told() >= {"closed"}


def test_an_erased_person_and_a_rebuild_are_told(quay: Quay) -> None:
    copy = Copy(quay)
    quay.night(OWN, row("A1", description="Écrire à Zoé Martin, zoe@famille.example, pour en savoir plus.", siret=None))
    copy.brought_on()
    quay.at += timedelta(hours=3)
    quay.dock.store.persons.erase(sign_of("zoe@famille.example"), quay.at)
    copy.brought_on()
    assert copy.held == shown(quay)
    assert "zoe@famille" not in str(copy.held)
    rebuild_all(quay.dock, workers=1)
    copy.brought_on()
    assert copy.held == shown(quay)


def test_a_merged_offer_says_into_which_and_each_is_told_once_and_in_order(quay: Quay) -> None:
    quay.night(OWN, row("A1"))
    quay.night(FOUND, row("B1", description=NEAR), row("B2", **OTHER))
    quay.at += timedelta(hours=3)
    decide(quay.dock, A1, B1, SAME)
    told = changes(quay, BEFORE)
    assert [row[:2] for row in told] == sorted(row[:2] for row in told)
    assert len({row[1] for row in told}) == len(told) == 3
    (merged,) = [row for row in told if row[2] == "merged"]
    assert merged[3] == quay.offers()[A1] != merged[1]
    last = told[-1][0]
    assert changes(quay, last) == []


def test_a_run_that_commits_after_a_later_one_is_seen_by_whoever_asks_from_an_hour_before(quay: Quay) -> None:
    quay.night(OWN, row("A1"))
    last = max(at for at, *_ in changes(quay, BEFORE))
    late = last - timedelta(minutes=40)
    publish(quay.dock.store, FOUND, [row("B2", **OTHER)], late)
    assert changes(quay, last) == []
    assert [at for at, *_ in changes(quay, last - readers.OVERLAP)] == [late, last]


def test_whatever_a_late_run_changes_keeps_the_newest_instant(quay: Quay) -> None:
    quay.night(FOUND, row("B2", **OTHER))
    last = max(at for at, *_ in changes(quay, BEFORE))
    publish(quay.dock.store, FOUND, [row("B2", **OTHER, seats="4")], last - timedelta(minutes=40))
    assert [at for at, *_ in changes(quay, BEFORE)] == [last]


@pytest.fixture
def three(quay: Quay) -> Quay:
    """Two offers that are online, one of them with all that a cell can hold, and one that was closed."""
    prose = 'Deux semaines :\n- "usinage"; contrôle, été\n- œuvre'
    quay.night(
        OWN, row("A1", description=prose, daily_hours="mon=09:00-17:00", expires_on="2026-06-05", latitude="45.5")
    )
    quay.night(FOUND, row("B2", **OTHER), row("B3", title="Cuisine", street="9 quai Perrache"))
    quay.night(FOUND, row("B2", **OTHER))
    return quay


def test_an_export_of_all_holds_what_the_view_shows_in_both_forms(three: Quay, tmp_path) -> None:
    said = [export(three.dock, tmp_path / f"offers.{form}", None) for form in ("csv", "parquet")]
    assert [(one["format"], one["rows"], one["since"]) for one in said] == [("csv", 2, None), ("parquet", 2, None)]
    assert said[0]["last"] == said[1]["last"] == three.at.isoformat()
    assert said[0]["next_since"] == (three.at - timedelta(hours=1)).isoformat()
    rows = {one["reference"]: one for one in csv.DictReader((tmp_path / "offers.csv").open(newline=""))}
    table = {one["reference"]: one for one in parquet.read_table(tmp_path / "offers.parquet").to_pylist()}
    assert rows.keys() == table.keys() == {"A1", "B2"}
    (a1, b2) = (table["A1"], table["B2"])
    assert a1["description"] == rows["A1"]["description"] == 'Deux semaines :\n- "usinage"; contrôle, été\n- œuvre'
    assert (a1["expires_on"], rows["A1"]["expires_on"]) == (date(2026, 6, 5), "2026-06-05")
    assert (a1["weeks"], a1["seats"], a1["is_public"], a1["latitude"]) == ("2026-W25 2026-W26", 1, False, 45.5)
    assert (rows["A1"]["is_public"], rows["B2"]["siret"], b2["siret"]) == ("false", "", None)
    assert a1["daily_hours"] == '{"mon": "09:00-17:00"}'
    assert (b2["created_at"], rows["B2"]["created_at"][:16]) == (three.at - timedelta(days=1), "2026-03-04T04:30")
    assert [one for one in rows["A1"] if one.startswith("contact")] == []


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_export_of_changes_holds_each_with_its_row_and_none_for_what_is_gone(three: Quay, tmp_path, form) -> None:
    file = tmp_path / f"changes.{form}"
    said = export(three.dock, file, three.at - timedelta(hours=23))
    found = list(csv.DictReader(file.open(newline=""))) if form == "csv" else parquet.read_table(file).to_pylist()
    assert said["rows"] == len(found) == 1
    (gone,) = found
    assert (gone["change"], gone["title"] or None) == ("closed", None)
    said = export(three.dock, file, BEFORE)
    assert said["rows"] == 3
    none = export(three.dock, file, three.at)
    assert (none["rows"], none["last"], none["next_since"]) == (0, None, three.at.isoformat())
    if form == "parquet":
        assert parquet.read_table(file).schema.names == list(readers.columns(True))


def test_an_offer_that_is_over_and_not_closed_yet_is_exported_as_closed(three: Quay, tmp_path) -> None:
    file = tmp_path / "changes.csv"
    set_instant(
        three.dock.store.warehouse.engine.url.set(drivername="postgresql").render_as_string(),
        datetime(2026, 6, 6, tzinfo=UTC),
    )
    export(three.dock, file, BEFORE)
    told = {one["change"] for one in csv.DictReader(file.open(newline="")) if not one["title"]}
    assert told == {"closed"}


def test_an_export_that_breaks_off_leaves_what_was_there(three: Quay, tmp_path, monkeypatch) -> None:
    file = tmp_path / "offers.parquet"
    file.write_bytes(b"of yesterday")
    monkeypatch.setattr(
        readers,
        "_copied",
        lambda _: "copy (select 1 / (offer - offer) as offer from offers) to stdout (format csv, header)",
    )
    with pytest.raises(Exception, match="DivisionByZero"):
        export(three.dock, file, None)
    assert [(one.name, one.read_bytes()) for one in tmp_path.glob("offers*")] == [("offers.parquet", b"of yesterday")]
    assert list(tmp_path.glob(".offers*")) == []


def test_an_export_needs_an_ending_that_it_knows_and_a_folder_that_is_there(three: Quay, tmp_path) -> None:
    with pytest.raises(Declined, match=r"\.csv or \.parquet"):
        export(three.dock, tmp_path / "offers.xlsx", None)
    with pytest.raises(Declined, match="cannot be written"):
        export(three.dock, tmp_path / "nowhere" / "offers.csv", None)


@pytest.mark.parametrize(
    ("said", "utc"),
    [
        ("2026-03-02", "2026-03-01T23:00"),
        ("2026-03-02 06:00", "2026-03-02T05:00"),
        ("2026-07-02T06:00Z", "2026-07-02T06:00"),
    ],
)
def test_an_instant_without_a_zone_is_of_paris(said: str, utc: str) -> None:
    assert f"{instant_of(said).astimezone(UTC):%Y-%m-%dT%H:%M}" == utc
