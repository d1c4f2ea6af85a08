"""The one handle on the warehouse: what it holds by subject, and the three ways to enter a delivery.

A delivery is entered with all that is said of its lines, in one transaction or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace

import numpy as np
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from offers.errors import Declined, Overtaken
from offers.examined import Examined
from offers.feed import EMPLOYERS, Terms
from offers.gate.profile import Profile
from offers.model import Changes, Delivery, Finding, Landed, VerdictKind
from warehouse import loading, locks, quarantine, renaming
from warehouse.alerts import Alarms
from warehouse.answers import Answers
from warehouse.care import Retention
from warehouse.copying import no_nul
from warehouse.engine import Warehouse, named
from warehouse.ledger import Ledger, enter_findings, newest_of
from warehouse.matching import golden
from warehouse.matching.assign import join
from warehouse.matching.review import Matching
from warehouse.persons import Persons
from warehouse.quarantine import Foretold, Quarantine, Settlement
from warehouse.tables import deliveries, drops, profiles


class Store:
    """The ledger, what waits, what is told, matching and the rest that is kept; each call of theirs is one transaction.

    Raises WarehouseUnreachable.
    """

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.ledger = Ledger(warehouse)
        self.quarantine = Quarantine(warehouse)
        self.foretold = Foretold(warehouse)
        self.alerts = Alarms(warehouse)
        self.care = Retention(warehouse)
        self.persons = Persons(warehouse)
        self.answers = Answers(warehouse)
        self.matching = Matching(warehouse)

    def lock(self, feed: str) -> AbstractContextManager[None]:
        """This feed is ours alone within the block; Busy at once where another run holds it."""
        return locks.hold_feed(self.warehouse, feed)

    def publish(
        self,
        landed: Landed,
        delivery: Delivery,
        changes: Changes,
        lines: Examined,
        *,
        terms: Terms = EMPLOYERS,
        profile: Profile | None = None,
        settled: Settlement | None = None,
        after: int | None = None,
    ) -> Delivery:
        """Load an accepted delivery: records, versions, withdrawals and the ledger. Returns it with its id.

        `changes` comes from offers.changes.compare, against the standing fetched under the feed's lock. Records are
        dated `delivery.finished_at`. `terms`: whose word the feed is; `profile`: what the gate judged;
        `settled`: the waiting deliveries that this one releases or supersedes.
        `after`: the feed's newest delivery when `standing` was read. Raises Overtaken where it no longer is.
        """
        if delivery.verdict is not VerdictKind.ACCEPTED:
            raise ValueError(f"only an accepted delivery is published, this one is {delivery.verdict}: hold or note it")
        with self._entering(delivery.feed, after) as connection:
            told, placed, minted, touched = join(connection, delivery, terms, changes)
            written = _enter(connection, landed, told, lines, profile)
            closed = loading.load(connection, written, placed)
            golden.begin(connection, minted, delivery.finished_at)
            golden.settle(connection, np.union1d(touched, closed), delivery.finished_at)
            quarantine.settle(connection, written, settled or Settlement())
        return written

    def hold(
        self,
        landed: Landed,
        delivery: Delivery,
        lines: Examined,
        *,
        profile: Profile | None = None,
        settled: Settlement | None = None,
        after: int | None = None,
    ) -> Delivery:
        """Enter a quarantined delivery, with what is said of its lines and a preview; no record is touched.

        `after` as of `publish`.
        """
        if delivery.verdict is not VerdictKind.QUARANTINED:
            raise ValueError(f"only a quarantined delivery is held, this one is {delivery.verdict}")
        with self._entering(delivery.feed, after) as connection:
            written = _enter(connection, landed, delivery, lines, profile)
            quarantine.enter(connection, written, settled or Settlement())
        return written

    def note(
        self, landed: Landed, delivery: Delivery, settled: Settlement | None = None, after: int | None = None
    ) -> Delivery:
        """Enter a delivery that was unreadable, failed, or the same bytes as before; no record is touched.

        `after` as of `publish`.
        """
        if delivery.verdict not in (VerdictKind.UNREADABLE, VerdictKind.FAILED, VerdictKind.UNCHANGED):
            raise ValueError(f"an {delivery.verdict} delivery is published or held, not noted")
        with self._entering(delivery.feed, after) as connection:
            written = _enter(connection, landed, delivery, Examined())
            if delivery.verdict is VerdictKind.UNCHANGED:
                quarantine.settle(connection, written, settled or Settlement())
        return written

    @contextmanager
    def _entering(self, feed: str, after: int | None) -> Iterator[Connection]:
        """A transaction that adds to the feed's ledger, where nobody else did since `after`: a run whose lock was cut
        off would publish over a newer one."""
        with self.warehouse.transaction() as connection:
            named(connection, feed)
            if after is not None:
                locks.lock_ledger(connection, feed)
                newest = connection.execute(newest_of(feed)).scalar_one()
                if newest != after:
                    raise Overtaken(
                        f"{feed}: delivery {newest} was entered while this run was at work; its lock on the feed was "
                        "lost (a connection cut, a server restarted). Nothing was written. A run of what waits looks "
                        "anew by itself; a release or a replay is to be asked for again."
                    )
            yield connection

    def try_out(self) -> None:
        """Write, change and take away rows as a delivery does, and roll it all back.

        Raises WarehouseUnreachable where a delivery could not be entered.
        """
        with self.warehouse.transaction() as connection:
            loading.try_out(connection)

    def rename(self, old: str, new: str, said: Finding, do: bool = True) -> dict[str, int]:
        """Give all that is of one feed to another, and add what is said of it to the newest delivery; rows by table.

        Both feeds' locks are held. Where `do` is False, only count. Raises Declined where the other has records.
        """
        with self.warehouse.transaction() as connection, connection.begin_nested() as attempt:
            known = renaming.known_records(connection, new)
            if known:
                raise Declined(
                    f"{new} has {known} records of its own, which {old}'s would meet. Retire {old} instead: what {new} "
                    f"sends stays online, and offers that both list keep their ids. Nothing was changed."
                )
            moved = renaming.rename(connection, old, new)
            renaming.note(connection, new, said)
            if not do:
                attempt.rollback()
        return moved


def _enter(
    connection: Connection,
    landed: Landed,
    delivery: Delivery,
    lines: Examined,
    profile: Profile | None = None,
) -> Delivery:
    drop = {name: getattr(landed, name) for name in ("feed", "sha256", "name", "size", "uri", "arrived_at")}
    connection.execute(insert(drops).values(no_nul(drop)).on_conflict_do_nothing())
    row = {c.name: getattr(delivery, c.name) for c in deliveries.c if hasattr(delivery, c.name) and c.name != "id"}
    row |= asdict(delivery.counts) | {"verdict": delivery.verdict.value}
    row |= {name: getattr(landed, name) for name in ("announced", "complete", "sent_at")}
    row |= {"headers": dict(lines.headers), "stages": dict(delivery.stages)}
    number = connection.execute(insert(deliveries).values(no_nul(row)).returning(deliveries.c.id)).scalar_one()
    written = replace(delivery, id=number)
    enter_findings(connection, written)
    if profile is not None:
        connection.execute(insert(profiles).values(delivery_id=number, profile=no_nul(profile.as_dict())))
    loading.enter_lines(connection, lines, number)
    return written
