"""The environment, typed: where things lie at this place. Secrets are named in partner files and read here, late."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from offers.errors import FeedMisconfigured
from offers.feed import Secret

PARTNERS = Path(__file__).parent / "partners"
_POSTGRESQL = ("postgresql://", "postgresql+psycopg://", "postgres://")


class Settings(BaseSettings):
    """`QUAI_DATABASE_URL`, `QUAI_HOME`, `QUAI_PARTNERS`, `QUAI_LANDING`, `QUAI_CONTACT`; an empty one counts as unset.

    `landing` is a path or an fsspec URL; `contact` is the address that employers may write to. Raises FeedMisconfigured
    naming the variables at fault, never their values.
    """

    model_config = SettingsConfigDict(
        env_prefix="QUAI_", env_ignore_empty=True, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    database_url: SecretStr | None = None
    home: Path = Path("var")
    partners: Path = PARTNERS
    landing: str | None = None
    contact: str | None = None

    def __init__(self, **values: Any) -> None:
        faults: list[str] = []
        try:
            super().__init__(**values)
        except ValidationError as fault:
            for error in fault.errors():
                said = error.get("ctx", {}).get("error", error["msg"])
                faults.append(f"the environment variable QUAI_{str(error['loc'][0]).upper()} {said}")
        if faults:  # outside the except: the fault of pydantic holds the value, and would be shown as the cause
            raise FeedMisconfigured("; ".join(faults) + ".")

    @property
    def database(self) -> str | None:
        """The database URL with its password, for the engine alone; None where the embedded server is to be used."""
        return self.database_url.get_secret_value() if self.database_url else None

    @property
    def landing_url(self) -> str:
        """Where drops are kept: `QUAI_LANDING`, or the folder `landing` of the home."""
        return self.landing or str(self.home / "landing")

    @field_validator("database_url")
    @classmethod
    def _of_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not url.get_secret_value().startswith(_POSTGRESQL):
            raise ValueError("must be a PostgreSQL URL: postgresql://user:password@host:5432/name")
        return url

    @field_validator("contact")
    @classmethod
    def _an_address(cls, contact: str | None) -> str | None:
        if contact is not None and "@" not in contact:
            raise ValueError("must be an e-mail address that employers may write to")
        return contact


def resolve(secret: Secret) -> str:
    """The value of a named secret, read now. Raises FeedMisconfigured naming the variable when it is unset or empty."""
    value = os.environ.get(secret.env, "")
    if not value:
        raise FeedMisconfigured(
            f"the environment variable {secret.env} is not set, and a partner's file names it as a secret. "
            f"Set {secret.env} where Quai runs, or correct the `env` key that names it."
        )
    return value
