"""The three invented partners, through reading, mapping, cleaning and contract, held against what was planted."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from config.partners import load as load_partners
from config.tables import load as load_reference
from connectors.reading import read
from connectors.settings import FolderSettings
from offers.calendar import SchoolYear
from offers.changes import fold_repeats
from offers.cleaning.batch import clean
from offers.feed import Feed
from offers.format import Format
from offers.mapping import map_columns
from offers.model import Batch, Cleaned, Counts, Delivery, Mapped, VerdictKind
from reports.returns.content import Return, csv
from reports.returns.page import html
from reports.returns.workbook import xlsx
from samples.bellerive_faults import FAULTS
from samples.invented import TOWNS
from samples.make_samples import planted, write_drop
from validation.contract import check
from validation.rulebook import TITLES
from validation.rulebook.malformed import malformed_told

SAMPLES = Path(__file__).resolve().parents[2] / "samples"

TODAY = date(2026, 3, 2)
DROPS = [
    ("bellerive", "first"),
    ("bellerive", "corrected"),
    ("bellerive", "truncated"),
    ("rivoire", "first"),
    ("orme", "first"),
]


@dataclass(frozen=True)
class Seen:
    """What the pipeline made of one drop; `outcomes` is line -> outcome -> our columns."""

    feed: Feed
    path: Path
    batch: Batch
    mapped: Mapped
    cleaned: Cleaned
    rejections: pd.DataFrame
    repairs: pd.DataFrame
    repeated: pd.DataFrame
    kept: pd.DataFrame

    def outcomes(self) -> dict[int, tuple[str, frozenset[str]]]:
        repairs = self.repairs[["line", "field"]].assign(outcome="repaired")
        rejections = self.rejections[["line", "field"]].assign(outcome="rejected")
        repeated = self.repeated[["line"]].assign(field="reference", outcome="repeated")
        ignored = self.mapped.ignored[["line"]].assign(field=None, outcome="ignored")
        rows = pd.concat([repairs, repeated, rejections, ignored])
        found: dict[int, tuple[str, set[str]]] = {}
        for line, name, outcome in rows[["line", "field", "outcome"]].itertuples(index=False):
            told = found.setdefault(line, (outcome, set()))
            if told[0] != outcome:
                found[line] = told = (outcome, set())
            if isinstance(name, str):
                told[1].add(name)
        return {line: (outcome, frozenset(names)) for line, (outcome, names) in found.items()}


@cache
def feeds() -> dict[str, Feed]:
    return {feed.partner: feed for feed in load_partners(SAMPLES / "partners", {"folder": FolderSettings}).values()}


def through(feed: Feed, path: Path) -> Seen:
    year = SchoolYear.at(TODAY)
    batch = read(path, path.name, feed.format, feed.limits)
    mapped = map_columns(batch, feed)
    cleaned = clean(mapped, feed, reference(), year)
    checked = check(cleaned, mapped.headers, feed, reference(), year)
    kept, repeated = fold_repeats(checked.kept, feed.same_reference)
    both = [frame for frame in (malformed_told(batch.malformed), checked.rejections) if len(frame)]
    rejections = pd.concat(both, ignore_index=True) if both else checked.rejections
    return Seen(feed, path, batch, mapped, cleaned, rejections, checked.repairs, repeated, kept)


reference = cache(load_reference)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Seen]:
    folder = tmp_path_factory.mktemp("drops")
    return {
        (partner, stage): through(feeds()[partner], write_drop(partner, folder / stage, stage, TODAY))
        for partner, stage in DROPS
    }


@pytest.mark.parametrize(("partner", "stage"), DROPS)
def test_every_planted_fault_has_its_outcome_and_nothing_else_has_one(seen, partner, stage):
    wanted = {one.line: (one.outcome, frozenset(one.fields), one.note) for one in planted(partner, stage, TODAY)}
    found = seen[partner, stage].outcomes()
    missed = {line: (want, found.get(line)) for line, want in wanted.items() if found.get(line) != want[:2]}
    assert missed == {}
    assert {line: told for line, told in found.items() if line not in wanted} == {}


@pytest.mark.parametrize(("partner", "stage"), DROPS)
def test_the_sums_hold(seen: dict[tuple[str, str], Seen], partner: str, stage: str) -> None:
    one = seen[partner, stage]
    rejected = one.rejections["line"].nunique()
    assert one.batch.read == len(one.mapped.ignored) + rejected + len(one.repeated) + len(one.kept)


def test_the_three_have_the_size_of_real_ones(seen: dict[tuple[str, str], Seen]) -> None:
    sizes = {partner: one.batch.read for (partner, stage), one in seen.items() if stage == "first"}
    assert sizes == {"bellerive": 2012, "rivoire": 400, "orme": 300}
    assert seen["bellerive", "first"].batch.frame["Adresse"].nunique() >= 250


def test_the_corrected_file_changes_nothing_but_the_refused_lines(seen: dict[tuple[str, str], Seen]) -> None:
    first, corrected = seen["bellerive", "first"], seen["bellerive", "corrected"]
    assert len(corrected.rejections) == 0
    # Two refused lines have no columns yet, and so no place in the first frame; the rest is compared offer by offer.
    before, after = (one.batch.frame.fillna("").set_index("N° offre") for one in (first, corrected))
    refused = set(first.batch.frame.loc[first.batch.frame.index.isin(first.rejections["line"]), "N° offre"].fillna(""))
    same = [offer for offer in before.index if offer not in refused and before.index.tolist().count(offer) == 1]
    pd.testing.assert_frame_equal(before.loc[same], after.loc[same])
    assert len(after) - len(before) == len(first.batch.malformed)


def test_the_truncated_file_is_the_beginning_of_the_first(seen: dict[tuple[str, str], Seen]) -> None:
    first, cut = (seen["bellerive", stage].path.read_bytes() for stage in ("first", "truncated"))
    assert first.startswith(cut)
    assert cut.endswith(b"\r\n")
    assert 0.3 < len(cut) / len(first) < 0.5


@pytest.mark.parametrize(("partner", "stage"), DROPS)
def test_a_drop_is_the_same_on_every_day_of_a_school_year(tmp_path: Path, partner: str, stage: str) -> None:
    days = (date(2025, 7, 1), date(2025, 12, 31), date(2026, 6, 30))
    written = {write_drop(partner, tmp_path / str(day), stage, day).read_bytes() for day in days}
    assert len(written) == 1
    assert write_drop(partner, tmp_path, stage, date(2026, 7, 1)).read_bytes() not in written


@pytest.mark.parametrize("today", [date(2025, 7, 1), date(2026, 6, 30), date(2027, 1, 15)])
def test_no_sound_offer_is_refused_on_any_day(tmp_path: Path, today: date) -> None:
    feed, year = feeds()["rivoire"], SchoolYear.at(today)
    path = write_drop("rivoire", tmp_path, "first", today)
    mapped = map_columns(read(path, path.name, feed.format, feed.limits), feed)
    cleaned = clean(mapped, feed, reference(), year)
    rejections = check(cleaned, mapped.headers, feed, reference(), year).rejections
    wanted = {one.line for one in planted("rivoire", "first", today) if one.outcome == "rejected"}
    assert set(rejections["line"]) == wanted


def test_only_bellerive_has_more_than_one_stage(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="orme has no stage « corrected »"):
        write_drop("orme", tmp_path, "corrected", TODAY)


def test_the_file_is_what_an_old_spreadsheet_writes(seen: dict[tuple[str, str], Seen]) -> None:
    data = seen["bellerive", "first"].path.read_bytes()
    with pytest.raises(UnicodeDecodeError):
        data.decode()
    lines = data.decode("cp1252").split("\r\n")
    assert lines[0].startswith("Export des offres")
    assert lines[1] == ""
    assert any("\n" in line for line in lines)
    assert lines[-3].startswith("Total;2012;")


def test_towns_are_real_and_no_two_faults_are_alike() -> None:
    towns = pd.DataFrame([town[:2] for town in TOWNS], columns=["postal_code", "city"], dtype="str")
    assert [town in reference().places.towns_of(code) for code, town in towns.itertuples(index=False)] == [True] * len(
        towns
    )
    assert len({fault.note for fault in FAULTS}) == len(FAULTS)


def told(one: Seen) -> Return:
    start = datetime(2026, 3, 2, 2, tzinfo=UTC)
    counts = Counts(
        read=one.batch.read,
        ignored=len(one.mapped.ignored),
        rejected=one.rejections["line"].nunique(),
        repeated=len(one.repeated),
        created=len(one.kept),
        repaired=one.repairs.loc[one.repairs["line"].isin(one.kept.index), "line"].nunique(),
    )
    delivery = Delivery(
        one.feed.slug, one.path.name, "0" * 64, VerdictKind.ACCEPTED, counts,
        (*one.batch.findings, *one.mapped.findings, *one.cleaned.findings), start, start, "f",
    )  # fmt: skip
    return Return(
        title=one.feed.title, delivery=delivery, headers=one.mapped.headers, rejections=one.rejections,
        repairs=one.repairs, ignored=one.mapped.ignored, repeated=one.repeated, batch=one.batch,
        contact="offres@quai.example", rule_titles=TITLES, sheet=one.feed.format.sheet,
    )  # fmt: skip


def test_the_return_is_rendered_for_all_three(seen: dict[tuple[str, str], Seen]) -> None:
    pages = {partner: html(told(one)) for (partner, stage), one in seen.items() if stage == "first"}
    assert "1\u202f984\u00a0offres prises, 27\u00a0lignes à corriger" in pages["bellerive"]
    assert "396\u00a0offres prises, 4\u00a0lignes à corriger" in pages["rivoire"]
    assert "267\u00a0offres prises, rien à corriger" in pages["orme"]
    assert csv(told(seen["bellerive", "first"])).count("refusée".encode()) >= 27


@pytest.mark.parametrize("partner", ["bellerive", "rivoire"])
def test_the_returned_workbook_is_read_as_the_same_feed(seen, tmp_path, partner):
    one = seen[partner, "first"]
    path = tmp_path / "retour.xlsx"
    path.write_bytes(xlsx(told(one)))
    again = through(_as_workbook(one.feed), path)
    pd.testing.assert_frame_equal(_sorted(again.batch.frame), _sorted(one.batch.frame))
    refused = one.rejections[one.rejections["field"].notna()]
    assert sorted(again.rejections["rule"]) == sorted(refused["rule"])
    assert len(again.repeated) == len(one.repeated)


def test_who_corrects_the_coloured_cells_and_sends_the_workbook_back_has_no_rejection(seen, tmp_path):
    """The right values are those of the corrected file, line by line: both have the same offers in the same order."""
    import xlsxwriter

    one, right = seen["bellerive", "first"], seen["bellerive", "corrected"]
    cells = CalamineWorkbook.from_filelike(io.BytesIO(xlsx(told(one)))).get_sheet_by_index(0).to_python()
    headers = [str(cell) for cell in cells[0]]
    by_link = {row["Lien"]: row for row in right.batch.frame.fillna("").to_dict("records")}
    by_text = {(row["Adresse"], row["Magasin"], row["SIRET"]): row for row in by_link.values()}
    faulty = one.rejections["line"].nunique() - len(one.batch.malformed)
    for at, cell_row in enumerate(cells[1 : faulty + 1], start=1):
        row = dict(zip(headers, map(str, cell_row), strict=True))
        match = by_link.get(row["Lien"]) or by_text[row["Adresse"], row["Magasin"], row["SIRET"]]
        cells[at] = [match[header] for header in headers]
    path = tmp_path / "corrige.xlsx"
    with xlsxwriter.Workbook(str(path), {"strings_to_urls": False}) as book:
        sheet = book.add_worksheet()
        for number, cell_row in enumerate(cells):
            for column, cell in enumerate(cell_row):
                sheet.write_string(number, column, str(cell))
    again = through(_as_workbook(one.feed), path)
    assert again.rejections["sentence"].tolist() == []


def _as_workbook(feed: Feed) -> Feed:
    """The feed as it reads a workbook: what `format` says of a CSV's bytes does not hold for one."""
    return feed.model_copy(update={"format": Format(kind="xlsx", sheet=feed.format.sheet)})


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    plain = frame.fillna("")
    return plain.sort_values(list(plain.columns), kind="stable").reset_index(drop=True)
