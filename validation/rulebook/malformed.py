"""Faults that the reader finds before there are columns: it gives the rule and the figures, and we the words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from offers.model import REJECTION_COLUMNS, text_frame
from offers.wording import Language
from validation.rulebook.rule import RECORDS, Rule

_DELIMITERS = {"\t": ("une tabulation", "a tab")}


def _entry(
    name: str,
    title: tuple[str, str],
    sentence: tuple[str, str],
    remedy: tuple[str, str],
    detail: str,
    example: Mapping[str, str],
) -> Rule:
    return Rule(name, ("line",), title, sentence, remedy, (), (), None, fields={"detail": detail, **example})


RULES: tuple[Rule, ...] = (
    _entry(
        "row_has_too_many_cells",
        ("Ligne qui a trop de cellules", "A row with too many cells"),
        ("{cells} cellules, alors que l'en-tête en a {headers}.", "{cells} cells, and the header has {headers}."),
        ("Mettez entre guillemets les textes qui contiennent {delimiter}.", "Quote the texts that hold {delimiter}."),
        "{cells} cells, {headers} headers",
        {"cells": "5", "headers": "4", "delimiter": ";"},
    ),
    _entry(
        "row_has_too_few_cells",
        ("Ligne à laquelle il manque des cellules", "A row with too few cells"),
        (
            "{cells} cellule{s} seulement, alors que l'en-tête en a {headers}.",
            "only {cells} cell{s}, and the header has {headers}.",
        ),
        (
            "Gardez un séparateur par colonne, même vide, et mettez entre guillemets un texte qui va à la ligne.",
            "Keep one separator per column, even where it is empty, and quote a text of several lines.",
        ),
        "{cells} cells, {headers} headers",
        {"cells": "3", "headers": "4"},
    ),
    _entry(
        "row_has_an_unclosed_quote",
        ("Guillemet qui n'est pas refermé", "A quote that is not closed"),
        ("un guillemet ouvert n'est pas refermé.", "an open quote is not closed."),
        (
            'Fermez le guillemet à la fin de la cellule ; dans un texte, doublez les guillemets ("").',
            'Close the quote at the end of the cell; inside a text, double the quotes ("").',
        ),
        "no closing quote",
        {},
    ),
    _entry(
        "row_has_a_stray_quote",
        ("Guillemet mal placé", "A misplaced quote"),
        (
            "un guillemet est mal placé, on ne sait pas où finit la cellule.",
            "a quote is misplaced, and where the cell ends cannot be known.",
        ),
        (
            'Dans un texte entre guillemets, doublez les guillemets ("") ou écrivez « ».',
            'Inside a quoted text, double the quotes ("") or write « ».',
        ),
        "text after a closing quote",
        {},
    ),
    _entry(
        "row_in_another_encoding",
        ("Octet d'un autre encodage que le reste", "A byte of another encoding than the rest"),
        (
            "l'octet {byte} n'est pas écrit dans l'encodage du reste du fichier (« {around} »).",
            "the byte {byte} is not of the encoding of the rest of the file (“{around}”).",
        ),
        (
            "Écrivez tout le fichier dans un seul encodage, de préférence en UTF-8.",
            "Write the whole file in one encoding, best in UTF-8.",
        ),
        "byte {byte}",
        {"byte": "0xE9", "around": "4; équipe"},
    ),
    _entry(
        "row_is_cut_off",
        ("Ligne où le fichier est coupé", "The line where the file is cut off"),
        ("le fichier s'arrête au milieu d'une lettre, il est coupé.", "the file ends within a letter, it is cut off."),
        ("Renvoyez le fichier entier.", "Send the whole file again."),
        "ends within a letter",
        {},
    ),
    _entry(
        "line_is_not_json",
        ("Ligne qui n'est pas du JSON", "A line that is not JSON"),
        ("ce n'est pas un objet JSON complet.", "this is not a whole JSON object."),
        (
            "Écrivez chaque offre sur une seule ligne, comme un objet JSON entier.",
            "Write each offer on one line, as a whole JSON object.",
        ),
        "broken JSON",
        {},
    ),
    _entry(
        "record_is_not_an_object",
        ("Offre qui n'est pas un objet JSON", "An offer that is not a JSON object"),
        (
            "une offre doit être un objet JSON, avec des noms et des valeurs.",
            "an offer must be a JSON object, with names and values.",
        ),
        (
            "Retirez cette valeur de la liste, ou écrivez l'offre comme un objet.",
            "Take this value out of the list, or write the offer as an object.",
        ),
        "{seen}",
        {"seen": "a list"},
    ),
    _entry(
        "record_has_an_unknown_entity",
        ("Nom entre « & » et « ; » que rien ne définit", "A name between “&” and “;” that nothing defines"),
        (
            "« {entity} » n'est déclaré nulle part, et nous ne savons pas ce qu'il veut dire.",
            "“{entity}” is declared nowhere, and we do not know what it means.",
        ),
        (
            "Écrivez le caractère lui-même ; pour un « & » dans un texte, écrivez « &amp; ».",
            "Write the sign itself; for an “&” in a text, write &amp;.",
        ),
        "{entity}",
        {"entity": "&societe;"},
    ),
)


def worded(rule: Rule, fields: Mapping[str, str], language: Language = Language.FRENCH) -> tuple[str, str, str]:
    """Detail, sentence without its place, and remedy, with the figures that the reader gave."""
    sign = fields.get("delimiter", "")
    quoted = language.pick(_DELIMITERS.get(sign, (f"« {sign} »", f"“{sign}”")))
    words = {**fields, "delimiter": quoted, "s": "" if fields.get("cells") in ("0", "1") else "s"}
    detail, sentence, remedy = (
        one.format(**words) for one in (rule.fields["detail"], language.pick(rule.sentence), language.pick(rule.remedy))
    )
    return detail, sentence, remedy


def malformed_told(malformed: pd.DataFrame, language: Language = Language.FRENCH, kind: str = "csv") -> pd.DataFrame:
    """What the reader of a drop of this kind gave (MALFORMED_COLUMNS) as rejections (REJECTION_COLUMNS)."""
    known = {rule.name: rule for rule in RULES}
    what = language.pick(("Enregistrement", "Record") if kind in RECORDS else ("Ligne", "Line"))
    byte, of, colon = language.pick((("octet", "de la ligne", " : "), ("byte", "of line", ": ")))
    told: list[dict[str, Any]] = []
    for given in malformed.to_dict("records"):
        line, fields = int(given["line"]), json.loads(str(given["fields"]))
        detail, sentence, remedy = worded(known[str(given["rule"])], fields, language)
        # `Ligne 3, octet 9 de la ligne 4 : `, where a row of several lines has its fault further down.
        at = f", {byte} {fields['at']}" if "at" in fields else ""
        below = f" {of} {fields['below']}" if "below" in fields else ""
        said = {"detail": detail, "sentence": f"{what} {line}{at}{below}{colon}{sentence}", "remedy": remedy}
        told.append({"line": line, "rule": given["rule"], "value": given["value"], **said})
    return text_frame(REJECTION_COLUMNS, told)
