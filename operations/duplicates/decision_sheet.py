"""Pairs as a sheet that people fill in with a spreadsheet, and the sheet read back, line by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Any

import pandas as pd

from offers.errors import Declined
from offers.matching.explaining import Circumstances, explain
from offers.matching.review import WAITING, Key, LinkDecision, answer_of
from offers.matching.sketches import SKETCHED
from offers.text import fold_word
from operations.duplicates.decisions import Ruling, summed
from operations.duplicates.record_names import unknown_record
from operations.duplicates.review import pair_rows, review, side
from reports.harmless import csv_bytes
from story.dock import Dock
from warehouse.matching import review as reviewing
from warehouse.matching.review import decide as write
from warehouse.matching.review import labels_kept, refusals

BEGINNING = 200
"""Characters of each description in the sheet."""
COLUMNS = (
    "a", "b", "title_a", "title_b", "employer_a", "employer_b", "town_a", "town_b", "description_a", "description_b",
    "score", "why", "answer", "reason",
)  # fmt: skip
WORDS = {True: "même", False: "différent"}
_SIGNS = tuple("=+-@＝＋－＠")
_NAMES = {"reponse": "answer", "raison": "reason", "motif": "reason"}


@dataclass(frozen=True)
class Row:
    """A filled line of the sheet: its number, the two records, and what is held of them."""

    line: int
    a: str
    b: str
    answer: str
    reason: str


@dataclass(frozen=True)
class Read:
    """What a sheet says: decisions by line, what could not be read by line, and how many lines are empty."""

    decisions: dict[int, LinkDecision]
    faults: dict[int, str]
    empty: int


def export(dock: Dock, out: Path, decided: bool = False) -> int:
    """Write the pairs that wait, or those that are decided, as CSV that a spreadsheet opens; gives how many."""
    rows = _decided(dock) if decided else _waiting(dock)
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"score": "int64"})
    try:
        out.write_bytes(csv_bytes(frame))
    except OSError as fault:
        raise Declined(f"{out}: cannot be written ({fault.strerror}). Name another file.") from fault
    return len(rows)


def take_in(dock: Dock, sheet: Path, by: str, skip_faulty: bool = False) -> dict[str, Any]:
    """Write the decisions of every filled line; with a fault anywhere nothing, unless `skip_faulty`.

    Raises Declined where the file is no such sheet.
    """
    read = _read(dock, _rows(sheet), Ruling(True, by, f"see {sheet.name}"))
    faults, told = dict(read.faults), {"decided": 0, "offers_before": 0, "offers_after": 0}
    fresh, known = _fresh(dock, read.decisions)
    if faults and not skip_faulty:
        lines = {decision.pair: line for line, decision in fresh.items()}
        refused = refusals(dock.store.warehouse, [*fresh.values()])
        faults |= {lines[one.decision.pair]: one.sentence for one in refused}
    elif fresh:
        outcome = write(dock.store.warehouse, [*fresh.values()], dock.now(), all_or_none=not skip_faulty)
        lines = {decision.pair: line for line, decision in fresh.items()}
        faults |= {lines[one.decision.pair]: one.sentence for one in outcome.refused}
        told = summed(outcome)
    rows = [{"line": line, "sentence": f"line {line}: {said}"} for line, said in sorted(faults.items())]
    return {**told, "known": known, "empty": read.empty, "faults": rows}


def _waiting(dock: Dock) -> list[dict[str, Any]]:
    with dock.store.warehouse.transaction() as connection:
        pairs = review(dock, connection).pairs
        rows = pair_rows(connection, pairs[pairs["state"] == WAITING])
    return [_line(row) for row in rows]


def _decided(dock: Dock) -> list[dict[str, Any]]:
    """The decisions, each with what the person saw who made it."""
    with dock.store.warehouse.transaction() as connection:
        decisions = [one.decision for one in reviewing.decisions(connection)]
        said = reviewing.records(connection, {key for one in decisions for key in one.pair})
        labels = labels_kept(connection)
    rows = []
    for decision in decisions:
        label, (a, b) = labels[decision.pair], decision.pair
        if a in said and b in said:
            one, other = ({**dict.fromkeys(SKETCHED, ""), **label[name]} for name in ("a", "b"))
            why = explain(label, one, other, Circumstances(one_offer=decision.same, decided=decision))
            row = _line({"a": side(said[a]), "b": side(said[b]), "score": label["score"], "why": why})
            rows.append({**row, "answer": WORDS[decision.same], "reason": decision.reason})
    return rows


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    cells: dict[str, Any] = {"score": floor(row["score"]), "why": row["why"], "answer": "", "reason": ""}
    for name in ("a", "b"):
        said = row[name]
        cells[name], cells[f"title_{name}"] = said["record"], said["title"]
        cells[f"employer_{name}"], cells[f"town_{name}"] = said["employer_name"], said["town"]
        cells[f"description_{name}"] = " ".join(said["description"].split())[:BEGINNING]
    return cells


def _rows(sheet: Path) -> list[Row]:
    """The lines of a sheet; quoted cells may hold line breaks, and each row's number is where it starts."""
    text = _text(sheet)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=text.partition("\n")[0].count))
    try:
        names = [_NAMES.get(fold_word(name), fold_word(name)) for name in next(lines, [])]
        rows, start = [], lines.line_num + 1
        for cells in lines:
            said = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
            if any(said.values()):
                rows.append(Row(start, *(said.get(name, "") for name in ("a", "b", "answer", "reason"))))
            start = lines.line_num + 1
    except csv.Error as fault:
        raise Declined(f"{sheet}, line {lines.line_num}: no CSV ({fault}). Nothing was changed.") from fault
    missing = [name for name in ("a", "b", "answer") if name not in names]
    if missing:
        raise Declined(
            f"{sheet}: no column {', '.join(missing)} (found: {', '.join(names[:20]) or 'nothing'}). Take the file "
            "that `quai duplicates export` wrote, and fill in `answer`. Nothing was changed."
        )
    return rows


def _text(sheet: Path) -> str:
    """UTF-8, or what Excel in France makes of it when it saves a CSV."""
    try:
        data = sheet.read_bytes()
    except OSError as fault:
        raise Declined(f"{sheet}: cannot be read ({fault.strerror}). Nothing was changed.") from fault
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _read(dock: Dock, rows: list[Row], ruling: Ruling) -> Read:
    filled = [row for row in rows if row.answer]
    decisions: dict[int, LinkDecision] = {}
    faults: dict[int, str] = {}
    for row in filled:
        try:
            decisions[row.line] = _decision(dock, row, ruling)
        except Declined as fault:
            faults[row.line] = str(fault).removesuffix(" Nothing was changed.")
    with dock.store.warehouse.transaction() as connection:
        unknown = unknown_record(connection, {key for one in decisions.values() for key in one.pair})
    for line, decision in [*decisions.items()]:
        said = [unknown[key] for key in decision.pair if key in unknown]
        if said:
            faults[line] = " ".join(said)
            del decisions[line]
    for line, sentence in _contradicting(decisions):
        faults[line] = sentence
        decisions.pop(line, None)
    return Read(decisions, faults, len(rows) - len(filled))


def _decision(dock: Dock, row: Row, ruling: Ruling) -> LinkDecision:
    same = answer_of(row.answer)
    if same is None:
        raise Declined(f"answer is « {row.answer} »; expected même or différent (or same, different), or nothing.")
    keys = []
    for name, record in (("a", row.a), ("b", row.b)):
        feed, colon, reference = record.partition(":")
        if not colon:
            raise Declined(f"{name} is « {record} », which names no record; expected feed:reference.")
        keys.append((feed, reference))
    # What the export defused comes back as it was.
    reason = row.reason[1:] if row.reason[:1] == "'" and row.reason[1:2] in _SIGNS else row.reason
    return LinkDecision.of(keys[0], keys[1], same, ruling.by, reason or ruling.reason, dock.now())


def _contradicting(decisions: Mapping[int, LinkDecision]) -> Iterator[tuple[int, str]]:
    """The lines that say of a pair what another line denies; of lines that say the same, the last counts."""
    first: dict[tuple[Key, Key], int] = {}
    for line, decision in [*decisions.items()]:
        before = first.setdefault(decision.pair, line)
        if decisions[before].same != decision.same:
            for at, other in ((before, line), (line, before)):
                yield at, f"line {other} says the contrary of the same two records. Keep one of them."


def _fresh(dock: Dock, decisions: Mapping[int, LinkDecision]) -> tuple[dict[int, LinkDecision], int]:
    """What is new, by line, and how many lines say what stands already: an export that comes back changes nothing."""
    with dock.store.warehouse.transaction() as connection:
        had = {one.decision.pair: one.decision for one in reviewing.decisions(connection)}
    last = {decision.pair: line for line, decision in decisions.items()}
    once = {line: decisions[line] for line in last.values()}
    fresh = {line: one for line, one in once.items() if not _stands(one, had.get(one.pair))}
    return fresh, len(decisions) - len(fresh)


def _stands(decision: LinkDecision, had: LinkDecision | None) -> bool:
    return had is not None and (had.same, had.reason) == (decision.same, decision.reason)
