"""What one return holds, and the account of its lines that all three forms (HTML, CSV, XLSX) are drawn from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import pandas as pd

from offers import quoting
from offers.changes import OVER
from offers.columns import PERSONAL
from offers.examined import Examined
from offers.model import Delivery, text_frame
from offers.sheets import named
from reports.returns import united
from reports.returns.words import Words

ACCOUNT_COLUMNS = ("status", "line", "reference", "field", "column", "received", "kept", "rule", "sentence", "remedy")
"""One row per refused, repaired, repeated, united, ended or ignored value of a line; text, `line` a whole number."""

MOST_CELLS = 500_000
"""Cells of a workbook worth drawing: 100 000 take a second, and an employer corrects dozens of rows, not thousands."""

_PREFIX = re.compile(
    r"^(?:(?:Feuille|Sheet)\s[«“].{0,90}?[»”],\s*+)?(?:[Ll]igne|[Ll]ine|Enregistrement|Record)\s[\d\s]++(?:,\s*+(?:colonne|column|champ|field)\s++[«\"“].*?[»\"”])?\s*+:\s*+"
)


@dataclass(frozen=True, kw_only=True)
class Return(Examined):
    """What the employer is told about one drop that was examined. Rendering it needs no clock and no database.

    `over` says in `closes` where this drop closed the offer. `repair_sentences` and `rule_titles` say a code in
    (French, English); repairs whose code is in `cosmetic` are told to nobody. `sheet` and `header_row` are where the
    feed's own reader looks in a workbook.
    The sentences in `rejections` are already in `lang`.
    """

    slug: str
    title: str
    drop: str
    delivery: Delivery
    contact: str = ""
    lang: Literal["fr", "en"] = "fr"
    repair_sentences: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    cosmetic: frozenset[str] = frozenset()
    rule_titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sheet: str | None = None
    header_row: int = 1

    @property
    def sheets(self) -> tuple[str, ...]:
        """Those of a workbook that its lines are of (offers.sheets)."""
        return self.delivery.sheets

    def at(self, line: int) -> str:
        """A line as the page shows it: its row, with the sheet where several were read."""
        return named(line, self.sheets)

    @property
    def taken(self) -> int:
        """Lines that were taken, or would be if the drop were released."""
        counts = self.delivery.counts
        return counts.created + counts.updated + counts.unchanged

    @property
    def offers(self) -> int:
        """The offers that these lines make."""
        return self.taken - self.copies.fewer - len(self.over)

    @property
    def closed(self) -> int:
        """The offers that this drop closed, by a last day that is past; in the counts they are updated."""
        return int(self.over["closes"].sum()) if "closes" in self.over else 0

    @property
    def words(self) -> Words:
        """The wording of this return's language."""
        return Words(self.lang)

    @property
    def has_workbook(self) -> bool:
        """Whether there is something to correct and rows to correct it in."""
        return len(self.batch.frame) > 0 and len(self.rejections) > 0

    @property
    def workbook_is_whole(self) -> bool:
        """Whether the workbook holds all rows, and may be sent back in place of the file."""
        return self.batch.frame.size <= MOST_CELLS

    @cached_property
    def account(self) -> pd.DataFrame:
        """Every line that was not simply taken, refused ones first, each by line (ACCOUNT_COLUMNS); persons masked.

        Drawn once, for all three forms; whoever changes it takes a copy.
        """
        parts = [_refused(self), _repaired(self), _repeated(self), _united(self), _over(self), _ignored(self)]
        rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
        known = references(self)
        own = rows["reference"]
        rows["reference"] = [said or known.get(line, "") for said, line in zip(own, rows["line"], strict=True)]
        return _masked(rows)

    def say(self, sentences: Mapping[str, tuple[str, str]], code: str) -> str | None:
        """A code's sentence in this return's language, or None where nobody wrote one."""
        pair = sentences.get(code)
        return None if pair is None else pair[self.lang == "en"]

    def file_name(self, extension: str) -> str:
        """`offres.csv` -> `offres.csv.retour.html`."""
        return f"{self.drop}.retour.{extension}"


def references(ret: Return) -> Mapping[int, str]:
    """The partner's own reference of each line, where the batch is known; a reader of Excel finds rows by it."""
    column = reference_column(ret)
    return {} if column is None else dict(zip(column.index.tolist(), column.tolist(), strict=True))


def reference_column(ret: Return) -> pd.Series[str] | None:
    """The references as sent, without the empty ones; where the feed joins several columns, those joined by a space."""
    rows = ret.batch.frame
    headers = own_headers(ret.headers.get("reference", ""), rows)
    if not headers:
        return None
    column: pd.Series[str] = rows[headers[0]].fillna("")
    for other in headers[1:]:
        column = column + " " + rows[other].fillna("")
    column = column.str.strip()
    return column[column != ""]


def own_headers(title: str, batch: pd.DataFrame) -> list[str]:
    """The partner's headers in a column's title: one, or several with a plus between them (`Voie + Rue`)."""
    return [title] if title in batch.columns else [part for part in title.split(" + ") if part in batch.columns]


def bare(sentence: str) -> str:
    """A sentence without its « Ligne 214, colonne « Code postal » : », for places that show both beside it."""
    rest = _PREFIX.sub("", sentence, count=1)
    return rest[:1].upper() + rest[1:] if rest else sentence


def visible(text: str) -> str:
    """Control characters, which neither HTML nor a reader can show, as the signs that stand for them; those between
    the parts of one value as dots."""
    return quoting.visible(text.replace("\x1f", " · ").replace("\r\n", "\n"))


def _rows(ret: Return, status: str, frame: pd.DataFrame, **columns: object) -> pd.DataFrame:
    if frame.empty:
        return text_frame(ACCOUNT_COLUMNS)
    rows = pd.DataFrame({name: columns.get(name, "") for name in ACCOUNT_COLUMNS}, index=frame.index)
    rows["status"] = ret.words(f"status_{status}")
    rows["line"] = frame["line"]
    for name in ACCOUNT_COLUMNS:
        if name != "line":
            rows[name] = rows[name].astype("str").fillna("")
    return rows.sort_values("line", kind="stable")


def _refused(ret: Return) -> pd.DataFrame:
    frame = ret.rejections
    same = {name: frame[name] for name in ("field", "column", "rule", "sentence", "remedy")}
    return _rows(ret, "refused", frame, received=frame["value"], **same)


def _repaired(ret: Return) -> pd.DataFrame:
    """Repairs of lines that were taken: what was mended of another line is undone with it."""
    gone = set(ret.rejections["line"]) | set(ret.repeated["line"]) | set(ret.ignored["line"])
    frame = ret.repairs[~ret.repairs["why"].isin(ret.cosmetic) & ~ret.repairs["line"].isin(gone)]
    said = {code: ret.say(ret.repair_sentences, code) or code for code in frame["why"].unique()}
    return _rows(
        ret, "repaired", frame,
        field=frame["field"], column=frame["column"], received=frame["before"], kept=frame["after"],
        rule=frame["why"], sentence=frame["why"].map(said),
    )  # fmt: skip


def _repeated(ret: Return) -> pd.DataFrame:
    frame = ret.repeated
    sentences = [ret.words("repeated_line", kept=ret.words.line(line, ret.sheets)) for line in frame["kept_line"]]
    return _rows(
        ret, "repeated", frame,
        reference=frame["reference"], column=ret.headers.get("reference", ""), received=frame["reference"],
        rule="reference_repeated", sentence=sentences, remedy=ret.words("repeated_remedy"),
    )  # fmt: skip


def _united(ret: Return) -> pd.DataFrame:
    frame = united.each_line(ret.copies, ret.words)
    return _rows(
        ret, "united", frame,
        reference=frame["reference"], column=ret.headers.get("seats") or ret.words("seats_own"),
        kept=frame["seats_in_all"], rule="same_but_for_reference", sentence=frame["sentence"],
        remedy=united.how_to_write(ret.headers, ret.words),
    )  # fmt: skip


def _over(ret: Return) -> pd.DataFrame:
    over = ret.over.rename_axis("line").reset_index()
    return _rows(
        ret, "over", over,
        reference=over["reference"], field="expires_on", column=ret.headers.get("expires_on", ""),
        received=over["expires_on"], rule=OVER, sentence=ret.words("over_line"),
    )  # fmt: skip


def _ignored(ret: Return) -> pd.DataFrame:
    return _rows(ret, "ignored", ret.ignored, rule="filter", sentence=ignored_reasons(ret))


def ignored_reasons(ret: Return) -> pd.Series[str]:
    """Why each ignored line was: in the feed's own words, or because its offer is over and does not stand."""
    return ret.ignored["reason"].replace({OVER: ret.words("over_nowhere")})


def _masked(rows: pd.DataFrame) -> pd.DataFrame:
    personal = rows.index[rows["field"].isin(PERSONAL)]
    for at in personal:
        for name in ("received", "kept"):
            value = str(rows.at[at, name])
            if value:
                hidden = value if value.endswith("…") else value[0] + ("…@…" if "@" in value else "…")
                rows.at[at, name] = hidden
                for prose in ("sentence", "remedy"):
                    rows.at[at, prose] = str(rows.at[at, prose]).replace(value, hidden)
    return rows
