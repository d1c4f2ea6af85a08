"""What one return holds, the account of its lines that all forms are drawn from, and the two forms for machines.

That account as CSV, and the acknowledgement of the drop as JSON; `page` and `workbook` draw the forms for people.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC
from functools import cached_property

import pandas as pd

from offers.changes import OVER, Copies
from offers.cleaning.repairs import COSMETIC, REPAIRS
from offers.columns import PERSONAL
from offers.examined import Examined
from offers.model import Delivery, text_frame
from offers.sheets import named, placed
from offers.text import visible as with_signs
from offers.wording import Language, Pair
from reports.harmless import csv_bytes
from reports.returns.phrases import REASONS
from reports.returns.words import Words

ACCOUNT_COLUMNS = ("status", "line", "reference", "field", "column", "received", "kept", "rule", "sentence", "remedy")
"""One row per refused, repaired, repeated, united, ended or ignored value of a line; text, `line` a whole number."""
_CSV_COLUMNS = ("status", "sheet", "line", "reference", "column", "received", "kept", "rule", "sentence", "remedy")

MOST_CELLS = 500_000
"""Cells of a workbook worth drawing: 100 000 take a second, and an employer corrects dozens of rows, not thousands."""

_PREFIX = re.compile(
    r"^(?:(?:Feuille|Sheet)\s[«“].{0,90}?[»”],\s*+)?(?:[Ll]igne|[Ll]ine|Enregistrement|Record)\s[\d\s]++(?:,\s*+(?:colonne|column|champ|field)\s++[«\"“].*?[»\"”])?\s*+:\s*+"
)


@dataclass(frozen=True, kw_only=True)
class Return(Examined):
    """What the employer is told about one drop that was examined. Rendering it needs no clock and no database.

    `over` says in `closes` where this drop closed the offer; `rule_titles` says what each rule refuses. `sheet` and
    `header_row` are where the feed's own reader looks in a workbook.
    The sentences in `rejections` are already in `lang`.
    """

    title: str
    delivery: Delivery
    contact: str = ""
    lang: Language = Language.FRENCH
    rule_titles: Mapping[str, Pair] = field(default_factory=dict)
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
    def ended(self) -> pd.DataFrame:
        """The lines that say their offer is over: line, OVER_COLUMNS."""
        return self.over.rename_axis("line").reset_index()

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

    @property
    def reasons(self) -> pd.Series[str]:
        """Why each ignored line was: in words that the return knows, or in the feed's own."""
        return self.ignored["reason"].replace({reason: self.lang.pick(pair) for reason, pair in REASONS.items()})

    @cached_property
    def references(self) -> pd.Series[str]:
        """The partner's own by line, without the empty ones; where the feed joins several columns, those joined."""
        rows = self.batch.frame
        headers = own_headers(self.headers.get("reference", ""), rows)
        if not headers:
            return pd.Series(dtype="str")
        column: pd.Series[str] = rows[headers[0]].fillna("")
        for other in headers[1:]:
            column = column + " " + rows[other].fillna("")
        column = column.str.strip()
        return column[column != ""]

    @cached_property
    def account(self) -> pd.DataFrame:
        """Every line that was not simply taken, refused ones first, each by line (ACCOUNT_COLUMNS); persons masked.

        Drawn once, for all forms; whoever changes it takes a copy. Repairs are those of lines that were taken: what was
        mended of another line is undone with it.
        """
        w, refused, repeated, over = self.words, self.rejections, self.repeated, self.ended
        gone = {*refused["line"], *repeated["line"], *self.ignored["line"]}
        mended = self.repairs[~self.repairs["why"].isin(COSMETIC) & ~self.repairs["line"].isin(gone)]
        said = {code: self.lang.pick(REPAIRS.get(code, (code, code))) for code in map(str, mended["why"].unique())}
        again = [w("repeated_line", kept=w.line(line, self.sheets)) for line in repeated["kept_line"]]
        united = united_lines(self.copies, w)
        same = {name: refused[name] for name in ("field", "column", "rule", "sentence", "remedy")}
        parts = [
            _rows(w("status_refused"), refused, received=refused["value"], **same),
            _rows(
                w("status_repaired"), mended, field=mended["field"], column=mended["column"],
                received=mended["before"], kept=mended["after"], rule=mended["why"], sentence=mended["why"].map(said),
            ),
            _rows(
                w("status_repeated"), repeated, reference=repeated["reference"],
                column=self.headers.get("reference", ""), received=repeated["reference"], rule="reference_repeated",
                sentence=again, remedy=w("repeated_remedy"),
            ),
            _rows(
                w("status_united"), united, reference=united["reference"],
                column=self.headers.get("seats") or w("seats_own"), kept=united["seats_in_all"],
                rule="same_but_for_reference", sentence=united["sentence"], remedy=w.how_to_write(self.headers),
            ),
            _rows(
                w("status_over"), over, reference=over["reference"], field="expires_on",
                column=self.headers.get("expires_on", ""), received=over["expires_on"], rule=OVER,
                sentence=w("over_line"),
            ),
            _rows(w("status_ignored"), self.ignored, rule="filter", sentence=self.reasons),
        ]  # fmt: skip
        rows = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
        known = self.references.to_dict()
        own = zip(rows["reference"], rows["line"], strict=True)
        return _masked(rows.assign(reference=[given or known.get(line, "") for given, line in own]))

    def file_name(self, extension: str) -> str:
        """`offres.csv` -> `offres.csv.retour.html`."""
        return f"{self.delivery.drop}.retour.{extension}"


def _rows(status: str, frame: pd.DataFrame, **columns: object) -> pd.DataFrame:
    if frame.empty:
        return text_frame(ACCOUNT_COLUMNS)
    rows = pd.DataFrame({name: columns.get(name, "") for name in ACCOUNT_COLUMNS}, index=frame.index)
    rows = rows.assign(status=status).astype("str").fillna("").assign(line=frame["line"])
    return rows.sort_values("line", kind="stable")


def united_lines(copies: Copies, words: Words) -> pd.DataFrame:
    """The united lines: line, reference, first, seats (its own), seats_in_all and sentence (its group's)."""
    if not copies.united:
        return pd.DataFrame(columns=["line", "reference", "first", "seats", "seats_in_all", "sentence"])
    groups = list(copies.groups())
    sizes = [len(group.lines) for group in groups]
    told = pd.Series([words.united(group, copies) for group in groups], dtype="str")
    seats = pd.Series([group.seats for group in groups], dtype="int64")
    return copies.lines.assign(
        seats_in_all=seats.repeat(sizes).to_numpy(), sentence=told.repeat(sizes).reset_index(drop=True)
    )


def _masked(rows: pd.DataFrame) -> pd.DataFrame:
    for at in rows.index[rows["field"].isin(PERSONAL)]:
        for name in ("received", "kept"):
            value = str(rows.at[at, name])
            if value:
                hidden = value if value.endswith("…") else value[0] + ("…@…" if "@" in value else "…")
                rows.at[at, name] = hidden
                for prose in ("sentence", "remedy"):
                    rows.at[at, prose] = str(rows.at[at, prose]).replace(value, hidden)
    return rows


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
    return with_signs(text.replace("\x1f", " · ").replace("\r\n", "\n"))


def csv(ret: Return) -> bytes:
    """One row per value or line that the return names, all of them; UTF-8 with BOM, semicolons, defused.

    The sheet stands before the line where several were read.
    """
    columns = [name for name in _CSV_COLUMNS if name != "sheet" or len(ret.sheets) > 1]
    rows = placed(ret.account, ret.sheets)[columns].copy()
    for name in ("received", "kept"):
        rows[name] = rows[name].map(visible)
    return csv_bytes(rows.rename(columns={name: ret.words(f"csv_{name}") for name in columns}))


def acknowledgement(delivery: Delivery, returns: Iterable[str] = ()) -> bytes:
    """What became of a drop, as JSON in UTF-8: what came, the verdict, where each line went, and when.

    `returns` are the names or places of the return's files; only their names are told. `counts` holds the sum
    `read = ignored + rejected + repeated + created + updated + unchanged`, with `withdrawn` and `repaired` beside it;
    what is between offers of several partners is nothing that this one sent or can change.
    """
    counts = asdict(delivery.counts)
    said = {
        "feed": delivery.feed,
        "drop": delivery.drop,
        "sha256": delivery.sha256,
        "verdict": delivery.verdict.value,
        "instant": delivery.finished_at.astimezone(UTC).isoformat(timespec="seconds"),
        "counts": {name: count for name, count in counts.items() if name not in ("linked", "review")},
        "returns": sorted(name.replace("\\", "/").rpartition("/")[2] for name in returns),
    }
    return (json.dumps(said, ensure_ascii=False, indent=2) + "\n").encode()


def acknowledgement_name(drop: str) -> str:
    """`offres.csv` -> `offres.csv.ack.json`."""
    return f"{drop}.ack.json"
