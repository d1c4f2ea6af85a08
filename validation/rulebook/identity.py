"""Who offers, and where to reach it: SIRET, sector, web addresses, contacts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from stdnum.fr import siret as stdnum_siret

from offers.arrays import arrow
from offers.cleaning.vocabularies import nearest_sectors
from offers.gate.missing import SCIENTIFIC
from validation.rulebook.rule import (
    Agreed,
    Fields,
    Mask,
    Rule,
    Value,
    counted,
    like,
    matching,
    not_matching,
    one,
    sound,
)

REFERENCE = (
    Rule(
        "example_row_left_in", ("reference",),
        ("Ligne d'exemple du modèle", "The template's example row"),
        ("« {value} » est la ligne d'exemple du modèle, et n'est pas une offre.",
         "“{value}” is the template's example row, and no offer."),
        ("Effacez cette ligne, ou remplacez-la par votre offre, avec votre propre référence (ex. {example}).",
         "Delete this row, or replace it by your offer, with a reference of your own (e.g. {example})."),
        one("STG-2026-0001", "1-EXEMPLE"), one("EXEMPLE-1", "exemple 2"), not_matching("^(?i:exemple)"),
    ),
    Rule(
        "reference_in_scientific_notation", ("reference",),
        ("Référence abîmée par Excel", "Reference spoiled by Excel"),
        ("Excel a changé la référence en « {value} » : ses derniers chiffres sont perdus, et d'autres offres ont "
         "désormais la même.",
         "Excel turned the reference into “{value}”: its last digits are lost, and other offers now bear the same."),
        ("Mettez la colonne des références au format Texte, rétablissez les références (ou refaites l'export depuis "
         "votre logiciel), puis renvoyez le fichier.",
         "Set the column of references to the Text format, put the references back (or export anew from your own "
         "software), and send the file again."),
        one("STG-2026-0001", "1E15", "75E12", "2026E+"), one("2,02611E+14", "1.23E15", "1E+15", "5e-05", "202,6E+12"),
        not_matching(SCIENTIFIC),
    ),
)  # fmt: skip

PLACEHOLDER = (
    "^(?:0{9,}[0-9]*|1{14}|2{14}|3{14}|4{14}|5{14}|6{14}|7{14}|8{14}|9{14}"
    "|12345678[0-9]{6}|012345678[0-9]{5}|9876543210[0-9]{4})$"
)
"""No SIREN is nine zeros; 123456782, which has a right key, is the one of examples in forms."""
FOURTEEN = "^[0-9]{14}$"


def _keyed(values: pd.Series[str], _agreed: Agreed) -> Mask:
    """Luhn over the 14 digits, on whole columns; what fails is asked of stdnum, which knows La Poste.

    The SIREN's own key is not asked for: the agreed rule is that of the 14 digits, and a partner can only be held to
    what was agreed.
    """
    fine = ~like(values, FOURTEEN) | values.isna().to_numpy()
    rows = np.flatnonzero(~fine)
    if len(rows):
        text = arrow(values).take(pa.array(rows))
        digits = np.frombuffer(text.buffers()[2], np.uint8, 14 * len(rows)).reshape(-1, 14) - ord("0")
        doubled = digits[:, -2::-2] * 2  # every second one, counted from the right
        sums = (doubled - 9 * (doubled > 9)).sum(axis=1) + digits[:, -1::-2].sum(axis=1)
        keyed = sums % 10 == 0
        fine[rows] = keyed
        fine[rows[~keyed]] = sound(values.iloc[rows[~keyed]], stdnum_siret.is_valid)
    return fine


SIRET = (
    Rule(
        "siret_is_an_email", ("siret",),
        ("Un courriel dans la colonne SIRET", "An e-mail address in the SIRET column"),
        ("« {value} » est un courriel, pas un SIRET.", "“{value}” is an e-mail address, not a SIRET."),
        ("Écrivez les 14 chiffres du SIRET ; le courriel va dans la colonne du contact.",
         "Write the 14 digits of the SIRET; the e-mail belongs to the contact's column."),
        one("73282932000074"), one("stages@exemple.fr"), not_matching("@"),
    ),
    Rule(
        "siret_in_scientific_notation", ("siret",),
        ("SIRET abîmé par Excel", "SIRET spoiled by Excel"),
        ("Excel a changé le SIRET en « {value} » : ses derniers chiffres sont perdus.",
         "Excel turned the SIRET into “{value}”: its last digits are lost."),
        ("Mettez la colonne au format Texte, puis tapez ou collez de nouveau les 14 chiffres.",
         "Set the column to the Text format, then type or paste the 14 digits again."),
        one("73282932000074"), one("4,51321E+13", "4.51321e+13"), not_matching(r"^[0-9]+(?:[.,][0-9]+)?[eE]\+?[0-9]+$"),
    ),
    Rule(
        "siret_is_a_placeholder", ("siret",),
        ("SIRET inventé", "A made-up SIRET"),
        ("« {value} » n'est le SIRET de personne.", "“{value}” is nobody's SIRET."),
        ("Écrivez le SIRET de l'établissement qui accueille l'élève, ou laissez la cellule vide.",
         "Write the SIRET of the site that welcomes the pupil, or leave the cell empty."),
        one("73282932000074"), one("00000000000000", "11111111111111", "12345678901234", "12345678200010"),
        not_matching(PLACEHOLDER),
    ),
    Rule(
        "siret_not_digits", ("siret",),
        ("SIRET qui n'est pas un nombre", "A SIRET that is no number"),
        ("« {value} » contient autre chose que des chiffres.", "“{value}” holds more than digits."),
        ("Un SIRET est fait de 14 chiffres (ex. 73282932000074).", "A SIRET is 14 digits (e.g. 73282932000074)."),
        one("73282932000074", "7328293200007"), one("à venir", "FR73282932000074"), matching(r"^[0-9 \t\n\f\r.\-]*$"),
    ),
    Rule(
        "siret_not_14_digits", ("siret",),
        ("SIRET qui n'a pas 14 chiffres", "A SIRET of not 14 digits"),
        ("« {value} » a {count} chiffres.", "“{value}” has {count} digits."),
        ("Un SIRET en a 14 (ex. 73282932000074). Si Excel a retiré un zéro au début, mettez la colonne au format "
         "Texte. Un numéro de 9 chiffres est un SIREN : il y manque les 5 de l'établissement.",
         "A SIRET has 14 (e.g. 73282932000074). If Excel dropped a leading zero, set the column to the Text format. "
         "A number of 9 digits is a SIREN: the site's own 5 are missing."),
        one("73282932000074"), one("7328293200007", "732829320", "732829320000740"), matching(FOURTEEN),
        lambda values, _agreed: counted(sum(map(str.isdigit, values[0] or "")), "digits"),
    ),
    Rule(
        "siret_key_is_wrong", ("siret",),
        ("SIRET dont la clé est fausse", "A SIRET whose check digit is wrong"),
        ("« {value} » a bien 14 chiffres, mais sa clé de contrôle est fausse : un chiffre est mal recopié.",
         "“{value}” has 14 digits, but its check digit is wrong: at least one digit was copied wrongly."),
        ("Vérifiez le numéro sur annuaire-entreprises.data.gouv.fr.",
         "Look it up on annuaire-entreprises.data.gouv.fr."),
        one("73282932000074", "35600000049837"), one("73282932000075", "35600000000002"), _keyed,
    ),
)  # fmt: skip


def _nearest_sector(values: tuple[Value, ...], agreed: Agreed) -> Fields:
    near = nearest_sectors(values[0] or "", agreed.reference.sectors.values())
    quoted = " ou ".join(f"« {name} »" for name in near), " or ".join(f"“{name}”" for name in near)
    return {
        "detail": ", ".join(near),
        "near_fr": f"Vouliez-vous dire {quoted[0]} ? " if near else "",
        "near_en": f"Did you mean {quoted[1]}? " if near else "",
    }


PUBLIC_SERVICE = "s25"

SECTOR = (
    Rule(
        "sector_unknown", ("sector",),
        ("Secteur inconnu", "Unknown sector"),
        ("« {value} » n'est aucun des 51 secteurs.", "“{value}” is none of the 51 sectors."),
        ("{near_fr}Choisissez un secteur de la liste (ex. {example}), ou écrivez un code NAF (ex. 25.62B).",
         "{near_en}Choose a sector of the list (e.g. {example}), or write a NAF code (e.g. 25.62B)."),
        one("s37", "s1"), one("Mécano", "s52", "99.99Z"),
        lambda values, agreed: np.asarray(values.isin(list(agreed.reference.sectors)) | values.isna(), dtype=bool),
        _nearest_sector,
    ),
    Rule(
        "sector_of_public_bodies_only", ("sector", "is_public"),
        ("Secteur réservé aux employeurs publics", "A sector for public employers only"),
        ("« {value} » est réservé aux employeurs publics, et cet employeur est dit privé.",
         "“{value}” is for public employers only, and this employer is said to be private."),
        ("Choisissez le secteur du métier découvert, ou dites « oui » dans la colonne de l'employeur public.",
         "Choose the sector of the trade, or say “oui” in the column of public employers."),
        (("s25", "true"), ("s37", "false")), (("s25", "false"),),
        lambda both, _agreed: ~((both["sector"] == PUBLIC_SERVICE) & (both["is_public"] == "false")).to_numpy(bool),
    ),
)  # fmt: skip

SPACE = r" \t\n\f\r"
ADDRESS = rf"^(?i:https?)://[^{SPACE}/?#@:.]+(?:\.[^{SPACE}/?#@:.]+)+(?::[0-9]+)?(?:[/?#][^{SPACE}]*)?$"


def url_rule(name: str, good: str) -> Rule:
    """A web address, whole and on the web."""
    return Rule(
        "url_malformed", (name,),
        ("Adresse web mal formée", "Malformed web address"),
        ("« {value} » n'est pas une adresse web.", "“{value}” is not a web address."),
        ("Écrivez l'adresse entière, avec https:// (ex. {example}).",
         "Write the whole address, with https:// (e.g. {example})."),
        one(good), one("voir notre site", "ftp://exemple.fr/stage", "https://intranet"), matching(ADDRESS),
    )  # fmt: skip


LINKS = (
    url_rule("employer_website", "https://www.exemple.fr"),
    url_rule("permalink", "https://www.exemple.fr/stages?id=1&lang=fr"),
    Rule(
        "permalink_holds_test_or_staging", ("permalink",),
        ("Lien qui contient « test » ou « staging »", "A link that holds “test” or “staging”"),
        ("« {value} » contient « {word} » : la plateforme le refuse, même au milieu d'un mot comme « latest ».",
         "“{value}” holds “{word}”: the platform refuses such addresses, even inside a word like “latest”."),
        ("Donnez l'adresse de l'offre sur votre site public, sans ces lettres, ou laissez la cellule vide.",
         "Give the offer's address on your public site, without these letters, or leave the cell empty."),
        one("https://www.exemple.fr/stages/1"), one("https://test.exemple.fr/1", "https://exemple.fr/latest/1",
                                                  "https://exemple.fr/STAGING/1"),
        not_matching("(?i:test|staging)"),
        lambda values, _agreed: dict.fromkeys(
            ("word", "detail"), "staging" if "staging" in str(values[0]).lower() else "test"
        ),
    ),
)  # fmt: skip

CONTACTS = (
    Rule(
        "email_malformed", ("contact_email",),
        ("Courriel mal formé", "Malformed e-mail address"),
        ("« {value} » n'est pas un courriel.", "“{value}” is not an e-mail address."),
        ("Écrivez un seul courriel (ex. {example}).", "Write one e-mail address (e.g. {example})."),
        one("stages@exemple.fr"), one("stages chez exemple.fr", "anne@@exemple.fr", "a@exemple.fr; b@exemple.fr"),
        matching(rf"^[^{SPACE}@,;<>()]+@[^{SPACE}@,;<>().]+(?:\.[^{SPACE}@,;<>().]+)+$"),
    ),
    Rule(
        "phone_not_understood", ("contact_phone",),
        ("Téléphone incompris", "Phone number not understood"),
        ("« {value} » n'est pas un numéro de téléphone.", "“{value}” is not a phone number."),
        ("Écrivez un seul numéro (ex. {example}).", "Write one number (e.g. {example})."),
        one("+33140506070"), one("standard", "01 40 50", "0140506070 / 0140506071"), matching(r"^\+[1-9][0-9]{7,14}$"),
    ),
)  # fmt: skip

RULES: tuple[Rule, ...] = (*REFERENCE, *SIRET, *SECTOR, *LINKS, *CONTACTS)
