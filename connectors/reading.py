"""The door from bytes to a batch: unpack, then the reader of the feed's format. Nothing of a value is changed here."""

from __future__ import annotations

from pathlib import Path

from connectors.formats.refusal import looks_like
from connectors.formats.unpack import unpack
from offers.feed import Format, Limits
from offers.model import Batch

WORKBOOK = b"PK\x03\x04"
"""The first bytes of a zip; what is still one after unpacking is a workbook."""


def read(path: Path, name: str, format: Format, limits: Limits) -> Batch:
    """The text in the drop at `path`; `name` is the partner's own name for it and stands in every message.

    The frame's columns are the partner's headers (CSV, XLSX) or dotted paths (XML, JSON), its index the line, row or
    record number. Raises Unreadable where the drop is not what `format` says or is over `limits`, FeedMisconfigured
    where `format` itself cannot be followed.
    """
    unpacked = unpack(path, name, limits, workbook=True)
    batch = _read(unpacked.data, name, _as_it_came(unpacked.data, format), limits)
    around = {"archive": unpacked.around} if unpacked.around else {}
    return Batch(batch.frame, batch.malformed, {**batch.dialect, **around}, batch.findings)


def _as_it_came(data: bytes, format: Format) -> Format:
    """The format of these very bytes. A table may come as a workbook or as CSV, whichever of the two is agreed.

    Our return and our template are workbooks, and she who corrects or fills one sends it back as it is; one who opens
    a workbook elsewhere may save it as CSV. A workbook is also read where records of XML or JSON are agreed.
    """
    if data.startswith(WORKBOOK) and format.kind != "xlsx":
        return format.model_copy(update={"kind": "xlsx", "encoding": None, "delimiter": None})
    if format.kind == "xlsx" and not data.startswith(WORKBOOK) and looks_like(data) is None and 0 not in data[:4096]:
        return format.model_copy(update={"kind": "csv", "sheet": None})
    return format


def _read(data: bytes, name: str, format: Format, limits: Limits) -> Batch:
    # Each reader is imported where it is needed: a feed of CSV files pays for no XML parser.
    if format.kind == "csv":
        from connectors.formats.delimited import read_csv

        return read_csv(data, name, format, limits)
    if format.kind == "xlsx":
        from connectors.formats.workbook import read_xlsx

        return read_xlsx(data, name, format, limits)
    if format.kind in ("xml", "rss"):
        from connectors.formats.markup import read_xml

        return read_xml(data, name, format, limits)
    from connectors.formats.objects import read_json, read_jsonl

    return (read_json if format.kind == "json" else read_jsonl)(data, name, format, limits)
