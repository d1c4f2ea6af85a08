"""What a column may hold, in words: for the template's sheet of rules and for the documentation."""

from __future__ import annotations

from offers.columns import Column, Kind

Pair = tuple[str, str]

_OF_KIND: dict[Kind, Pair] = {
    Kind.URL: ("une adresse web entière, avec https://", "a whole web address, with https://"),
    Kind.SIRET: ("14 chiffres", "14 digits"),
    Kind.YES_NO: ("oui ou non", "oui or non (yes or no)"),
    Kind.SECTOR: ("un des 51 secteurs, ou un code NAF (62.02A)", "one of the 51 sectors, or a NAF code (62.02A)"),
    Kind.POSTAL_CODE: ("5 chiffres, d’un code qui existe", "5 digits, of a code that exists"),
    Kind.CITY: ("une commune de ce code postal", "a commune of that postal code"),
    Kind.DECIMAL: ("un nombre de degrés, avec un point", "a number of degrees, with a point"),
    Kind.INTEGER: ("un nombre entier", "a whole number"),
    Kind.GRADES: ("seconde", "seconde"),
    Kind.WEEKS: ("semaine 1, semaine 2 ou les deux", "semaine 1, semaine 2 or les deux (week 1, 2, both)"),
    Kind.HOURS: (
        "7 h par jour et 35 h par semaine au plus, entre 6 h et 20 h, 30 min de pause au-delà de 4 h 30",
        "at most 7 h a day and 35 h a week, between 6:00 and 20:00, a break of 30 min once 4 h 30 are reached",
    ),
    Kind.EMAIL: ("un seul courriel", "one e-mail address"),
    Kind.PHONE: ("un seul numéro", "one number"),
    Kind.DATE: ("une date, sous la forme 2026-06-15", "a date, written 2026-06-15"),
}
_PROPER: dict[str, Pair] = {
    "reference": ("unique dans le fichier", "unique in the file"),
    "permalink": ("sans « test » ni « staging »", "without “test” or “staging”"),
    "siret": ("de l’établissement, clé de contrôle comprise", "of the site, with its check digit"),
    "expires_on": ("après la date de publication, et pas encore passée", "after the day of publication, and not past"),
}


def limits(column: Column) -> Pair:
    """The limits of a column in (French, English); empty where anything goes."""
    parts = [_OF_KIND.get(column.kind), _length(column), _PROPER.get(column.name)]
    known = [part for part in parts if part is not None]
    return "\u202f; ".join(fr for fr, _ in known), "; ".join(en for _, en in known)


def _length(column: Column) -> Pair | None:
    least, most = column.least, column.most
    if most is None:
        return None
    numeric = column.kind is Kind.INTEGER
    fr, en = ("", "") if numeric else (" caractères", " characters")
    if (least and least > 1) or numeric:
        return f"de {_french(least or 0)} à {_french(most)}{fr}", f"from {least or 0:,} to {most:,}{en}"
    return f"{_french(most)}{fr} au plus", f"at most {most:,}{en}"


def _french(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")
