"""The environment: defaults, refusals by name, and secrets that never show."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.keyring import resolve
from config.settings import PARTNERS, read
from offers.errors import FeedMisconfigured
from offers.feed import Secret


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "DATABASE_URL",
        "HOME",
        "PARTNERS",
        "LANDING",
        "CONTACT",
        "COMPANY_SEARCH_URL",
        "GEOCODER_URL",
        "REVIEW_DAYS",
    ):
        monkeypatch.delenv(f"QUAI_{name}", raising=False)


def test_without_an_environment_all_lies_under_var() -> None:
    settings = read()
    assert settings.database_url is None
    assert (settings.home, settings.partners, settings.landing) == (Path("var"), PARTNERS, "var/landing")


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAI_HOME", "/srv/quai")
    monkeypatch.setenv("QUAI_PARTNERS", "/etc/quai/partners")
    monkeypatch.setenv("QUAI_CONTACT", "stages@ministere.example")
    settings = read()
    assert settings.landing == "/srv/quai/landing"
    assert settings.partners == Path("/etc/quai/partners")
    assert settings.contact == "stages@ministere.example"
    monkeypatch.setenv("QUAI_LANDING", "s3://quai/landing")
    assert read().landing == "s3://quai/landing"


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAI_DATABASE_URL", "")
    monkeypatch.setenv("QUAI_HOME", "")
    assert read().database_url is None
    assert read().home == Path("var")


def test_the_database_s_password_is_given_to_the_engine_and_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUAI_DATABASE_URL", "postgresql://quai:hunter2@db.example/quai")
    settings = read()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://quai:hunter2@db.example/quai"
    assert "hunter2" not in f"{settings} {settings!r} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("name", "value"), [("QUAI_DATABASE_URL", "mysql://quai:hunter2@db"), ("QUAI_CONTACT", "hunter2")]
)
def test_a_wrong_variable_is_named_and_its_value_is_not(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(FeedMisconfigured, match=name) as refused:
        read()
    chain = [refused.value, refused.value.__cause__, refused.value.__context__]
    assert not any("hunter2" in str(fault) for fault in chain)


def test_a_secret_is_read_late(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret(env="RIVOIRE_PASSWORD")
    monkeypatch.setenv("RIVOIRE_PASSWORD", "hunter2")
    assert resolve(secret) == "hunter2"
    assert "hunter2" not in repr(secret)
    for value in (None, ""):
        if value is None:
            monkeypatch.delenv("RIVOIRE_PASSWORD")
        else:
            monkeypatch.setenv("RIVOIRE_PASSWORD", value)
        with pytest.raises(FeedMisconfigured, match="RIVOIRE_PASSWORD is not set"):
            resolve(secret)


def test_outside_services_are_named_by_address(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (read().company_search_url, read().geocoder_url) == (None, None)
    monkeypatch.setenv("QUAI_COMPANY_SEARCH_URL", "https://search.example.org/v1")
    assert read().company_search_url == "https://search.example.org/v1"
    for wrong in ("search.example.org", "ftp://search.example.org", "https://user:5ecret@search.example.org"):
        monkeypatch.setenv("QUAI_GEOCODER_URL", wrong)
        with pytest.raises(FeedMisconfigured, match="QUAI_GEOCODER_URL must be the address of a service") as fault:
            read()
        assert "5ecret" not in str(fault.value)


def test_a_pair_waits_30_days_for_a_person_unless_the_place_says_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read().review_days == 30
    monkeypatch.setenv("QUAI_REVIEW_DAYS", "7")
    assert read().review_days == 7


@pytest.mark.parametrize("said", ["0", "-3", "a week", "7.5", "10000"])
def test_days_that_are_none_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("QUAI_REVIEW_DAYS", said)
    with pytest.raises(FeedMisconfigured, match=r"QUAI_REVIEW_DAYS must be a number of days, e\.g\. 30"):
        read()
