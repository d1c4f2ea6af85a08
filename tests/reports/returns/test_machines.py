"""What a partner's machine reads of its drop."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

from offers.model import Counts, Delivery, VerdictKind
from reports.returns.content import acknowledgement, acknowledgement_name

PARIS = timezone(timedelta(hours=2))


def delivery(verdict: VerdictKind = VerdictKind.ACCEPTED) -> Delivery:
    return Delivery(
        feed="rivoire/offres",
        drop="été.csv",
        sha256="ab" * 32,
        verdict=verdict,
        counts=Counts(read=10, ignored=1, rejected=2, created=3, updated=3, unchanged=1, withdrawn=4, linked=5),
        findings=(),
        started_at=datetime(2026, 6, 1, 4, 0, tzinfo=UTC),
        finished_at=datetime(2026, 6, 1, 6, 0, 7, 500, tzinfo=PARIS),
        fingerprint="f",
    )


def test_an_acknowledgement_says_what_came_what_became_of_it_and_when() -> None:
    said = json.loads(acknowledgement(delivery(), ["sftp://h:22/outbox/été.csv.retour.html", "été.csv.retour.csv"]))
    assert said == {
        "feed": "rivoire/offres",
        "drop": "été.csv",
        "sha256": "ab" * 32,
        "verdict": "accepted",
        "instant": "2026-06-01T04:00:07+00:00",
        "counts": {
            "read": 10,
            "ignored": 1,
            "rejected": 2,
            "repeated": 0,
            "created": 3,
            "updated": 3,
            "unchanged": 1,
            "withdrawn": 4,
            "repaired": 0,
        },
        "returns": ["été.csv.retour.csv", "été.csv.retour.html"],
    }


def test_the_counts_it_tells_add_up() -> None:
    counts = json.loads(acknowledgement(delivery()))["counts"]
    beside = {"read", "withdrawn", "repaired"}
    assert counts["read"] == sum(count for name, count in counts.items() if name not in beside)


def test_an_unreadable_drop_is_acknowledged_as_such() -> None:
    assert json.loads(acknowledgement(delivery(VerdictKind.UNREADABLE)))["verdict"] == "unreadable"


def test_it_stands_beside_the_drops_name() -> None:
    assert acknowledgement_name("offres.csv") == "offres.csv.ack.json"
