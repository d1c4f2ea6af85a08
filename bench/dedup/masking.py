"""From what an offer's own source says to what the record of a copy says: fields lost, texts altered."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bench.dedup.naming import street_form, unaccented
from bench.dedup.texts import pc, tables
from bench.dedup.world import MIX

CUT = 500
"""Characters that aggregators keep of a description."""
_SENTENCE = re.compile(r"(?<=[.;:]) +|\n+")
SHORTER = (("de seconde", "de 2nde"), ("Stage d'observation", "Stage d'obs."), ("informatique", "info"),
           ("ressources humaines", "RH"), ("responsable", "resp."), ("service", "sce"))  # fmt: skip
REWORDED = (("Tu ", "Vous "), ("équipe", "équipes"), ("élève", "lycéen"), ("découvrir", "connaître"),
            ("premier jour", "jour d'arrivée"), ("présentés", "donnés"), ("professionnel", "salarié"),
            ("stage", "séjour"), ("questions", "demandes"), ("Chaque matin", "Le matin"))  # fmt: skip


def cut(text: str, ellipsis: bool, pick: Random) -> str:
    """At 500 characters as aggregators do: in a word or before it."""
    if len(text) <= CUT:
        return text
    short = text[:CUT]
    if pick.random() < 0.5:
        short = short.rpartition(" ")[0]
    return short + (pick.choice(("...", "…", " [...]", " ...")) if ellipsis else "")


def reformatted(text: str, pick: Random) -> str:
    """The same words otherwise set: entities, breaks, punctuation, abbreviations, capitals."""
    if pick.random() < 0.35:
        text = text.replace("\n", " ") if "\n" in text else text.replace(". ", ".\n")
    if pick.random() < 0.30:
        text = _entities(text)
    if pick.random() < 0.25:
        text = text.replace("\n", "<br />")
    if pick.random() < 0.30:
        text = text.replace(" ;", ".").replace(" :", ":").replace("- ", "• ")
    if pick.random() < 0.20:
        text = text.replace("'", "’")
    if pick.random() < 0.15:
        for long, short in SHORTER[2:]:
            text = text.replace(long, short)
    return text.upper() if pick.random() < 0.04 else text


def _entities(text: str) -> str:
    named = html.escape(text, quote=False).replace("'", "&#039;")
    return "".join(f"&{_NAMED[letter]};" if letter in _NAMED else letter for letter in named)


_NAMED = {"é": "eacute", "è": "egrave", "à": "agrave", "ê": "ecirc", "ç": "ccedil", "ô": "ocirc", "É": "Eacute"}


def edited(text: str, pick: Random) -> str:
    """A sentence added, dropped or reworded, or a slip of the keys; one or two of these."""
    for _ in range(1 + (pick.random() < 0.35)):
        text = pick.choice((_added, _dropped, _reworded, _slipped))(text, pick)
    return text


def _added(text: str, pick: Random) -> str:
    return f"{text} {pick.choice(tables()['sentences']['extra'])}"


def _dropped(text: str, pick: Random) -> str:
    ends = [0, *(match.end() for match in _SENTENCE.finditer(text)), len(text)]
    if len(ends) < 4:
        return _slipped(text, pick)
    at = pick.randrange(1, len(ends) - 1)
    return (text[: ends[at]] + text[ends[at + 1] :]).strip()


def _reworded(text: str, pick: Random) -> str:
    known = [pair for pair in REWORDED if pair[0] in text]
    for old, new in pick.sample(known, min(2, len(known))):
        text = text.replace(old, new, 1)
    return text


def _slipped(text: str, pick: Random) -> str:
    at = pick.randrange(1, max(len(text) - 1, 2))
    how = pick.random()
    if how < 0.4:
        return text[:at] + text[at + 1 :]
    return text[: at - 1] + text[at : at + 1] + text[at - 1 : at] + text[at + 1 :] if how < 0.8 else (
        text[:at] + text[at - 1 : at] + text[at:])  # fmt: skip


def retitled(title: str, city: str, reference: str, pick: Random) -> str:
    """The title as another system writes it: the same post, other ornaments."""
    way = pick.randrange(9)
    plain = (
        title.upper(), title.lower(), f"{title} H/F", f"{title} (F/H)", f"{title} - {city}", f"{title} ({reference})",
        f"Stage de seconde : {title}", unaccented(title), f"{city} - {title}",
    )[way]  # fmt: skip
    for long, short in SHORTER:
        if pick.random() < 0.15:
            plain = plain.replace(long, short)
    return plain


def reworded_title(title: str, pick: Random) -> str:
    """The title as its author changes it later: a word more, a word less, a slip."""
    way = pick.randrange(5)
    if way == 0:
        return _slipped(title, pick)
    if way == 1:
        return title.replace("Stage ", "Stage d'été ", 1) if "Stage " in title else f"{title} - juin"
    if way == 2:
        return title.replace("Découverte", "À la découverte", 1).replace("métiers", "professions", 1)
    return f"{title} (élève de 2de)" if way == 3 else title.replace(" - ", " : ").replace("Stage de", "Un stage de", 1)


def renamed(employer: str, city: str, pick: Random) -> str:
    """The employer as another system writes it."""
    way = pick.randrange(8)
    if way > 4:
        return employer
    return (employer.upper(), f"{employer} SAS", f"Groupe {employer}", unaccented(employer),
            f"{employer} {city}" if city not in employer else employer.removesuffix(f" {city}"))[way]  # fmt: skip


Change = Callable[[str, int], str]


class Masking:
    """What happens to which record.

    A record that comes through an aggregator loses as much as a copy does, original or not; a resent one and a row per
    seat are what their original is, word for word.
    """

    def __init__(self, frame: pd.DataFrame, rng: np.random.Generator) -> None:
        self.pick, self.rng = Random(int(rng.integers(1 << 62))), rng
        self.kind, self.trust = frame["kind"].to_numpy(object), frame["trust"].to_numpy(object)
        self.cross = (self.kind == "cross_partner") | (self.trust == "aggregator")
        changed = np.isin(self.kind, ("reformat", "repost_edited"))
        self.moved = self.cross | (changed & (self.trust == "multiposter"))
        same = np.isin(self.kind, ("seat_row", "resend"))
        first = np.zeros(int(frame["truth"].max()) + 1, dtype="int64")
        original = np.flatnonzero(self.kind == "original")
        first[frame["truth"].to_numpy()[original]] = original
        self.source = np.where(same, first[frame["truth"]], np.arange(len(frame)))

    def lost(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Every column but the texts."""
        cross, city = self.cross, frame["city"].to_numpy(object)
        form = self._draw() * 6
        street = self.changed(
            frame["street"],
            self.moved & self._once(MIX.street_rewritten),
            lambda text, row: street_form(text, int(form[row])),
        )
        renames = cross | ((self.kind == "reformat") & (self.trust != "employer"))
        employer = self.changed(frame["employer_name"], renames, lambda text, row: renamed(text, city[row], self.pick))
        missing = np.where(self.trust == "aggregator", MIX.street_missing_aggregator, MIX.street_missing_multiposter)
        widened = (self.kind == "repost_edited") & self._once(MIX.weeks_widened)
        return frame.assign(
            street=street.mask(cross & self._once(missing)),
            employer_name=employer.mask(cross & self._once(MIX.employer_missing)),
            weeks=frame["weeks"].mask(widened, "2026-W25 2026-W26").mask(cross & self._once(MIX.weeks_missing)),
            siret=frame["siret"].mask(self.moved & self._once(np.where(cross, MIX.siret_missing, 0.5))),
            postal_code=frame["postal_code"].mask(cross & self._once(MIX.postal_code_missing)),
            seats=frame["seats"].mask(cross & self._once(0.5)),
        )

    def title(self, titles: Any, frame: pd.DataFrame) -> pd.Series[str]:
        """The titles, those of copies altered."""
        city, reference = frame["city"].to_numpy(object), frame["reference"].to_numpy(object)
        reformat, repost, pick = self.kind == "reformat", self.kind == "repost_edited", self.pick

        def change(text: str, row: int) -> str:
            if reformat[row] or (self.cross[row] and pick.random() < MIX.title_reworded):
                return retitled(text, city[row], reference[row], pick)
            return reworded_title(text, pick) if repost[row] and pick.random() < 0.4 else text

        return self.changed(titles, self.cross | reformat | repost, change)

    def description(self, texts: Any) -> pd.Series[str]:
        """The descriptions, those of copies altered."""
        reformat, repost, pick = self.kind == "reformat", self.kind == "repost_edited", self.pick

        def change(text: str, row: int) -> str:
            if repost[row]:
                text = edited(text, pick)
            if reformat[row] or (self.cross[row] and pick.random() < 0.3):
                text = reformatted(text, pick)
            if self.cross[row] and pick.random() < MIX.cut_at_500:
                text = cut(text, pick.random() < MIX.ellipsis, pick)
            return text

        return self.changed(texts, self.cross | reformat | repost, change)

    def changed(self, column: Any, rows: np.ndarray, change: Change) -> pd.Series[str]:
        """The column with `change(text, row)` at these rows (a mask); a row that repeats its original changes alike."""
        texts = pa.array(column, from_pandas=True).cast(pa.large_string()) if isinstance(column, pd.Series) else column
        at = np.flatnonzero(rows)
        own = at[self.source[at] == at]
        drawn = zip(texts.take(pa.array(own)).to_pylist(), own.tolist(), strict=True)
        new = {row: change(text, row) for text, row in drawn}
        words = pa.array([new[row] for row in self.source[at].tolist()], pa.large_string())
        texts = pc.replace_with_mask(texts, pa.array(rows), words)
        return pd.Series(pd.array(texts, dtype="str"))

    def _draw(self) -> np.ndarray:
        """A number in [0, 1) per record, its original's where it is the same."""
        drawn: np.ndarray = self.rng.random(len(self.source))[self.source]
        return drawn

    def _once(self, share: float | np.ndarray) -> np.ndarray:
        return self._draw() < share
