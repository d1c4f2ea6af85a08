"""Which records are the same offer, and why: from frames of records to clusters, links and what a person should see.

    records ─▶ sketches ─▶ candidates ─▶ judged pairs ─▶ clusters ─▶ offers

Design and figures: docs/dedup.md. All of it is pure; the warehouse gathers what is compared, and keeps what is found.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from offers.matching import judging
from offers.matching.blocking import Candidates, candidates
from offers.matching.clusters import Clustered, cluster
from offers.matching.review import waiting
from offers.matching.sketch import Sketched, sketch

__all__ = ["Candidates", "Clustered", "Matched", "Sketched", "judge", "match", "sketch"]


@dataclass(frozen=True)
class Matched:
    """What was found among records, by position.

    `offer`: a number for each record; `pairs`: all that were found alike, by the first record of each sketch; `review`:
    those of them that wait for a person; `candidates`: the pairs that were compared; `twin`: each record's sketch.
    """

    offer: np.ndarray
    pairs: pd.DataFrame
    review: pd.DataFrame
    candidates: tuple[np.ndarray, np.ndarray]
    twin: np.ndarray
    report: Mapping[str, Any]


def match(records: pd.DataFrame, keeps_rows: np.ndarray | None = None) -> Matched:
    """Everything from records (columns of offers.columns, and `feed`) to one offer number each, in memory."""
    clock = _Clock()
    sketched = sketch(records, keeps_rows)
    clock("sketch")
    found = candidates(sketched.sketches)
    clock("block")
    pairs = judging.judge(sketched.sketches, found.a, found.b)
    clock("judge")
    clustered = cluster(sketched.sketches, pairs)
    clock("cluster")
    first, twin = _positions(sketched)
    report = {
        "sketches": len(first),
        "candidates": len(found.a),
        "blocks": found.blocks,
        "blocks_split": found.split,
        "pairs_left_out": found.left_out,
        "ambiguous": len(clustered.ambiguous),
        "seconds": clock.seconds,
    }
    shown = pairs.assign(a=first[pairs["a"]], b=first[pairs["b"]])
    offer = first[clustered.label][twin]
    review = waiting(shown, offer[shown["a"]], offer[shown["b"]])
    return Matched(offer, shown, review, (first[found.a], first[found.b]), twin, report)


def judge(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Row i of one frame of records against row i of the other: the columns of judging.PAIR_COLUMNS, one row each."""
    both = sketch(pd.concat([left, right], ignore_index=True))
    at = pd.Index(both.sketches.index).get_indexer(pd.Index(both.of))
    return judging.judge(both.sketches, at[: len(left)], at[len(left) :], all_pairs=True)


def _positions(sketched: Sketched) -> tuple[np.ndarray, np.ndarray]:
    """The first record of each sketch, and for each record the position of its sketch."""
    twin = pd.Index(sketched.sketches.index).get_indexer(pd.Index(sketched.of))
    first = np.full(len(sketched.sketches), len(twin), np.int64)
    np.minimum.at(first, twin, np.arange(len(twin)))
    return first, twin


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def __call__(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name], self._last = round(now - self._last, 3), now
