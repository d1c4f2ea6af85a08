"""What a reader holds at most, whatever it is given: columns, the length of their names, cells. Beyond, a refusal.

Each is a figure that no list of offers comes near, and that keeps time and memory in proportion to the bytes that came.
What is within them and still large (`TooHeavy`) is read in a process of its own: connectors.reading.
"""

from __future__ import annotations

from collections.abc import Collection

from connectors.formats.refusal import refusal
from offers.feed import Limits
from offers.wording import number

MOST_COLUMNS = 2000
LONGEST_NAME = 2000
"""Characters of a header, or of the dotted path of an element; the whole of it stands in every message about it."""
MOST_CELLS = 40_000_000
"""Rows times columns, empty ones too: every reader, and all that follows, holds the whole rectangle."""
MOST_ELEMENTS = 100_000
"""Elements of one record, markup in its texts included."""
LONGEST_HEAD = 1 << 18
"""Bytes of a line of headers."""


MOST_SHARED, SHARED_RATIO = 64_000_000, 200
"""Characters that rows may share, each counting them: what encloses records, what is said of all places of one. So many
are granted to any drop, or so many times its bytes."""


class Shared:
    """What rows share, counted as it is put into one after the other."""

    def __init__(self, name: str, size: int) -> None:
        self.name, self.left = name, max(MOST_SHARED, SHARED_RATIO * size)

    def add(self, characters: int) -> None:
        """Raise Unreadable where a drop says far more than it holds."""
        self.left -= characters
        if self.left < 0:
            seen = "texts that very many records share"
            remedy = "Ask the partner what they sent"
            raise refusal(self.name, seen, f"at most {number(MOST_SHARED)} characters of them", remedy)


class TooHeavy(Exception):  # noqa: N818 - no fault: it says where the drop is to be read
    """More than the run itself reads: a child of its own does. Never leaves connectors.reading."""


def check_rows(name: str, rows: int, limits: Limits, what: str = "rows", more: bool = False) -> None:
    """Raise Unreadable for more rows than the feed may bring; `more`: there may be others."""
    if rows > limits.rows:
        seen = f"more than {number(limits.rows)} {what}" if more else f"{number(rows)} {what}"
        remedy = "Ask the partner whether this is meant; if so, raise `limits.rows` in the feed's TOML"
        raise refusal(name, seen, f"at most {number(limits.rows)} (`limits.rows`)", remedy)


def check_headers(name: str, headers: Collection[str], where: str = "") -> None:
    """Raise Unreadable for more columns, or longer names, than a list of offers has."""
    if len(headers) > MOST_COLUMNS:
        remedy = "Ask the partner what they sent: an offer has the same few fields in each record"
        raise refusal(name, f"{number(len(headers))} columns{where}", f"at most {number(MOST_COLUMNS)}", remedy)
    check_name(name, max(map(len, headers), default=0))


def check_name(name: str, length: int) -> None:
    """Raise Unreadable for a header of so many characters, where it can be none."""
    if length > LONGEST_NAME:
        seen = f"the name of a column in {number(length)} characters"
        raise refusal(name, seen, f"at most {number(LONGEST_NAME)}", "Ask the partner what they sent")


def check_elements(name: str, elements: int, record: str) -> None:
    """Raise Unreadable for a record of more elements than any offer has."""
    if elements > MOST_ELEMENTS:
        seen = f"a record ({record}) of more than {number(MOST_ELEMENTS)} elements"
        remedy = "Ask the partner whether several offers stand in one record, or what they sent"
        raise refusal(name, seen, f"at most {number(MOST_ELEMENTS)}", remedy)


def check_cells(name: str, rows: int, columns: int) -> None:
    """Raise Unreadable for a rectangle that nobody could hold."""
    if rows * columns > MOST_CELLS:
        seen, most = f"{number(rows)} rows by {number(columns)} columns", f"at most {number(MOST_CELLS)} cells"
        raise refusal(name, seen, most, _FEWER)


def check_all_cells(name: str, cells: int) -> None:
    """Raise Unreadable for more cells on all sheets together than anybody could hold."""
    if cells > MOST_CELLS:
        raise refusal(name, f"{number(cells)} cells on all sheets", f"at most {number(MOST_CELLS)}", _FEWER)


_FEWER = "Ask the partner for fewer columns, or for several files"
