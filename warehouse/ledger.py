"""What the ledger says: what stands, what was delivered, what became of each line; and what is added to it later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, Table, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from offers.feed import EMPLOYERS, Terms
from offers.gate.profile import REACH, WINDOW, Past, Profile
from offers.gate.staleness import Sent
from offers.model import (
    ENDED,
    IGNORED_COLUMNS,
    REJECTION_COLUMNS,
    REPAIR_COLUMNS,
    REPEATED_COLUMNS,
    Counts,
    Delivery,
    Finding,
    Landed,
    Severity,
    VerdictKind,
    text_frame,
)
from warehouse import loading
from warehouse.copying import no_nul
from warehouse.engine import Warehouse
from warehouse.matching import gathering
from warehouse.matching.schema import feeds
from warehouse.tables import (
    deliveries,
    drops,
    findings,
    ignored_lines,
    profiles,
    records,
    rejections,
    repairs,
    repeated_lines,
)

RETIRED = "retired"
"""The fingerprint of the delivery that withdrew all of a feed."""
_TAKEN = deliveries.c.verdict.in_([VerdictKind.ACCEPTED.value, VerdictKind.UNCHANGED.value])
_NEWEST_FIRST = deliveries.c.id.desc()


@dataclass(frozen=True)
class Accepted:
    """The last accepted delivery of a feed: the same bytes, as whole, under the same fingerprint are not looked at."""

    id: int
    sha256: str
    fingerprint: str
    started_at: datetime
    announced: int | None = None
    complete: bool = True

    def again(self, landed: Landed, fingerprint: str) -> bool:
        """Whether these are its bytes, said to be as whole as then, under the same rules.

        What an incomplete drop spared is withdrawn when the same bytes come and are known to be all.
        """
        then = (self.sha256, self.announced, self.complete, self.fingerprint)
        return then == (landed.sha256, landed.announced, landed.complete, fingerprint)


@dataclass(frozen=True)
class FeedSummary:
    """How a feed fares: its last attempt, its last accepted delivery (None before the first), and what stands."""

    feed: str
    last: Delivery
    last_accepted_at: datetime | None
    standing: int


class Ledger:
    """Each call is one short transaction; all but the last two only read. Raises WarehouseUnreachable."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._rows = warehouse.run

    def standing(self, feed: str, today: date | None = None) -> pd.DataFrame:
        """Every reference the feed ever had: reference (str), content_hash (int64), withdrawn, and over (bool).

        `over`: its last day or its weeks were over before `today`; nowhere where no day is given.
        """
        with self._warehouse.transaction() as connection:
            return loading.standing(connection, feed, today)

    def newest(self, feed: str) -> int:
        """The number of the feed's last delivery, whatever became of it; 0 before the first."""
        return int(self._rows(newest_of(feed))[0][0])

    def mark(self, feed: str) -> str:
        """The feed's last delivery by number and instant; a ledger that was restored may use the number again."""
        newest = self.deliveries(feed, limit=1)
        return _mark(newest[0]) if newest else ""

    def holds(self, feed: str, mark: str) -> bool:
        """Whether the ledger has the delivery of this mark; of none where nothing was delivered."""
        number = mark.partition(" ")[0]
        found = self.delivery(int(number)) if number.isdecimal() else None
        return found is not None and found.feed == feed and _mark(found) == mark

    def last_accepted(self, feed: str) -> Accepted | None:
        """The delivery that made what stands now; None before the first."""
        said = (deliveries.c[one.name] for one in fields(Accepted))
        found = self._last(select(*said).where(_accepted(feed)))
        return Accepted(*found) if found else None

    def last_sent(self, feed: str, dated_until: datetime | None = None) -> Sent | None:
        """The last drop that was taken, the same bytes again being one: they say that nothing has changed since.

        `dated_until`: not the last taken, but the one that its sender dates last up to then; parts come in any order.
        """
        said = (deliveries.c.sha256, deliveries.c.drop, deliveries.c.sent_at)
        query = select(*said).where(deliveries.c.feed == feed, _TAKEN)
        if dated_until is not None:
            query = query.where(deliveries.c.sent_at <= dated_until).order_by(deliveries.c.sent_at.desc())
        found = self._last(query)
        return Sent(*found) if found else None

    def taken_before(self, feed: str, sha256: str, turned: datetime) -> datetime | None:
        """When these bytes were taken, where they are the last that were before an instant, and not again since."""
        taken = select(deliveries.c.sha256, deliveries.c.started_at).where(_accepted(feed))
        last = self._last(taken.where(deliveries.c.started_at < turned))
        if last is None or last.sha256 != sha256:
            return None
        since = self._last(taken.where(deliveries.c.started_at >= turned, deliveries.c.sha256 == sha256))
        return None if since else last.started_at

    def tries(self, feed: str, sha256: str, fingerprint: str) -> int:
        """How often the same bytes failed, or ended their reader, under the same rules."""
        same = (deliveries.c.sha256 == sha256) & (deliveries.c.fingerprint == fingerprint)
        ended = select(findings.c.delivery_id).where(findings.c.check == ENDED)
        failed = (deliveries.c.verdict == VerdictKind.FAILED.value) | deliveries.c.id.in_(ended)
        return int(self._rows(select(func.count()).where((deliveries.c.feed == feed) & failed & same))[0][0])

    def last_collected(self, feed: str) -> datetime | None:
        """When the last accepted drop was collected: releases and replays asked the source for nothing.

        None once the feed was retired: nothing of what was collected before stands.
        """
        came = deliveries.c.releases.is_(None) & deliveries.c.replays.is_(None)
        found = self._last(select(deliveries.c.started_at, deliveries.c.fingerprint).where(_accepted(feed), came))
        return found.started_at if found and found.fingerprint != RETIRED else None

    def deliveries(self, feed: str | None = None, limit: int | None = 50) -> list[Delivery]:
        """The ledger, newest first, each delivery with its findings."""
        query = select(deliveries).order_by(_NEWEST_FIRST).limit(limit)
        return self._deliveries(query if feed is None else query.where(deliveries.c.feed == feed))

    def deliveries_since(self, instant: datetime) -> list[Delivery]:
        """All that was finished since, newest first."""
        return self._deliveries(select(deliveries).where(deliveries.c.finished_at > instant).order_by(_NEWEST_FIRST))

    def delivery(self, delivery_id: int) -> Delivery | None:
        """One line of the ledger."""
        found = self._deliveries(select(deliveries).where(deliveries.c.id == delivery_id))
        return found[0] if found else None

    def landed(self, delivery_id: int) -> Landed | None:
        """The drop of a delivery as it came that time, to be run again; its bytes are in the landing."""
        names = [drops.c[name] for name in ("feed", "sha256", "size", "uri", "arrived_at")]
        again = [deliveries.c.drop.label("name"), *(deliveries.c[n] for n in ("announced", "complete", "sent_at"))]
        same = (drops.c.feed == deliveries.c.feed) & (drops.c.sha256 == deliveries.c.sha256)
        rows = self._rows(select(*names, *again).join(deliveries, same).where(deliveries.c.id == delivery_id))
        return Landed(**rows[0]._mapping) if rows else None

    def checksums(self, feed: str) -> list[str]:
        """Of every drop that a feed ever left."""
        return [row.sha256 for row in self._rows(select(drops.c.sha256).where(drops.c.feed == feed))]

    def feeds(self) -> list[str]:
        """The feeds that ever delivered."""
        return [row.feed for row in self._rows(select(deliveries.c.feed).distinct().order_by(deliveries.c.feed))]

    def headers(self, delivery_id: int) -> dict[str, str]:
        """Our columns and the partner's own headers, as that delivery was mapped."""
        rows = self._rows(select(deliveries.c.headers).where(deliveries.c.id == delivery_id))
        return dict(rows[0][0]) if rows else {}

    def terms(self, feed: str) -> Terms:
        """Whose word a feed was when it last delivered."""
        rows = self._rows(select(feeds.c.trust, feeds.c.repeated).where(feeds.c.feed == feed))
        return Terms(*rows[0]) if rows else EMPLOYERS

    def history(self, feed: str, count: int = WINDOW) -> tuple[Past, ...]:
        """The last accepted deliveries of a feed with their profiles, newest first."""
        return tuple(map(_past, self._rows(_pasts().where(_accepted(feed)).limit(count))))

    def month(self, feed: str, at: datetime) -> tuple[Past, ...]:
        """The accepted deliveries of a feed in the thirty days before `at`, newest first, their columns left out."""
        light = profiles.c.profile.op("-")("columns").label("profile")
        recent = _pasts(light).where(_accepted(feed), deliveries.c.finished_at >= at - REACH)
        return tuple(map(_past, self._rows(recent)))

    def profile(self, delivery_id: int) -> Profile | None:
        """What the gate judged of one delivery; None where it was not judged (unchanged, unreadable)."""
        rows = self._rows(_pasts().where(deliveries.c.id == delivery_id))
        return _past(rows[0]).profile if rows else None

    def judged_since(self, since: datetime) -> list[tuple[Past, bool]]:
        """Every judged delivery since then with its profile, oldest first; and whether it was accepted."""
        rows = self._rows(_pasts().add_columns(deliveries.c.verdict).where(deliveries.c.finished_at >= since))
        return [(_past(row[:4]), row[4] == VerdictKind.ACCEPTED.value) for row in reversed(rows)]

    def rejections(self, delivery_id: int) -> pd.DataFrame:
        """REJECTION_COLUMNS, in the order they were found; values clipped."""
        return self._lines(rejections, REJECTION_COLUMNS, delivery_id)

    def lines_refused(self, numbers: Sequence[int], rules: Sequence[str]) -> dict[str, int]:
        """By feed, how many lines of these deliveries break one of these rules; feeds without any left out."""
        line = tuple_(rejections.c.delivery_id, rejections.c.line)
        query = select(deliveries.c.feed, func.count(line.distinct())).group_by(deliveries.c.feed)
        query = query.join(rejections, rejections.c.delivery_id == deliveries.c.id)
        query = query.where(rejections.c.delivery_id.in_(numbers), rejections.c.rule.in_(rules))
        return dict(map(tuple, self._rows(query)))

    def repairs(self, delivery_id: int) -> pd.DataFrame:
        """REPAIR_COLUMNS; values clipped."""
        return self._lines(repairs, REPAIR_COLUMNS, delivery_id)

    def ignored(self, delivery_id: int) -> pd.DataFrame:
        """IGNORED_COLUMNS."""
        return self._lines(ignored_lines, IGNORED_COLUMNS, delivery_id)

    def repeated(self, delivery_id: int) -> pd.DataFrame:
        """REPEATED_COLUMNS."""
        return self._lines(repeated_lines, REPEATED_COLUMNS, delivery_id)

    def shared_offers(self, feed: str) -> pd.DataFrame:
        """Of each standing record whose offer has several: reference, offer and the offer's seats."""
        with self._warehouse.transaction() as connection:
            return gathering.shared_offers(connection, feed)

    def feeds_summary(self) -> dict[str, FeedSummary]:
        """One entry per feed that ever delivered, by its slug."""
        newest = select(func.max(deliveries.c.id)).group_by(deliveries.c.feed)
        accepted = (
            select(deliveries.c.feed, func.max(deliveries.c.finished_at))
            .where(_TAKEN, deliveries.c.replays.is_(None))  # of a replay, the partner left nothing
            .group_by(deliveries.c.feed)
        )
        standing = select(records.c.feed, func.count()).where(records.c.withdrawn_at.is_(None)).group_by(records.c.feed)
        taken, counted = dict(map(tuple, self._rows(accepted))), dict(map(tuple, self._rows(standing)))
        lasts = self._deliveries(select(deliveries).where(deliveries.c.id.in_(newest)).order_by(deliveries.c.feed))
        return {
            last.feed: FeedSummary(last.feed, last, taken.get(last.feed), counted.get(last.feed, 0)) for last in lasts
        }

    def close(self, delivery: Delivery) -> None:
        """Write down what is known only after the commit: where the return lies, the stages, when all was done, and
        the findings that came since."""
        late = {"report": delivery.report, "stages": dict(delivery.stages), "finished_at": delivery.finished_at}
        with self._warehouse.transaction() as connection:
            connection.execute(update(deliveries).where(deliveries.c.id == delivery.id).values(late))
            enter_findings(connection, delivery)

    def reports_moved(self, feed: str, was: str, now: str) -> None:
        """Say where a feed's returns lie, once their folder has moved."""
        path = func.replace(deliveries.c.report, was, now)
        self._rows(update(deliveries).where(deliveries.c.feed == feed).values(report=path))

    def _last(self, query: Select[Any]) -> Any:
        rows = self._rows(query.order_by(_NEWEST_FIRST).limit(1))
        return rows[0] if rows else None

    def _lines(self, table: Table, names: tuple[str, ...], delivery_id: int) -> pd.DataFrame:
        columns = [table.c[name] for name in names]
        query = select(*columns).where(table.c.delivery_id == delivery_id).order_by(table.c.position)
        return text_frame(names, list(map(tuple, self._rows(query))))

    def _deliveries(self, query: Select[Any]) -> list[Delivery]:
        rows = [row._mapping for row in self._rows(query)]
        said: dict[int, list[Finding]] = {row["id"]: [] for row in rows}
        wanted = select(findings).where(findings.c.delivery_id.in_(said)).order_by(*findings.primary_key.columns)
        for row in self._rows(wanted) if rows else ():
            found = Finding(row.check, Severity(row.severity), row.seen, row.expected, row.sentence, row.fields)
            said[row.delivery_id].append(found)
        plain = [
            field.name for field in fields(Delivery) if field.name not in ("verdict", "counts", "findings", "sheets")
        ]
        return [
            Delivery(
                **{name: row[name] for name in plain},
                verdict=VerdictKind(row["verdict"]),
                counts=Counts(**{field.name: row[field.name] for field in fields(Counts)}),
                findings=tuple(said[row["id"]]),
                sheets=tuple(row["sheets"]),
            )
            for row in rows
        ]


def enter_findings(connection: Connection, delivery: Delivery) -> None:
    """Those that are not in the ledger yet: a delivery's findings only ever grow at their end."""
    said = [
        {"delivery_id": delivery.id, "position": position, "fields": finding.fields} | no_nul(finding.as_dict())
        for position, finding in enumerate(delivery.findings, start=1)
    ]
    if said:
        connection.execute(insert(findings).on_conflict_do_nothing(), said)


def newest_of(feed: str) -> Select[Any]:
    """The query for the number of the feed's last delivery; 0 before the first."""
    return select(func.coalesce(func.max(deliveries.c.id), 0)).where(deliveries.c.feed == feed)


def _mark(delivery: Delivery) -> str:
    return f"{delivery.id} {delivery.started_at.astimezone(UTC).isoformat()}"


def _accepted(feed: str) -> ColumnElement[bool]:
    return (deliveries.c.feed == feed) & (deliveries.c.verdict == VerdictKind.ACCEPTED.value)


def _pasts(profile: ColumnElement[Any] = profiles.c.profile) -> Select[Any]:
    said = (deliveries.c.id, deliveries.c.finished_at, deliveries.c.sha256, profile)
    return select(*said).join(profiles, profiles.c.delivery_id == deliveries.c.id).order_by(_NEWEST_FIRST)


def _past(row: Any) -> Past:
    delivery, at, sha256, said = row
    return Past(delivery, at, sha256, Profile.from_dict(said))
