"""The organisations that pledged: which of them an employer is, by SIREN, or by a name that is exactly one of theirs.

Never by likeness: `CARREFOUR FRANCE SAS` is Carrefour because what stands around the name says nothing, and `Safran
d'Or` is nobody, for no name and no alias reads so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pandas as pd

from offers.arrays import arrow, fold, pc, strings
from offers.text import fold_word, listed

BEFORE = ("le groupe", "groupe", "group", "societe anonyme", "societe", "sasu", "sas", "sa", "snc", "gie")
AFTER = ("groupe", "group", "france", "holding", "societe anonyme", "sasu", "sas", "sa", "se", "sca", "snc", "gie")
"""Folded words that may stand around a name. SARL and EURL do not: none of these organisations is one, and a `SARL
Safran` is somebody else."""

_SPELLED = re.compile(r"\b(?:s a s u|s a s|s c a|s n c|g i e|s a)\b")
_SIRET = r"^\d{14}$"


class Organisations:
    """The organisations by SIREN and by name.

    `table`: name, sirens (separated by spaces), aliases (separated by `|`), as text, empty cells missing. Raises
    ValueError where a SIREN or a name, folded, is given to two of them.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self.names: tuple[str, ...] = tuple(table["name"])
        self._by_siren: dict[str, str] = {}
        self._by_key: dict[str, str] = {}
        for name, sirens, aliases in zip(table["name"], table["sirens"], table["aliases"], strict=True):
            self._add(self._by_siren, _parts(sirens, " "), name)
            self._add(self._by_key, [fold_word(word) for word in (name, *_parts(aliases, "|"))], name)
        self._begin = {key.partition(" ")[0] for key in (*self._by_key, *BEFORE)} | {"s", "g"}

    def _add(self, known: dict[str, str], keys: list[str], name: str) -> None:
        taken = [key for key in keys if known.get(key, name) != name]
        if taken:
            raise ValueError(
                f"{listed(taken)!r} is given to {name!r} and to {known[taken[0]]!r}, and can be one's only"
            )
        known |= dict.fromkeys(keys, name)

    def recognise(self, employer_name: pd.Series[str], siret: pd.Series[str]) -> pd.Series[str]:
        """The canonical name of each row's organisation, missing where it is none of them.

        Both columns as text with one index. A whole SIRET whose SIREN is known decides, whatever the name says; the
        other rows are decided by name. Looks at distinct values only.
        """
        names = arrow(employer_name).dictionary_encode()
        by_name = []
        for key in fold(pd.Series(pd.array(names.dictionary, dtype="str"))):
            readings = _bare(key) if key.partition(" ")[0] in self._begin else ()
            by_name.append(next((self._by_key[bare] for bare in readings if bare in self._by_key), None))
        found = strings(by_name).take(names.indices)
        if self._by_siren:
            texts = arrow(siret)
            sirens = pc.if_else(pc.match_substring_regex(texts, _SIRET), pc.utf8_slice_codeunits(texts, 0, 9), None)
            at = pc.index_in(sirens, strings(self._by_siren))
            found = pc.coalesce(strings(self._by_siren.values()).take(at), found)
        return pd.Series(pd.array(found, dtype="str"), index=employer_name.index, name="organisation")


def _parts(cell: object, mark: str) -> list[str]:
    return [part.strip() for part in cell.split(mark) if part.strip()] if isinstance(cell, str) else []


def _bare(key: str) -> Iterator[str]:
    """A folded name as it is, then with ever more taken off its end, then the same with its beginning off."""
    key = _SPELLED.sub(lambda match: match[0].replace(" ", ""), key)
    for begun in _peeled(key, str.removeprefix, [f"{word} " for word in BEFORE]):
        yield from _peeled(begun, str.removesuffix, [f" {word}" for word in AFTER])


def _peeled(key: str, off: Callable[[str, str], str], words: list[str]) -> Iterator[str]:
    yield key
    shorter = next((rest for word in words if (rest := off(key, word)) != key), None)
    if shorter is not None:
        yield from _peeled(shorter, off, words)


NONE = Organisations(pd.DataFrame({"name": [], "sirens": [], "aliases": []}, dtype="str"))
"""No organisation at all: where none was loaded, none is recognised."""
