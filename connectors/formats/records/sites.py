"""Which place of a record that lists several: one is taken whole, or each makes a row of its own.

Street, code, town and point come from the same item of the list, or of lists of one length that go side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.nested import ABOVE, Step, items, steps, texts
from offers.format import ReadingPlan
from offers.text import plain

Prefix = tuple[str, ...]
MOST_PLACES = 1000
"""Places of one record that are looked at; with more, none is known to be the one."""


@dataclass(frozen=True)
class Site:
    """A record with one of its places alone; `elsewhere` are headers that tell of no place in particular, and so are
    not to be taken beside it, `unclear` those whose values cannot be told apart."""

    record: Any
    elsewhere: frozenset[str] = frozenset()
    unclear: frozenset[str] = frozenset()


class Sites:
    """The places of records, and what was seen of them in a drop."""

    def __init__(self, reading: ReadingPlan) -> None:
        self.each = reading.each
        self._towns = _paths(reading.towns)
        self._spots = _paths(reading.spots)
        self._all = {**self._towns, **self._spots}
        self.named: dict[str, None] = {}

    def of(self, record: Any) -> tuple[list[Site], int]:
        """One row, or, where each place makes one, as many as there are places; and how many places are left out."""
        return self._apart(record) if self._all else ([Site(record)], 0)

    def _apart(self, record: Any) -> tuple[list[Site], int]:
        # Where the paths of places first meet a list of several, and the headers that go through it.
        points: dict[Prefix, set[str]] = {}
        for header, path in self._all.items():
            if at := _first_list(record, path):
                points.setdefault(at, set()).add(header)
        towns = [at for at, headers in points.items() if headers & self._towns.keys()]
        if not points:
            return [Site(record)], 0
        if not towns:  # streets of several places beside one town: that of the place which bears the town, or none
            outside = self._outside(record, ())
            for at, headers in points.items():
                places = [one for one in _at(record, at) if isinstance(one, dict)]
                if len(places) < 2 or not outside:
                    continue
                self.named |= dict.fromkeys(headers)
                fitting = [one for one in places if outside & {plain(text) for text in _leaves(one)}]
                if fitting:
                    return [Site(_put(record, at, fitting[0]))], len(places) - 1
                return [Site(record, elsewhere=frozenset(headers))], len(places) - 1
            return [Site(record)], 0
        held = {at: _at(record, at) for at in points}
        if len({len(one) for one in held.values()}) > 1 or max(map(len, held.values())) > MOST_PLACES:
            return [Site(record, unclear=frozenset(self._all))], 0
        return self._side_by_side(record, held, points)

    def _side_by_side(
        self, record: Any, held: dict[Prefix, list[Any]], points: dict[Prefix, set[str]]
    ) -> tuple[list[Site], int]:
        ways = [(at, self._all[one][len(prefix) :]) for at, prefix in enumerate(held) for one in points[prefix]]
        known: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for together in zip(*held.values(), strict=True):
            said = tuple(_said(together[at], way) for at, way in ways)
            if any(said):
                known.setdefault(said, together)
        inside = frozenset(one for headers in points.values() for one in headers)
        self.named |= dict.fromkeys(inside) if len(known) > 1 else {}
        if len(known) < 2:  # none of them is a place, or they are all the same one
            found = next(iter(known.values()), None)
            return [Site(_with(record, held, found) if found else record)], 0
        taken = list(known.values())
        if (
            not self.each
        ):  # the first that bears the town or code which the record gives beside the list; else the first
            outside = self._outside(record, inside)
            agreeing = (
                one
                for one in taken
                if outside and any(plain(text) in outside for item in one for text in _leaves(item))
            )
            taken = [next(agreeing, taken[0])]
        elsewhere = frozenset(self._all if self.each else self._spots) - inside
        sites: list[Site] = []
        others = 0 if self.each else len(known) - 1
        for one in taken:  # each may hold lists of places still, one within the other
            more, left = self._apart(_with(record, held, one))
            sites += [Site(site.record, site.elsewhere | elsewhere, site.unclear) for site in more]
            others += left
        return sites, others

    def _outside(self, record: Any, inside: Iterable[str]) -> set[str]:
        beside = [path for header, path in self._towns.items() if header not in inside]
        return {plain(text) for path in beside for text in texts(record, path)}


def _paths(headers: Iterable[str]) -> dict[str, list[Step]]:
    return {header: steps(header) for header in headers if not header.startswith(ABOVE)}


def _first_list(record: Any, path: list[Step]) -> Prefix:
    here, at = record, list[str]()
    for number, (key, *_) in enumerate(path):
        if not isinstance(here, dict) or key not in here:
            return ()
        here = here[key]
        at.append(key)
        held = items(here)
        if held is not None:
            if number + 1 < len(path) and not path[number + 1][0]:  # an index or a key chooses one
                return ()
            filled = [one for one in held if one]
            if len(filled) > 1:
                return tuple(at)
            here = filled[0] if filled else None
    return ()


def _at(record: Any, at: Prefix) -> list[Any]:
    here = record
    for key in at:
        held = items(here)
        first: Any = here if held is None else next(filter(None, held), None)
        here = first[key]
    found = items(here)
    return [one for one in found if one] if found is not None else [here]


def _said(item: Any, way: list[Step]) -> Any:
    """What an item says at a path within it."""
    if len(way) == 1 and isinstance(item, dict) and isinstance(said := item.get(way[0][0], ""), str):
        return said
    return item if not way and isinstance(item, str) else tuple(texts(item, way))


def _with(record: Any, at: Iterable[Prefix], found: tuple[Any, ...]) -> Any:
    for prefix, item in zip(at, found, strict=True):
        record = _put(record, prefix, item)
    return record


def _put(record: Any, at: Prefix, item: Any) -> Any:
    """The record with one item in the place of a list."""
    held = items(record)
    if held is not None and at:
        record = next(one for one in held if one)
    return {**record, at[0]: _put(record[at[0]], at[1:], item)} if at else item


def _leaves(value: Any) -> Iterator[str]:
    stack = [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, (dict, list)):
            stack += one.values() if isinstance(one, dict) else one
