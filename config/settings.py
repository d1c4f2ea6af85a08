"""The environment, typed: where things lie at this place. Secrets are read late, by `config.keyring`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from config.keyring import from_environment
from offers.errors import FeedMisconfigured

PARTNERS = Path(__file__).parent / "partners"
_VARIABLE = re.compile(r"^[A-Z][A-Z0-9_]*$")
_SERVICE = re.compile(r"^https?://[^\s/@?#]+(?:/[^\s?#]*)?$")
RETRY_SECONDS = (2.0, 8.0, 30.0)
_POSTGRESQL = ("postgresql://", "postgresql+psycopg://", "postgres://")


def _below_home(known: dict[str, Any]) -> str:
    return str(Path(known.get("home", "var")) / "landing")


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

    database_url: SecretStr | None = None
    home: Path = Path("var")
    partners: Path = PARTNERS
    landing: str = Field(default_factory=_below_home)
    contact: str | None = None
    company_search_url: str | None = None
    geocoder_url: str | None = None
    alerts: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    review_days: int = 30
    keep_drops_days: int = 90
    keep_rejects_days: int = 90
    log: Literal["json", "text"] | None = None
    retry_seconds: Annotated[tuple[float, ...], NoDecode] = RETRY_SECONDS

    @property
    def database(self) -> str | None:
        """The database's URL, password and all, for whoever opens it; None: the embedded server."""
        return self.database_url.get_secret_value() if self.database_url else None

    @field_validator("review_days", "keep_drops_days", "keep_rejects_days", mode="before")
    @classmethod
    def _days(cls, said: Any) -> Any:
        if isinstance(said, str) and not (said.isdecimal() and 0 < int(said) < 10_000):
            raise ValueError("must be a number of days, e.g. 30")
        return said

    @field_validator("retry_seconds", mode="before")
    @classmethod
    def _seconds(cls, said: Any) -> Any:
        words = said.split() if isinstance(said, str) else said
        if isinstance(said, str) and not all(word.isdecimal() and int(word) <= 600 for word in words):
            raise ValueError('must hold seconds, 600 at most, with spaces between them, e.g. "2 8 30"')
        return words

    @field_validator("alerts", mode="before")
    @classmethod
    def _addresses(cls, said: Any) -> Any:
        words = said.split() if isinstance(said, str) else said
        if not all("://" in word or _VARIABLE.match(word) for word in words if isinstance(word, str)):
            raise ValueError(
                "must hold Apprise addresses (mailto://…, slack://…), or names of variables that hold them, in "
                "capitals, with spaces between them"
            )
        return words

    @field_validator("database_url")
    @classmethod
    def _of_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(_POSTGRESQL):
            raise ValueError("must be a PostgreSQL URL: postgresql://user:password@host:5432/name")
        return url

    @field_validator("company_search_url", "geocoder_url")
    @classmethod
    def _a_service(cls, url: str | None) -> str | None:
        if url is not None and not _SERVICE.match(url):
            raise ValueError("must be the address of a service without a password, e.g. https://api.example.org")
        return url

    @field_validator("contact")
    @classmethod
    def _an_address(cls, contact: str | None) -> str | None:
        if contact is not None and "@" not in contact:
            raise ValueError("must be an e-mail address that employers may write to")
        return contact


def _from_files() -> dict[str, Any]:
    """The settings that hold secrets, where the environment names a file for them: `QUAI_DATABASE_URL_FILE`."""
    asked = ((name, f"QUAI_{name.upper()}") for name in ("database_url", "alerts"))
    return {name: from_environment(said) for name, said in asked if os.environ.get(f"{said}_FILE")}


def read() -> Settings:
    """The settings of this process, read now. Raises FeedMisconfigured naming the variables at fault, never a value."""
    try:
        return Settings(**_from_files())
    except ValidationError as fault:
        said = [(str(error["loc"][0]), error.get("ctx", {}).get("error", error["msg"])) for error in fault.errors()]
    # outside the except: pydantic's own error holds the value, and would be shown as the cause of ours
    raise FeedMisconfigured("; ".join(f"the environment variable QUAI_{name.upper()} {what}" for name, what in said))
