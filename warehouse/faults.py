"""What an error of the database means: one sentence for people, and nothing of the rows that it quotes.

PostgreSQL's DETAIL and CONTEXT repeat rows (`COPY records, line 3: "…"`), and the messages of bad data the values
themselves; SQLAlchemy adds the parameters. Of these only names are told: the error's, the table's, the column's.
"""

from __future__ import annotations

import re
from urllib.parse import quote

import psycopg
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from offers.errors import WarehouseUnreachable

ERRORS = (DBAPIError, psycopg.Error)
AGAIN = "Nothing of this transaction was kept."
_DO = {
    "25006": "the database lets itself only be read ({said}): a standby after a failover, or "
    "default_transaction_read_only. {again} Let QUAI_DATABASE_URL name the primary, or make this one writable; then "
    "run this again.",
    "25P03": "the server ended this transaction ({said}): this process did nothing in it for minutes, frozen or on a "
    "machine that slept. {again} Run this again.",
    "25P04": "the server ended this transaction ({said}). {again} Let the role take its time (alter role … set "
    "transaction_timeout = 0): a first load of 200,000 offers takes a minute; then run this again.",
    "42501": "the role of QUAI_DATABASE_URL lacks a right ({said}). {again} Grant it, or name the role that owns the "
    "tables; then run this again.",
    "55P03": "another session holds a lock that was waited for ({said}). {again} `quai doctor` names who holds what; "
    "then run this again.",
    "53100": "the disk of the database is full ({said}). {again} Make room there; then run this again.",
    "53200": "the database ran out of memory ({said}). {again} Give it more, or fewer sessions; then run this again.",
    "53300": "the database takes no more connections ({said}). {again} Raise max_connections, or stop what holds them; "
    "then run this again.",
    "54000": "a statement of Quai's own was more than the database can hold ({said}). {again} Report this: `quai "
    "deliveries` names the drop.",
    "57014": "a statement was cancelled ({said}), by a person or by statement_timeout. {again} Let the role take its "
    "time (alter role … set statement_timeout = 0); then run this again.",
}
_ENCODING = (
    "the database is encoded in {said}, which cannot hold what partners write. Expected UTF8: make a new one (create "
    "database … template template0 encoding 'UTF8') and name it in QUAI_DATABASE_URL; `quai restore` fills it."
)
_AWAY = (
    "the database does not answer or broke off ({said}). {again} Check that the server is up, that QUAI_DATABASE_URL "
    "names it rightly and that its disk is not full; then run this again."
)
_LOST_CLASSES = ("08", "25", "40", "53", "54", "55", "57", "58", "F0", "XX")
_MORE = re.compile(r"\n[^\S\n]*[A-ZÀ-Þ]{4,} ?:.*", re.DOTALL)
"""DETAIL, CONTEXT, HINT and what follows, in the server's language."""


class StatementRefused(RuntimeError):  # noqa: N818 - named for what happened, as in offers.errors
    """The database refused what we wrote: a fault of Quai's own, which no second try mends. Quotes no row."""


def meaning(url: URL, error: BaseException) -> WarehouseUnreachable | StatementRefused:
    """The error for people, its password blotted out."""
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None)
    where = url.render_as_string(hide_password=True)
    if state is None or state in _DO or state[:2] in _LOST_CLASSES:
        said = _without_secrets(url, _said(cause))
        return WarehouseUnreachable(f"{where}: {_DO.get(state or '', _AWAY).format(said=said, again=AGAIN)}")
    return StatementRefused(f"{where}: the database refused a statement ({_names(cause)}). {AGAIN}")


def wrong_encoding(url: URL, found: str) -> WarehouseUnreachable:
    """Of a database that would cut or garble names."""
    return WarehouseUnreachable(f"{url.render_as_string(hide_password=True)}: {_ENCODING.format(said=found)}")


def _said(cause: BaseException) -> str:
    diagnosis = getattr(cause, "diag", None)
    primary = diagnosis.message_primary if diagnosis is not None else None
    return " ".join((primary or _MORE.sub("", str(cause))).split())


def _names(cause: BaseException) -> str:
    diagnosis = getattr(cause, "diag", None)
    found = [f"{type(cause).__name__} {getattr(cause, 'sqlstate', '')}".strip()]
    for what in ("table_name", "column_name", "constraint_name"):
        name = getattr(diagnosis, what, None)
        found += [f"{what.removesuffix('_name')} {name}"] if name else []
    # Where a COPY broke: `COPY records, line 3, column seats: "…"`, without what it quotes.
    copied = re.match(r"COPY (\w+), line (\d+)(?:, column (\w+))?", getattr(diagnosis, "context", None) or "")
    return ", ".join([*found, *([copied[0]] if copied else [])])


def _without_secrets(url: URL, said: str) -> str:
    for secret in {url.password, quote(url.password or "", safe=""), url.render_as_string(hide_password=False)}:
        if secret:
            said = said.replace(str(secret), "***")
    return said
