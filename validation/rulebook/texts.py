"""What holds for any text: required, not an Excel error, within its limits; yes or no."""

from __future__ import annotations

import re

import pandera.pandas as pa

from offers.cleaning.characters import REPEAT, UNCLEAR
from offers.cleaning.nothing import EXCEL_ERRORS, NEVER_COMPUTED
from offers.columns import COLUMNS, SENT, Column, Kind
from offers.mapping import ONE
from offers.text import quote
from validation.rulebook.rule import Agreed, Fields, Rule, Value, counted, not_matching, one

SEVERAL = f"[{REPEAT}{UNCLEAR}]"
LETTERS = (Kind.REFERENCE, Kind.LINE, Kind.PROSE, Kind.CITY, Kind.URL, Kind.EMAIL)


def missing(column: Column) -> Rule:
    """A required column is empty, whether the house requires it or the feed."""
    return Rule(
        f"{column.name}_missing", (column.name,),
        ("Case obligatoire vide", "A required cell is empty"),
        ("la cellule est vide.", "the cell is empty."),
        ("Remplissez cette colonne (ex. {example}). {meaning}", "Fill this column (e.g. {example}). {meaning}"),
        one(column.example), one(None), None, on_missing=True,
        said=("« {value} » ne dit rien : la cellule compte comme vide.", "“{value}” says nothing: the cell is empty."),
        in_force=lambda agreed: column.required or column.name in agreed.feed.require,
    )  # fmt: skip


def excel_error(column: Column) -> Rule:
    """`#REF!` is what a broken formula left of a value."""
    return Rule(
        "excel_error", (column.name,),
        ("Erreur d'Excel au lieu d'une valeur", "An Excel error instead of a value"),
        ("« {value} » est une erreur d'Excel.", "“{value}” is an Excel error."),
        ("Corrigez la formule dans votre classeur, ou tapez la valeur à sa place.",
         "Mend the formula in your workbook, or type the value in its place."),
        one(column.example), one("#REF!", "#DIV/0!", "#VALEUR!", "#NOM?"),
        not_matching(EXCEL_ERRORS),
    )  # fmt: skip


def _values(values: tuple[Value, ...], _agreed: Agreed) -> Fields:
    told = [quote(one, 60) for one in re.split(SEVERAL, values[0] or "")]
    shown = ", ".join(f"« {one} »" for one in told[:4]) + (", …" if len(told) > 4 else "")
    return {"values": shown, "detail": f"{len(told)} values"}


def several(column: Column) -> Rule:
    """A record of XML or JSON that gives several values where an offer has one."""
    return Rule(
        "several_values", (column.name,),
        ("Plusieurs valeurs au lieu d'une", "Several values instead of one"),
        ("plusieurs valeurs ({values}), alors qu'une offre n'en a qu'une.",
         "several values ({values}), and an offer has one."),
        ("Gardez une seule valeur, ou écrivez une offre pour chacune.",
         "Keep one value, or write an offer for each."),
        one(column.example), one("A1\x1fA2"), not_matching(SEVERAL), _values, of_offer=True,
    )  # fmt: skip


def formula_not_computed(column: Column) -> Rule:
    """A formula that no spreadsheet has computed yet: the workbook holds its text, and no value."""
    return Rule(
        "formula_not_computed", (column.name,),
        ("Formule qui n'a jamais été calculée", "A formula that was never computed"),
        ("cette cellule contient une formule qui n'a jamais été calculée (« {value} »).",
         "this cell holds a formula that was never computed (“{value}”)."),
        ("Remplacez la formule par sa valeur ; ou ouvrez votre propre fichier dans Excel, enregistrez-le et "
         "renvoyez-le.",
         "Put the value in place of the formula; or open your own file in Excel, save it, and send that one."),
        one(column.example), one(f"{NEVER_COMPUTED}=B2*3"), not_matching(f"^{NEVER_COMPUTED}"),
    )  # fmt: skip


def _length(values: tuple[Value, ...], _agreed: Agreed) -> Fields:
    return counted(len(values[0] or ""), "characters")


def too_long(column: Column, most: int) -> Rule:
    """The platform refuses, or cuts, what is longer."""
    return Rule(
        f"{column.name}_too_long", (column.name,),
        (f"« {column.fr} » est trop long", f"“{column.en}” is too long"),
        ("« {value} » a {count} caractères, la limite est de {most}.",
         "“{value}” has {count} characters, the limit is {most}."),
        ("Raccourcissez ce texte à {most} caractères.", "Shorten this text to {most} characters."),
        one("é" * most), one("é" * (most + 1)), pa.Check.str_length(max_value=most), _length, {"most": str(most)},
    )  # fmt: skip


def too_short(column: Column, least: int) -> Rule:
    """A text that says nothing to a pupil."""
    return Rule(
        f"{column.name}_too_short", (column.name,),
        (f"« {column.fr} » est trop court", f"“{column.en}” is too short"),
        ("« {value} » n'a que {count} caractères, il en faut au moins {least}.",
         "“{value}” has only {count} characters, at least {least} are needed."),
        ("Écrivez un texte que l'élève comprendra (ex. {example}).",
         "Write what a pupil understands (e.g. {example})."),
        one("é" * least), one("é" * (least - 1)), pa.Check.str_length(min_value=least), _length,
        {"least": str(least)},
    )  # fmt: skip


def yes_no(column: Column) -> Rule:
    """A word that is neither yes nor no."""
    return Rule(
        "yes_no_not_understood", (column.name,),
        ("Ni oui ni non", "Neither yes nor no"),
        ("« {value} » n'est ni oui ni non.", "“{value}” is neither yes nor no."),
        ("Écrivez oui ou non.", "Write oui or non (yes or no)."),
        one("true", "false"), one("peut-être", "2"), pa.Check.isin(["true", "false"]),
    )  # fmt: skip


def _of(column: Column) -> list[Rule]:
    found = [missing(column), formula_not_computed(column), excel_error(column)]
    if column.name in ONE:
        found.insert(0, several(column))
    if column.kind in LETTERS and column.most:
        found.append(too_long(column, column.most))
    if column.kind in LETTERS and (column.least or 0) > 1:
        found.append(too_short(column, column.least or 0))
    if column.kind is Kind.YES_NO:
        found.append(yes_no(column))
    return found


RULES: tuple[Rule, ...] = tuple(rule for column in COLUMNS if column.name in SENT for rule in _of(column))
