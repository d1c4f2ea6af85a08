"""What holds for any text: required, not an Excel error, within its limits; yes or no."""

from __future__ import annotations

import re
from functools import partial

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offers.arrays import arrow
from offers.cleaning.characters import REPEAT, UNCLEAR
from offers.cleaning.nothing import EXCEL_ERRORS, NEVER_COMPUTED
from offers.columns import BY_NAME, COLUMNS, SENT, Column, Kind
from offers.mapping import ONE
from offers.quoting import quote
from validation.rulebook.rule import (
    Agreed,
    Fields,
    Holds,
    Mask,
    Rule,
    Value,
    mask,
    matching,
    not_matching,
    one,
    unlike,
)

SEVERAL = f"[{REPEAT}{UNCLEAR}]"
LETTERS = (Kind.REFERENCE, Kind.LINE, Kind.PROSE, Kind.CITY, Kind.URL, Kind.EMAIL)


def _required(agreed: Agreed, name: str) -> bool:
    return BY_NAME[name].required or name in agreed.feed.require


def _present(values: pd.Series[str], _agreed: Agreed) -> Mask:
    return values.notna().to_numpy()


def missing(column: Column) -> Rule:
    """A required column is empty, whether the house requires it or the feed."""
    return Rule(
        name=f"{column.name}_missing",
        columns=(column.name,),
        title=("Case obligatoire vide", "A required cell is empty"),
        sentence=("la cellule est vide.", "the cell is empty."),
        remedy=("Remplissez cette colonne (ex. {example}). {meaning}", "Fill this column (e.g. {example}). {meaning}"),
        good=one(column.example),
        bad=one(None),
        holds=_present,
        on_missing=True,
        said=("« {value} » ne dit rien : la cellule compte comme vide.", "“{value}” says nothing: the cell is empty."),
        in_force=partial(_required, name=column.name),
    )


def _no_error(values: pd.Series[str], _agreed: Agreed) -> Mask:
    """Few values begin with `#`; the others are not looked at twice."""
    likely = mask(pc.invert(pc.starts_with(arrow(values), "#")))
    return likely if likely.all() else unlike(values, EXCEL_ERRORS)


def excel_error(column: Column) -> Rule:
    """`#REF!` is what a broken formula left of a value."""
    return Rule(
        name="excel_error",
        columns=(column.name,),
        title=("Erreur d'Excel au lieu d'une valeur", "An Excel error instead of a value"),
        sentence=("« {value} » est une erreur d'Excel.", "“{value}” is an Excel error."),
        remedy=(
            "Corrigez la formule dans votre classeur, ou tapez la valeur à sa place.",
            "Mend the formula in your workbook, or type the value in its place.",
        ),
        good=one(column.example),
        bad=one("#REF!", "#DIV/0!", "#VALEUR!", "#NOM?"),
        holds=_no_error,
    )


def _values(values: tuple[Value, ...], _agreed: Agreed) -> Fields:
    told = [quote(one, 60) for one in re.split(SEVERAL, values[0] or "")]
    shown = ", ".join(f"« {one} »" for one in told[:4]) + (", …" if len(told) > 4 else "")
    return {"values": shown, "detail": f"{len(told)} values"}


def several(column: Column) -> Rule:
    """A record of XML or JSON that gives several values where an offer has one."""
    return Rule(
        name="several_values",
        columns=(column.name,),
        title=("Plusieurs valeurs au lieu d'une", "Several values instead of one"),
        sentence=("plusieurs valeurs ({values}), alors qu'une offre n'en a qu'une.",
                  "several values ({values}), and an offer has one."),
        remedy=("Gardez une seule valeur, ou écrivez une offre pour chacune.",
                "Keep one value, or write an offer for each."),
        good=one(column.example),
        bad=one("A1\x1fA2"),
        holds=not_matching(SEVERAL),
        detail=_values,
        of_offer=True,
    )  # fmt: skip


def _computed(values: pd.Series[str], _agreed: Agreed) -> Mask:
    return mask(pc.invert(pc.starts_with(arrow(values), NEVER_COMPUTED)))


def formula_not_computed(column: Column) -> Rule:
    """A formula that no spreadsheet has computed yet: the workbook holds its text, and no value."""
    return Rule(
        name="formula_not_computed",
        columns=(column.name,),
        title=("Formule qui n'a jamais été calculée", "A formula that was never computed"),
        sentence=(
            "cette cellule contient une formule qui n'a jamais été calculée (« {value} »).",
            "this cell holds a formula that was never computed (“{value}”).",
        ),
        remedy=(
            "Remplacez la formule par sa valeur ; ou ouvrez votre propre fichier dans Excel, enregistrez-le et "
            "renvoyez-le.",
            "Put the value in place of the formula; or open your own file in Excel, save it, and send that one.",
        ),
        good=one(column.example),
        bad=one(f"{NEVER_COMPUTED}=B2*3"),
        holds=_computed,
    )


def _at_most(most: int) -> Holds:
    return lambda values, _agreed: mask(pc.less_equal(pc.utf8_length(arrow(values)), pa.scalar(most, pa.int64())))


def _at_least(least: int) -> Holds:
    return lambda values, _agreed: mask(pc.greater_equal(pc.utf8_length(arrow(values)), pa.scalar(least, pa.int64())))


def _length(values: tuple[Value, ...], _agreed: Agreed) -> Fields:
    count = str(len(values[0] or ""))
    return {"count": count, "detail": f"{count} characters"}


def too_long(column: Column, most: int) -> Rule:
    """The platform refuses, or cuts, what is longer."""
    return Rule(
        name=f"{column.name}_too_long",
        columns=(column.name,),
        title=(f"« {column.fr} » est trop long", f"“{column.en}” is too long"),
        sentence=(
            "« {value} » a {count} caractères, la limite est de {most}.",
            "“{value}” has {count} characters, the limit is {most}.",
        ),
        remedy=("Raccourcissez ce texte à {most} caractères.", "Shorten this text to {most} characters."),
        good=one("é" * most),
        bad=one("é" * (most + 1)),
        holds=_at_most(most),
        detail=_length,
        fields={"most": str(most)},
    )


def too_short(column: Column, least: int) -> Rule:
    """A text that says nothing to a pupil."""
    return Rule(
        name=f"{column.name}_too_short",
        columns=(column.name,),
        title=(f"« {column.fr} » est trop court", f"“{column.en}” is too short"),
        sentence=(
            "« {value} » n'a que {count} caractères, il en faut au moins {least}.",
            "“{value}” has only {count} characters, at least {least} are needed.",
        ),
        remedy=(
            "Écrivez un texte que l'élève comprendra (ex. {example}).",
            "Write what a pupil understands (e.g. {example}).",
        ),
        good=one("é" * least),
        bad=one("é" * (least - 1)),
        holds=_at_least(least),
        detail=_length,
        fields={"least": str(least)},
    )


def yes_no(column: Column) -> Rule:
    """A word that is neither yes nor no."""
    return Rule(
        name="yes_no_not_understood",
        columns=(column.name,),
        title=("Ni oui ni non", "Neither yes nor no"),
        sentence=("« {value} » n'est ni oui ni non.", "“{value}” is neither yes nor no."),
        remedy=("Écrivez oui ou non.", "Write oui or non (yes or no)."),
        good=one("true", "false"),
        bad=one("peut-être", "2"),
        holds=matching("^(?:true|false)$"),
    )


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
