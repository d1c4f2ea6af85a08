"""What may be said of a conversation: hosts and words, never a secret nor an address that may hold one."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import quote, quote_plus, urlsplit

from connectors.http.settings import Given
from offers import quoting
from offers.feed import Secret

_ours: ContextVar[bool] = ContextVar("a conversation of ours", default=False)
_TALKERS = ("urllib3", "urllib3.connection", "urllib3.connectionpool", "urllib3.response", "urllib3.util.retry")
_SHORTEST = 4
_TELLING = 6
HIDDEN = "[hidden]"


class Secrets:
    """Gives the values of secrets, remembers each, and takes them out of any text that is to be shown."""

    def __init__(self, resolve: Callable[[Secret], str]) -> None:
        self._resolve = resolve
        self._known: set[str] = set()

    def __repr__(self) -> str:
        return f"Secrets({len(self._known)} known)"

    def value(self, given: Given) -> str:
        """What is written, or the secret's value, which is remembered."""
        if not isinstance(given, Secret):
            return given
        value = self._resolve(given)
        self.remember(value)
        return value

    def address(self, given: Given) -> str:
        """The same for an address: of a secret one, path and query are secrets too, and the host is not."""
        value = self.value(given)
        if isinstance(given, Secret):
            parts = urlsplit(value)
            steps = [step for step in re.split(r"[/?&=]", f"{parts.path}?{parts.query}") if len(step) >= _TELLING]
            self.remember(parts.path, parts.query, *steps)
        return value

    def remember(self, *values: str) -> None:
        """Keep these out of every text, in each form that HTTP gives them."""
        for value in values:
            coded = base64.b64encode(value.encode()).decode()
            forms = {value, quote(value), quote(value, safe=""), quote_plus(value), coded}
            self._known |= {form for form in forms if len(form) >= _SHORTEST}

    def hide(self, text: str) -> str:
        """The text with every known secret struck out, longest first, and what addresses in it tell."""
        for value in sorted(self._known, key=len, reverse=True):
            text = text.replace(value, HIDDEN)
        return quoting.discreet(text)


@contextmanager
def discreet() -> Iterator[None]:
    """Inside, urllib3 logs nothing at any level: its lines hold whole addresses. Other users of it are not touched."""
    before = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(before)


def _is_not_ours(record: logging.LogRecord) -> bool:
    return not _ours.get()


for _name in _TALKERS:
    logging.getLogger(_name).addFilter(_is_not_ours)
