"""What each repair says to the employer, in French and in English, by its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from offers.columns import Kind

if TYPE_CHECKING:
    import pandas as pd


PLACE_REPAIRS: dict[str, tuple[str, str]] = {
    "official_spelling": (
        "La commune est écrite avec son orthographe officielle.",
        "The town is written in its official spelling.",
    ),
    "former_commune": (
        "C'est un nom ancien de la commune, ou celui d'une de ses parties : nous avons écrit son nom actuel.",
        "That is a former name of the commune, or a part's: its name of today is written.",
    ),
    "short_name": (
        "Le nom de la commune était abrégé ; une seule commune de ce code postal commence ainsi.",
        "The town's name was cut short; one commune only of that postal code begins so.",
    ),
    "brackets": (
        "La précision entre parenthèses a été retirée du nom de la commune.",
        "What stood in brackets was taken off the town's name.",
    ),
    "arrondissement": (
        "L'arrondissement est porté par le code postal ; la commune garde son nom.",
        "The arrondissement is told by the postal code; the town keeps its name.",
    ),
    "cedex": (
        "Un code CEDEX désigne une distribution du courrier, pas un lieu : nous avons écrit la commune et son code "
        "postal.",
        "A CEDEX code names a way of delivering post, not a place: the commune and its postal code are written.",
    ),
    "department_in_town": (
        "Le département a été retiré du nom de la commune.",
        "The département was taken off the town's name.",
    ),
    "postal_code_in_town": (
        "Le code postal et la commune étaient dans la même case : nous les avons séparés.",
        "Postal code and town were in one cell: they were taken apart.",
    ),
    "number_format": (
        "Le code postal a été remis en cinq chiffres, sans espace ni décimale.",
        "The postal code was put back into five digits, without spaces or decimals.",
    ),
    "lost_zero": (
        "Le zéro du début, retiré par le tableur, a été remis : la commune le confirme.",
        "The first zero, taken off by the spreadsheet, was put back: the town confirms it.",
    ),
    "insee_code_in_postal_column": (
        "C'était le code INSEE de la commune : nous avons écrit son code postal.",
        "That was the town's INSEE code: its postal code is written.",
    ),
    "corsican_code": (
        "2A et 2B sont des codes INSEE de Corse : nous avons écrit le code postal, qui commence par 20.",
        "2A and 2B are INSEE codes of Corsica: the postal code, which begins with 20, is written.",
    ),
    "town_in_department": (
        "Le code postal manquait ; la commune, dans le département indiqué, n'en a qu'un.",
        "The postal code was missing; the town, in the département given, has only one.",
    ),
    "main_postal_code": (
        "Ce code (INSEE ou CEDEX) désigne bien la commune, qui a plusieurs codes postaux : nous avons écrit le "
        "principal, vérifiez-le.",
        "That code (INSEE or CEDEX) is the town's, which has several postal codes: the main one is written, "
        "please check it.",
    ),
}
"""Those of postal codes and towns."""

REPAIRS: dict[str, tuple[str, str]] = {
    "white_space": ("Espaces superflus retirés.", "Surplus white space removed."),
    "control_characters": ("Caractères invisibles retirés.", "Invisible characters removed."),
    "unicode_form": ("Accents réunis à leur lettre.", "Accents joined to their letters."),
    "mojibake": ("Accents abîmés par l'encodage rétablis.", "Accents spoiled by the encoding restored."),
    "windows_1252": (
        "Caractères de Windows-1252 rétablis (’ œ € – …).", "Characters of Windows-1252 restored (’ œ € – …).",
    ),
    "placeholder": ("Mot qui veut dire « vide » retiré (NULL, N/A…).", "A word meaning “empty” removed (NULL, N/A…)."),
    "null_prefix": ("« null » retiré devant la valeur.", "“null” removed before the value."),
    "excel_text_formula": ("Valeur sortie d'une formule d'Excel.", "Value taken out of an Excel formula."),
    "excel_apostrophe": ("Apostrophe d'Excel retirée devant la valeur.", "Excel's apostrophe taken away."),
    "html_to_text": ("HTML converti en texte.", "HTML turned to plain text."),
    "entities": ("Codes HTML (&eacute;…) convertis en caractères.", "HTML entities (&eacute;…) turned to characters."),
    "shortened": (
        "Texte trop long, coupé à la fin d'une phrase.",
        "Text too long, shortened at the end of a sentence.",
    ),
    "contact_masked": (
        "Courriel ou téléphone masqué dans un texte public.",
        "E-mail address or phone number masked in a public text.",
    ),
    "yes_no_word": ("Mot compris comme oui ou non.", "Word read as yes or no."),
    "number_form": ("Nombre récrit sans zéro superflu.", "Number rewritten without surplus zeros."),
    "decimal_comma": ("Virgule décimale changée en point.", "Decimal comma turned to a point."),
    "coordinate_pair": (
        "Latitude et longitude séparées (elles étaient dans la même cellule).",
        "Latitude and longitude taken apart (they shared a cell).",
    ),
    "coordinates_swapped": (
        "Latitude et longitude remises dans l'ordre (elles étaient interverties).",
        "Latitude and longitude put in order (they were swapped).",
    ),
    "coordinates_zero": (
        "Coordonnées (0, 0) retirées : elles veulent dire « inconnues ».",
        "Coordinates (0, 0) removed: they mean “unknown”.",
    ),
    "siret_form": ("Espaces, points ou « .0 » retirés du SIRET.", "Spaces, dots or “.0” removed from the SIRET."),
    "siret_lost_zero": (
        "Zéros du début du SIRET remis : le tableur les avait retirés, et les clés du numéro le prouvent.",
        "First zeros of the SIRET put back: the spreadsheet had taken them, and the keys of the number prove it.",
    ),
    "phone_form": ("Téléphone mis au format international.", "Phone number put in international form."),
    "email_form": ("Courriel remis en forme.", "E-mail address put in form."),
    "url_scheme": ("« https:// » ajouté devant l'adresse.", "“https://” added before the address."),
    "date_form": ("Date récrite sous la forme 2026-06-15.", "Date rewritten as 2026-06-15."),
    "date_instant": ("Date tirée d'un instant, à l'heure de Paris.", "Date taken from an instant, in Paris time."),
    "date_serial": ("Date tirée du numéro de jour d'Excel.", "Date taken from Excel's day number."),
    "date_epoch": ("Date tirée d'un nombre de secondes depuis 1970.", "Date taken from seconds since 1970."),
    "date_none": (
        "Date qui veut dire « aucune » (31/12/9999, 01/01/1900…) : laissée vide.",
        "Date that stands for none (31/12/9999, 01/01/1900…): left empty.",
    ),
    "default_filled": (
        "Case vide : la valeur convenue pour ce cas est retenue.",
        "Empty cell: the value agreed for that case is taken.",
    ),
    "lookup_else": (
        "Mot inconnu : la valeur convenue pour ce cas est retenue.",
        "Unknown word: the value agreed for that case is taken.",
    ),
    "siret_emptied": ("SIRET faux : retiré. L'offre est prise sans lui.", "Wrong SIRET: taken out; the offer stays."),
    "address_emptied": (
        "Adresse web inutilisable (mal formée, trop longue ou refusée par la plateforme) : retirée. L'offre est prise "
        "sans elle.",
        "Web address of no use (malformed, too long or refused by the platform): taken out; the offer stays.",
    ),
    "email_emptied": ("Courriel mal formé : retiré. L'offre est prise sans lui.",
                      "Malformed e-mail address: taken out; the offer stays."),
    "phone_emptied": ("Téléphone incompris : retiré. L'offre est prise sans lui.",
                      "Phone number not understood: taken out; the offer stays."),
    "date_emptied": (
        "Date incomprise, ou contredite par l'autre : retirée. L'offre est prise sans elle ; écrivez 2026-06-15.",
        "Date not understood, or contradicted by the other: taken out; the offer stays. Write 2026-06-15.",
    ),
    "point_emptied": (
        "Coordonnées incomprises, incomplètes ou loin de la commune : retirées. L'offre est prise sans elles.",
        "Coordinates not understood, not whole or far from the town: taken out; the offer stays.",
    ),
    "yes_no_emptied": ("Ni oui ni non : « non » est retenu.", "Neither yes nor no: “no” is taken."),
    "hours_emptied": (
        "Horaires incompris : retirés. L'offre est prise sans eux ; écrivez par exemple « lundi au vendredi 9h-12h et "
        "13h30-17h ».",
        "Hours not understood: taken out; the offer stays. Write for instance “lundi au vendredi 9h-12h et "
        "13h30-17h”.",
    ),
    "text_emptied": ("Texte inutilisable : retiré. L'offre est prise sans lui.",
                     "Text of no use: taken out; the offer stays."),
    "merged_cell": (
        "Valeur d'une cellule fusionnée donnée à chaque cellule qu'elle couvre.",
        "Value of a merged cell given to each cell that it covers.",
    ),
    "link_target": (
        "Adresse prise dans le lien de la cellule.",
        "Address taken from the link of the cell.",
    ),
    "formula_not_computed": (
        "Formule qui n'a jamais été calculée : la cellule est laissée vide.",
        "A formula that was never computed: the cell is left empty.",
    ),
    "excel_error": (
        "Erreur d'Excel : la cellule est laissée vide.",
        "An Excel error: the cell is left empty.",
    ),
    "geocoded": (
        "Coordonnées trouvées d'après l'adresse (géocodeur national)",
        "Coordinates found from the address (national geocoder)",
    ),
    **PLACE_REPAIRS,
}  # fmt: skip
"""Every code of a repair, and its sentence in French and in English."""

EMPTIED: dict[Kind, str] = {
    Kind.SIRET: "siret_emptied", Kind.URL: "address_emptied", Kind.EMAIL: "email_emptied", Kind.PHONE: "phone_emptied",
    Kind.DATE: "date_emptied", Kind.DECIMAL: "point_emptied", Kind.YES_NO: "yes_no_emptied",
    Kind.HOURS: "hours_emptied", Kind.LINE: "text_emptied", Kind.PROSE: "text_emptied",
}  # fmt: skip
"""What a cell of an optional column becomes that breaks a rule, by the column's kind: its line is taken without it."""

COSMETIC: frozenset[str] = frozenset(
    {"white_space", "control_characters", "unicode_form", "excel_text_formula", "excel_apostrophe",
     "entities", "yes_no_word", "number_form", "decimal_comma", "siret_form", "phone_form", "email_form", "date_form",
     "official_spelling", "number_format"}
)  # fmt: skip
"""Repairs that change the writing and never the meaning: ops may see them, and nobody is told or counts them."""


def told_of(repairs: pd.DataFrame) -> pd.DataFrame:
    """The repairs (REPAIR_COLUMNS) that count, and that an employer reads."""
    return repairs[~repairs["why"].isin(COSMETIC)]
