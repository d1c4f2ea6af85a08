"""What changed rules would do to every feed: a line each, most first, and nothing written."""

from __future__ import annotations

import pytest

from operations import replay as here
from operations.feeds import the_feed
from operations.ingest import ingest
from operations.replay import ReplayPlan, forecast, would_change
from testing.yard import SLUG, TOML, Yard, offer, offers, table


def another(yard: Yard, name: str, count: int) -> str:
    """One more feed like the yard's, with so many offers; none: nothing was left."""
    toml = TOML.replace('"inbox"', f'"{name}"').replace("Ateliers", name.title())
    (yard.home / "partners" / f"{name}.toml").write_text(toml, encoding="utf-8")
    (yard.home / name).mkdir()
    if count:
        (yard.home / name / "offres.csv").write_bytes(table(offers(count, Site=name)))
        ingest(the_feed(yard.dock.settings, f"{name}/offres"), yard.dock)
    return f"{name}/offres"


@pytest.fixture
def three(yard: Yard) -> Yard:
    """Ateliers sent three offers and one of an unknown sector, Forges two, Halles none yet."""
    yard.take([*offers(3), offer("R004", Secteur="Usinage")])
    another(yard, "forges", 2)
    another(yard, "halles", 0)
    return yard


def changed(rows: list[dict[str, object]]) -> dict[object, object]:
    return {row["feed"]: row["reason"] or row["changes"] for row in rows}


def test_under_the_same_rules_nothing_would_change(three: Yard) -> None:
    rows = forecast(three.dock)
    assert changed(rows) == {SLUG: 0, "forges/offres": 0, "halles/offres": "nothing was ever taken from it"}
    assert would_change(rows) is False


def test_a_changed_rule_is_told_by_feed_the_most_changed_first_and_writes_nothing(three: Yard) -> None:
    known = '[feeds.offres.lookups.sector]\n"Usinage" = "s37"\n'
    three.correct("[[feeds.offres.filter]]", f'{known}[feeds.offres.constants]\nseats = "2"\n[[feeds.offres.filter]]')
    before = three.everything()
    rows = forecast(three.dock)
    first = rows[0]
    assert (first["feed"], first["created"], first["updated"], first["rejected"], first["changes"]) == (
        SLUG, 1, 3, -1, 5
    )  # fmt: skip
    assert [row["feed"] for row in rows] == [SLUG, "forges/offres", "halles/offres"]
    assert would_change(rows)
    assert three.everything() == before


def test_a_drop_that_would_be_held_now_comes_first(three: Yard) -> None:
    three.correct('sector = "Secteur"', 'sector = "Famille"')
    row = forecast(three.dock)[0]
    assert (row["feed"], row["held"], row["verdict"]) == (SLUG, True, "quarantined")


def test_a_feed_whose_bytes_are_purged_or_damaged_is_a_line_with_its_reason(three: Yard) -> None:
    (mine,) = three.dock.store.ledger.deliveries(SLUG)
    (others,) = three.dock.store.ledger.deliveries("forges/offres")
    three.dock.landing.fetch(others.sha256).unlink()
    three.dock.landing.fetch(mine.sha256).write_bytes(b"\xff\xfe\x00")
    three.correct("[[feeds.offres.filter]]", '[feeds.offres.constants]\nseats = "2"\n[[feeds.offres.filter]]')
    rows = {row["feed"]: row for row in forecast(three.dock)}
    assert rows["forges/offres"]["reason"] == "its bytes are no longer kept: its next drop will tell"
    assert rows["forges/offres"]["failed"] is False
    assert "Our kept copy is damaged" in str(rows[SLUG]["reason"])
    assert would_change([rows[SLUG]])


def test_a_fault_in_one_feed_is_its_line_and_the_others_are_told(three: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(dock: object, plan: ReplayPlan, watch: object) -> list[dict[str, object]]:
        if plan.feed.slug == SLUG:
            raise ValueError("Claire Martin")
        return real(dock, plan, watch)

    real = vars(here)["rehearse"]
    monkeypatch.setattr(here, "rehearse", faulty)
    rows = {row["feed"]: row for row in forecast(three.dock)}
    assert rows[SLUG]["reason"] == "ValueError, a fault of Quai's own: report it"
    assert rows["forges/offres"]["reason"] is None
    assert would_change([*rows.values()])
