"""Every fault that a CSV is seen to carry (offer rules, section 2), each once or more, with what becomes of it.

In the cells, `{ends}` is the year of the placement's June, `{serial}` an Excel day number, `{gone}` a day long past.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from samples.manifest import Outcome

Shape = Literal["cells", "copy", "too many cells", "too few cells", "seat by seat", "empty line"]


@dataclass(frozen=True)
class Fault:
    """One fault: the cells that it changes on a sound line (header -> text), or the shape that it gives the line.

    `outcome` is None where the oddity is none for us; `fields` are our columns in which it shows.
    """

    note: str
    outcome: Outcome | None
    fields: tuple[str, ...] = ()
    cells: dict[str, str] = field(default_factory=dict)
    shape: Shape = "cells"


def _mended(note: str, fields: str, **cells: str) -> Fault:
    return Fault(note, "repaired", tuple(fields.split()), _named(cells))


def _refused(note: str, fields: str, **cells: str) -> Fault:
    return Fault(note, "rejected", tuple(fields.split()), _named(cells))


def _harmless(note: str, **cells: str) -> Fault:
    return Fault(note, None, (), _named(cells))


def _named(cells: dict[str, str]) -> dict[str, str]:
    return {HEADER_OF[short]: text for short, text in cells.items()}


HEADER_OF = {
    "id": "N° offre", "title": "Intitulé du stage", "text": "Description", "about": "À propos", "web": "Site",
    "siret": "SIRET", "shelf": "Rayon", "street": "Adresse", "code": "Code Postal", "town": "Ville",
    "lat": "Latitude", "lon": "Longitude", "seats": "Nb places", "grade": "Niveau", "weeks": "Semaines",
    "hours": "Horaires", "lunch": "Pause déjeuner", "access": "Accès PMR", "link": "Lien", "who": "Référent",
    "mail": "Courriel", "phone": "Téléphone", "from_": "Publié le", "until": "Fin de validité",
}  # fmt: skip

_LONG = "Tu découvriras un métier, une équipe et un lieu. " * 40

YES_AND_NO = (
    _mended("VRAI of a spreadsheet", "handicap_accessible", access="VRAI"),
    _mended("FAUX of a spreadsheet", "handicap_accessible", access="FAUX"),
    _mended("VRAI with a space", "handicap_accessible", access="VRAI "),
    _mended("a cross", "handicap_accessible", access="X"),
    _mended("a one", "handicap_accessible", access="1"),
    _mended("a word that is neither yes nor no", "handicap_accessible", access="voir avec le magasin"),
)
LOST_VALUES = (
    _refused("a reference that Excel lost", "title", title="#REF!"),
    _refused("a lookup that found nothing", "street", street="#N/A"),
    _refused("NULL in a required column", "street", street="NULL"),
    _mended("null before the street", "street", street="null PLACE BESSIERES"),
    _mended("a dash for nothing", "lunch_break", lunch="-"),
    _mended("N/A for nothing", "employer_description", about="N/A"),
    _refused("no title", "title", title=""),
    _refused("no town", "city", town=""),
)
CODES_AND_TOWNS = (
    _mended("a postal code that lost its zero", "postal_code", code="1000", town="Bourg-en-Bresse"),
    _mended("a postal code that became a number", "postal_code", code="69003.0", town="Lyon"),
    _mended("a postal code held as text by a formula", "postal_code", code='="08000"', town="Charleville-Mézières"),
    _mended("an INSEE code for the postal code", "postal_code", code="07019", town="Aubenas"),
    _mended("Corsica's INSEE code, south", "postal_code", code="2A004", town="Ajaccio"),
    _mended("Corsica's INSEE code, north", "postal_code", code="2B033", town="Bastia"),
    _mended("an arrondissement after the town", "city", code="13006", town="MARSEILLE 6"),
    _mended("an arrondissement with its ordinal", "city", code="69003", town="LYON 3EME"),
    _mended("CEDEX", "city", code="75008", town="PARIS CEDEX 08"),
    _mended("the département before the town", "city", code="31000", town="31 - TOULOUSE"),
    _mended("the département after the town", "city", code="92800", town="Puteaux, Hauts-de-Seine"),
    _mended("ST for Saint", "city", code="42000", town="ST ETIENNE"),
    _mended("capitals without accents", "city", code="27000", town="EVREUX"),
    _refused("a département for a town", "city", code="83000", town="Var (83)"),
    _refused("a town of another postal code", "city", code="33000", town="Strasbourg"),
    _refused("four digits that no town explains", "postal_code", code="7500", town="Paris"),
    _refused("a postal code that does not exist", "postal_code", code="99999", town="Nantes"),
)
SIRETS = (
    _mended("SIRET with spaces", "siret", siret="990 001 000 00019"),
    _mended("SIRET rounded by Excel", "siret", siret="4,51321E+13"),
    _mended("SIRET of 13 digits", "siret", siret="9900010000001"),
    _mended("SIRET of zeros", "siret", siret="00000000000000"),
    _mended("SIRET of ones", "siret", siret="11111111111111"),
    _mended("SIRET with a wrong digit", "siret", siret="99000100000018"),
    _mended("an e-mail in the SIRET column", "siret", siret="magasin@bellerive.example"),
)
TEXTS = (
    _mended("HTML", "description", text="<p>Tu verras <b>tous</b> nos rayons.</p><ul><li>Frais</li><li>Sec</li></ul>"),
    _mended("entities", "description", text="D&eacute;couverte de la vente et de l&#39;accueil des clients."),
    _mended(
        "double entities",
        "description",
        text="Deux semaines&amp;nbsp;pour d&amp;eacute;couvrir nos m&amp;eacute;tiers.",
    ),
    _mended(
        "an emoji, which Windows-1252 can only spell", "description", text="Bienvenue dans notre magasin ! &#128522;"
    ),
    _harmless("curly apostrophes", text="L’équipe t’accueille et t’explique tout ce qu’elle fait."),
    _mended("mojibake", "title", title="DÃ©couverte du mÃ©tier de crÃ©mier"),
    _mended("white space", "title", title="  Découverte   du rayon  frais "),
    _mended("a control character", "title", title="Découverte du\x0b rayon surgelés"),
    _harmless("a text that begins like a formula", text="- accueil des clients\n- mise en rayon\n- inventaire"),
    _mended("a text far too long", "description", text=_LONG.strip()),
    _mended("a presentation too long", "employer_description", about=_LONG[:400].strip()),
    _refused("a title of two letters", "title", title="RH"),
    _refused(
        "a title beyond all measure", "title", title="Découverte de tous les métiers du magasin " * 4 + "sans exception"
    ),
    _refused("a description of a word", "description", text="Caisse"),
    _harmless(
        "a recruiter's number in a public text",
        text="Tu découvriras la caisse. Appelle le 01 99 00 12 34 avant de venir.",
    ),
)
SECTORS = (
    _refused("a shelf that nobody knows", "sector", shelf="Tête de gondole"),
    _refused("a formula for a sector", "sector", shelf='=HYPERLINK("http://exemple.example";"Rayon")'),
    _refused("a private employer in the public service", "sector", shelf="Fonction publique"),
)
NUMBERS = (
    _mended("seats with a decimal", "seats", seats="2,0"),
    _refused("no seat at all", "seats", seats="0"),
    _refused("seats in words", "seats", seats="deux"),
    _refused("more seats than the platform takes", "seats", seats="7000"),
    _mended("decimal commas", "latitude longitude", code="44000", town="Nantes", lat="47,2184", lon="-1,5536"),
    _mended("a pair in one cell", "latitude longitude", code="75011", town="Paris", lat="48.86,2.38", lon=""),
    _mended(
        "latitude and longitude swapped", "latitude longitude", code="59000", town="Lille", lat="3.0573", lon="50.6292"
    ),
    _mended("the point (0, 0)", "latitude longitude", lat="0", lon="0"),
    _mended("half a point", "latitude", code="26000", town="Valence", lat="44.9334", lon=""),
    _mended("a point in Spain", "latitude longitude", lat="40.4168", lon="-3.7038"),
)
WEEKS_AND_HOURS = (
    _harmless("a week in words", weeks="semaine 1"),
    _harmless("an ISO week", weeks="{week}"),
    _harmless("a span of days", weeks="du {monday} au {friday} juin {ends}"),
    _refused("weeks of July", "weeks", weeks="du 6 au 10 juillet {ends}"),
    _refused("a week that is not one of the two", "weeks", weeks="{ends}-W20"),
    _refused("eight hours a day", "daily_hours", hours="lundi au vendredi 8h-12h et 13h-17h"),
    _refused("before six in the morning", "daily_hours", hours="lundi au vendredi 5h-12h"),
    _refused("no break in seven hours", "daily_hours", hours="lundi au vendredi 9h-16h", lunch=""),
    _mended("hours to be agreed", "daily_hours", hours="selon planning"),
)
DATES = (
    _mended("day, month, year and a time", "published_on", from_="22-05-{before} 00:11:19"),
    _mended("a date without separators", "published_on", from_="{before}0401"),
    _mended("a date with slashes", "published_on", from_="11/05/{before}"),
    _mended("an instant in UTC", "published_on", from_="{before}-05-22T22:30:00Z"),
    _mended("an Excel day number", "published_on", from_="{serial}"),
    _mended("a date with two readings, which the feed settles", "published_on", from_="03/04/{before}"),
    _mended("the thirty-first of February", "expires_on", until="31/02/{ends}"),
    _mended("an end of last year, before the publication", "expires_on", from_="{before}-10-02", until="{gone}"),
    _mended("an end before the beginning", "expires_on", from_="{ends}-06-30", until="{ends}-06-29"),
)
ADDRESSES_AND_IDS = (
    _mended(
        "an address that holds « test » inside a word", "permalink", link="https://www.bellerive.example/latest/12"
    ),
    _mended("an address that is none", "permalink", link="intranet, rubrique stages"),
    _mended("an address without https", "permalink", link="www.bellerive.example/stages/frais"),
    _mended("an e-mail without a domain", "contact_email", mail="accueil@"),
    _mended("a phone number as people write it", "contact_phone", phone="01 99 00 12 34"),
    _mended("a phone number that is too short", "contact_phone", phone="0199"),
    _harmless("a negative identifier", id="-45120"),
    _harmless("an identifier with slashes", id="BEL/{ends}/014"),
    _refused("no identifier", "reference", id=""),
    _refused("a grade of another school", "grades", grade="Terminale"),
)
LINES = (
    Fault("a semicolon outside quotes", "rejected", shape="too many cells"),
    Fault("a line that stops half way", "rejected", shape="too few cells"),
    Fault("the same reference on the next line", "repeated", ("reference",), shape="copy"),
    Fault("one line per seat, alike but for the identifier", None, cells=_named({"seats": "1"}), shape="seat by seat"),
    Fault("an empty line", None, shape="empty line"),
)

FAULTS: tuple[Fault, ...] = (
    *YES_AND_NO, *LOST_VALUES, *CODES_AND_TOWNS, *SIRETS, *TEXTS, *SECTORS, *NUMBERS, *WEEKS_AND_HOURS, *DATES,
    *ADDRESSES_AND_IDS, *LINES,
)  # fmt: skip
