"""What is held of one person, to be given to them or erased: the records, and the drops that said so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flows.dock import Dock
from flows.purge import of_deliveries, planned, purge, write_down
from offers.cleaners.contacts import MASK
from offers.cleaners.identifiers import read_phone
from offers.errors import Declined
from offers.feed import Feed
from warehouse.persons import Persons, Sign

SHORTEST = 4
_BETWEEN = r"[ .\-]?"


def sign_of(who: str) -> Sign:
    """An e-mail address, a phone number in any form, or a whole name. Raises Declined for what is too short."""
    said = " ".join(who.split())
    if len(said) < SHORTEST:
        raise Declined(f"« {said} » is too short to be one person. Give an e-mail address, a number or a name.")
    if "@" in said:
        return Sign(said.lower(), rf"(?<![a-z0-9_.+-]){re.escape(said)}(?![a-z0-9_-])", MASK["email"])
    phone = read_phone(said)[0] or ""
    if phone.startswith("+33"):
        digits = _BETWEEN.join(phone[3:])
        return Sign(phone, rf"(?:(?:\+|00)33{_BETWEEN}(?:\(0\){_BETWEEN})?|0){digits}(?!\d)", MASK["phone"])
    if phone.startswith("+"):
        return Sign(phone, re.escape(phone), MASK["phone"])
    return Sign(said.lower(), rf"\m{re.escape(said)}\M", "[nom masqué]")


def held_of(dock: Dock, who: str) -> dict[str, Any]:
    """Everything that the warehouse says of the person, and each drop still kept that may name them; JSON-ready."""
    persons, there = Persons(dock.store.warehouse), dock.landing.kept()
    rows = persons.found(sign_of(who))
    firsts: dict[str, int] = {}
    for row in rows:
        firsts[row["feed"]] = min(row["first_delivery_id"], firsts.get(row["feed"], row["first_delivery_id"]))
    came = [one for feed, first in sorted(firsts.items()) for one in persons.deliveries(feed, first)]
    return {
        "who": who,
        "at": dock.now().isoformat(),
        "rows": rows,
        "drops": [{**one, "last_came": one["last_came"].isoformat()} for one in came if one["sha256"] in there],
    }


def erase(dock: Dock, feeds: Mapping[str, Feed], who: str, *, drops: bool, by: str, reason: str) -> dict[str, Any]:
    """Erase the person, and, where asked for, the drops that may name them; written down without saying who it was."""
    held, persons = held_of(dock, who), Persons(dock.store.warehouse)
    numbers = [one["delivery"] for one in held["drops"]]
    plan = of_deliveries(dock, numbers) if drops and numbers else None  # refused before anything is changed
    changed = persons.erase(sign_of(who))
    said = {
        "what": "erasure of one person",
        "at": dock.now().isoformat(),
        "by": by,
        "reason": reason,
        "feeds": sorted({row["feed"] for row in held["rows"]}),
        "rows": changed,
        "texts": sum(len(row["texts"]) for row in held["rows"]),
        "still_found": len(persons.found(sign_of(who))),
        "drops_kept": [] if drops else numbers,
        "purge": purge(dock, feeds, plan) if plan else None,
    }
    return {**said, "proof": str(write_down(dock, said))}


def what_erasure_would_do(dock: Dock, feeds: Mapping[str, Feed], who: str, *, drops: bool) -> dict[str, Any]:
    """What `erase` would change; nothing is touched. Raises Declined where a drop waits in quarantine."""
    held = held_of(dock, who)
    numbers = [one["delivery"] for one in held["drops"]] if drops else []
    purged = planned(dock, feeds, of_deliveries(dock, numbers)) if numbers else None
    return {"dry_run": True, **held, "purge": purged}
