"""The memory of a feed: what became of each line of its last accepted drop, by a hash of what was mapped of it. Pure.

What cleaning and the contract make of one line hangs on that line, on the rules, and on the little that a whole batch
decides (`offers.cleaning.batch.OfBatch`). Under the same of both, which the `context` stands for, the same line becomes
the same again, and is taken from here. What depends on the day is judged anew. A memory is a shortcut and never a
source: one that is missing, torn, foreign or of other rules is not believed, and costs a walk.

It holds of a line only what cleaning changed in it, what was said of it, and hashes; lines that no drop holds any more
are in none.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from offers.arrays import arrow, column_of, pc, series, strings
from offers.columns import NAMES
from offers.model import CONTACT_COLUMNS, REJECTION_COLUMNS, REPAIR_COLUMNS, Checked, Cleaned, text_frame

KEPT, REFUSED, OVER = range(3)
"""The fates of a line. One that was OVER was held to no rule, and is so only where it still is."""
EMPTIED_COLUMNS = ("line", "field", "after")
"""Cells of kept lines that the contract emptied, and what they became."""
SIDES = {
    "repairs": REPAIR_COLUMNS[1:],
    "rejections": (*REJECTION_COLUMNS[1:], "before"),
    "contacts": CONTACT_COLUMNS[1:],
    "emptied": EMPTIED_COLUMNS[1:],
}
"""What is said of lines, several times of some: by `row`. The sentence of a rejection is kept in two parts, around the
line's number."""
GONE = "\x00"
"""What stands for a value that cleaning took away; cleaned text holds no control character."""
_MAGIC = b"QUAIMEM1"
_HEAD = len(_MAGIC) + 32 + 8

Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Lines:
    """What became of each of several lines, in their order.

    `keys`: two numbers that are a hash of the line (offers.arrays.row_keys); `content`: of a kept line its content
    hash; `patches`: by our column, what cleaning made of what was mapped: missing where it is the same, GONE where it
    is nothing. `sides`: SIDES, by `row`, ascending.
    """

    keys: npt.NDArray[np.uint64]
    fate: npt.NDArray[np.int8]
    content: Positions
    patches: Mapping[str, Any]
    sides: Mapping[str, pa.Table]

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def of(
        cls,
        keys: npt.NDArray[np.uint64],
        mapped: pd.DataFrame,
        cleaned: Cleaned,
        checked: Checked,
        over: npt.NDArray[np.bool_],
        content: pd.Series[int],
    ) -> Self:
        """Of lines that walked the whole way: mapped, cleaned, and checked where they were not `over`.

        `content` holds the hashes of the kept ones, by line.
        """
        lines = cleaned.frame.index
        fate = np.full(len(lines), REFUSED, np.int8)
        kept = lines.get_indexer(checked.kept.index)
        fate[kept], fate[over] = KEPT, OVER
        hashes = np.zeros(len(lines), np.int64)
        hashes[kept] = content.loc[checked.kept.index].to_numpy()
        patches = {}
        for name in NAMES:
            patch = _patch(arrow(column_of(mapped, name)), arrow(cleaned.frame[name]))
            if patch is not None:
                patches[name] = patch
        contacts = text_frame(CONTACT_COLUMNS) if cleaned.contacts is None else cleaned.contacts
        said = {
            "repairs": checked.repairs,
            "rejections": _in_two(checked.rejections),
            "contacts": contacts,
            "emptied": _emptied(checked),
        }
        sides = {name: _side(frame, SIDES[name], lines) for name, frame in said.items()}
        return cls(keys, fate, hashes, patches, sides)

    def frame(self, mapped: pd.DataFrame) -> pd.DataFrame:
        """The lines as cleaning left them, from what is mapped of them today."""
        return pd.DataFrame({name: self._column(mapped, name) for name in NAMES}, index=mapped.index)

    def _column(self, mapped: pd.DataFrame, name: str) -> pd.Series[str]:
        theirs, patch = column_of(mapped, name), self.patches.get(name)
        if patch is None:
            return theirs
        values = patch if patch.null_count == 0 else pc.coalesce(patch, arrow(theirs))
        gone = pc.equal(patch, pa.scalar(GONE, pa.large_string()))
        if pc.any(gone).as_py():
            values = pc.if_else(pc.fill_null(gone, False), pa.scalar(None, pa.large_string()), values)
        return series(values, theirs)

    def checked(self, cleaned: pd.DataFrame, over: npt.NDArray[np.bool_]) -> Checked:
        """What the contract makes of them, but for those that are `over` today, which are held to none."""
        lines = cleaned.index
        stays = (self.fate == KEPT) & ~over
        kept = cleaned if stays.all() else cleaned[stays]
        said = self._said("emptied", lines, over)
        for name, cells in said.groupby("field"):
            at = kept.index.get_indexer(pd.Index(cells["line"]))
            mask = np.zeros(len(kept), bool)
            mask[at] = True
            after = arrow(cells["after"]).take(pa.array(np.argsort(at, kind="stable")))
            values = pc.replace_with_mask(arrow(kept[str(name)]), pa.array(mask), after)
            kept = kept.assign(**{str(name): series(values, kept[str(name)])})
        rejections = self._said("rejections", lines, over)
        told = zip(rejections["before"], rejections["line"], rejections["sentence"], strict=True)
        sentences = strings(f"{before}{line}{rest}" for before, line, rest in told)
        rejections = rejections.assign(sentence=series(sentences, rejections["sentence"]))[list(REJECTION_COLUMNS)]
        return Checked(kept, rejections, self._said("repairs", lines, over))

    def contacts(self, lines: pd.Index[int]) -> pd.DataFrame:
        """CONTACT_COLUMNS."""
        return self._said("contacts", lines, np.zeros(len(lines), bool))

    def hashes(self, cleaned: pd.Index[int], kept: pd.Index[int]) -> pd.Series[int]:
        """The content hashes of the lines that were kept."""
        return pd.Series(self.content, index=cleaned, name="content_hash").loc[kept]

    def _said(self, name: str, lines: pd.Index[int], over: npt.NDArray[np.bool_]) -> pd.DataFrame:
        side, columns = self.sides[name], ("line", *SIDES[name])
        if side.num_rows == 0:
            return text_frame(columns)
        rows = side["row"].to_numpy()
        if over.any():
            side = side.filter(pa.array(~over[rows]))
            rows = rows[~over[rows]]
        frame = text_frame(SIDES[name], side.drop_columns("row").to_pandas())
        frame.insert(0, "line", lines.to_numpy()[rows].astype("int64"))
        return frame[list(columns)].reset_index(drop=True)

    def and_fresh(self, fresh: Lines, where: npt.NDArray[np.bool_]) -> Lines:
        """The same with other lines in the places `where` these know nothing."""
        if not where.any():
            return self
        if where.all():
            return fresh
        at, mask = np.flatnonzero(where), pa.array(where)
        keys, fate, content = self.keys.copy(), self.fate.copy(), self.content.copy()
        keys[at], fate[at], content[at] = fresh.keys, fresh.fate, fresh.content
        patches = {}
        for name in dict.fromkeys((*self.patches, *fresh.patches)):
            ours, theirs = self.patches.get(name), fresh.patches.get(name)
            ours = pa.nulls(len(self), pa.large_string()) if ours is None else ours
            theirs = pa.nulls(len(fresh), pa.large_string()) if theirs is None else theirs
            patches[name] = pc.replace_with_mask(ours, mask, theirs)
        sides = {}
        for name, side in self.sides.items():
            other = fresh.sides[name]
            moved = other.set_column(0, "row", pa.array(at[other["row"].to_numpy()]))
            both = pa.concat_tables([side, moved]).combine_chunks()
            sides[name] = both.take(np.argsort(both["row"].to_numpy(), kind="stable"))
        return Lines(keys, fate, content, patches, sides)

    def each_once(self, worth: npt.NDArray[np.bool_]) -> Lines:
        """Those that are worth it, each hash once, in the order of their hashes."""
        rows = np.flatnonzero(worth)
        order = rows[np.lexsort((self.keys[rows, 1], self.keys[rows, 0]))]
        keys = self.keys[order]
        first = np.ones(len(order), bool)
        first[1:] = (keys[1:] != keys[:-1]).any(axis=1)
        return self.take(order[first])

    def take(self, at: Positions) -> Lines:
        """Those at these places, in that order; at -1 is one of which nothing is known."""
        lacking = at < 0
        there = np.where(lacking, 0, at)
        places = pa.array(at, mask=lacking) if lacking.any() else pa.array(at)
        patches = {name: _plain(patch.take(places)) for name, patch in self.patches.items()}
        sides = {name: _taken(side, at) for name, side in self.sides.items()}
        return Lines(self.keys[there], self.fate[there], self.content[there], patches, sides)


def _patch(theirs: Any, ours: Any) -> Any | None:
    """What cleaning made of the values where it made another of them; None where it nowhere did."""
    if theirs.null_count == len(theirs):
        return None if ours.null_count == len(ours) else ours
    other = pc.or_(pc.fill_null(pc.not_equal(ours, theirs), False), pc.xor(pc.is_null(ours), pc.is_null(theirs)))
    if not pc.any(other).as_py():
        return None
    return pc.if_else(other, pc.fill_null(ours, GONE), pa.scalar(None, pa.large_string()))


def _in_two(rejections: pd.DataFrame) -> pd.DataFrame:
    """The sentences without the number of their line, which comes before any other."""
    pairs = zip(rejections["sentence"], rejections["line"], strict=True)
    parts = [sentence.partition(str(line)) for sentence, line in pairs]
    before, rest = (strings(part[at] for part in parts) for at in (0, 2))
    sentences = rejections["sentence"]
    return rejections.assign(before=series(before, sentences), sentence=series(rest, sentences))


def _emptied(checked: Checked) -> pd.DataFrame:
    """The cells that the contract emptied (EMPTIED_COLUMNS), of kept lines, and whose organisation hung on a SIRET."""
    cells = checked.emptied
    if cells is None or cells.empty:
        return text_frame(EMPTIED_COLUMNS)
    cells = cells[cells["line"].isin(checked.kept.index)]
    hung = cells[cells["field"] == "siret"].assign(field="organisation")
    parts = []
    for name, found in pd.concat([cells, hung]).groupby("field"):
        lines = found["line"].drop_duplicates()
        after = checked.kept[str(name)].loc[lines].to_numpy()
        parts.append(pd.DataFrame({"line": lines.to_numpy(), "field": str(name), "after": after}))
    return text_frame(EMPTIED_COLUMNS, pd.concat(parts, ignore_index=True)) if parts else text_frame(EMPTIED_COLUMNS)


def _side(frame: pd.DataFrame, columns: tuple[str, ...], lines: pd.Index[int]) -> pa.Table:
    rows = lines.get_indexer(pd.Index(frame["line"]))
    order = np.argsort(rows, kind="stable")
    order = order[rows[order] >= 0]
    at = pa.array(order)
    texts = {name: arrow(frame[name]).take(at) for name in columns}
    return pa.table({"row": pa.array(rows[order].astype(np.int64)), **texts})


def _taken(side: pa.Table, at: Positions) -> pa.Table:
    """What is said of these rows, by their new numbers."""
    rows = side["row"].to_numpy()
    first, end = (np.searchsorted(rows, at, edge) for edge in ("left", "right"))
    count = end - first
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    found = side.take(pa.array(np.repeat(first, count) + within)).combine_chunks()
    texts = {name: _plain(found[name].combine_chunks()) for name in found.column_names[1:]}
    return pa.table({"row": pa.array(np.repeat(np.arange(len(at)), count)), **texts})


def _plain(texts: Any) -> Any:
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    return texts.cast(pa.large_string()) if pa.types.is_dictionary(texts.type) else texts


@dataclass(frozen=True)
class Memory:
    """What became of the lines of a feed's last accepted drop, each once, in the order of their hashes.

    `context`: the rules, and what the batch decided, as a checksum; `columns`: those of ours that were mapped, in their
    order; `day`: that of the run; `drop`: the checksum of the drop whose lines they are.
    """

    feed: str
    context: str
    columns: tuple[str, ...]
    day: date
    drop: str
    lines: Lines

    def places(self, keys: npt.NDArray[np.uint64], columns: tuple[str, ...]) -> Positions:
        """Where each of these lines is in the memory, whatever the rules; -1 where it is not."""
        if not len(self.lines) or columns != self.columns:
            return np.full(len(keys), -1, np.int64)
        high = self.lines.keys[:, 0]
        at = np.searchsorted(high, keys[:, 0])
        at[at == len(high)] = 0
        return np.where((self.lines.keys[at] == keys).all(axis=1), at, -1)

    def is_all_of(self, places: Positions, context: str, today: date) -> bool:
        """Whether the lines at these places are all that it holds, and were all taken from it."""
        ours = context == self.context and today >= self.day and len(places) > 0 and places.min() >= 0
        return bool(ours and np.bincount(places, minlength=len(self.lines)).min() > 0)

    def texts(self) -> Iterator[Any]:
        """All that it holds of what a partner wrote, column by column, each text once."""
        sides = (side[name] for side in self.lines.sides.values() for name in side.column_names[1:])
        for column in (*self.lines.patches.values(), *sides):
            yield _plain(column).unique()

    def dumped(self) -> bytes:
        """As bytes, which say of themselves whether they are whole."""
        said = {name: getattr(self, name) for name in ("feed", "context", "columns", "drop")}
        head = json.dumps({**said, "day": self.day.isoformat()}).encode()
        head += b" " * (-(_HEAD + len(head)) % 64)  # tables begin where Arrow may look at them without a copy
        body = pa.BufferOutputStream()
        lines = self.lines
        numbers = {"high": lines.keys[:, 0], "low": lines.keys[:, 1], "fate": lines.fate, "content": lines.content}
        texts = {f"={name}": _packed(patch) for name, patch in lines.patches.items()}
        rows = pa.table({name: pa.array(np.ascontiguousarray(one)) for name, one in numbers.items()} | texts)
        for table in (rows, *lines.sides.values()):
            packed = pa.table({name: _packed(table[name]) for name in table.column_names})
            with pa.ipc.new_stream(body, packed.schema) as writer:
                writer.write_table(packed)
        whole = b"".join((len(head).to_bytes(8, "little"), head, body.getvalue()))
        return b"".join((_MAGIC, sha256(whole).digest(), whole))

    @classmethod
    def loaded(cls, content: pa.Buffer | bytes) -> Self | None:
        """From its bytes, without a copy; None where they are no whole memory."""
        whole = pa.py_buffer(content)
        view = memoryview(whole)
        if len(view) < _HEAD or bytes(view[: len(_MAGIC)]) != _MAGIC:
            return None
        if sha256(view[len(_MAGIC) + 32 :]).digest() != bytes(view[len(_MAGIC) : len(_MAGIC) + 32]):
            return None
        length = int.from_bytes(view[_HEAD - 8 : _HEAD], "little")
        said: dict[str, Any] = json.loads(bytes(view[_HEAD : _HEAD + length]))
        source = pa.BufferReader(whole.slice(_HEAD + length))
        rows, *sides = (pa.ipc.open_stream(source).read_all().combine_chunks() for _ in range(1 + len(SIDES)))
        numbers = {name: rows[name].to_numpy() for name in ("high", "low", "fate", "content")}
        keys = np.column_stack([numbers["high"], numbers["low"]])
        patches = {name[1:]: _whole(rows[name]) for name in rows.column_names if name.startswith("=")}
        lines = Lines(keys, numbers["fate"], numbers["content"], patches, dict(zip(SIDES, sides, strict=True)))
        columns, day = tuple(said["columns"]), date.fromisoformat(said["day"])
        return cls(said["feed"], said["context"], columns, day, said["drop"], lines)


def _whole(column: Any) -> Any:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


FEW = 4
"""A text column is kept by its distinct values where these are one in so many, or fewer."""


def _packed(column: Any) -> Any:
    column = _whole(column) if isinstance(column, pa.ChunkedArray) else column
    if column.type != pa.large_string():
        return column
    sample = column.slice(0, 5000)
    if len(sample.unique()) * FEW > len(sample) + FEW:
        return column
    coded = column.dictionary_encode()
    return coded if len(coded.dictionary) * FEW <= len(column) + FEW else column
