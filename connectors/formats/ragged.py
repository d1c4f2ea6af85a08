"""Lines that could not be cut into the columns of the headers: rejections, with line, raw text and remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from connectors.formats.table import clip
from offers.model import REJECTION_COLUMNS, text_frame

_UNCLOSED = "row_has_an_unclosed_quote"
_STRAY = "row_has_a_stray_quote"
CUT_OFF = "row_is_cut_off"


@dataclass(frozen=True)
class Odd:
    """A record with another number of cells than the headers, or with quotes that do not pair (`rule` is then set)."""

    line: int
    cells: list[str]
    raw: str
    rule: str | None = None


def unclosed(line: int, raw: str) -> Odd:
    """A record whose opening quote finds no fellow."""
    return Odd(line, [], raw, _UNCLOSED)


def stray(line: int, raw: str) -> Odd:
    """A record with text after a closing quote."""
    return Odd(line, [], raw, _STRAY)


def malformed(line: int, raw: str, rule: str, detail: str, sentence: str, remedy: str) -> dict[str, object]:
    """One rejection of a line as a whole: no field, no column, the clipped line as the value."""
    return {
        "line": line,
        "field": None,
        "column": None,
        "rule": rule,
        "value": clip(raw) or None,
        "detail": detail,
        "sentence": sentence,
        "remedy": remedy,
    }


def malformed_frame(rejections: Sequence[dict[str, object]]) -> pd.DataFrame:
    """The rejections as a frame of REJECTION_COLUMNS."""
    return text_frame(REJECTION_COLUMNS, list(rejections))


def reject(odd: Odd, width: int, delimiter: str) -> dict[str, object]:
    """The rejection of an odd record, for a table of `width` columns."""
    shown = {"\t": "une tabulation"}.get(delimiter, f"« {delimiter} »")
    if odd.rule == _UNCLOSED:
        sentence = f"Ligne {odd.line} : un guillemet ouvert n'est pas refermé."
        remedy = 'Fermez le guillemet à la fin de la cellule ; dans un texte, doublez les guillemets ("").'
        return malformed(odd.line, odd.raw, _UNCLOSED, "no closing quote", sentence, remedy)
    if odd.rule == _STRAY:
        sentence = f"Ligne {odd.line} : un guillemet est mal placé, on ne sait pas où finit la cellule."
        remedy = 'Dans un texte entre guillemets, doublez les guillemets ("") ou écrivez « ».'
        return malformed(odd.line, odd.raw, _STRAY, "text after a closing quote", sentence, remedy)
    count = len(odd.cells)
    detail = f"{count} cells, {width} headers"
    if count > width:
        sentence = f"Ligne {odd.line} : {count} cellules, alors que l'en-tête en a {width}."
        remedy = f"Mettez entre guillemets les textes qui contiennent {shown}."
        return malformed(odd.line, odd.raw, "row_has_too_many_cells", detail, sentence, remedy)
    sentence = f"Ligne {odd.line} : {count} cellule{'s' * (count > 1)} seulement, alors que l'en-tête en a {width}."
    remedy = "Gardez un séparateur par colonne, même vide, et mettez entre guillemets un texte qui va à la ligne."
    return malformed(odd.line, odd.raw, "row_has_too_few_cells", detail, sentence, remedy)
