"""The pairs of records that wait for a person: which they are, and all that a decision on one of them needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from offers.matching.deciding import LinkDecision, shown
from offers.matching.explaining import Circumstances, Said, compared, explain
from offers.matching.review import LAPSED, WAITING, to_review
from offers.wording import Language
from operations.duplicates.record_names import the_pair
from story.dock import Dock
from warehouse.matching import review as reviewing
from warehouse.matching.gathering import known_sketches
from warehouse.matching.rebuild import sketched_anew
from warehouse.matching.review import Decided, became


@dataclass(frozen=True)
class Reviewed:
    """The pairs that wait or have lapsed (offers.matching.review), and how many people decided."""

    pairs: pd.DataFrame
    decided: tuple[Decided, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many are decided, and so which way; how many wait; how many lapsed."""
        said = Counter(one.decision.same for one in self.decided)
        states = self.pairs["state"].value_counts()
        waits = {state: int(states.get(state, 0)) for state in (WAITING, LAPSED)}
        return {"decided": len(self.decided), "same": said[True], "different": said[False], **waits}


def review(dock: Dock, connection: Any) -> Reviewed:
    """What waits for a person today."""
    decided = reviewing.decisions(connection)
    lapses = dock.now().timestamp() - dock.settings.review_days * 86_400
    pairs = to_review(reviewing.alike_and_apart(connection), reviewing.as_frame(decided), lapses)
    return Reviewed(pairs, tuple(decided))


def counted(dock: Dock) -> dict[str, int]:
    """How many pairs are decided, wait, and have lapsed."""
    with dock.store.warehouse.transaction() as connection:
        return review(dock, connection).counts


def listed(
    dock: Dock, feed: str | None, everything: bool, limit: int, lang: Language = Language.FRENCH
) -> dict[str, Any]:
    """The pairs that wait, the most alike first, `limit` at most; with `everything` also those that lapsed."""
    with dock.store.warehouse.transaction() as connection:
        found = review(dock, connection)
        pairs = found.pairs if everything else found.pairs[found.pairs["state"] == WAITING]
        if feed is not None:
            pairs = pairs[(pairs["feed_a"] == feed) | (pairs["feed_b"] == feed)]
        rows = pair_rows(connection, pairs.head(limit), lang)
    return {"duplicates": [compact(row) for row in rows], "found": len(pairs), **found.counts}


def compact(row: Mapping[str, Any]) -> dict[str, Any]:
    """A pair's row without all that its records say."""
    sides = {side: {name: row[side][name] for name in _COMPACT} for side in ("a", "b")}
    return {**row, **sides}


def pair_rows(connection: Any, pairs: pd.DataFrame, lang: Language = Language.FRENCH) -> list[dict[str, Any]]:
    """One JSON-ready row per pair of Reviewed: both records, the figures, why, since when, and its state."""
    keys = [*zip(pairs["feed_a"], pairs["reference_a"], strict=True)]
    others = [*zip(pairs["feed_b"], pairs["reference_b"], strict=True)]
    said = reviewing.records(connection, [*keys, *others])
    sketches = known_sketches(connection, pairs[["a", "b"]].to_numpy().ravel()).to_dict("index")
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
    key = (record["feed"], record["reference"])
    weeks = " ".join(record["weeks"] or ())
    town = " ".join(filter(None, (record["postal_code"], record["city"])))
    return {"record": shown(key), **record, "weeks": weeks, "town": town}


def figures(pair: Mapping[Any, Any]) -> dict[str, Any]:
    """Score, its three parts, the answer and the rule."""
    parts = {name: round(float(pair[name]), 1) for name in ("score", "description", "title", "employer")}
    return {**parts, "answer": str(pair["answer"]), "rule": str(pair["rule"])}


def shown_pair(dock: Dock, one: str, other: str, lang: Language = Language.FRENCH) -> dict[str, Any]:
    """All that is known of any two records, or of the two of two offers that are most alike."""
    with dock.store.warehouse.transaction() as connection:
        a, b = the_pair(connection, one, other)
        said, sketches = reviewing.records(connection, [a, b]), sketched_anew(connection, [a, b])
        at = sketches.index.get_indexer(pd.MultiIndex.from_tuples([a, b]))
        (pair,) = compared(sketches, at[:1], at[1:]).to_dict("records")
        decided = [found for found in reviewing.decisions(connection) if set(found.decision.pair) == {a, b}]
        parts = became(connection, [a, b])
        offers = {key: reviewing.keys_of_offer(connection, parts[key].offer)[1] for key in (a, b)}
    seen = Circumstances(
        parts[a].offer == parts[b].offer,
        parts[a].standing and parts[b].standing,
        said_by(decided[0].decision) if decided else None,
    )
    left, right = (sketches.iloc[n].to_dict() for n in at)
    return {
        "a": {**side(said[a]), "open": parts[a].open, "offer_records": [shown(key) for key in offers[a]]},
        "b": {**side(said[b]), "open": parts[b].open, "offer_records": [shown(key) for key in offers[b]]},
        **figures(pair),
        "one_offer": seen.one_offer,
        "why": explain(pair, left, right, seen, lang),
        "decision": _decision(decided[0]) if decided else None,
    }


def said_by(decision: LinkDecision) -> Said:
    """A decision as a sentence tells it."""
    return Said(decision.same, decision.by, decision.at, decision.reason)


def _decision(found: Decided) -> dict[str, Any]:
    said = found.decision
    word = "same" if said.same else "different"
    return {"answer": word, "by": said.by, "at": said.at.isoformat(), "reason": said.reason}


_COMPACT = ("record", "offer", "title", "employer_name", "town", "siret", "twins")
