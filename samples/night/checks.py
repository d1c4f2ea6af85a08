"""What must hold the morning after: each check says what was expected and what was seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from prefect.client.schemas.objects import FlowRun

from offers.pledges.promises import Pledge
from operations.alerts import make
from operations.pledges import gather, put, this_year
from operations.rows import as_row
from reports.pledges.page import html
from samples.night.partners import CHANGED, GONE, LEFT_OF_A_CUT, NAMED, NEW, OFFERS, Fault, Partner, offers
from story.dock import Dock

ENDS = ("ignored", "rejected", "repeated", "created", "updated", "unchanged")
PROMISED = 100
TAKEN = OFFERS + NEW - GONE
STATES = {
    Fault.NONE: "Accepted",
    Fault.LATE: "NothingNew",
    Fault.TRUNCATED: "Quarantined",
    Fault.GARBLED: "Unreadable",
    Fault.UNREACHABLE: "AwaitingRetry",
}
"""How each feed's run must show on Prefect's pages."""


@dataclass(frozen=True)
class Check:
    """One thing that must hold."""

    what: str
    expected: Any
    seen: Any

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return bool(self.expected == self.seen)


def checks(dock: Dock, partners: Sequence[Partner], runs: Mapping[str, FlowRun]) -> list[Check]:
    """All of them, in the order in which a person would ask."""
    said = make(dock, sending=False)
    named = {(each["feed"], each["kind"]) for pile in ("new", "folded") for each in said[pile]}
    faulty = {(each.feed, NAMED[each.fault]) for each in partners if each.fault is not Fault.NONE}
    return [
        Check("the digest names just the feeds at fault", faulty, named),
        Check("states of the runs", {one.feed: STATES[one.fault] for one in partners}, _states(partners, runs)),
        Check("state of the digest", "WantsAPerson", runs["digest"].state_name),
        *_sums(dock, partners),
        *_offers(dock, partners),
        *_page(dock, partners),
    ]


def _states(partners: Sequence[Partner], runs: Mapping[str, FlowRun]) -> dict[str, str | None]:
    return {one.feed: runs[one.feed].state_name if one.feed in runs else None for one in partners}


def _sums(dock: Dock, partners: Sequence[Partner]) -> list[Check]:
    rows = [as_row(each) for one in partners for each in dock.store.ledger.deliveries(one.feed, 10)]
    wrong = [row["delivery"] for row in rows if row["read"] != sum(row[end] for end in ENDS)]
    tonight = {row["feed"]: row for row in reversed(rows)}
    sound = [tonight[one.feed] for one in partners if one.fault is Fault.NONE]
    changes = Counter({name: sum(row[name] for row in sound) for name in ("created", "updated", "withdrawn")})
    expected = {"created": NEW, "updated": CHANGED, "withdrawn": GONE}
    cut = [tonight[one.feed]["read"] for one in partners if one.fault is Fault.TRUNCATED]
    return [
        Check("deliveries whose lines do not each end in one count", [], wrong),
        Check("what sound feeds changed", {name: count * len(sound) for name, count in expected.items()}, changes),
        Check("lines of the truncated drop, all held", [LEFT_OF_A_CUT], cut),
    ]


def _offers(dock: Dock, partners: Sequence[Partner]) -> list[Check]:
    stand = {one.feed: int((~dock.store.ledger.standing(one.feed)["withdrawn"]).sum()) for one in partners}
    expected = {one.feed: TAKEN if one.fault is Fault.NONE else OFFERS for one in partners}
    return [Check("records that stand", expected, stand)]


def promise(dock: Dock, partners: Sequence[Partner]) -> None:
    """What the organisations among the partners promise for this school year."""
    year = this_year(dock).label
    for one in partners:
        if one.organisation:
            put(dock, one.organisation, Pledge(one.organisation, year, PROMISED, None, "a night rehearsed"), new=False)


def _page(dock: Dock, partners: Sequence[Partner]) -> list[Check]:
    """The page of promised and delivered, against the rows that partners hold online after tonight."""
    report = gather(dock, this_year(dock))
    rows = {one: offers(one, int(one.fault is Fault.NONE)) for one in partners}
    named = {one.organisation: (PROMISED, len(rows[one])) for one in partners if one.organisation}
    lines = {each.name: (each.promised_offers, each.count.offers) for each in report.organisations}
    held = sum(map(len, rows.values())), sum(int(row["Places"]) for some in rows.values() for row in some)
    silent = {each.name for each in report.nothing}
    page = unescape(html(report))
    return [
        Check("promised and delivered, by organisation", named, {name: lines.get(name) for name in named}),
        Check("offers and seats delivered", held, (report.total.offers, report.total.seats)),
        Check("organisations that the page does not name", [], [name for name in named if name not in page]),
        Check("organisations that delivered, named as silent", set(), silent & named.keys()),
    ]
