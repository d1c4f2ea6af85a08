"""Faults that the reader finds before there are columns: it tells them itself, in French, with its own figures.

These entries are for docs and for returns in English; a test holds the French ones to what the reader says of a drop.
"""

from __future__ import annotations

import pandas as pd

from offers.wording import Language
from validation.rulebook.rule import Rule


def _entry(name: str, title: tuple[str, str], sentence: tuple[str, str], remedy: tuple[str, str]) -> Rule:
    return Rule(name, ("line",), title, sentence, remedy, (), (), None)


RULES: tuple[Rule, ...] = (
    _entry(
        "row_has_too_many_cells",
        ("Ligne qui a trop de cellules", "A row with too many cells"),
        ("5 cellules, alors que l'en-tête en a 4.", "the row has more cells than the header."),
        ("Mettez entre guillemets les textes qui contiennent « ; ».", "Quote the texts that hold the separator."),
    ),
    _entry(
        "row_has_too_few_cells",
        ("Ligne à laquelle il manque des cellules", "A row with too few cells"),
        ("3 cellules seulement, alors que l'en-tête en a 4.", "the row has fewer cells than the header."),
        (
            "Gardez un séparateur par colonne, même vide, et mettez entre guillemets un texte qui va à la ligne.",
            "Keep one separator per column, even where it is empty.",
        ),
    ),
    _entry(
        "row_has_an_unclosed_quote",
        ("Guillemet qui n'est pas refermé", "A quote that is not closed"),
        ("un guillemet ouvert n'est pas refermé.", "an open quote is not closed."),
        (
            'Fermez le guillemet à la fin de la cellule ; dans un texte, doublez les guillemets ("").',
            "Close the quote; inside a text, double it.",
        ),
    ),
    _entry(
        "row_has_a_stray_quote",
        ("Guillemet mal placé", "A misplaced quote"),
        ("un guillemet est mal placé, on ne sait pas où finit la cellule.", "a quote is misplaced."),
        (
            'Dans un texte entre guillemets, doublez les guillemets ("") ou écrivez « ».',
            "Inside a quoted text, double the quotes.",
        ),
    ),
    _entry(
        "row_in_another_encoding",
        ("Octet d'un autre encodage que le reste", "A byte of another encoding than the rest"),
        (
            "l'octet 0xE9 n'est pas écrit dans l'encodage du reste du fichier (« 4; équipe »).",
            "a byte is not of the encoding of the rest.",
        ),
        (
            "Écrivez tout le fichier dans un seul encodage, de préférence en UTF-8.",
            "Write the whole file in one encoding.",
        ),
    ),
    _entry(
        "row_is_cut_off",
        ("Ligne où le fichier est coupé", "The line where the file is cut off"),
        ("le fichier s'arrête au milieu d'une lettre, il est coupé.", "the file ends within a letter, it is cut off."),
        ("Renvoyez le fichier entier.", "Send the whole file again."),
    ),
    _entry(
        "line_is_not_json",
        ("Ligne qui n'est pas du JSON", "A line that is not JSON"),
        ("ce n'est pas un objet JSON complet.", "this is not a whole JSON object."),
        ("Écrivez chaque offre sur une seule ligne, comme un objet JSON entier.", "Write each offer on one line."),
    ),
    _entry(
        "record_is_not_an_object",
        ("Offre qui n'est pas un objet JSON", "An offer that is not a JSON object"),
        ("une offre doit être un objet JSON, avec des noms et des valeurs.", "an offer must be a JSON object."),
        (
            "Retirez cette valeur de la liste, ou écrivez l'offre comme un objet.",
            "Write the offer as an object, with names.",
        ),
    ),
    _entry(
        "record_has_an_unknown_entity",
        ("Nom entre « & » et « ; » que rien ne définit", "A name between “&” and “;” that nothing defines"),
        (
            "« &societe; » n'est déclaré nulle part, et nous ne savons pas ce qu'il veut dire.",
            "a name between “&” and “;” is declared nowhere.",
        ),
        (
            "Écrivez le caractère lui-même ; pour un « & » dans un texte, écrivez « &amp; ».",
            "Write the sign itself, and &amp; for “&”.",
        ),
    ),
)  # fmt: skip


def malformed_told(malformed: pd.DataFrame, language: Language = Language.FRENCH) -> pd.DataFrame:
    """The reader's own rejections (REJECTION_COLUMNS), which are in French, in this language."""
    if language is Language.FRENCH or malformed.empty:
        return malformed
    known = {rule.name: rule for rule in RULES}
    said = [
        f"Line {line}: {language.pick(known[rule].sentence)}" for line, rule in malformed[["line", "rule"]].to_numpy()
    ]
    remedies = malformed["rule"].map({name: language.pick(rule.remedy) for name, rule in known.items()})
    return malformed.assign(sentence=said, remedy=remedies)
