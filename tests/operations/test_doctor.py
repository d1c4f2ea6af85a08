"""The doctor looks at every part, changes none, and names each fault with what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from flows.server import looked_at
from operations.checkup import Check
from operations.doctor import diagnose
from testing.yard import SLUG, TOML, Yard, offers


@pytest.fixture
def place(yard: Yard, monkeypatch: pytest.MonkeyPatch, database_url: str) -> Yard:
    """The yard, as its environment names it; without Prefect."""
    settings = yard.dock.settings
    monkeypatch.setenv("QUAI_HOME", str(settings.home))
    monkeypatch.setenv("QUAI_PARTNERS", str(settings.partners))
    monkeypatch.setenv("QUAI_DATABASE_URL", database_url)
    monkeypatch.delenv("QUAI_LANDING", raising=False)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return yard


def states(checks: list[Check]) -> dict[str, str]:
    return {check.part: check.state.value for check in checks}


def test_a_sound_place_wants_nothing_but_a_prefect(place: Yard) -> None:
    place.at = datetime.now(UTC)
    place.take(offers(3))
    seen = states(diagnose())
    assert seen.pop("prefect") == "look"
    seen.pop("xml")  # of the Python that runs the tests
    assert set(seen.values()) == {"sound"}
    assert {"database", "clock", "landing", "disk", f"feed {SLUG}"} <= set(seen)


def test_what_others_may_read_or_write_is_named_and_what_lies_behind_a_closed_folder_is_not(
    place: Yard, embedded_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, secret = embedded_home / "quai", embedded_home / "a secret"
    (home / "landing").mkdir(parents=True)
    secret.write_text("hunter2")
    auth = f'auth = {{ kind = "bearer", token = {{ file = "{secret}" }} }}'
    source = f'kind = "download"\nurl = "https://a.example/"\n{auth}'
    partner = place.dock.settings.partners / "ateliers.toml"
    partner.write_text(TOML.replace('kind = "folder"\npath = "inbox"\nglob = "*.csv"', source), encoding="utf-8")
    monkeypatch.setenv("QUAI_HOME", str(home))
    for path, mode in ((embedded_home, 0o711), (home, 0o751), (home / "landing", 0o757), (secret, 0o604)):
        path.chmod(mode)
    assert {check.seen: check.state for check in diagnose() if check.part == "rights"} == {
        f"every user of this machine may read {secret}": "look",
        f"every user of this machine may write {home / 'landing'}": "fault",
    }
    embedded_home.chmod(0o700)
    assert states(diagnose())["rights"] == "sound"


def test_what_is_never_taken_from_an_inbox_is_named(place: Yard) -> None:
    place.leave(offers(1))
    (place.inbox / "loop.csv").symlink_to("loop.csv")
    (check,) = [check for check in diagnose() if check.part == "inboxes" and check.state == "look"]
    assert check.seen == f"{place.inbox / 'loop.csv'} is a link, and is never taken"


def test_what_waits_is_told_by_its_feed(place: Yard) -> None:
    place.take(offers(10))
    held = place.take(offers(2))
    (check,) = [check for check in diagnose() if check.part == f"feed {SLUG}"]
    assert (check.state, f"delivery {held.id} " in check.seen) == ("look", True)
    assert "quai quarantine list" in check.do


def test_each_secret_is_looked_for_by_name_and_none_is_shown(place: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    source = 'kind = "download"\nurl = { env = "A_URL" }\nauth = { kind = "bearer", token = { file = "/nowhere" } }'
    partner = place.dock.settings.partners / "ateliers.toml"
    partner.write_text(TOML.replace('kind = "folder"\npath = "inbox"\nglob = "*.csv"', source), encoding="utf-8")
    monkeypatch.setenv("A_URL", "https://hush.example/hunter2")
    monkeypatch.setenv("QUAI_ALERTS", "OPS_ADDRESS")
    checks = [check for check in diagnose() if check.part.startswith("secret")]
    named = ("variable A_URL can be read", "file /nowhere cannot be read", "variable OPS_ADDRESS is not set")
    assert all(name in check.seen for name, check in zip(named, checks, strict=True))
    assert [check.state.value for check in checks] == ["sound", "fault", "fault"]
    assert "hunter2" not in str(checks)


def test_each_part_that_fails_leaves_the_others_looked_at(place: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    (place.home / "file").write_text("")
    (place.dock.settings.partners / "b.toml").write_text("nam = 1", encoding="utf-8")
    monkeypatch.setenv("QUAI_LANDING", str(place.home / "file" / "landing"))
    monkeypatch.setenv("QUAI_DATABASE_URL", "postgresql://quai:hunter2@127.0.0.1:1/quai")
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    checks = diagnose(looked_at)
    faulty = {part for part, state in states(checks).items() if state == "fault"}
    assert faulty == {"landing", "database", "prefect"}
    assert states(checks)["partner file b.toml"] == "look"
    assert "hunter2" not in str(checks)


def test_a_database_that_is_behind_is_told_and_not_migrated(place: Yard) -> None:
    with place.dock.store.warehouse.transaction() as connection:
        connection.execute(text("update alembic_version set version_num = '0001'"))
    (check,) = [check for check in diagnose() if check.part == "database"]
    assert (check.state, check.do) == ("fault", "Run `quai migrate`; any run does it too.")
    with place.dock.store.warehouse.transaction() as connection:
        assert connection.execute(text("select version_num from alembic_version")).scalar() == "0001"


def test_nothing_is_left_where_the_landing_was_tried(place: Yard) -> None:
    diagnose()
    assert list(Path(place.home, "landing").iterdir()) == []


def test_a_damaged_kept_copy_is_named_and_the_partner_is_not_blamed(place: Yard) -> None:
    kept = Path(place.dock.landing.fetch(place.take(offers(3)).sha256))
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    (check,) = [check for check in diagnose() if check.part == "kept drops"]
    assert (check.state, kept.name in check.seen) == ("fault", True)
    assert "not the partner's file" in check.seen
