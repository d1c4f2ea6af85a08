"""The door from bytes to a batch: unpack, then the reader of the feed's format. Nothing of a value is changed here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from connectors.formats.refusal import looks_like
from connectors.formats.unpack import unpack
from offers.feed import Format
from offers.model import Batch, Finding, Severity
from offers.thresholds import Limits

if TYPE_CHECKING:
    import pandas as pd

LOST = "\ufffd"
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
    findings = (*batch.findings, *_lost_characters(batch.frame))
    return Batch(batch.frame, batch.malformed, {**batch.dialect, **around}, findings, batch.torn)


def _lost_characters(frame: pd.DataFrame) -> tuple[Finding, ...]:
    """A finding where texts hold the sign that stands for a character lost on the way (U+FFFD)."""
    import numpy as np  # here, for the registry of connectors is imported without it

    marked = [frame[name].str.contains(LOST, regex=False, na=False) for name in frame.columns]
    lines = frame.index[np.logical_or.reduce(marked)].tolist() if marked else []
    if not lines:
        return ()
    where = ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
    sentence = (
        f"{len(lines)} records hold the sign {LOST}, which stands for a character lost on the way (at {where}). "
        "They are taken as they are: ask the partner to export in UTF-8, and to cut no text within a character."
    )
    return (Finding("character_lost", Severity.WARN, f"{len(lines)} records: {where}", "0 records", sentence),)


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
