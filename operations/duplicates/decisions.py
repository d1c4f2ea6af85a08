"""What a person decides of pairs of records, one or many at once, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from offers.errors import Declined
from offers.matching.review import WAITING, Key, LinkDecision, shown
from offers.matching.sketches import employers
from offers.text import fold_word
from operations.duplicates.record_names import the_pair
from operations.duplicates.review import pair_rows, review
from story.dock import Dock
from warehouse.matching.gathering import known_sketches
from warehouse.matching.review import Became, Outcome
from warehouse.matching.review import decide as write


@dataclass(frozen=True)
class Ruling:
    """A person's answer, for one pair or many: one offer or two, who says so, and why."""

    same: bool
    by: str
    reason: str


@dataclass(frozen=True)
class Where:
    """Which waiting pairs are meant: those whose records both say this. None: whatever they say."""

    employer: str | None = None
    siret: str | None = None
    feed: str | None = None
    town: str | None = None

    def __bool__(self) -> bool:
        return any((self.employer, self.siret, self.feed, self.town))


def decide(dock: Dock, one: str, other: str, ruling: Ruling) -> dict[str, Any]:
    """Decide one pair, named as records or offers; says what became of it.

    Raises Declined where one names nothing, or what was decided of others leaves no room for it.
    """
    with dock.store.warehouse.transaction() as connection:
        a, b = the_pair(connection, one, other)
    decision = _decision(dock, a, b, ruling)
    outcome = write(dock.store.warehouse, [decision], dock.now())
    if outcome.refused:
        raise Declined(f"{outcome.refused[0].sentence} Nothing was changed.")
    return told(outcome, decision)


def waiting_where(dock: Dock, where: Where) -> list[dict[str, Any]]:
    """The waiting pairs whose records both match, as rows, the most alike first."""
    with dock.store.warehouse.transaction() as connection:
        pairs = review(dock, connection).pairs
        pairs = pairs[pairs["state"] == WAITING]
        rows = pair_rows(connection, pairs)
        known = known_sketches(connection, pairs[["a", "b"]].to_numpy().ravel())["employer"].to_dict()
    employer = {
        pair[f"feed_{side}"] + ":" + pair[f"reference_{side}"]: known[pair[side]]
        for pair in pairs.to_dict("records")
        for side in ("a", "b")
    }
    return [row for row in rows if _matches(row, employer, where)]


def decide_all(dock: Dock, rows: Sequence[Mapping[str, Any]], ruling: Ruling) -> dict[str, Any]:
    """Decide these waiting pairs alike, in one transaction; what contradicts another decision is left out and told."""
    decisions = [_decision(dock, key(row["a"]), key(row["b"]), ruling) for row in rows]
    outcome = write(dock.store.warehouse, decisions, dock.now(), all_or_none=False, undecided=True)
    return {"left_out": [one.sentence for one in outcome.refused], **summed(outcome)}


def key(side: Mapping[str, Any]) -> Key:
    """The record of a row's side."""
    return side["feed"], side["reference"]


def summed(outcome: Outcome) -> dict[str, int]:
    """How many pairs were decided, and how many offers their records were and are."""
    offers = [len({one.offer for one in part.values()}) for part in (outcome.before, outcome.after)]
    return {"decided": len(outcome.taken), "offers_before": offers[0], "offers_after": offers[1]}


def told(outcome: Outcome, decision: LinkDecision) -> dict[str, Any]:
    """What became of one pair, JSON-ready, and in a sentence."""
    (a, b), before, after = decision.pair, outcome.before, outcome.after
    earlier = outcome.replaced.get(decision.pair)
    offers = sorted({after[a].offer, after[b].offer})
    return {
        "a": shown(a),
        "b": shown(b),
        "answer": "same" if decision.same else "different",
        "by": decision.by,
        "reason": decision.reason,
        "replaced": earlier.sentence if earlier else None,
        "offers": offers,
        "aliases": sorted({alias for key in (a, b) for alias in after[key].aliases}),
        "sentence": _sentence(decision, (before[a], before[b]), (after[a], after[b])),
    }


def _sentence(decision: LinkDecision, before: tuple[Became, Became], after: tuple[Became, Became]) -> str:
    named = f"{shown(decision.a)} and {shown(decision.b)}"
    ids = [one.offer for one in after]
    was_one = before[0].offer == before[1].offer
    if ids[0] == ids[1]:
        gone = sorted({one.offer for one in before} - {ids[0]})
        leads = f"; {' and '.join(map(str, gone))} leads there from now on" if gone else ""
        said = f"{named} {'stay' if was_one else 'are now'} one offer, {ids[0]}{leads}."
    else:
        said = f"{named} {'are now' if was_one else 'stay'} two offers, {ids[0]} and {ids[1]}."
        if decision.same:
            said += " One of them stands no more: they will be one when it comes again."
    closed = sorted({one.offer for one in after if one.standing and not one.open})
    if closed:
        said += f" {' and '.join(map(str, closed))} is closed, for its employer withdrew it."
    return said


def _decision(dock: Dock, a: Key, b: Key, ruling: Ruling) -> LinkDecision:
    return LinkDecision.of(a, b, ruling.same, ruling.by, ruling.reason, dock.now())


def _matches(row: Mapping[str, Any], employer: Mapping[str, str], where: Where) -> bool:
    sides = row["a"], row["b"]
    if where.employer is not None:
        plain, normal = fold_word(where.employer), _normal(where.employer)
        named = (
            fold_word(side["employer_name"]) == plain or (normal != "" and employer[side["record"]] == normal)
            for side in sides
        )
        if not all(named):
            return False
    wanted = {"siret": where.siret, "feed": where.feed, "insee_code": where.town}
    return all(value is None or all(side[name] == value for side in sides) for name, value in wanted.items())


def _normal(employer: str) -> str:
    """An employer as sketches have it."""
    name = pd.Series([employer], dtype="str")
    return str(employers(name, pd.Series([pd.NA], dtype="str"))[0].as_py())
