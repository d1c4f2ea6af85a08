"""The environment, typed: where things lie at this place. Secrets are read late, by `config.keyring`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config.keyring import from_environment
from offers.errors import FeedMisconfigured

PARTNERS = Path(__file__).parent / "partners"
RETRY_SECONDS = (2.0, 8.0, 30.0)


def _must(hold: Callable[[str], bool], be: str) -> BeforeValidator:
    """What a variable's text must be; a value that is no text, as tests give it, is looked at by pydantic alone."""

    def look(said: Any) -> Any:
        if isinstance(said, str) and not hold(said):
            raise ValueError(f"must {be}")
        return said

    return BeforeValidator(look)


def _words(hold: Callable[[str], object], be: str) -> BeforeValidator:
    """The same for each of several words, which are taken apart."""

    def look(said: Any) -> Any:
        words = said.split() if isinstance(said, str) else said
        if not all(hold(word) for word in words if isinstance(word, str)):
            raise ValueError(f"must hold {be}")
        return words

    return BeforeValidator(look)


_POSTGRESQL = _must(
    lambda url: url.startswith(("postgresql://", "postgresql+psycopg://", "postgres://")),
    "be a PostgreSQL URL: postgresql://user:password@host:5432/name",
)
_SERVICE = _must(
    lambda url: re.fullmatch(r"https?://[^\s/@?#]+(?:/[^\s?#]*)?", url) is not None,
    "be the address of a service without a password, e.g. https://api.example.org",
)
_ADDRESS = _must(lambda contact: "@" in contact, "be an e-mail address that employers may write to")
_DAYS = _must(lambda days: days.isdecimal() and 0 < int(days) < 10_000, "be a number of days, e.g. 30")
_ALERTS = _words(
    lambda word: "://" in word or re.fullmatch(r"[A-Z][A-Z0-9_]*", word),
    "Apprise addresses (mailto://…, slack://…), or names of variables that hold them, in capitals, with spaces between "
    "them",
)
_SECONDS = _words(
    lambda word: word.isdecimal() and int(word) <= 600,
    'seconds, 600 at most, with spaces between them, e.g. "2 8 30"',
)


class Settings(BaseSettings):
    """Each variable is `QUAI_` and the name of a field in capitals: `QUAI_DATABASE_URL`; an empty one counts as unset.

    `database_url` is None where the embedded server is to be used, and shows stars wherever it is printed; `landing` is
    a path or an fsspec URL; `contact` is the address that employers may write to. Use `read`, which says what is wrong.
    `company_search_url` and `geocoder_url` are where feeds may ask (`enrich`); None: nobody is asked.
    `alerts` are where people are told, each an Apprise address or the name of a variable that holds some: secrets.
    `review_days` is how long a pair of records waits for a person before the two stay distinct offers.
    `keep_drops_days`, `keep_rejects_days`: how long bytes, and what is said of their lines, outlive their last coming.
    `log`: one line an event on standard error, as JSON or as text; None: warnings alone.
    `retry_seconds`: how long a step of a flow run whose source or database did not answer waits before each next try.
    """

    model_config = SettingsConfigDict(
        env_prefix="QUAI_", env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    database_url: Annotated[SecretStr | None, _POSTGRESQL] = None
    home: Path = Path("var")
    partners: Path = PARTNERS
    landing: str = Field(default_factory=lambda known: str(Path(known.get("home", "var")) / "landing"))
    contact: Annotated[str | None, _ADDRESS] = None
    company_search_url: Annotated[str | None, _SERVICE] = None
    geocoder_url: Annotated[str | None, _SERVICE] = None
    alerts: Annotated[tuple[SecretStr, ...], NoDecode, _ALERTS] = ()
    review_days: Annotated[int, _DAYS] = 30
    keep_drops_days: Annotated[int, _DAYS] = 90
    keep_rejects_days: Annotated[int, _DAYS] = 90
    log: Literal["json", "text"] | None = None
    retry_seconds: Annotated[tuple[float, ...], NoDecode, _SECONDS] = RETRY_SECONDS

    @property
    def database(self) -> str | None:
        """The database's URL, password and all, for whoever opens it; None: the embedded server."""
        return self.database_url.get_secret_value() if self.database_url else None


def read() -> Settings:
    """The settings of this process, read now. Raises FeedMisconfigured naming the variables at fault, never a value."""
    # Those that hold secrets, where the environment names a file for them: QUAI_DATABASE_URL_FILE.
    asked = ((name, f"QUAI_{name.upper()}") for name in ("database_url", "alerts"))
    held: dict[str, Any] = {name: from_environment(said) for name, said in asked if os.environ.get(f"{said}_FILE")}
    try:
        return Settings(**held)
    except ValidationError as fault:
        said = [(str(error["loc"][0]), error.get("ctx", {}).get("error", error["msg"])) for error in fault.errors()]
    # outside the except: pydantic's own error holds the value, and would be shown as the cause of ours
    raise FeedMisconfigured("; ".join(f"the environment variable QUAI_{name.upper()} {what}" for name, what in said))
