"""La bonne alternance's rule, as its public job of early 2026 states it, on whole columns.

Offers of one employer field (SIRET, or a name, as written) and of one postal code (two missing ones are equal) are the
same where their titles are equal, equal once cleaned, or have a Dice coefficient of letter pairs of .8 or more. An
employer field's value that over 500 offers carry is skipped. As published only offers of two partners are compared.
What is linked by links is one offer here, as a pupil would see it.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pandas as pd

from bench.dedup.evaluate import components, within_groups
from bench.dedup.naming import unaccented

MOST, ALIKE = 500, 0.8
FIELDS = ("siret", "employer_name")
ACRONYMS = {"MFR": "maison familiale rurale", "RH": "ressources humaines"}


def labels(records: pd.DataFrame, within: bool = False) -> np.ndarray:
    """One label per record. `within`: compare offers of one feed, too."""
    titles, words = pd.factorize(records["title"])
    clean, cleaned = pd.factorize(np.array([cleaned_title(word) for word in words], dtype=object))
    table = pd.DataFrame({"title": clean[titles], "postal": pd.factorize(records["postal_code"])[0],
                          "feed": 0 if within else pd.factorize(records["feed"])[0]})  # fmt: skip
    links = [_links(table.assign(value=pd.factorize(records[field])[0]), cleaned, within) for field in FIELDS]
    left, right = (np.concatenate(side) for side in zip(*links, strict=True))
    return components(len(records), left, right)


def cleaned_title(title: str) -> str:
    """Words of letters alone, unaccented and small, each once; the very short ones are left out."""
    shortest = min(3.0, len(title) / 5)
    words: dict[str, None] = {}
    for part in re.split(r"[^a-zA-Z]", unaccented(title)):
        if part in ACRONYMS:
            words |= dict.fromkeys(ACRONYMS[part].split())
        elif len(part) > shortest:
            words[part.lower()] = None
    return " ".join(words)


def dice(one: Counter[str], other: Counter[str]) -> float:
    """Twice the shared letter pairs over all of both; each counted as often as it occurs."""
    both = sum(one.values()) + sum(other.values())
    return 2 * (one & other).total() / both if both else 0.0


def letter_pairs(text: str) -> Counter[str]:
    """The pairs of neighbouring letters, spaces left out."""
    bare = text.replace(" ", "")
    return Counter(bare[at : at + 2] for at in range(len(bare) - 1))


def _links(table: pd.DataFrame, cleaned: np.ndarray, within: bool) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of records (positions) whose links make the components of this employer field."""
    sizes = table["value"].value_counts()
    few = sizes.index[(sizes >= 2) & (sizes <= MOST) & (sizes.index >= 0)]
    rows = table[table["value"].isin(few)]
    # Records of one value, postal code, title and feed are one node: they are linked to all the others, or to none.
    keys = ["value", "postal", "title", "feed"]
    node = rows.groupby(keys, sort=False).ngroup().to_numpy()
    first = np.unique(node, return_index=True)[1]
    nodes = rows.iloc[first].reset_index(drop=True)
    a, b = within_groups(nodes.groupby(["value", "postal"], sort=False).ngroup().to_numpy())
    feed, title = nodes["feed"].to_numpy(), nodes["title"].to_numpy()
    other = np.full(len(a), True) if within else feed[a] != feed[b]
    a, b = a[other], b[other]
    alike = _alike(title[a], title[b], cleaned)
    a, b = a[alike], b[alike]
    position = rows.index.to_numpy()
    head = position[first]
    linked = np.full(len(nodes), within)
    linked[np.concatenate([a, b])] = True
    member = linked[node]
    return np.concatenate([head[a], position[member]]), np.concatenate([head[b], head[node[member]]])


def _alike(left: np.ndarray, right: np.ndarray, cleaned: np.ndarray) -> np.ndarray:
    """Which pairs of cleaned titles (positions) are alike; each distinct pair is looked at once."""
    low, high = np.minimum(left, right).astype("int64"), np.maximum(left, right).astype("int64")
    kinds, at = np.unique(low * len(cleaned) + high, return_inverse=True)
    length = np.array([max(len(text.replace(" ", "")) - 1, 0) for text in cleaned], dtype="int64")
    one, other = np.divmod(kinds, max(len(cleaned), 1))
    shorter = np.minimum(length[one], length[other])
    possible = (one != other) & (2 * shorter >= ALIKE * (length[one] + length[other])) & (shorter > 0)
    found: np.ndarray = one == other
    known: dict[int, Counter[str]] = {}
    for place in np.flatnonzero(possible).tolist():
        for title in (one[place], other[place]):
            if title not in known:
                known[title] = letter_pairs(cleaned[title])
        found[place] = dice(known[one[place]], known[other[place]]) >= ALIKE
    taken: np.ndarray = found[at]
    return taken
