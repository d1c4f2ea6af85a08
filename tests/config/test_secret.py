"""Secrets come from a variable, from the file it names, or from a file; what is told names the place alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.keyring import LONGEST, resolve
from config.settings import read
from offers.errors import FeedMisconfigured
from offers.feed import Secret


@pytest.fixture
def held(tmp_path: Path) -> Path:
    path = tmp_path / "rivoire"
    path.write_bytes(b"hunter2\n")
    return path


def test_a_file_holds_the_value_and_its_last_line_end_is_none_of_it(held: Path) -> None:
    assert resolve(Secret(file=str(held))) == "hunter2"


def test_a_variable_may_name_the_file_as_docker_does(held: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIVOIRE_PASSWORD_FILE", str(held))
    assert resolve(Secret(env="RIVOIRE_PASSWORD")) == "hunter2"
    held.write_text("changed")
    assert resolve(Secret(env="RIVOIRE_PASSWORD")) == "changed"
    monkeypatch.setenv("RIVOIRE_PASSWORD", "hunter3")
    with pytest.raises(FeedMisconfigured, match="RIVOIRE_PASSWORD and RIVOIRE_PASSWORD_FILE are both set") as fault:
        resolve(Secret(env="RIVOIRE_PASSWORD"))
    assert "hunter3" not in str(fault.value)


def test_the_database_s_url_may_lie_in_a_file(held: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUAI_DATABASE_URL", raising=False)
    monkeypatch.setenv("QUAI_DATABASE_URL_FILE", str(held))
    held.write_text("postgresql://quai:hunter2@db.example/quai\n")
    settings = read()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://quai:hunter2@db.example/quai"
    held.write_text("mysql://quai:hunter2@db.example/quai\n")
    with pytest.raises(FeedMisconfigured, match="QUAI_DATABASE_URL must be a PostgreSQL URL") as fault:
        read()
    assert "hunter2" not in f"{fault.value} {fault.value.__cause__} {fault.value.__context__}"


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (None, "No such file"),
        (b"", "is empty"),
        (b"\xff\xfe-secret", "no short text"),
        (b"x" * (LONGEST + 1), "no short"),
    ],
)
def test_a_file_that_gives_no_secret_is_named_and_nothing_of_it_shown(
    held: Path, content: bytes | None, seen: str
) -> None:
    held.unlink()
    if content is not None:
        held.write_bytes(content)
    with pytest.raises(FeedMisconfigured, match=rf"rivoire.*{seen}") as fault:
        resolve(Secret(file=str(held)))
    assert fault.value.__cause__ is None
    assert fault.value.__context__ is None


@pytest.mark.parametrize("places", [{}, {"env": "A", "file": "/b"}, {"env": "A", "block": "b"}])
def test_a_secret_names_one_place(places: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="names one place"):
        Secret.model_validate(places)
