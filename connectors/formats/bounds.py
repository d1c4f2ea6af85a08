"""What a reader holds at most, whatever it is given: columns, the length of their names, cells. Beyond, a refusal.

Each is a figure that no list of offers comes near, and that keeps time and memory in proportion to the bytes that came.
What is within them and still large (`TooHeavy`) is read in a process of its own: connectors.reading.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.formats.refusal import number, refusal

MOST_COLUMNS = 2000
LONGEST_NAME = 2000
"""Characters of a header, or of the dotted path of an element; the whole of it stands in every message about it."""
MOST_CELLS = 40_000_000
"""Rows times columns, empty ones too: every reader, and all that follows, holds the whole rectangle."""
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


def check_headers(name: str, headers: Sequence[str]) -> None:
    """Raise Unreadable for more columns, or longer names, than a list of offers has."""
    if len(headers) > MOST_COLUMNS:
        raise too_wide(name, len(headers))
    longest = max(map(len, headers), default=0)
    if longest > LONGEST_NAME:
        raise too_long(name, longest)


def check_cells(name: str, rows: int, columns: int) -> None:
    """Raise Unreadable for a rectangle that nobody could hold."""
    if rows * columns > MOST_CELLS:
        seen = f"{number(rows)} rows by {number(columns)} columns"
        remedy = "Ask the partner for fewer columns, or for several files"
        raise refusal(name, seen, f"at most {number(MOST_CELLS)} cells", remedy)


def too_many_cells(name: str, cells: int) -> None:
    """Raise Unreadable for more cells on all sheets together than anybody could hold."""
    if cells > MOST_CELLS:
        remedy = "Ask the partner for fewer columns, or for several files"
        raise refusal(name, f"{number(cells)} cells on all sheets", f"at most {number(MOST_CELLS)}", remedy)


def too_wide(name: str, columns: int, where: str = "") -> Exception:
    """More columns than a list of offers has."""
    remedy = "Ask the partner what they sent: an offer has the same few fields in each record"
    return refusal(name, f"{number(columns)} columns{where}", f"at most {number(MOST_COLUMNS)}", remedy)


def too_long(name: str, length: int) -> Exception:
    """A name that is none."""
    seen = f"the name of a column in {number(length)} characters"
    return refusal(name, seen, f"at most {number(LONGEST_NAME)}", "Ask the partner what they sent")
