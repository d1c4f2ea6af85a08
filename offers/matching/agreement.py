"""How far two partitions of the same things agree."""

from __future__ import annotations

import numpy as np


def adjusted_rand_index(one: np.ndarray, other: np.ndarray) -> float:
    """1 where both put the same things together, about 0 where they agree by chance alone (Hubert and Arabie 1985).

    `one`, `other`: a label for each thing. Counted by groups, so a million things take a second.
    """
    _, first = np.unique(one, return_inverse=True)
    _, second = np.unique(other, return_inverse=True)
    both = np.unique(first.astype(np.int64) * (second.max(initial=0) + 1) + second, return_counts=True)[1]
    together, all_pairs = _pairs(both), len(first) * (len(first) - 1) / 2
    of_one, of_other = _pairs(np.bincount(first)), _pairs(np.bincount(second))
    expected = of_one * of_other / all_pairs if all_pairs else 0.0
    most = (of_one + of_other) / 2
    return 1.0 if most == expected else (together - expected) / (most - expected)


def _pairs(sizes: np.ndarray) -> float:
    counts = sizes.astype(float)
    return float((counts * (counts - 1) / 2).sum())
