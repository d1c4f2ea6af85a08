"""Sketches: what of a record is compared, in normal form. Records of one feed with one sketch are twins.

Twins are compared once. Normal forms are for comparison only; nothing that is published passes through here. Raise
VERSION when one changes: sketches made under another are made anew by `quai duplicates rebuild`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from offers.arrays import Texts, column_of, of_distinct, pc, row_hash, strings, texts_of

VERSION = "1"
SKETCHED = (
    "feed", "title", "description", "employer", "department", "place", "town", "siret", "street", "weeks", "own_row",
)  # fmt: skip
"""The columns of a sketch, as text, "" where unknown. `place` is the INSEE code. `own_row` is the reference where the
feed says that each of its rows is an offer of its own (`repeated = "keep"`), and else ""."""


@dataclass(frozen=True)
class Sketched:
    """`sketches`: SKETCHED, one row each, indexed by its 64-bit id; `of`: for each record the id of its sketch."""

    sketches: pd.DataFrame
    of: np.ndarray


def sketch(records: pd.DataFrame, keeps_rows: np.ndarray | None = None) -> Sketched:
    """The sketches of records (columns of offers.columns, and `feed`).

    `keeps_rows`: for each record, whether its feed wants every row to stay an offer of its own. An id depends on the
    sketch's columns alone, so that the same record has the same one in every run.
    """

    def of(name: str) -> pd.Series[str]:
        return column_of(records, name)

    employer = employers(of("employer_name"), of("organisation"))
    own_row = of("reference").where(np.zeros(len(records), bool) if keeps_rows is None else keeps_rows)
    texts = {
        "feed": texts_of(of("feed")),
        "title": titles(of("title"), of("city"), employer),
        "description": descriptions(of("description")),
        "employer": employer,
        "department": texts_of(of("department")),
        "place": texts_of(of("insee_code")),
        "town": towns(of("city")),
        "siret": texts_of(of("siret")),
        "street": streets(of("street")),
        "weeks": texts_of(of("weeks")),
        "own_row": texts_of(own_row),
    }
    columns = {name: pd.array(values, dtype="str") for name, values in texts.items()}
    frame = pd.DataFrame(columns, index=pd.RangeIndex(len(records)))
    ids = row_hash(frame, SKETCHED, VERSION)
    first = ~pd.Series(ids).duplicated().to_numpy()
    return Sketched(frame[first].set_axis(pd.Index(ids[first], name="sketch")), ids)


COMPARED = 450
"""Characters of a description, in normal form, that are compared: aggregators cut at 500 of the text as written."""
_READ = 900
"""Characters of a description as written that are looked at: 450 in normal form are in them, unless most is markup."""


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


LINKING = _listed("a au aux avec chez d dans de des du en et l la le les nos notre ou par pour sur un une votre vos")
_GENRE = _listed(
    "hf fh h f x m w stage stages stagiaire stagiaires seconde secondes 2nde 2de 3eme eme eleve eleves lycee generale "
    "observation obs decouverte decouvertes decouvrir decouvre decouvrez immersion initiation sequence metier metiers "
    "profession professions monde milieu professionnel professionnelle entreprise deux semaine semaines juin "
    "juillet ref reference"
)
"""Words of titles that say what every offer here is, not which: what is left says the job."""
_SPELLED_OUT = {"rh": "ressources humaines", "info": "informatique", "compta": "comptabilite", "sce": "service"}
_REFERENCE = r"\b[A-Z]{1,6}[-_/.]?\d{3,}\w*|\b\w*\d{3}\w*|\b\d+\b"
"""`SYS-0099215`, `2026/114`, `39594`, `(78)`: capitals and a sign with three digits, or a number."""
_COMPANY_NOISE = _listed(
    "sa sas sasu sarl eurl sca snc scop gie se cie ste societe groupe group france holding ets etablissement "
    "etablissements"
)
_STREET_NOISE = LINKING | {"bis", "ter", "cs"}
_TOWN_NOISE = LINKING | {"cedex", "arrondissement", "arr"}
_STREETS = {
    "r": "rue", "av": "avenue", "ave": "avenue", "bd": "boulevard", "bld": "boulevard", "boul": "boulevard",
    "bvd": "boulevard", "pl": "place", "imp": "impasse", "all": "allee", "che": "chemin", "chem": "chemin",
    "ch": "chemin", "rte": "route", "sq": "square", "fg": "faubourg", "fbg": "faubourg", "crs": "cours",
    "st": "saint", "ste": "sainte", "dr": "docteur", "gal": "general", "mal": "marechal", "pdt": "president",
}  # fmt: skip


def titles(title: pd.Series[str], city: pd.Series[str], employer: Texts) -> Texts:
    """The words that say the job: without those of every title (stage, découverte, H/F), references and its own town.

    large_string; "" where nothing is left but the employer's own name, or nothing was there.
    """
    plain = of_distinct(texts_of(title), lambda texts: words(pc.replace_substring_regex(texts, _REFERENCE, " ")))
    for short, whole in _SPELLED_OUT.items():
        plain = pc.replace_substring_regex(plain, rf"\b{short}\b", whole)
    jobs = _squeezed(_without(plain, _GENRE | LINKING)).to_pylist()
    bare = _less_town(jobs, of_distinct(texts_of(city), words).to_pylist())
    names = employer.to_pylist()
    own = {name: frozenset(name.split()) for name in set(names)}
    return strings("" if own[name].issuperset(job.split()) else job for job, name in zip(bare, names, strict=True))


def towns(city: pd.Series[str]) -> Texts:
    """The town's name however it is written: `ST-MALO CEDEX 2` -> `saint malo`. Tells towns apart where the INSEE code
    is not known."""
    return of_distinct(texts_of(city), lambda texts: strings(map(bare_town, words(texts).to_pylist())))


def employers(name: pd.Series[str], organisation: pd.Series[str]) -> Texts:
    """The organisation's name where it is known, else the employer's without legal forms, GROUPE and FRANCE."""
    plain = of_distinct(texts_of(organisation.where(organisation.fillna("") != "", name)), words)
    bare = _squeezed(_without(plain, _COMPANY_NOISE))
    return pc.if_else(pc.equal(bare, ""), plain, bare)


def streets(street: pd.Series[str]) -> Texts:
    """`12 bis, av. du Gal Leclerc` -> `12 avenue general leclerc`: the number first, abbreviations written out."""
    return of_distinct(texts_of(street), lambda texts: strings(map(bare_street, words(texts).to_pylist())))


def descriptions(text: pd.Series[str]) -> Texts:
    """The first COMPARED characters in normal form, without what is left of HTML."""
    found = texts_of(text).dictionary_encode()
    texts = pc.utf8_slice_codeunits(found.dictionary, 0, _READ)
    marked = pc.match_substring_regex(texts, "[<&]")
    if pc.any(marked).as_py():
        texts = pc.replace_with_mask(texts, marked, strings(map(unmarked, texts.filter(marked).to_pylist())))
    return pc.utf8_rtrim(pc.utf8_slice_codeunits(words(texts), 0, COMPARED), " ").take(found.indices)


def unmarked(text: str) -> str:
    """A text without tags and entities, the broken ones too."""
    return re.sub(r"<[^<>]*>?", " ", html.unescape(html.unescape(text)))


def bare_town(plain: str) -> str:
    """A town's folded name, its first word written out, without what the post adds."""
    said = [_STREETS.get(word, word) if word in ("st", "ste") else word for word in plain.split()]
    return " ".join(word for word in said if word not in _TOWN_NOISE and not word[0].isdigit())


def bare_street(plain: str) -> str:
    """A folded street with its number first and its abbreviations written out."""
    said = [_STREETS.get(word, word) for word in plain.split()]
    number = next((word for word in said if word[0].isdigit()), "")
    names = [word for word in said if not word[0].isdigit() and word not in _STREET_NOISE]
    return " ".join([number.rstrip("abcdefghijklmnopqrstuvwxyz"), *names]).strip()


def _without(texts: Any, noise: frozenset[str]) -> Any:
    return pc.replace_substring_regex(texts, rf"\b(?:{'|'.join(sorted(noise))})\b", " ")


def _squeezed(texts: Any) -> Any:
    return pc.utf8_trim(pc.replace_substring_regex(texts, " +", " "), " ")


def _less_town(titles: list[str], towns: list[str]) -> list[str]:
    """Each title without the name of its own town."""
    named = {
        town: [word for word in town.split() if word not in LINKING and not word[0].isdigit()] for town in set(towns)
    }
    return [
        _less(title, names) if (names := named[town]) and names[0] in title else title
        for title, town in zip(titles, towns, strict=True)
    ]


def _less(title: str, names: list[str]) -> str:
    kept: list[str] = []
    for word in title.split():
        kept.append(word)
        if kept[-len(names) :] == names:
            del kept[-len(names) :]
    return " ".join(kept)


SLICE = 16_384
"""Texts at a time, so that the copies made on the way stay small."""
_END = "\x00"
_BEYOND = {"œ": "oe", "Œ": "oe", "Ÿ": "y", "ł": "l", "Ł": "l"}
"""Letters of French words that Latin-1 lacks."""


def words(texts: Texts) -> Texts:
    """`L'Atelier  d'été` -> `l atelier d ete`; a large_string array without nulls. Other alphabets become spaces.

    `offers.text.fold_word` says the same of French words, and keeps other alphabets; it costs six times as much, which
    half a gigabyte of descriptions does not bear (docs/dedup.md).
    """
    parts = []
    for start in range(0, len(texts), SLICE):
        whole = _END.join([text.replace(_END, " ") for text in texts.slice(start, SLICE).to_pylist()])
        if not whole.isascii():
            whole = unicodedata.normalize("NFC", whole)
            for sign, letters in _BEYOND.items():
                whole = whole.replace(sign, letters)
        rows = whole.encode("latin-1", "replace").translate(_TABLE).replace(b"\x01", b"ae").split(_END.encode())
        parts.append(pa.array([b" ".join(row.split()) for row in rows], pa.large_string()))
    return pa.chunked_array(parts, pa.large_string()).combine_chunks()


_LETTERS = [unicodedata.normalize("NFKD", chr(code).lower())[0] for code in range(256)]
_TABLE = bytearray(ord(letter if letter.isascii() and letter.isalnum() else " ") for letter in _LETTERS)
"""Each Latin-1 sign as the one byte that stands for it: a letter, a digit, or a space; æ waits to become two."""
for _sign, _byte in ((_END, ord(_END)), ("æ", 1), ("Æ", 1), ("ø", ord("o")), ("Ø", ord("o")), ("ß", ord("s"))):
    _TABLE[ord(_sign)] = _byte
