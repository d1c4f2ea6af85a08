"""The pairs of records that wait for a person, what she decides of them, one or many at once, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from offers.errors import Declined
from offers.matching.explaining import Circumstances, compared, explain
from offers.matching.review import LAPSED, WAITING, Key, LinkDecision, shown
from offers.matching.sketches import employers
from offers.text import fold_word
from offers.wording import Language
from operations.duplicates.looking_up import the_pair
from story.dock import Dock
from warehouse.matching.review import PART_OF, DecisionResult

_COMPACT = ("record", "offer", "title", "employer_name", "town", "siret", "twins")


@dataclass(frozen=True)
class Ruling:
    """A person's answer, for one pair or many: one offer or two, who says so, and why."""

    same: bool
    by: str
    reason: str

    def of(self, one: Key, other: Key, at: datetime) -> LinkDecision:
        """The same, of two records. Raises Declined for a record and itself."""
        return LinkDecision.of(one, other, self.same, self.by, self.reason, at)


@dataclass(frozen=True)
class Where:
    """Which waiting pairs are meant: those whose records both say this. None: whatever they say."""

    employer: str | None = None
    siret: str | None = None
    feed: str | None = None
    town: str | None = None

    def __bool__(self) -> bool:
        return any((self.employer, self.siret, self.feed, self.town))


def review(dock: Dock) -> tuple[pd.DataFrame, dict[str, int]]:
    """What waits for a person today or has lapsed (warehouse.matching.review); and how many pairs are decided, and so
    which way, how many wait, and how many lapsed."""
    pairs, decided = dock.store.matching.review(dock.now().timestamp() - dock.settings.review_days * 86_400)
    said, states = Counter(one.decision.same for one in decided), pairs["state"].value_counts()
    waits = {state: int(states.get(state, 0)) for state in (WAITING, LAPSED)}
    return pairs, {"decided": len(decided), "same": said[True], "different": said[False], **waits}


def counted(dock: Dock) -> dict[str, int]:
    """How many pairs are decided, wait, and have lapsed."""
    return review(dock)[1]


def listed(
    dock: Dock, feed: str | None, everything: bool, limit: int, lang: Language = Language.FRENCH
) -> dict[str, Any]:
    """The pairs that wait, the most alike first, `limit` at most; with `everything` also those that lapsed."""
    pairs, counts = review(dock)
    if not everything:
        pairs = pairs[pairs["state"] == WAITING]
    if feed is not None:
        pairs = pairs[(pairs["feed_a"] == feed) | (pairs["feed_b"] == feed)]
    rows = pair_rows(dock, pairs.head(limit), lang)
    return {"duplicates": [compact(row) for row in rows], "found": len(pairs), **counts}


def compact(row: Mapping[str, Any]) -> dict[str, Any]:
    """A pair's row without all that its records say."""
    sides = {side: {name: row[side][name] for name in _COMPACT} for side in ("a", "b")}
    return {**row, **sides}


def waiting_rows(dock: Dock) -> list[dict[str, Any]]:
    """The pairs that wait, the most alike first."""
    pairs, _ = review(dock)
    return pair_rows(dock, pairs[pairs["state"] == WAITING])


def pair_rows(dock: Dock, pairs: pd.DataFrame, lang: Language = Language.FRENCH) -> list[dict[str, Any]]:
    """One JSON-ready row per pair of `review`: both records, the figures, why, since when, and its state."""
    keys = [*zip(pairs["feed_a"], pairs["reference_a"], strict=True)]
    others = [*zip(pairs["feed_b"], pairs["reference_b"], strict=True)]
    said = dock.store.matching.records([*keys, *others])
    sketches = dock.store.matching.sketches(pairs[["a", "b"]].to_numpy().ravel()).to_dict("index")
    rows = []
    for key, other, pair in zip(keys, others, pairs.to_dict("records"), strict=True):
        why = explain(pair, sketches[pair["a"]], sketches[pair["b"]], Circumstances(one_offer=False), lang)
        one, two = sorted((key, other))
        since = datetime.fromtimestamp(pair["since"], UTC).isoformat()
        row = {"a": side(said[one]), "b": side(said[two]), **figures(pair), "why": why, "since": since}
        rows.append({**row, "state": pair["state"]})
    return rows


def side(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record as people see it."""
    weeks = " ".join(record["weeks"] or ())
    town = " ".join(filter(None, (record["postal_code"], record["city"])))
    said = {name: value for name, value in record.items() if name not in PART_OF}
    return {"record": shown(key(record)), **said, "weeks": weeks, "town": town}


def figures(pair: Mapping[Any, Any]) -> dict[str, Any]:
    """Score, its three parts, the answer and the rule."""
    parts = {name: round(float(pair[name]), 1) for name in ("score", "description", "title", "employer")}
    return {**parts, "answer": str(pair["answer"]), "rule": str(pair["rule"])}


def shown_pair(dock: Dock, one: str, other: str, lang: Language = Language.FRENCH) -> dict[str, Any]:
    """All that is known of any two records, or of the two of two offers that are most alike."""
    a, b = the_pair(dock, one, other)
    matching = dock.store.matching
    records, sketches = matching.records([a, b]), matching.sketched_anew([a, b])
    at = sketches.index.get_indexer(pd.MultiIndex.from_tuples([a, b]))
    (pair,) = compared(sketches, at[:1], at[1:]).to_dict("records")
    decided = [found.decision for found in matching.decisions() if set(found.decision.pair) == {a, b}]
    seen = Circumstances(
        records[a]["offer"] == records[b]["offer"],
        records[a]["standing"] and records[b]["standing"],
        decided[0] if decided else None,
    )

    decision = None
    if decided:
        word, by = "same" if decided[0].same else "different", decided[0].by
        decision = {"answer": word, "by": by, "at": decided[0].at.isoformat(), "reason": decided[0].reason}
    left, right = (sketches.iloc[n].to_dict() for n in at)

    def told(key: Key) -> dict[str, Any]:
        others = [shown(other) for other in matching.records_of(records[key]["offer"])[1]]
        return {**side(records[key]), "open": records[key]["open"], "offer_records": others}

    return {
        "a": told(a),
        "b": told(b),
        **figures(pair),
        "one_offer": seen.one_offer,
        "why": explain(pair, left, right, seen, lang),
        "decision": decision,
    }


def decide(dock: Dock, one: str, other: str, ruling: Ruling) -> dict[str, Any]:
    """Decide one pair, named as records or offers; says what became of it, JSON-ready and in a sentence.

    Raises Declined where one names nothing, or what was decided of others leaves no room for it.
    """
    decision = ruling.of(*the_pair(dock, one, other), dock.now())
    outcome = dock.store.matching.decide([decision], dock.now())
    if outcome.refused:
        raise Declined(f"{outcome.refused[0].sentence} Nothing was changed.")
    a, b = (outcome.after[key] for key in decision.pair)
    earlier = outcome.replaced.get(decision.pair)
    return {
        "a": shown(decision.a),
        "b": shown(decision.b),
        "answer": "same" if decision.same else "different",
        "by": decision.by,
        "reason": decision.reason,
        "replaced": earlier.sentence if earlier else None,
        "offers": sorted({a["offer"], b["offer"]}),
        "aliases": sorted({*a["aliases"], *b["aliases"]}),
        "sentence": _sentence(decision, [outcome.before[key]["offer"] for key in decision.pair], [a, b]),
    }


def waiting_where(dock: Dock, where: Where) -> list[dict[str, Any]]:
    """The waiting pairs whose records both match, as rows, the most alike first."""
    rows = waiting_rows(dock)
    sketches = dock.store.matching.sketches([row[name]["sketch"] for row in rows for name in ("a", "b")])
    employer = sketches["employer"].to_dict()
    plain, normal = fold_word(where.employer or ""), ""
    if where.employer is not None:  # as sketches have it
        normal = str(employers(pd.Series([where.employer], dtype="str"), pd.Series([pd.NA], dtype="str"))[0].as_py())
    wanted = {"siret": where.siret, "feed": where.feed, "insee_code": where.town}
    found = []
    for row in rows:
        sides = row["a"], row["b"]
        named = all(
            fold_word(side["employer_name"]) == plain or (normal != "" and employer[side["sketch"]] == normal)
            for side in sides
        )
        same = all(value is None or all(side[name] == value for side in sides) for name, value in wanted.items())
        if same and (named or where.employer is None):
            found.append(row)
    return found


def decide_all(dock: Dock, rows: Sequence[Mapping[str, Any]], ruling: Ruling) -> dict[str, Any]:
    """Decide these waiting pairs alike, in one transaction; what contradicts another decision is left out and told."""
    decisions = [ruling.of(key(row["a"]), key(row["b"]), dock.now()) for row in rows]
    outcome = dock.store.matching.decide(decisions, dock.now(), all_or_none=False, undecided=True)
    return {"left_out": [one.sentence for one in outcome.refused], **summed(outcome)}


def key(side: Mapping[str, Any]) -> Key:
    """The record of a row's side."""
    return side["feed"], side["reference"]


def summed(outcome: DecisionResult) -> dict[str, int]:
    """How many pairs were decided, and how many offers their records were and are."""
    before, after = (len({one["offer"] for one in part.values()}) for part in (outcome.before, outcome.after))
    return {"decided": len(outcome.taken), "offers_before": before, "offers_after": after}


def _sentence(decision: LinkDecision, before: list[int], after: list[dict[str, Any]]) -> str:
    named = f"{shown(decision.a)} and {shown(decision.b)}"
    ids = [one["offer"] for one in after]
    was_one = before[0] == before[1]
    if ids[0] == ids[1]:
        gone = sorted({*before} - {ids[0]})
        leads = f"; {' and '.join(map(str, gone))} leads there from now on" if gone else ""
        said = f"{named} {'stay' if was_one else 'are now'} one offer, {ids[0]}{leads}."
    else:
        said = f"{named} {'are now' if was_one else 'stay'} two offers, {ids[0]} and {ids[1]}."
        if decision.same:
            said += " One of them stands no more: they will be one when it comes again."
    closed = sorted({one["offer"] for one in after if one["standing"] and not one["open"]})
    if closed:
        said += f" {' and '.join(map(str, closed))} is closed, for its employer withdrew it."
    return said
