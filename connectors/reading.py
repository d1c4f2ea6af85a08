"""The door from bytes to a batch: unpack, then the reader of the feed's format. Nothing of a value is changed here."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from pathlib import Path

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


def read(
    path: Path,
    name: str,
    format: Format,
    limits: Limits,
    said: str | None = None,
    *,
    aside: Path | None = None,
    headers: Sheets = (),
) -> Batch:
    """The text in the drop at `path`; `name` is the partner's own name for it and stands in every message.

    `said` is the encoding that its server named, which bytes may contradict; `headers` (onboarding.form.headers_of) say
    which sheets of a workbook hold offers: without any they are those that look as the first does.

    The frame's columns are the partner's headers (tables) or dotted paths (XML, JSON), its index the line, row or
    record number. Raises Unreadable where the drop is not what `format` says or is over `limits`, FeedMisconfigured
    where `format` itself cannot be followed, ReaderEnded where reading it takes more than `limits` grant. What is large
    is read in a process of its own, and so is what is small and would say much more than it holds; what it gives back
    lies below `aside` meanwhile, or where the system keeps what passes.
    """
    try:
        return read_here(path, name, format, limits, said, headers=headers, here=True)
    except TooHeavy:
        from connectors.apart import read_apart

        return read_apart(path, name, format, limits, said, aside=aside, headers=headers)


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
    """The same within this process; where `here`, only what is surely bounded, else it raises TooHeavy."""
    most = (TABLE_HERE if format.kind == "csv" else TREE_HERE) if here else None
    unpacked = unpack(path, name, limits, workbook=True, here=most)
    if here and format.kind == "csv" and table_bytes(unpacked.data) > MEMORY_HERE:
        raise TooHeavy
    batch = _read(unpacked.data, name, _as_it_came(unpacked.data, format), limits, said, headers, here)
    from offers.cleaning.characters import lost_in  # here, for the registry of connectors is imported without pandas

    around = {"archive": unpacked.around} if unpacked.around else {}
    findings = (*batch.findings, *lost_in(batch.frame, batch.sheets), *unpacked.findings)
    return replace(batch, dialect={**batch.dialect, **around}, findings=findings)


def _as_it_came(data: bytes, format: Format) -> Format:
    """The format of these very bytes. A table may come as a workbook or as CSV, whichever of the two is agreed.

    Our return and our template are workbooks, and she who corrects or fills one sends it back as it is; one who opens
    a workbook elsewhere may save it as CSV. A workbook is also read where records of XML or JSON are agreed.
    """
    workbook = workbook_kind(data) is not None
    if workbook and format.kind != "xlsx":
        return format.model_copy(update={"kind": "xlsx", "encoding": None, "delimiter": None})
    if format.kind == "xlsx" and not workbook and looks_like(data) is None and 0 not in data[:4096]:
        return format.model_copy(update={"kind": "csv", "sheet": None, "sheets": ()})
    return format


def table_bytes(data: bytes) -> int:
    """At most how many bytes of memory a table of text takes, whichever of the two ways it is cut."""
    lines = data.count(b"\n") + data.count(b"\r")
    cells = lines + sum(data.count(sign) for sign in (b";", b",", b"\t", b"|"))
    return 6 * len(data) + 60 * lines + 70 * cells + 24 * data.count(b'"')


def _read(
    data: bytes, name: str, format: Format, limits: Limits, said: str | None, headers: Sheets, here: bool
) -> Batch:
    # Each reader is imported where it is needed: a feed of CSV files pays for no XML parser.
    if format.kind == "csv":
        from connectors.formats.delimited import read_csv

        return read_csv(data, name, format, limits, said=said)
    if format.kind == "xlsx":
        from connectors.formats.workbook import read_xlsx

        return read_xlsx(data, name, format, limits, TREE_HERE if here else None, headers)
    if format.kind in ("xml", "rss"):
        from connectors.formats.markup import read_xml

        return read_xml(data, name, format, limits, said)
    from connectors.formats.objects import read_json, read_jsonl

    return (read_json if format.kind == "json" else read_jsonl)(data, name, format, limits, said)
