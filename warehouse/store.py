"""What the warehouse takes: one delivery, with all that is said of its lines, in one transaction or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from hashlib import blake2b

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from offers.columns import NAMES
from offers.errors import Busy, Declined, Overtaken
from offers.examined import Examined
from offers.feed import EMPLOYERS, Terms
from offers.gate.profile import Profile
from offers.model import (
    IGNORED_COLUMNS,
    REJECTION_COLUMNS,
    REPAIR_COLUMNS,
    REPEATED_COLUMNS,
    Changes,
    Delivery,
    Finding,
    Landed,
    VerdictKind,
)
from warehouse import quarantine, renaming
from warehouse.alerts import Alarms
from warehouse.answers import Answers
from warehouse.care import Retention
from warehouse.copying import copy_in, lines_table, no_nul, records_table, scratch
from warehouse.engine import ERRORS, name_of, named
from warehouse.ledger import Ledger, newest_of
from warehouse.locks import holders, take
from warehouse.matching import golden
from warehouse.matching.assign import join
from warehouse.matching.tables import feeds
from warehouse.persons import Persons
from warehouse.quarantine import Foretold, Quarantine, Settled
from warehouse.tables import deliveries, drops, findings, profiles

CONTENT = (*(name for name in NAMES if name != "reference"), "content_hash")
_SAID_OF_LINES = (
    ("rejections", "rejections", REJECTION_COLUMNS),
    ("repairs", "repairs", REPAIR_COLUMNS),
    ("ignored", "ignored_lines", IGNORED_COLUMNS),
    ("repeated", "repeated_lines", REPEATED_COLUMNS),
)


class Store(Ledger):
    """The one handle: the ledger, the three ways to add to it (publish, hold, note), and the rest that is kept."""

    @property
    def quarantine(self) -> Quarantine:
        """The drops that wait."""
        return Quarantine(self.warehouse)

    @property
    def foretold(self) -> Foretold:
        """What replaying was shown to do."""
        return Foretold(self.warehouse)

    @property
    def alerts(self) -> Alarms:
        """Runs that took nothing in, and what people were told."""
        return Alarms(self.warehouse)

    @property
    def care(self) -> Retention:
        """What is kept too long."""
        return Retention(self.warehouse)

    @property
    def persons(self) -> Persons:
        """Where one person stands, and the erasure."""
        return Persons(self.warehouse)

    @property
    def answers(self) -> Answers:
        """What outside services answered."""
        return Answers(self.warehouse)

    @contextmanager
    def lock(self, feed: str) -> Iterator[None]:
        """This feed is ours alone within the block; Busy at once where another run holds it.

        The lock is PostgreSQL's own, held by a connection of its own: a run that is killed frees it. It needs a
        session, so a pooler in front of the database must not share sessions between transactions.
        """
        key = _key(feed)
        with self.warehouse.own_connection() as connection:
            connection.execute(text("select set_config('application_name', :name, false)"), {"name": name_of(feed)})
            if not connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": key}).scalar():
                held = " and ".join(map(str, holders(connection, key)))
                raise Busy(
                    f"{feed}: another run of this feed is under way{held and ': '}{held}. Wait for it to end; nothing "
                    "was read or changed. If none should be running, look for a forgotten `quai ingest` there."
                )
            try:
                yield
            finally:
                # The server would notice the closed connection, but only after the next run may have asked. Where it
                # is broken the lock is free already, and the fault that broke it is the one to tell.
                with suppress(*ERRORS):
                    connection.execute(text("select pg_advisory_unlock(:key)"), {"key": key})

    def publish(
        self,
        landed: Landed,
        delivery: Delivery,
        changes: Changes,
        lines: Examined,
        *,
        terms: Terms = EMPLOYERS,
        profile: Profile | None = None,
        settled: Settled | None = None,
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
            joined = join(connection, delivery.feed, terms, changes, delivery.finished_at)
            written = _enter(connection, landed, joined.told(delivery), lines, profile)
            _load(connection, written, joined.changes)
            closed = _close(connection, written, changes.closed)
            golden.settle(connection, np.union1d(joined.placed.touched, closed), delivery.finished_at)
            quarantine.settle(connection, written, settled or Settled())
        return written

    def hold(
        self,
        landed: Landed,
        delivery: Delivery,
        lines: Examined,
        *,
        profile: Profile | None = None,
        settled: Settled | None = None,
        after: int | None = None,
    ) -> Delivery:
        """Enter a quarantined delivery, with what is said of its lines and a preview; no record is touched.

        `after` as of `publish`.
        """
        if delivery.verdict is not VerdictKind.QUARANTINED:
            raise ValueError(f"only a quarantined delivery is held, this one is {delivery.verdict}")
        with self._entering(delivery.feed, after) as connection:
            written = _enter(connection, landed, delivery, lines, profile)
            quarantine.enter(connection, written, settled or Settled())
        return written

    def note(
        self, landed: Landed, delivery: Delivery, settled: Settled | None = None, after: int | None = None
    ) -> Delivery:
        """Enter a delivery that was unreadable, failed, or the same bytes as before; no record is touched.

        `after` as of `publish`.
        """
        if delivery.verdict not in (VerdictKind.UNREADABLE, VerdictKind.FAILED, VerdictKind.UNCHANGED):
            raise ValueError(f"an {delivery.verdict} delivery is published or held, not noted")
        with self._entering(delivery.feed, after) as connection:
            written = _enter(connection, landed, delivery, Examined())
            if delivery.verdict is VerdictKind.UNCHANGED:
                quarantine.settle(connection, written, settled or Settled())
        return written

    @contextmanager
    def _entering(self, feed: str, after: int | None) -> Iterator[Connection]:
        """A transaction that adds to the feed's ledger, where nobody else did since `after`: a run whose lock was cut
        off would publish over a newer one."""
        with self.warehouse.transaction() as connection:
            named(connection, feed)
            if after is not None:
                key = _key(f"{feed} ledger")
                take(connection, "select pg_advisory_xact_lock(:key)", {"key": key}, key)
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
        with self.warehouse.transaction() as connection, connection.begin_nested() as attempt:
            for statement in _TRIED:
                connection.execute(text(statement))
            attempt.rollback()

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
            renaming.note(connection, new, said.as_dict())
            if not do:
                attempt.rollback()
        return moved

    def reports_moved(self, feed: str, was: str, now: str) -> None:
        """Say in the ledger where a feed's returns lie, once their folder has moved."""
        path = func.replace(deliveries.c.report, was, now)
        with self.warehouse.transaction() as connection:
            connection.execute(update(deliveries).where(deliveries.c.feed == feed).values(report=path))

    def terms(self, feed: str) -> Terms:
        """Whose word a feed was when it last delivered."""
        rows = self._rows(select(feeds.c.trust, feeds.c.repeated).where(feeds.c.feed == feed))
        return Terms(*rows[0]) if rows else EMPLOYERS

    def close(self, delivery: Delivery) -> None:
        """Write down what is known only after the commit: where the return lies, the stages, when all was done, and
        the findings that came since."""
        late = {"report": delivery.report, "stages": dict(delivery.stages), "finished_at": delivery.finished_at}
        with self.warehouse.transaction() as connection:
            connection.execute(update(deliveries).where(deliveries.c.id == _id(delivery)).values(late))
            _enter_findings(connection, delivery)


def _key(feed: str) -> int:
    return int.from_bytes(blake2b(f"feed {feed}".encode(), digest_size=8).digest(), "big", signed=True)


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
    statement = insert(deliveries).values(no_nul(row)).returning(deliveries.c.id)
    written = replace(delivery, id=connection.execute(statement).scalar_one())
    _enter_findings(connection, written)
    if profile is not None:
        judged = {"delivery_id": _id(written), "profile": no_nul(profile.as_dict())}
        connection.execute(insert(profiles).values(judged))
    for name, table, columns in _SAID_OF_LINES:
        copy_in(connection, table, lines_table(getattr(lines, name), columns, _id(written)))
    return written


def _enter_findings(connection: Connection, delivery: Delivery) -> None:
    """Those that are not in the ledger yet: a delivery's findings only ever grow at their end."""
    said = [
        {"delivery_id": _id(delivery), "position": position} | no_nul(finding.as_dict())
        for position, finding in enumerate(delivery.findings, start=1)
    ]
    if said:
        connection.execute(insert(findings).on_conflict_do_nothing(), said)


def _load(connection: Connection, delivery: Delivery, changes: Changes) -> None:
    constants = {"feed": delivery.feed, "delivery_id": _id(delivery), "updated_at": delivery.finished_at}
    gone = connection.execute(_GONE_BEFORE, {"feed": delivery.feed}).scalars()
    returned = changes.created["reference"].isin(list(gone))
    new, again = changes.created, changes.updated
    if returned.any():
        new, again = new[~returned], pd.concat([again, changes.created[returned]])
    firsts = {"first_delivery_id": _id(delivery), "created_at": delivery.finished_at}
    copy_in(connection, "records", records_table(new, constants | firsts))
    parameters = {"feed": delivery.feed, "delivery": _id(delivery), "at": delivery.finished_at}
    if len(again):
        connection.execute(_INCOMING)
        copy_in(connection, "incoming", records_table(again, constants))
        connection.execute(text("analyze incoming (reference)"))
        connection.execute(_SUPERSEDE, parameters)
        _all_of(connection.execute(_UPDATE, parameters).rowcount, len(again), "updated")
    if changes.withdrawn:
        parameters["gone"] = list(changes.withdrawn)
        _all_of(connection.execute(_KEEP_WITHDRAWN, parameters).rowcount, len(changes.withdrawn), "withdrawn")
        connection.execute(_WITHDRAW, parameters)


def _close(connection: Connection, delivery: Delivery, closed: pd.DataFrame | None) -> list[int]:
    """Give the records that their employer closes the last day that she says; gives their offers."""
    if closed is None or closed.empty:
        return []
    texts = {name: pa.array(closed[name], pa.large_string()) for name in ("reference", "expires_on")}
    numbers = {"content_hash": closed["content_hash"], "line": closed.index}
    rows = pa.table(texts | {name: pa.array(values, pa.int64()) for name, values in numbers.items()})
    scratch(connection, "closing", "reference text, expires_on date, content_hash bigint, line bigint", rows)
    parameters = {"feed": delivery.feed, "delivery": _id(delivery), "at": delivery.finished_at}
    connection.execute(_KEEP_CLOSED, parameters)
    offers = connection.execute(_SAY_CLOSED, parameters).scalars().all()
    _all_of(len(offers), len(closed), "closed")
    return list(offers)


def _id(delivery: Delivery) -> int:
    if delivery.id is None:
        raise ValueError("a delivery has its id once it is in the ledger")
    return delivery.id


def _all_of(done: int, asked: int, what: str) -> None:
    if done != asked:
        # Rolled back by the caller: the standing that the changes were made from is not what stands.
        raise RuntimeError(
            f"{asked} records were to be {what}, {done} were: was the feed's lock held since standing()?"
        )


def _names(prefix: str, names: tuple[str, ...]) -> str:
    return ", ".join(prefix + name for name in names)


_TRIED = (
    "insert into drops (feed, sha256, name, size, uri, arrived_at) values ('', '', '', 0, '', now())",
    "update deliveries set report = report where false",
    "insert into records select * from records where false",
    "update offer_ids set closed_at = closed_at where false",
    "delete from failures where false",
    "create temp table tried (it int) on commit drop",
)
_CARRIED = (*CONTENT, "delivery_id", "line", "updated_at", "offer_id")
_KEPT = (*_CARRIED, "first_delivery_id", "created_at")
_WRITTEN = (*_CARRIED, "id", "sketch")
_GONE_BEFORE = text("select reference from records where feed = :feed and withdrawn_at is not null")
_INCOMING = text(
    f"create temp table incoming on commit drop as select feed, reference, {_names('', _WRITTEN)} "  # noqa: S608  # our own names
    "from records with no data"
)
_VERSION = (
    f"insert into record_versions (feed, reference, {_names('', _KEPT)}, superseded_by, superseded_at, change) "
    f"select r.feed, r.reference, {_names('r.', _KEPT)}, :delivery, :at, "
)
_SUPERSEDE = text(
    _VERSION
    + "case when i.id = r.id then 'updated' else 'recycled' end from records r join incoming i using (feed, reference) "
    "where r.feed = :feed and r.withdrawn_at is null"
)
_UPDATE = text(
    f"update records r set {', '.join(f'{name} = i.{name}' for name in _WRITTEN)}, "  # noqa: S608  # our own names
    "first_delivery_id = case when i.id = r.id then r.first_delivery_id else :delivery end, "
    "created_at = case when i.id = r.id then r.created_at else :at end, "
    "withdrawn_at = null, withdrawn_by = null from incoming i "
    "where r.feed = :feed and r.feed = i.feed and r.reference = i.reference"
)
_KEEP_CLOSED = text(_VERSION + "'closed' from records r join closing c using (reference) where r.feed = :feed")
_SAY_CLOSED = text(
    "update records r set expires_on = c.expires_on, content_hash = c.content_hash, line = c.line, "
    "delivery_id = :delivery, updated_at = :at from closing c "
    "where r.feed = :feed and r.reference = c.reference and r.withdrawn_at is null returning r.offer_id"
)
_GONE = "unnest(cast(:gone as text[])) as gone (reference) where r.feed = :feed and r.reference = gone.reference"
_STANDS = " and r.withdrawn_at is null"
_KEEP_WITHDRAWN = text(_VERSION + f"'withdrawn' from records r, {_GONE}{_STANDS}")
_WITHDRAW = text(f"update records r set withdrawn_at = :at, withdrawn_by = :delivery from {_GONE}{_STANDS}")  # noqa: S608  # our own names
