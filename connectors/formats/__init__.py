"""What a drop's bytes say: KINDS is the registry, the word in a feed's TOML and the function that reads such bytes.

Unpacked first, then read; nothing of a value is changed here.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from pkgutil import resolve_name

from connectors.formats.bounds import TooHeavy
from connectors.formats.refusal import looks_like, workbook_kind
from connectors.formats.unpack import unpack
from offers.feed import Limits
from offers.format import Format
from offers.model import Batch

Sheets = tuple[AbstractSet[str], ...]
TABLE_HERE, TREE_HERE = 128_000_000, 16_000_000
"""Bytes, packed or not, up to which the run itself reads a table of text, and what is made of elements or sheets: these
take up to thirty times as much memory."""
MEMORY_HERE = 1_000_000_000
"""Bytes of memory that a table of text may take in the run itself."""


@dataclass(frozen=True)
class Hints:
    """What is known of a drop beside its bytes: the encoding that its server said, which they may contradict, the
    headers that sheets of offers bear, and how many bytes made of sheets are read in this process (None: any)."""

    said: str | None = None
    headers: Sheets = ()
    here: int | None = None


NOTHING = Hints()
Reader = Callable[[bytes, str, Format, Limits, Hints], Batch]


@dataclass(frozen=True)
class FormatKind:
    """One entry of KINDS: `module:function` of its Reader, and whether it is a mere table of text.

    Named and not imported: a feed of CSV files pays for no XML parser.
    """

    reader: str
    is_table: bool = False

    @property
    def read(self) -> Reader:
        """What reads unpacked bytes. Raises Unreadable, FeedMisconfigured."""
        found: Reader = resolve_name(self.reader)
        return found


KINDS: dict[str, FormatKind] = {
    "csv": FormatKind("connectors.formats.delimited:read_csv", is_table=True),
    "xlsx": FormatKind("connectors.formats.workbook:read_xlsx"),
    "xml": FormatKind("connectors.formats.xml:read_xml"),
    "rss": FormatKind("connectors.formats.xml:read_xml"),
    "json": FormatKind("connectors.formats.json:read_json"),
    "jsonl": FormatKind("connectors.formats.json:read_jsonl"),
}


def read_here(
    path: Path,
    name: str,
    format: Format,
    limits: Limits,
    said: str | None = None,
    *,
    headers: Sheets = (),
    here: bool = False,
) -> Batch:
    """As connectors.reading.read, in this process; where `here`, only what is surely bounded, else raises TooHeavy."""
    is_table = KINDS[format.kind].is_table
    most = (TABLE_HERE if is_table else TREE_HERE) if here else None
    unpacked = unpack(path, name, limits, workbook=True, here=most)
    if here and is_table and table_bytes(unpacked.data) > MEMORY_HERE:
        raise TooHeavy
    # A table may come as a workbook or as CSV, whichever of the two is agreed: our return and our template are
    # workbooks, and she who corrects or fills one sends it back as it is; one who opens a workbook elsewhere may save
    # it as CSV. A workbook is also read where records of XML or JSON are agreed.
    workbook, data = workbook_kind(unpacked.data) is not None, unpacked.data
    if workbook and format.kind != "xlsx":
        format = format.model_copy(update={"kind": "xlsx", "encoding": None, "delimiter": None})
    elif format.kind == "xlsx" and not workbook and looks_like(data) is None and 0 not in data[:4096]:
        format = format.model_copy(update={"kind": "csv", "sheet": None, "sheets": ()})
    known = Hints(said, headers, TREE_HERE if here else None)
    batch = KINDS[format.kind].read(data, name, format, limits, known)
    from offers.cleaning.characters import lost_in  # here, for it loads pandas, and so do the readers alone

    around = {"archive": unpacked.around} if unpacked.around else {}
    findings = (*batch.findings, *lost_in(batch.frame, batch.sheets), *unpacked.findings)
    return replace(batch, dialect={**batch.dialect, **around}, findings=findings)


def table_bytes(data: bytes) -> int:
    """At most how many bytes of memory a table of text takes, whichever of the two ways it is cut."""
    lines = data.count(b"\n") + data.count(b"\r")
    cells = lines + sum(data.count(sign) for sign in (b";", b",", b"\t", b"|"))
    return 6 * len(data) + 60 * lines + 70 * cells + 24 * data.count(b'"')
