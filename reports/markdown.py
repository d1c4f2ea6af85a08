"""Markdown for Prefect's pages, in which a partner's text is text."""

from __future__ import annotations

import re

from offers.quoting import one_line

_MARKS = re.compile(r"([\\`*_\[\]|<>])")


def plain(text: str) -> str:
    """The text on one line, and nothing in it a tag, a link, code, emphasis or the end of a cell."""
    return _MARKS.sub(r"\\\1", one_line(text))
