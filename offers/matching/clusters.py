"""From judged pairs to offers: which sketches go together, so that no offer has two sites, weeks or towns. Pure.

A constrained union-find over the pairs held to be the same, by falling score, then by the sketches' ids; so the result
depends on the pairs alone, not on the order in which records came. A sketch that does not say its site or its weeks
joins an offer only when it fits no other (the ambiguity guard). A person's decision outranks all of it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields
from itertools import combinations

import numpy as np
import pandas as pd

from offers.matching.comparison import Answer, streets_apart

DECISION_COLUMNS = ("a", "b", "same")
"""Of decisions: positions of two sketches, and whether a person held them to be the same offer."""


@dataclass(frozen=True)
class SiteAndWeeks:
    """What a sketch says of where and when; "" where it does not say."""

    siret: str
    department: str
    place: str
    street: str
    weeks: str

    @property
    def weak(self) -> bool:
        """Neither a SIRET nor a street, or no weeks: it may fit several offers."""
        return not ((self.siret or self.street) and self.weeks)

    def conflicts(self, other: SiteAndWeeks) -> bool:
        """Whether one offer cannot have both: two SIRETs, two towns, other weeks, or two streets."""
        said = (self.siret, self.place, self.department, self.weeks)
        theirs = (other.siret, other.place, other.department, other.weeks)
        if any(one and two and one != two for one, two in zip(said, theirs, strict=True)):
            return True
        return bool(self.street and other.street) and streets_apart(self.street, other.street)


SITE_AND_WEEKS = tuple(one.name for one in fields(SiteAndWeeks))


@dataclass(frozen=True)
class Clustered:
    """`label`: for each sketch the smallest position of its cluster; `ambiguous`: sketches that fitted several."""

    label: np.ndarray
    ambiguous: np.ndarray


def cluster(sketches: pd.DataFrame, pairs: pd.DataFrame, decisions: pd.DataFrame | None = None) -> Clustered:
    """The clusters of sketches (SKETCHED, indexed by id) under judged pairs and decisions (DECISION_COLUMNS)."""
    same = pairs[pairs["answer"].to_numpy() == Answer.SAME.value]
    one, other, ids = same["a"].to_numpy(), same["b"].to_numpy(), sketches.index.to_numpy()
    low, high = np.minimum(ids[one], ids[other]), np.maximum(ids[one], ids[other])
    # Scores are rounded, so that a hair's breadth of floating point does not decide who goes first.
    order = np.lexsort((high, low, -np.round(same["score"].to_numpy(float), 3)))
    edges = list(zip(one[order].tolist(), other[order].tolist(), strict=True))
    forest = _Forest(sketches, edges, decisions)
    for a, b in forest.decided:
        forest.unite(a, b, decided=True)
    weak = forest.weak
    for a, b in edges:
        if a not in weak and b not in weak:
            forest.unite(a, b)
    ambiguous = _ambiguous(forest, edges)
    for a, b in edges:
        if (a in weak) != (b in weak) and a not in ambiguous and b not in ambiguous:
            forest.unite(a, b)
    for a, b in edges:
        if a in weak and b in weak and not (forest.sited(a) and b in ambiguous) | (forest.sited(b) and a in ambiguous):
            forest.unite(a, b)
    return Clustered(forest.labels(len(sketches)), np.array(sorted(ambiguous), np.int64))


def _ambiguous(forest: _Forest, edges: list[tuple[int, int]]) -> set[int]:
    """The weak sketches that fit two different offers: two clusters with a site, or two sketches in conflict."""
    fits: dict[int, set[int]] = defaultdict(set)
    for a, b in edges:
        for one, other in ((a, b), (b, a)):
            if one in forest.weak and forest.find(one) != forest.find(other):
                fits[one].add(other)
    found = set()
    for sketch, others in fits.items():
        sited = {forest.find(other) for other in others if other not in forest.weak}
        sites = {forest.site[other] for other in others}
        if len(sited) > 1 or any(one.conflicts(other) for one, other in combinations(sites, 2)):
            found.add(sketch)
    return found


@dataclass
class _Cluster:
    members: list[int]
    sites: set[SiteAndWeeks]
    feeds: set[str]
    """Those of its members' feeds that keep their rows apart: a cluster holds one row of each."""
    sited: bool = False
    mixed: bool = False
    """Put together by a person from sites that conflict: from then on, each pair is looked at by itself."""
    barred: set[int] = field(default_factory=set)
    """Sketches that a person said are not this offer."""


class _Forest:
    """Clusters that grow by unions; only sketches that have a pair or a decision are in it."""

    def __init__(self, sketches: pd.DataFrame, edges: list[tuple[int, int]], decisions: pd.DataFrame | None) -> None:
        said = [] if decisions is None else decisions[list(DECISION_COLUMNS)].values.tolist()
        self.decided = sorted((a, b) for a, b, same in said if same)
        nodes = sorted({node for edge in (*edges, *((a, b) for a, b, _ in said)) for node in edge})
        self._parent = {node: node for node in nodes}
        known = sketches[[*SITE_AND_WEEKS, "feed", "own_row"]].iloc[nodes].itertuples(index=False, name=None)
        self.site: dict[int, SiteAndWeeks] = {}
        self._clusters: dict[int, _Cluster] = {}
        for node, (*where, feed, row) in zip(nodes, known, strict=True):
            site = self.site[node] = SiteAndWeeks(*where)
            self._clusters[node] = _Cluster([node], {site}, {feed} if row else set(), not site.weak)
        self.weak = {node for node in nodes if self.site[node].weak}
        for a, b, same in said:
            if not same:
                self._clusters[a].barred.add(b)
                self._clusters[b].barred.add(a)

    def find(self, node: int) -> int:
        """The cluster's root."""
        while (parent := self._parent[node]) != node:
            self._parent[node] = node = self._parent[parent]
        return node

    def sited(self, node: int) -> bool:
        """Whether its cluster knows its site and weeks."""
        return self._clusters[self.find(node)].sited

    def unite(self, a: int, b: int, *, decided: bool = False) -> None:
        """Make one cluster of two, unless that would put together what cannot be one offer."""
        root, theirs = self.find(a), self.find(b)
        one, other = self._clusters[root], self._clusters[theirs]
        barred = not (one.barred.isdisjoint(other.members) and other.barred.isdisjoint(one.members))
        if root == theirs or barred or not (decided or one.feeds.isdisjoint(other.feeds)):
            return
        sites = {self.site[a]} if one.mixed else one.sites
        their_sites = {self.site[b]} if other.mixed else other.sites
        conflict = any(site.conflicts(their) for site in sites for their in their_sites)
        if conflict and not decided:
            return
        one.mixed = other.mixed = conflict or one.mixed or other.mixed
        a, b = root, theirs
        if len(one.members) < len(other.members):
            a, b, one, other = b, a, other, one
        self._parent[b] = a
        one.members += other.members
        one.sites |= other.sites
        one.feeds |= other.feeds
        one.barred |= other.barred
        one.sited = one.sited or other.sited
        del self._clusters[b]

    def labels(self, count: int) -> np.ndarray:
        """For each of `count` sketches the smallest position of its cluster."""
        label = np.arange(count)
        for found in self._clusters.values():
            label[found.members] = min(found.members)
        return label
