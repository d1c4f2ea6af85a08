"""Cells that hold nothing: they say so in the words of programs and forms, or a workbook holds no value for them.

One list of words for every column, compared without case, accents, and the brackets, quotes, dots or dashes around
them: `(NULL)`, `S.O.` A workbook holds no value of a formula that was never computed, or that ended in an error.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from offers.arrays import arrow, longer, matching, series, without
from offers.cleaning.mending import RepairLog
from offers.columns import COLUMNS, DECISIVE, Column, Kind
from offers.feed import Feed
from offers.text import plain

OF_PROGRAMS = (
    "null", "none", "nil", "nan", "nat", "na", "n/a", "n.a", "n\\a", "n / a", "n-a", "n/a n/a", "\\n", "undefined",
    "void", "empty", "blank", "missing", "no value", "no data", "1.#ind", "1.#qnan", "object object", "array",
    "unknown", "unspecified", "not specified", "not available", "not applicable", "not provided", "to be defined",
    "to be determined", "to be completed", "tbd", "tba", "tbc", "todo",
)  # fmt: skip
OF_PEOPLE = (
    "neant", "vide", "aucun", "aucune", "rien", "inconnu", "inconnue", "nc", "n.c", "n/c", "nd", "n.d", "n/d", "nr",
    "n.r", "n/r", "ns", "nsp", "s.o", "s/o", "ras", "r.a.s", "sans objet", "sans reponse", "sans valeur",
    "aucune donnee", "aucune information", "aucune valeur", "donnee manquante", "manquant", "manquante", "indefini",
    "indefinie", "indisponible", "indetermine", "indeterminee", "non applicable", "non concerne", "non concernee",
    "non connu", "non connue", "non definie", "non defini", "non determine", "non determinee", "non disponible",
    "non fourni", "non fournie", "non indique", "non indiquee", "non precise", "non precisee", "non renseigne",
    "non renseignee", "non saisi", "non saisie", "non specifie", "non specifiee", "non communique", "non communiquee",
    "pas renseigne", "pas renseignee", "pas de reponse", "a completer", "a definir", "a determiner", "a preciser",
    "a renseigner", "a remplir", "a saisir", "a venir", "a confirmer", "selectionner", "selectionnez", "choisir",
    "choisissez", "veuillez selectionner",
)  # fmt: skip
WORDS = frozenset((*OF_PROGRAMS, *OF_PEOPLE, *("x" * times for times in range(3, 15))))
AROUND = " ()[]{}<>\"'«»“”.,:;-–—_*#~="
"""What may stand around such a word. A lone `0` in a text is what Excel shows of a link to an empty cell."""
SIGNS = r"[-–—―−_./\\?…*#~=•·,;:\"'`()\[\]{}<>«»“”‘’ ]{1,40}"
"""A cell of nothing else says nothing; nor does one of more, but it is no more a slip of the pen."""
LONGEST = max(map(len, WORDS)) + 6
COUNTED = (Kind.INTEGER, Kind.WEEKS, Kind.GRADES)
"""Kinds whose default would change what is offered: an error of Excel's (`#N/A`) is no empty cell there."""
KEPT = {
    Kind.CITY: frozenset({"aucun"}),
    **dict.fromkeys(COUNTED, frozenset({"aucun", "aucune", "neant", "rien"})),
}
"""Where such a word says something: a town in the Pyrenees; and no seat, which is not the one seat that we assume."""
WHOLE = r"^\d+[.,]00?$"
"""A whole number as a program writes what it takes for a fraction: `1001.0`."""
_ALONE = re.compile(SIGNS)


def is_nothing(text: str, kind: Kind | None = None) -> bool:
    """Whether a whole cell says that there is nothing."""
    if not text or (len(text) <= 40 and _ALONE.fullmatch(text)):
        return True
    if len(text) > LONGEST:
        return False
    if text == "0":
        return kind in (Kind.LINE, Kind.PROSE)
    if text.startswith("#") and kind in COUNTED:
        return False
    word = plain(text).strip(AROUND)
    return word in WORDS and word not in KEPT.get(kind, ())  # type: ignore[arg-type]  # None is no kind


def nothing_in(texts: Any) -> Any:
    """True where a value (an Arrow array of large strings) may say so, to be asked again by itself."""
    found = np.asarray(matching(texts, f"^{SIGNS}$")).copy()
    short = np.flatnonzero(~np.asarray(longer(texts, LONGEST)))
    words = pc.utf8_lower(texts.take(pa.array(short)))
    accented = pc.invert(pc.fill_null(pc.string_is_ascii(words), True))
    if pc.any(accented).as_py():
        bare = [plain(word) for word in words.filter(accented).to_pylist()]
        words = pc.replace_with_mask(words, accented, pa.array(bare, pa.large_string()))
    known = pa.array(sorted({*WORDS, "0"}), pa.large_string())
    found[short] |= np.asarray(pc.is_in(pc.utf8_trim(words, characters=AROUND), value_set=known))
    return found


def whole(text: str) -> str:
    """`1001.0` -> `1001`."""
    return re.split("[.,]", text)[0] if re.match(WHOLE, text) else text


NEVER_COMPUTED = "#FORMULE! "
"""What a reader puts before the text of a formula whose value the workbook does not hold."""
EXCEL_ERRORS = (
    r"^#(?:REF!|N/A|N/D|VALEUR!|VALUE!|NOM\?|NAME\?|DIV/0!|NUL!|NULL!|NOMBRE!|NUM!|SPILL!|PROPAGATION!|CALC!|CALCUL!"
    r"|CHAMP!|FIELD!|GETTING_DATA|CONNECT!|BLOCKED!|UNKNOWN!|#+)$"
)


def empty_unread(frame: pd.DataFrame, ledger: RepairLog, feed: Feed) -> None:
    """Empty such cells, and write it down, but where a column is required or of DECISIVE: there a rule refuses them."""
    for column in COLUMNS:
        if not column.derived:
            frame[column.name] = unread_emptied(frame[column.name], column, ledger, feed)


def unread_emptied(values: pd.Series[str], column: Column, ledger: RepairLog, feed: Feed) -> pd.Series[str]:
    """One column without them."""
    texts = arrow(values)
    kept = column.required or column.name in (*DECISIVE, *feed.require)
    if kept or not pc.any(pc.starts_with(texts, "#")).as_py():
        return values
    for code, pattern in (("formula_not_computed", f"^{NEVER_COMPUTED}"), ("excel_error", EXCEL_ERRORS)):
        hit = matching(texts, pattern)
        before = pc.replace_substring(texts.filter(hit), NEVER_COMPUTED, "")
        lines, nothing = values.index.to_numpy()[np.asarray(hit)], pa.nulls(len(before), pa.large_string())
        ledger.note(column.name, lines, before, nothing, code)
        texts = without(texts, hit)
    return series(texts, values)
