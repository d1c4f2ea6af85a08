"""What names a person in texts that pupils will read: addresses and numbers found, told, masked if asked; pseudonyms.

A reference that names a person who was erased has a pseudonym in its place, by which the partner's line is known again:
a checksum of the reference alone, so that no list of who was erased is needed. Whoever has the reference can reckon it,
nobody can read it back. What the partner wrote counts for the content hash still, so that the same line tomorrow is
unchanged, and brings nothing back.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from hashlib import blake2b

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offers.arrays import arrow, at_rows, rows_matching, series, strings
from offers.cleaning.mending import Lines, RepairLog, masked_contact
from offers.columns import COLUMNS, Kind
from offers.findings import finding_of
from offers.model import Finding, Severity
from offers.sheets import listed

FREE = (Kind.LINE, Kind.PROSE, Kind.URL, Kind.REFERENCE)
"""Kinds of free text; every other holds words of our own lists, or a fixed form."""
PUBLIC_TEXTS = {c.name: c.kind for c in COLUMNS if c.kind in FREE and not c.personal and not c.derived}
"""What is sent as free text and published: each text of the view `offers`, or what it is derived from."""
EMAIL = re.compile(r"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]++(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")
PHONE = re.compile(r"(?<![\d.,])(?:(?:\+|00)33[ .\-]?(?:\(0\)[ .\-]?)?|0)[1-9](?:[ .\-]?\d\d){4}(?![\d])")
SIGNS = r"[A-Za-z0-9_](?:@|%40)[A-Za-z0-9]|(?:33[ .-]?|\(0\) ?|0)[1-9](?:[ .-]?[0-9][0-9]){4}"
"""RE2, a superset of both: one pass finds the rows worth a closer look."""
NUMBERED = (Kind.URL, Kind.REFERENCE)
"""Kinds in which ten digits are a number of the partner's own, and no phone."""

FIRST_LINES = 5
MASK = {"email": "[courriel masqué]", "phone": "[téléphone masqué]"}


def mask(text: str) -> str:
    """The text with each address and number replaced."""
    return PHONE.sub(MASK["phone"], EMAIL.sub(MASK["email"], text))


def contacts_in_texts(frame: pd.DataFrame, ledger: RepairLog, *, hide: bool) -> list[Finding]:
    """A finding per public text that names a person's address or number; `hide` masks them in the frame.

    A web address that names one is emptied, for masked it would lead nowhere; a reference becomes its pseudonym.
    """
    findings = []
    for name, kind in PUBLIC_TEXTS.items():
        rows, first = _found(frame[name], kind)
        if not len(rows):
            continue
        lines = frame.index.to_numpy()[rows].tolist()
        column, shown = ledger.headers.get(name, name), listed(lines, ledger.sheets, FIRST_LINES, "…")
        told = {"header": column, "count": len(lines), "lines": shown, "example": first, "masked": hide}
        findings.append(finding_of("contact_in_public_text", Severity.WARN, **told))
        if hide:
            frame[name] = _masked(frame[name], kind, rows, ledger)
    return findings


def _found(values: pd.Series[str], kind: Kind) -> tuple[Lines, str]:
    if not values.notna().any():
        return np.array([], dtype=np.int64), ""
    texts = arrow(values)
    likely = rows_matching(texts, SIGNS)
    held = texts.take(pa.array(likely)).to_pylist()
    lines, found = values.index.to_numpy(), []
    for row, text in zip(likely, held, strict=True):
        hit = EMAIL.search(text) or (None if kind in NUMBERED else PHONE.search(text))
        if hit:
            found.append((lines[row], row, hit.group()))
    found.sort()
    return np.array([row for _, row, _ in found], dtype=np.int64), masked_contact(found[0][2]) if found else ""


def _masked(values: pd.Series[str], kind: Kind, rows: Lines, ledger: RepairLog) -> pd.Series[str]:
    """The texts masked; the repair shows what was hidden by its first letter only."""
    texts = arrow(values)
    wanted = at_rows(rows, len(values))
    held = texts.filter(pa.array(wanted)).to_pylist()
    if kind is Kind.REFERENCE:
        clean = strings(map(pseudonym, held))
    else:
        clean = strings(None if kind is Kind.URL else mask(text) for text in held)
    traces = strings(EMAIL.sub(_trace, PHONE.sub(_trace, text)) for text in held)
    ledger.note(str(values.name), values.index.to_numpy()[wanted], traces, clean, "contact_masked")
    return series(pc.replace_with_mask(texts, pa.array(wanted), clean), values)


def _trace(found: re.Match[str]) -> str:
    return masked_contact(found.group())


START = "reference-masquee-"
SENT_AS = "sent_as"
"""The column of a frame of records that holds the references as the partner wrote them, where some are pseudonyms."""


def pseudonym(reference: str) -> str:
    """Of any reference, the same each time; a pseudonym is its own."""
    if reference.startswith(START):
        return reference
    return START + blake2b(reference.encode(), digest_size=10).hexdigest()


def erased_of(references: Iterable[str], known: pd.Series[str]) -> dict[str, str]:
    """Those of these references that stand under a pseudonym among the `known` ones, with it."""
    stands = set(known[known.str.startswith(START)]) if len(known) else set()
    if not stands:
        return {}
    return {one: name for one in references if (name := pseudonym(one)) in stands and name != one}


def renamed(frame: pd.DataFrame, erased: dict[str, str]) -> pd.DataFrame:
    """The frame with pseudonyms in `reference`, and beside it, as SENT_AS, what was written."""
    if not frame["reference"].isin(list(erased)).any():
        return frame
    return frame.assign(reference=frame["reference"].replace(erased), **{SENT_AS: frame["reference"]})


def renamed_all(references: Collection[str], erased: dict[str, str]) -> frozenset[str]:
    """The references with pseudonyms for those that have one."""
    return frozenset(erased.get(one, one) for one in references)
