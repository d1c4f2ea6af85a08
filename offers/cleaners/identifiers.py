"""SIRET, phone numbers, e-mail and web addresses. What cannot be mended with certainty stays, and a rule refuses it."""

from __future__ import annotations

import re

import phonenumbers
from stdnum.fr import siret

from offers.cleaners.mending import Mend

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
