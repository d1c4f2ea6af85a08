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

from offers.matching import comparison
from offers.matching.blocking import candidates
from offers.matching.clusters import cluster
from offers.matching.review import waiting
from offers.matching.sketches import sketch


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
    seconds: dict[str, float] = {}
    begun = [time.perf_counter()]

    def clock(name: str) -> None:
        begun.append(time.perf_counter())
        seconds[name] = round(begun[-1] - begun[-2], 3)

    sketched = sketch(records, keeps_rows)
    clock("sketch")
    found = candidates(sketched.sketches)
    clock("block")
    pairs = comparison.judge(sketched.sketches, found.a, found.b)
    clock("judge")
    clustered = cluster(sketched.sketches, pairs)
    clock("cluster")
    twin = pd.Index(sketched.sketches.index).get_indexer(pd.Index(sketched.of))
    first = np.full(len(sketched.sketches), len(twin), np.int64)
    np.minimum.at(first, twin, np.arange(len(twin)))  # the first record of each sketch
    report = {
        "sketches": len(first),
        "candidates": len(found.a),
        "blocks": found.blocks,
        "blocks_split": found.split,
        "pairs_left_out": found.left_out,
        "ambiguous": len(clustered.ambiguous),
        "seconds": seconds,
    }
    shown = pairs.assign(a=first[pairs["a"]], b=first[pairs["b"]])
    offer = first[clustered.label][twin]
    review = waiting(shown, offer[shown["a"]], offer[shown["b"]])
    return Matched(offer, shown, review, (first[found.a], first[found.b]), twin, report)


def judge(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Row i of one frame of records against row i of the other: comparison.PAIR_COLUMNS, one row each."""
    both = sketch(pd.concat([left, right], ignore_index=True))
    at = pd.Index(both.sketches.index).get_indexer(pd.Index(both.of))
    return comparison.judge(both.sketches, at[: len(left)], at[len(left) :], all_pairs=True)
