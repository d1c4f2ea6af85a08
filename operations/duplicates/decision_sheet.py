"""Pairs as a sheet that people fill in with a spreadsheet, and the sheet read back, line by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import Any

import pandas as pd

from offers.errors import Declined
from offers.matching.explaining import Circumstances, explain
from offers.matching.review import Key, LinkDecision, answer_of
from offers.matching.sketches import SKETCHED
from offers.text import fold_word
from operations.duplicates.looking_up import unknown_record
from operations.duplicates.review import Ruling, side, summed, waiting_rows
from reports.harmless import csv_bytes
from story.dock import Dock

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
class DecisionRow:
    """A filled line of the sheet: its number, the two records, and what is held of them."""

    line: int
    a: str
    b: str
    answer: str
    reason: str


def export(dock: Dock, out: Path, decided: bool = False) -> int:
    """Write the pairs that wait, or those that are decided, each with what the person saw who made the decision, as CSV
    that a spreadsheet opens; gives how many."""
    rows = [] if decided else [_line(row) for row in waiting_rows(dock)]
    known = dock.store.matching.decisions() if decided else []
    said = dock.store.matching.records({key for one in known for key in one.decision.pair}) if decided else {}
    for decision, label in ((one.decision, one.label) for one in known):
        a, b = decision.pair
        if a in said and b in said:
            one, other = ({**dict.fromkeys(SKETCHED, ""), **label[name]} for name in ("a", "b"))
            why = explain(label, one, other, Circumstances(one_offer=decision.same, decided=decision))
            row = _line({"a": side(said[a]), "b": side(said[b]), "score": label["score"], "why": why})
            rows.append({**row, "answer": WORDS[decision.same], "reason": decision.reason})
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
    rows = _rows(sheet)
    filled = [row for row in rows if row.answer]
    decisions, faults = _read(dock, filled, Ruling(True, by, f"see {sheet.name}"))
    told = {"decided": 0, "offers_before": 0, "offers_after": 0}
    # What is new: of lines that say the same the last, and none that says what stands already, as an export that
    # comes back does.
    last = {decision.pair: line for line, decision in decisions.items()}
    stands = {(one.decision.pair, one.decision.same, one.decision.reason) for one in dock.store.matching.decisions()}
    once = {line: decisions[line] for line in last.values()}
    fresh = {line: one for line, one in once.items() if (one.pair, one.same, one.reason) not in stands}
    lines, refused = {decision.pair: line for line, decision in fresh.items()}, []
    if faults and not skip_faulty:
        refused = dock.store.matching.refusals([*fresh.values()])
    elif fresh:
        outcome = dock.store.matching.decide([*fresh.values()], dock.now(), all_or_none=not skip_faulty)
        refused, told = outcome.refused, summed(outcome)
    faults |= {lines[one.decision.pair]: one.sentence for one in refused}
    said = [{"line": line, "sentence": f"line {line}: {sentence}"} for line, sentence in sorted(faults.items())]
    return {**told, "known": len(decisions) - len(fresh), "empty": len(rows) - len(filled), "faults": said}


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    cells: dict[str, Any] = {"score": floor(row["score"]), "why": row["why"], "answer": "", "reason": ""}
    for name in ("a", "b"):
        said = row[name]
        cells[name], cells[f"title_{name}"] = said["record"], said["title"]
        cells[f"employer_{name}"], cells[f"town_{name}"] = said["employer_name"], said["town"]
        cells[f"description_{name}"] = " ".join(said["description"].split())[:BEGINNING]
    return cells


def _rows(sheet: Path) -> list[DecisionRow]:
    """The lines of a sheet; quoted cells may hold line breaks, and each row's number is where it starts."""
    try:
        data = sheet.read_bytes()
    except OSError as fault:
        raise Declined(f"{sheet}: cannot be read ({fault.strerror}). Nothing was changed.") from fault
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:  # what Excel in France makes of it when it saves a CSV
        text = data.decode("cp1252", "replace")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=max(";,\t", key=text.partition("\n")[0].count))
    try:
        names = [_NAMES.get(fold_word(name), fold_word(name)) for name in next(lines, [])]
        rows, start = [], lines.line_num + 1
        for cells in lines:
            said = {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
            if any(said.values()):
                rows.append(DecisionRow(start, *(said.get(name, "") for name in ("a", "b", "answer", "reason"))))
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


def _read(dock: Dock, filled: list[DecisionRow], ruling: Ruling) -> tuple[dict[int, LinkDecision], dict[int, str]]:
    """The decisions by line, and what could not be read by line."""
    decisions: dict[int, LinkDecision] = {}
    faults: dict[int, str] = {}
    for row in filled:
        try:
            decisions[row.line] = _decision(dock, row, ruling)
        except Declined as fault:
            faults[row.line] = str(fault).removesuffix(" Nothing was changed.")
    unknown = unknown_record(dock, {key for one in decisions.values() for key in one.pair})
    for line, decision in decisions.items():
        said = [unknown[key] for key in decision.pair if key in unknown]
        if said:
            faults[line] = " ".join(said)
    sound = {line: decision for line, decision in decisions.items() if line not in faults}
    first: dict[tuple[Key, Key], int] = {}
    for line, decision in sound.items():  # what another line denies; of lines that say the same, the last counts
        before = first.setdefault(decision.pair, line)
        if sound[before].same != decision.same:
            for at, other in ((before, line), (line, before)):
                faults[at] = f"line {other} says the contrary of the same two records. Keep one of them."
    return {line: decision for line, decision in sound.items() if line not in faults}, faults


def _decision(dock: Dock, row: DecisionRow, ruling: Ruling) -> LinkDecision:
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
    return Ruling(same, ruling.by, reason or ruling.reason).of(keys[0], keys[1], dock.now())
