"""From what an offer's own source says to what the record of a copy says: fields lost, texts altered."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bench.dedup.copies import cut, edited, reformatted, renamed, retitled, reworded_title
from bench.dedup.mix import Mix
from bench.dedup.placing import street_form
from bench.dedup.texts import pc

Change = Callable[[str, int], str]


class Masking:
    """What happens to which record.

    A record that comes through an aggregator loses as much as a copy does, original or not; a resent one and a row per
    seat are what their original is, word for word.
    """

    def __init__(self, frame: pd.DataFrame, rng: np.random.Generator, mix: Mix) -> None:
        self.pick, self.rng, self.mix = Random(int(rng.integers(1 << 62))), rng, mix
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
        mix, cross, city = self.mix, self.cross, frame["city"].to_numpy(object)
        form = self._draw() * 6
        street = self.changed(
            frame["street"],
            self.moved & self._once(mix.street_rewritten),
            lambda text, row: street_form(text, int(form[row])),
        )
        renames = cross | ((self.kind == "reformat") & (self.trust != "employer"))
        employer = self.changed(frame["employer_name"], renames, lambda text, row: renamed(text, city[row], self.pick))
        missing = np.where(self.trust == "aggregator", mix.street_missing_aggregator, mix.street_missing_multiposter)
        widened = (self.kind == "repost_edited") & self._once(mix.weeks_widened)
        return frame.assign(
            street=street.mask(cross & self._once(missing)),
            employer_name=employer.mask(cross & self._once(mix.employer_missing)),
            weeks=frame["weeks"].mask(widened, "2026-W25 2026-W26").mask(cross & self._once(mix.weeks_missing)),
            siret=frame["siret"].mask(self.moved & self._once(np.where(cross, mix.siret_missing, 0.5))),
            postal_code=frame["postal_code"].mask(cross & self._once(mix.postal_code_missing)),
            seats=frame["seats"].mask(cross & self._once(0.5)),
        )

    def title(self, titles: Any, frame: pd.DataFrame) -> pd.Series[str]:
        """The titles, those of copies altered."""
        city, reference = frame["city"].to_numpy(object), frame["reference"].to_numpy(object)
        reformat, repost, pick = self.kind == "reformat", self.kind == "repost_edited", self.pick

        def change(text: str, row: int) -> str:
            if reformat[row] or (self.cross[row] and pick.random() < self.mix.title_reworded):
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
            if self.cross[row] and pick.random() < self.mix.cut_at_500:
                text = cut(text, pick.random() < self.mix.ellipsis, pick)
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
