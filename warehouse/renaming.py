"""A feed under another name: every row that bears the old one, found by the tables' own columns.

What a record is compared by (its sketch) is numbered by its feed among other things, so that these numbers change too.
Records, offers and their ids stay.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection, Table, text

from offers.arrays import row_hash
from offers.matching.sketches import SKETCHED
from offers.model import Finding
from warehouse.copying import copy_out, scratch
from warehouse.locks import lock
from warehouse.matching.schema import metadata

BY_PAIR = ("feed_a", "feed_b")
"""The columns of `link_decisions`, whose records stand in order."""
IN_JSON = ("golden.provenance", "link_decisions.label", "profiles.profile")
"""Columns of JSON that hold a feed's slug among other things."""


def bearing() -> Iterator[tuple[Table, str]]:
    """Every table that bears feeds' slugs, those that others point at first, with the column."""
    for table in metadata.sorted_tables:
        yield from ((table, name) for name in ("feed", *BY_PAIR) if name in table.c)


def known_records(connection: Connection, feed: str) -> int:
    """How many records a feed ever had."""
    return int(connection.execute(text("select count(*) from records where feed = :feed"), {"feed": feed}).scalar_one())


def rename(connection: Connection, old: str, new: str) -> dict[str, int]:
    """Give all that bears `old` to `new`, which has no records; the rows by table. Takes the lock of all matching.

    Where `new` has a row of its own under the same key (what was told of it, say), that one stays.
    """
    lock(connection)
    _resketch(connection, old, new)
    given = {"old": old, "new": new}
    for statement in _JSON:
        connection.execute(text(statement), given)
    pointed_at = {key.column for table in metadata.tables.values() for key in table.foreign_keys}
    moved: dict[str, int] = {}
    copied = []
    for table, column in bearing():
        others = "".join(f' and w."{key.name}" = t."{key.name}"' for key in table.primary_key if key.name != column)
        # The rows of `new` that have the key of a row `t`, but for the feed.
        twins = f"select from {table} w where w.{column} = :new{others}"
        if table.c[column] in pointed_at:
            # Rows that others point at are there twice until these point elsewhere.
            names = ", ".join(f'"{name}"' for name in table.c.keys() if name != column)  # noqa: SIM118  # names, no columns
            copy = f"insert into {table} ({column}, {names}) select :new, {names} from {table} t"  # noqa: S608
            connection.execute(text(f"{copy} where {column} = :old and not exists ({twins})"), given)
            copied.append(table)
            continue
        if table.c[column].primary_key:
            connection.execute(text(f"delete from {table} t where {column} = :old and exists ({twins})"), given)  # noqa: S608
        done = connection.execute(text(f"update {table} set {column} = :new where {column} = :old"), given)  # noqa: S608
        moved[table.name] = moved.get(table.name, 0) + done.rowcount
    for table in reversed(copied):
        moved[table.name] = connection.execute(text(f"delete from {table} where feed = :old"), given).rowcount  # noqa: S608
    connection.execute(text(_IN_ORDER))
    return {name: count for name, count in moved.items() if count}


def note(connection: Connection, feed: str, finding: Finding) -> None:
    """Add a finding to the newest delivery of a feed, if it ever had one."""
    connection.execute(text(_NOTE), {"feed": feed, "fields": json.dumps(finding.fields), **finding.as_dict()})


def _resketch(connection: Connection, old: str, new: str) -> None:
    types: dict[str, Any] = {"id": pa.int64()} | dict.fromkeys((*SKETCHED, "version"), pa.large_string())
    query = f"select id, {', '.join(SKETCHED)}, version from sketches where feed = %(feed)s"  # noqa: S608  # our own names
    found = copy_out(connection, query, {"feed": old}, types).to_pandas()
    texts = found[list(SKETCHED)].fillna("").astype("str").assign(feed=new)
    ids = pd.Series(0, index=found.index, dtype="int64")
    for version, rows in texts.groupby(found["version"]):
        ids[rows.index] = row_hash(rows, SKETCHED, str(version))
    table = pa.table({"was": pa.array(found["id"], pa.int64()), "id": pa.array(ids, pa.int64())})
    scratch(connection, "resketched", "was bigint, id bigint", table)
    for statement in _RESKETCHED:
        connection.execute(text(statement))


_RESKETCHED = (
    "update sketches s set id = n.id from resketched n where s.id = n.was",
    "update sketch_keys k set sketch = n.id from resketched n where k.sketch = n.was",
    "update records r set sketch = n.id from resketched n where r.sketch = n.was",
    "update links l set a = least(p.a, p.b), b = greatest(p.a, p.b) from ("
    "select l.a as was_a, l.b as was_b, coalesce(a.id, l.a) as a, coalesce(b.id, l.b) as b from links l "
    "left join resketched a on a.was = l.a left join resketched b on b.was = l.b "
    "where a.id is not null or b.id is not null) p where l.a = p.was_a and l.b = p.was_b",
)
_JSON = (
    "update profiles p set profile = jsonb_set(profile, '{feed}', to_jsonb(cast(:new as text))) "
    "from deliveries d where d.id = p.delivery_id and d.feed = :old",
    "update link_decisions set label = jsonb_set(label, '{a,feed}', to_jsonb(cast(:new as text))) where feed_a = :old",
    "update link_decisions set label = jsonb_set(label, '{b,feed}', to_jsonb(cast(:new as text))) where feed_b = :old",
    "update golden g set provenance = p.said from (select g.offer, jsonb_object_agg(e.key, case e.value ->> 0 "
    "when :old then jsonb_set(e.value, '{0}', to_jsonb(cast(:new as text))) else e.value end) as said "
    "from golden g, jsonb_each(g.provenance) e group by g.offer "
    "having bool_or(e.value ->> 0 = :old)) p where p.offer = g.offer",
)
_IN_ORDER = """
    update link_decisions set feed_a = feed_b, reference_a = reference_b, feed_b = feed_a, reference_b = reference_a,
        label = label || jsonb_build_object('a', label -> 'b', 'b', label -> 'a')
    where (feed_a, reference_a) > (feed_b, reference_b)
"""
_NOTE = """
    insert into findings (delivery_id, position, "check", severity, seen, expected, sentence, fields)
    select d.id, coalesce(max(f.position), 0) + 1, :check, :severity, :seen, :expected, :sentence,
        cast(:fields as jsonb)
    from (select max(id) as id from deliveries where feed = :feed) d left join findings f on f.delivery_id = d.id
    where d.id is not null group by d.id
"""
