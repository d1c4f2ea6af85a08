"""What outside services answered, kept until it expires, so that the same thing is not asked every night."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, any_, cast, delete, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from warehouse.engine import Warehouse
from warehouse.tables import answers

Answer = Mapping[str, Any]


class Answers:
    """The cache of all services, in the table `answers`. Raises WarehouseUnreachable."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def known(self, service: str, keys: Collection[str], now: datetime) -> dict[str, Answer]:
        """The answers to these keys that have not expired."""
        if not keys:
            return {}
        asked = cast(list(keys), ARRAY(Text))
        query = select(answers.c.key, answers.c.answer).where(
            answers.c.service == service, answers.c.key == any_(asked), answers.c.expires_at > now
        )
        return {str(key): dict(answer) for key, answer in self._warehouse.run(query)}

    def keep(
        self, service: str, given: Mapping[str, Answer], now: datetime, keeps: Callable[[str, Answer], timedelta]
    ) -> None:
        """Keep these answers, in place of older ones to the same keys; `keeps` says for how long."""
        expires = {key: now + keeps(service, said) for key, said in given.items()}
        rows = [
            {"service": service, "key": key, "answer": dict(said), "fetched_at": now, "expires_at": expires[key]}
            for key, said in given.items()
        ]
        statement = insert(answers)
        newer = {name: statement.excluded[name] for name in ("answer", "fetched_at", "expires_at")}
        if rows:
            self._warehouse.run(statement.on_conflict_do_update(index_elements=["service", "key"], set_=newer), rows)

    def forget(self, now: datetime) -> int:
        """Delete what has expired; gives how many answers that were."""
        return int(self._warehouse.run(delete(answers).where(answers.c.expires_at <= now)))
