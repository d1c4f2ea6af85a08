"""Runs that took nothing in, and what people were told of each feed.

Runs that the database itself let down are written into a file of our own, one line of JSON each in
`<home>/failures.jsonl`; whoever opens the dock next on this machine enters them, once the database answers.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import delete, exists, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from offers.errors import WarehouseUnreachable
from offers.model import VerdictKind
from warehouse.engine import Warehouse
from warehouse.locks import Holder, long_held
from warehouse.tables import alerts, deliveries, failures

_KEPT = "failures"
_log = logging.getLogger("quai.alerts")
_FAILURES = select(failures.c.feed, failures.c.at, failures.c.kind, failures.c.sentence)


@dataclass(frozen=True)
class Failure:
    """One run that could take nothing in: the feed, when, the error's name, its sentence."""

    feed: str
    at: datetime
    kind: str
    sentence: str


@dataclass(frozen=True)
class Told:
    """What was last said about one matter of a feed; `told_at` is None where it was acknowledged before it was sent."""

    feed: str
    kind: str
    state: str
    sentence: str
    told_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None


class Alarms:
    """The tables `failures` and `alerts`. Raises WarehouseUnreachable."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self._run = warehouse.run

    def failed(self, *runs: Failure) -> None:
        """Write down runs that could take nothing in; all of them or none."""
        rows = [asdict(one) | {"sentence": one.sentence.replace("\x00", "")} for one in runs]
        if rows:
            self._run(insert(failures).values(rows))

    def enter_kept(self, home: Path) -> None:
        """Enter what `keep_failure` kept, once: each file is taken aside first, and goes when its lines are in the
        database."""
        for found in home.glob(f"{_KEPT}*.jsonl"):
            aside = found.with_name(f"{_KEPT}.{uuid4().hex[:8]}.jsonl")
            try:
                found.rename(aside)
                runs: list[Failure] = []
                for line in aside.read_text(encoding="utf-8", errors="replace").splitlines():
                    try:
                        said = json.loads(line)
                        at = datetime.fromisoformat(said["at"])
                        runs.append(Failure(said["feed"], at, said["kind"], said["sentence"]))
                    except (ValueError, KeyError, TypeError):
                        _log.warning("%s: a line cut short by a full disk or a kill is left out", aside)
                self.failed(*runs)
                aside.unlink()
            except FileNotFoundError:
                continue  # another process was quicker
            except (OSError, WarehouseUnreachable) as fault:
                _log.warning("what is kept in %s could not be entered (%s); it waits", aside, type(fault).__name__)

    def recovered(self, feed: str, at: datetime) -> None:
        """End the feed's row of failures, unless what its last run took in was unreadable."""
        newest = select(func.max(deliveries.c.id)).where(deliveries.c.feed == feed).scalar_subquery()
        unreadable = (deliveries.c.id == newest) & (deliveries.c.verdict == VerdictKind.UNREADABLE.value)
        ended = (failures.c.feed == feed) & failures.c.over_at.is_(None) & ~exists().where(unreadable)
        self._run(update(failures).where(ended).values(over_at=at))

    def open_failures(self, feed: str | None = None) -> dict[str, list[Failure]]:
        """By feed, the failures since it was last well, newest first."""
        query = _FAILURES.where(failures.c.over_at.is_(None)).order_by(failures.c.id.desc())
        found: dict[str, list[Failure]] = {}
        for row in self._run(query if feed is None else query.where(failures.c.feed == feed)):
            found.setdefault(row.feed, []).append(Failure(*row))
        return found

    def let_down(self, since: datetime) -> list[Failure]:
        """Runs since then that the database itself did not serve, over or not, newest first."""
        query = _FAILURES.where(failures.c.at > since, failures.c.kind == WarehouseUnreachable.__name__)
        return [Failure(*row) for row in self._run(query.order_by(failures.c.at.desc()))]

    def long_held(self) -> list[Holder]:
        """Sessions that hold a lock of ours for so long that a person should look."""
        with self._warehouse.transaction() as connection:
            return long_held(connection)

    def told(self, feed: str | None = None) -> dict[tuple[str, str], Told]:
        """What people know, by feed and kind."""
        query = select(alerts) if feed is None else select(alerts).where(alerts.c.feed == feed)
        return {(row.feed, row.kind): Told(**row._mapping) for row in self._run(query)}

    def tell(self, told: Told) -> None:
        """Note what people now know, in place of what they knew; an acknowledgement holds only for what it was of."""
        values = {name: getattr(told, name) for name in alerts.c.keys()}  # noqa: SIM118  # the names, not the columns
        statement = upsert(alerts).values(values)
        newer = {name: statement.excluded[name] for name in values if name not in ("feed", "kind")}
        self._run(statement.on_conflict_do_update(index_elements=["feed", "kind"], set_=newer))

    def acknowledge(self, told: Told) -> None:
        """Note that a person took it on; when it was told stays as it was."""
        known = self.told(told.feed).get((told.feed, told.kind))
        if known is not None and known.state == told.state:
            same = (alerts.c.feed == told.feed) & (alerts.c.kind == told.kind)
            values = {"acknowledged_at": told.acknowledged_at, "acknowledged_by": told.acknowledged_by}
            self._run(update(alerts).where(same).values(values))
        else:
            self.tell(told)

    def forget(self, gone: Collection[tuple[str, str]]) -> None:
        """Forget matters that ended, so that they are told again when they come back."""
        for feed, kind in gone:
            self._run(delete(alerts).where(alerts.c.feed == feed, alerts.c.kind == kind))


def keep_failure(home: Path, failure: Failure) -> None:
    """Write it down beside the database. Where even that is impossible the log has it, and nothing else is stopped."""
    said = json.dumps({**asdict(failure), "at": failure.at.isoformat()}, ensure_ascii=False)
    try:
        home.mkdir(parents=True, exist_ok=True)
        with (home / f"{_KEPT}.jsonl").open("a", encoding="utf-8") as file:
            file.write(f"{said}\n")
    except OSError as error:
        _log.warning("%s: its failure cannot be kept under %s (%s)", failure.feed, home, error.strerror)
