"""Numbers and addresses: whole numbers, coordinates, SIRET, phones, e-mail and the web.

Only what has one reading is mended; `2 places` stays, and a rule refuses it.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from stdnum.fr import siret

from offers.arrays import arrow, at_rows, matching, series, strings
from offers.cleaning.mending import Mend, RepairLog
from offers.places.gazetteer import in_france

INTEGER = r"^(?:0|[1-9]\d*)$"
WHOLE = re.compile(r"\+?(?:0(?=\d))*+(\d+)(?:[.,]0+)?")
DECIMAL = r"^-?\d{1,3}(?:\.\d+)?$"
NUMBER = re.compile(r"[+-]?\d{1,3}(?:[.,]\d+)?")
PAIR = re.compile(r"[(\[]?\s?([+-]?\d{1,3}\.\d+)\s?[,;/ ]\s?([+-]?\d{1,3}\.\d+)\s?[)\]]?")
COMMA_PAIR = re.compile(r"[(\[]?\s?([+-]?\d{1,3},\d+)\s?(?:[;/ ]|, )\s?([+-]?\d{1,3},\d+)\s?[)\]]?")
"""Of neat text: white space comes one at a time."""


def read_integer(text: str) -> Mend:
    """`2.0`, `2,0` and `02` -> `2`."""
    found = WHOLE.fullmatch(text)
    return (found.group(1), "number_form") if found else (text, None)


def read_decimal(text: str) -> Mend:
    """`48,8534` -> `48.8534`."""
    bare = re.sub(r"°[NE]?$", "", text).strip()
    if not NUMBER.fullmatch(bare):
        return text, None
    return bare.replace(",", ".").lstrip("+"), "decimal_comma" if "," in bare else "number_form"


def coordinates(frame: pd.DataFrame, ledger: RepairLog) -> None:
    """Latitude and longitude of a frame mended together: pairs in one cell, commas, (0, 0), and the two swapped."""
    names = ["latitude", "longitude"]
    if frame[names].isna().all(axis=None):
        return
    # `"48.1,2.3"` in one cell of the two while the other is empty or says the same.
    first, second = (arrow(frame[name]) for name in names)
    either = pc.coalesce(first, second)
    wanted = matching(either, r"\d[.,]\d+\s*[,;/ ]\s*[+-]?\d{1,3}[.,]\d")
    alone = pc.or_(pc.or_(pc.is_null(first), pc.is_null(second)), pc.fill_null(pc.equal(first, second), False))
    rows = np.flatnonzero(np.asarray(pc.and_(wanted, alone)))
    pairs = [read_pair(text) for text in either.take(pa.array(rows)).to_pylist()]
    found = [(row, pair) for row, pair in zip(rows, pairs, strict=True) if pair]
    if found:
        mask = pa.array(at_rows([row for row, _ in found], len(frame)))
        for at, (name, before) in enumerate(zip(names, (first, second), strict=True)):
            new = pc.replace_with_mask(before, mask, strings(pair[at] for _, pair in found))
            frame[name] = ledger.replace(frame[name], series(new, frame[name]), "coordinate_pair")
    for name in names:
        frame[name] = ledger.mend(frame[name], read_decimal, DECIMAL)
    lat, lon = (pd.to_numeric(frame[name], errors="coerce").to_numpy() for name in names)
    zero = (lat == 0) & (lon == 0)
    swapped = in_france(lon, lat) & ~in_france(lat, lon)
    old = frame[names]
    for name, other in (names, names[::-1]):
        if zero.any():
            frame[name] = ledger.replace(frame[name], frame[name].mask(zero), "coordinates_zero")
        if swapped.any():
            frame[name] = ledger.replace(frame[name], frame[name].mask(swapped, old[other]), "coordinates_swapped")


def read_pair(text: str) -> tuple[str, str] | None:
    """`(48.1, 2.3)` or `48,1; 2,3` -> its two numbers."""
    found = PAIR.fullmatch(text) or COMMA_PAIR.fullmatch(text)
    return (found.group(1).replace(",", "."), found.group(2).replace(",", ".")) if found else None


SIRET = r"^\d{14}$"
PHONE = r"^\+[1-9]\d{7,14}$"
EMAIL = r"^[^\s@A-Z:<>]+@[^\s@A-Z:<>]+$"
URL = "^https?://[^&]*$"

FRENCH_NUMBER = re.compile(r"(?:\+33|0033)(?:\(0\))?([1-9]\d{8})|0([1-9]\d{8})")
SCHEME_LESS = re.compile(r"(?>www\.[^\s/]+?\.)\S+", re.IGNORECASE)


def read_siret(text: str) -> Mend:
    """`732 829 320 00074` and `73282932000074.0` -> 14 digits, of which a spreadsheet may have lost the first zeros.

    These are put back where both keys prove it, the company's and the site's; what an exponent left out is lost.
    """
    digits = re.sub(r"[\s.\-_']", "", re.sub(r"[.,]0+$", "", text))
    if re.fullmatch(r"\d{14}", digits):
        return digits, "siret_form"
    if re.fullmatch(r"\d{12,13}", digits) and siret.is_valid(digits.zfill(14)):
        return digits.zfill(14), "siret_lost_zero"
    return text, None


def read_phone(text: str) -> Mend:
    """`01 40 50 60 70`, `140506070.0`, `+33 (0)1 40 50 60 70` -> `+33140506070`; two numbers in one cell stay."""
    text = text.removesuffix(".0") if re.fullmatch(r"\d{9,11}\.0", text) else text
    bare = re.sub(r"[\s.\-_/]", "", text.removeprefix("tel:"))
    found = FRENCH_NUMBER.fullmatch(bare)
    if found:
        return "+33" + (found.group(1) or found.group(2)), "phone_form"
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        return text, None
    if number.extension or not phonenumbers.is_valid_number(number):
        return text, None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), "phone_form"


def read_email(text: str) -> Mend:
    """`mailto:RH@Exemple.FR`, `Service RH <RH@exemple.fr>` -> `RH@exemple.fr`: only the domain is free of case."""
    bare = re.sub(r"^mailto:|^[^<>@]{1,100}<(?=[^<>]{1,200}>$)", "", text, flags=re.IGNORECASE).strip("<> ")
    local, at, domain = bare.rpartition("@")
    return (f"{local}@{domain.lower()}", "email_form") if at else (text, None)


def read_url(text: str) -> Mend:
    """`www.exemple.fr` -> `https://www.exemple.fr`, `&amp;` -> `&`; a bare word is no address and stays."""
    address = re.sub("&(?:amp;)+", "&", text)
    if SCHEME_LESS.fullmatch(address):
        return f"https://{address}", "url_scheme"
    return address, "entities" if address != text else None
