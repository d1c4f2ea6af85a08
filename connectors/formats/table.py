"""What CSV files and worksheets share: which row holds the headers, what they are called, the totals at the foot."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from connectors.formats.foot import is_foot
from connectors.formats.odd_bytes import readable
from offers.cleaning.characters import as_seen
from offers.model import Finding, Severity
from offers.quoting import quote

CLIP = 200
"""Characters of a faulty line or of a note that are quoted."""
_MOST_TOTALS = 5
_NAME = re.compile(r"[^\W\d_]")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True)
class Headers:
    """The columns to keep (positions from 0), their unique names, and what was odd about them."""

    positions: list[int]
    names: list[str]
    findings: tuple[Finding, ...] = ()


def clip(text: str) -> str:
    """At most CLIP characters on one line, for a sentence."""
    return quote(text, CLIP)


def filled(cells: Sequence[str]) -> int:
    """How many cells hold something other than white space."""
    return sum(1 for cell in cells if cell and not cell.isspace())


def header_row(rows: Sequence[Sequence[str]]) -> int | None:
    """Which of the first rows holds the headers: the first one as full as rows usually are; None in an empty table.

    The row just above it is taken instead where it is nearly as full and all names: a table whose headers lack one.
    """
    counts = [filled(row) for row in rows]
    usual = Counter(count for count in counts if count)
    if not usual:
        return None
    most = max(usual.values())
    level = max(count for count, times in usual.items() if times == most)
    first = next(at for at, count in enumerate(counts) if count >= level)
    above = next((at for at in range(first - 1, -1, -1) if counts[at]), None)
    if above is not None and counts[above] >= max(2, 0.6 * level) and _all_names(rows[above]):
        return above
    return first


def _all_names(cells: Sequence[str]) -> bool:
    names = [cell.strip() for cell in cells if cell.strip()]
    return len(set(names)) == len(names) and all(_NAME.match(name) and len(name) < 60 for name in names)


def name_headers(cells: Sequence[str], has_data: Callable[[int], bool], first_column: int = 1) -> Headers:
    """Unique names for the header cells; `has_data` says whether a column without a header holds anything."""
    positions: list[int] = []
    names: dict[str, None] = {}
    findings: list[Finding] = []
    plain = [_SPACES.sub(" ", as_seen(readable(cell))).strip() for cell in cells]
    names_of = _Namer(set(plain))
    for position, name in enumerate(plain):
        if not name and not has_data(position):
            continue
        if not name:
            name = names_of.free(f"colonne {position + first_column}")
            findings.append(_nameless(name))
        elif name in names:
            name = names_of.numbered(name)
            findings.append(_duplicate(name))
        positions.append(position)
        names[name] = None
    return Headers(positions, list(names), tuple(findings))


class _Namer:
    """Names that no header bears yet; it remembers how far it counted, for a thousand headers may be the same."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = taken
        self.counts: dict[str, int] = {}

    def free(self, name: str) -> str:
        """The name itself, or numbered where it is taken."""
        if name in self.taken:
            return self.numbered(name)
        self.taken.add(name)
        return name

    def numbered(self, name: str) -> str:
        """`name (2)`, `name (3)`, the first that is free."""
        count = self.counts.get(name, 1) + 1
        while f"{name} ({count})" in self.taken:
            count += 1
        self.counts[name] = count
        self.taken.add(f"{name} ({count})")
        return f"{name} ({count})"


def _nameless(name: str) -> Finding:
    sentence = f"A column with values has no header; it is read as « {name} ». Ask the partner to name it."
    return Finding("header_empty", Severity.WARN, name, "a header above each column", sentence)


def _duplicate(name: str) -> Finding:
    sentence = f"A header occurs again; its column is read as « {name} ». Ask the partner for distinct headers."
    return Finding("header_duplicate", Severity.WARN, name, "each header once", sentence)


def skipped_finding(rows: Sequence[Sequence[str]], header: int, what: str) -> tuple[Finding, ...]:
    """A note on the titles that stand above the headers, if there are any; `header` is the line of the headers."""
    titles = [clip(" ".join(cell for cell in row if cell)) for row in rows if filled(row)]
    if not titles:
        return ()
    sentence = f"The headers are at {what} {header}; above them, left aside: {' / '.join(titles[:5])}."
    return (Finding("lines_before_header", Severity.NOTE, " / ".join(titles[:5]), "the headers first", sentence),)


def totals_at_foot(
    last: Sequence[tuple[int, Sequence[str]]], width: int, named: Sequence[str] = ()
) -> list[tuple[int, str]]:
    """Which of the last rows (line, cells), oldest first, are no offers: an unbroken run at the very end.

    `named` is how the feed says that the first cell of such a row reads.
    """
    found: list[tuple[int, str]] = []
    for line, cells in reversed(last[-_MOST_TOTALS:]):
        if not is_foot(cells, width, named):
            break
        found.append((line, clip(" ".join(cell for cell in cells if cell))))
    return found[::-1]


def total_findings(totals: Sequence[tuple[int | str, str]], what: str) -> tuple[Finding, ...]:
    """One note for each row at the foot left aside."""
    return tuple(
        Finding(
            "total_at_foot", Severity.NOTE, f"{what} {line}: {text}", "offers only",
            f"The {what} {line} at the foot is a total or an end mark and no offer; it is left aside: « {text} ».",
        )
        for line, text in totals
    )  # fmt: skip
