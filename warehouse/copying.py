"""Whole columns into PostgreSQL: a frame of canonical text, as Arrow, as CSV, through COPY.

PostgreSQL itself reads the text of numbers, dates and yes/no; lists and hours get its syntax here, on distinct values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.compute as arrow_compute
import pyarrow.csv as arrow_csv
from psycopg import sql
from sqlalchemy import Connection, text

from offers.arrays import arrow, of_distinct, strings
from offers.columns import BY_NAME, NAMES, Kind

pc: Any = arrow_compute
CLIPPED = 300
"""Characters kept of a value in rejections and repairs: enough to find it, not a second copy of the drop."""
SLICE = 10_000
NUMBERED = ("content_hash", "id", "offer_id", "sketch")
"""What a record's frame holds beside its columns when it is loaded."""
NUL, SHOWN_NUL = "\x00", "\u2400"
_TEXTS = (pa.string(), pa.large_string())


def records_table(frame: pd.DataFrame, constants: Mapping[str, Any]) -> pa.Table:
    """Records as the table `records` takes them: NAMES, NUMBERED, line (the frame's index), and the constants.

    A column that the frame lacks is null throughout. The text of each is canonical for its kind (offers.columns).
    """
    columns = {name: _stored(frame, name) for name in NAMES}
    for name in NUMBERED:
        columns[name] = pa.array(frame[name], type=pa.int64())
    columns["line"] = pa.array(frame.index, type=pa.int64())
    return pa.table(columns | _repeat(constants, len(frame)))


def lines_table(frame: pd.DataFrame, names: tuple[str, ...], delivery_id: int) -> pa.Table:
    """What is said of lines (rejections, repairs, ...), numbered from 1, with seen values clipped."""
    columns: dict[str, Any] = {name: pa.array(frame[name], from_pandas=True) for name in names}
    for name in {"value", "before", "after"} & columns.keys():
        texts = columns[name]
        long = pc.greater(pc.utf8_length(texts), CLIPPED)
        if pc.any(long).as_py():
            cut = pc.utf8_slice_codeunits(texts, 0, CLIPPED - 1)
            ellipsis = pa.scalar("…", cut.type)
            clipped = pc.binary_join_element_wise(cut, ellipsis, pa.scalar("", cut.type))
            columns[name] = pc.if_else(long, clipped, texts)
    columns["position"] = pa.array(range(1, len(frame) + 1), type=pa.int32())
    return pa.table(columns | _repeat({"delivery_id": delivery_id}, len(frame)))


def copy_in(connection: Connection, table: str, rows: pa.Table) -> None:
    """COPY the rows into the table, slice by slice; the next is written while the server takes in the last."""
    if rows.num_rows == 0:
        return
    columns = sql.SQL(", ").join(map(sql.Identifier, rows.column_names))
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(sql.Identifier(table), columns)
    # Arrow writes CSV without holding Python back: 0.9 s of a 200 000 rows' load are spent while the server works.
    with _driver(connection).cursor() as cursor, cursor.copy(statement) as copy, ThreadPoolExecutor(1) as ahead:
        writing = ahead.submit(_csv, rows.slice(0, SLICE))
        for start in range(SLICE, rows.num_rows + SLICE, SLICE):
            data, writing = writing.result(), ahead.submit(_csv, rows.slice(start, SLICE))
            copy.write(data)


def scratch(connection: Connection, name: str, columns: str, rows: pa.Table | None = None) -> None:
    """A temporary table of these columns, made anew and gone at the commit, with the rows in it."""
    connection.execute(text(f"drop table if exists {name}"))
    connection.execute(text(f"create temp table {name} ({columns}) on commit drop"))
    if rows is not None:
        copy_in(connection, name, rows)
        connection.execute(text(f"analyze {name}"))


def copy_out(connection: Connection, query: str, parameters: Mapping[str, Any], types: Mapping[str, Any]) -> pa.Table:
    """COPY the query's rows out as an Arrow table of these types; an empty text is no null."""
    statement = f"copy ({query}) to stdout (format csv, force_quote *)"
    with _driver(connection).cursor() as cursor, cursor.copy(statement, parameters) as copy:
        data = b"".join(bytes(block) for block in copy)
    if not data:
        return pa.schema(list(types.items())).empty_table()
    return arrow_csv.read_csv(
        BytesIO(data),
        read_options=arrow_csv.ReadOptions(column_names=list(types)),
        parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict(types), true_values=["t"], false_values=["f"], strings_can_be_null=False
        ),
    )


def no_nul(said: Any) -> Any:
    """PostgreSQL's text and JSON hold no NUL, and a partner's words may: it is shown as its picture, U+2400."""
    if isinstance(said, str):
        return said.replace(NUL, SHOWN_NUL)
    if isinstance(said, dict):
        return {no_nul(key): no_nul(value) for key, value in said.items()}
    return [no_nul(one) for one in said] if isinstance(said, (list, tuple)) else said


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101  # the engine knows no other driver
    return driver


def _csv(rows: pa.Table) -> bytes:
    """Texts quoted, nulls bare. PostgreSQL's text knows no NUL: one that gets here is shown as its picture, U+2400."""
    data = _written(rows)
    if b"\x00" in data:
        shown = [pc.replace_substring(c, NUL, SHOWN_NUL) if c.type in _TEXTS else c for c in rows.columns]
        data = _written(pa.table(shown, names=rows.column_names))
    return data


def _written(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    arrow_csv.write_csv(rows, sink, arrow_csv.WriteOptions(include_header=False))
    return sink.getvalue().to_pybytes()


def _stored(frame: pd.DataFrame, name: str) -> Any:
    if name not in frame.columns:
        return pa.nulls(len(frame), pa.large_string())
    literal = _LITERALS.get(BY_NAME[name].kind)
    if literal is None:
        return pa.array(frame[name], type=pa.large_string(), from_pandas=True)
    return of_distinct(arrow(frame[name]), lambda words: strings(map(literal, words.to_pylist())))


def _array_literal(words: str) -> str:
    """`2026-W25 2026-W26` as an array's literal."""
    return "{" + ",".join(json.dumps(word, ensure_ascii=False) for word in words.split(" ")) + "}"


_LITERALS: Mapping[Kind, Callable[[str], str]] = {
    Kind.GRADES: _array_literal,
    Kind.WEEKS: _array_literal,
    # `mon=09:00-17:00 tue=...` as a JSON object
    Kind.HOURS: lambda hours: json.dumps(dict(day.split("=", 1) for day in hours.split(" ")), ensure_ascii=False),
}


def _repeat(constants: Mapping[str, Any], times: int) -> dict[str, Any]:
    return {name: pa.repeat(pa.scalar(value), times) for name, value in constants.items()}
