from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from offers.examined import Examined
from offers.model import REJECTION_COLUMNS, text_frame
from offers.sheets import OURS, SPAN
from reports.returns import content
from reports.returns.content import Return, csv
from reports.returns.page import html
from reports.returns.phrases import PHRASES
from reports.returns.workbook import xlsx
from reports.template import _LISTS, _RULES

Make = Callable[..., Return]


def sheet(written: bytes, at: int = 0) -> list[list[object]]:
    return [list(row) for row in CalamineWorkbook.from_filelike(io.BytesIO(written)).get_sheet_by_index(at).to_python()]


def parts(written: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        return "".join(archive.read(member).decode() for member in archive.namelist() if re.search(name, member))


def test_the_first_sheet_is_her_own_rows_with_the_refused_ones_on_top(make: Make) -> None:
    assert sheet(xlsx(make(repeated=make().repeated.head(0), headers={}))) == [
        ["N°", "Intitulé", "Code postal", "Rayon", "Courriel"],
        ["A-3", "Caisse", "7500", "s12", ""],
        ["A-5", "Drive", "13001", "s12", ""],
        ["A-1", " Rayon  frais", "1000", "s12", ""],
        ["A-2", "Caisse", "75011", "s12", ""],
        ["A-4", "<b>Rayon</b>", "06000", "=1+1", "anne@@x.fr"],
        ["A-5", "Drive", "13001", "s12", ""],
    ]


def test_the_line_that_wins_among_repeats_is_the_same_after_the_move(make: Make) -> None:
    """Lines 6 and 7 bear one reference and line 6 is refused: both go on top, in their order."""
    assert [row[0] for row in sheet(xlsx(make()))] == ["N°", "A-3", "A-5", "A-5", "A-1", "A-2", "A-4"]


def test_zeros_stay_and_nothing_is_a_formula_a_number_or_a_link(make: Make) -> None:
    written = xlsx(make())
    cells = parts(written, r"worksheets/sheet\d\.xml")
    assert "<f>" not in cells
    assert "<hyperlink" not in cells
    assert set(re.findall(r'<c r="[A-Z]+\d+"[^>]*?(?: t="(\w+)")?(?:/>|><)', cells)) <= {"s", ""}
    assert "06000" in [row[2] for row in sheet(written)]


def test_each_faulty_cell_carries_its_fault_and_its_remedy(make: Make) -> None:
    notes = parts(xlsx(make()), r"comments")
    cells = re.findall(r'<comment ref="(\w+)"', notes)
    assert cells == ["C2", "D3", "E3"]
    assert "n’a que 4 chiffres." in notes
    assert "Mettez la colonne au format Texte." in notes
    assert "Ligne 4" not in notes


def test_a_fault_of_a_column_that_was_not_sent_is_told_on_the_first_cell(make: Make) -> None:
    missing = text_frame(REJECTION_COLUMNS, [(4, "title", "Titre", "required", None, "", "La case est vide.", "")])
    assert re.findall(r'<comment ref="(\w+)"', parts(xlsx(make(rejections=missing)), "comments")) == ["A2"]


def test_a_fault_of_a_column_made_of_several_is_told_on_the_first_of_them(make: Make) -> None:
    joined = text_frame(REJECTION_COLUMNS, [(4, "street", "Rayon + Intitulé", "x", "", "", "Trop court.", "")])
    assert re.findall(r'<comment ref="(\w+)"', parts(xlsx(make(rejections=joined)), "comments")) == ["D2"]


def test_two_faults_of_one_cell_are_one_comment(make: Make) -> None:
    twice = text_frame(
        REJECTION_COLUMNS,
        [
            (4, "title", "Intitulé", "a", "x", "", "Trop court.", ""),
            (4, "title", "Intitulé", "b", "x", "", "Trop vague.", ""),
        ],
    )
    notes = parts(xlsx(make(rejections=twice)), "comments")
    assert notes.count("<comment ref") == 1
    assert "Trop court." in notes
    assert "Trop vague." in notes


def test_the_second_sheet_lists_the_faults_and_where_they_are_now(make: Make) -> None:
    rows = sheet(xlsx(make()), 1)
    assert rows[2][:1] + rows[2][3:6] == ["colonne", "ligne ici", "ligne dans votre envoi", "référence"]
    assert [(row[0], row[3], row[4], row[5]) for row in rows[3:]] == [
        ("Code postal", "2", "4", "A-3"),
        ("Courriel", "3", "6", "A-5"),
        ("Rayon", "3", "6", "A-5"),
    ]


def test_a_line_that_could_not_be_cut_is_said_to_be_on_the_second_sheet_alone(make: Make) -> None:
    torn = text_frame(REJECTION_COLUMNS, [(99, "", "", "ragged", "a;b", "", "12 colonnes au lieu de 5.", "")])
    rows = sheet(xlsx(make(rejections=torn)), 1)
    assert str(rows[1][0]).endswith("première feuille\u00a0: 1\u00a0ligne.")
    assert rows[-1][3:5] == ["–", "99"]


def test_the_sheet_and_the_header_are_where_the_feed_looks_for_them(make: Make) -> None:
    written = xlsx(make(sheet="Stages", header_row=3))
    book = CalamineWorkbook.from_filelike(io.BytesIO(written))
    assert book.sheet_names == ["Stages", "À corriger"]
    rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert rows[2][0] == "N°"
    assert rows[3][0] == "A-3"
    assert re.findall(r'<comment ref="(\w+)"', parts(written, "comments")) == ["C4", "D5", "E5"]


def test_the_second_sheet_steps_aside_when_hers_has_its_name(make: Make) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx(make(sheet="à corriger"))))
    assert book.sheet_names == ["à corriger", "À corriger (2)"]


def test_a_text_longer_than_a_cell_is_cut_and_said_to_be(make: Make) -> None:
    told = make()
    long = told.batch.frame.copy()
    long.loc[4, "Intitulé"] = "é" * 40_000
    written = xlsx(replace(told, batch=replace(told.batch, frame=long)))
    assert len(str(sheet(written)[1][1])) == 32_767
    assert "32\u202f767" in parts(written, "comments")


def test_a_file_too_large_for_a_workbook_has_its_faulty_rows_there_and_says_so(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "MOST_CELLS", 10)
    written = xlsx(make())
    assert [row[0] for row in sheet(written)] == ["N°", "A-3", "A-5", "A-5"]
    assert "3\u00a0lignes" in str(sheet(written, 1)[0][0])


@pytest.mark.parametrize(
    "odd", ["a\x01b", "_x0041_", " marge ", "deux\nlignes", "http://a.example/" + "b" * 3000, "1e400"]
)
def test_odd_text_comes_back_as_it_went(make: Make, odd: str) -> None:
    told = make()
    strange = told.batch.frame.copy()
    strange.loc[4, "Intitulé"] = odd
    assert sheet(xlsx(replace(told, batch=replace(told.batch, frame=strange))))[1][1] == odd


def test_without_the_rows_as_sent_there_is_no_workbook(make: Make) -> None:
    assert not make(batch=Examined().batch).has_workbook
    with pytest.raises(ValueError, match=r"bellerive/offres, offres\.csv"):
        xlsx(make(batch=Examined().batch))


def test_the_reader_knows_our_own_sheets_by_their_names() -> None:
    named = {*PHRASES["to_correct"], *PHRASES["sheet_united"]}
    assert named | {_RULES, _LISTS} == set(OURS)


def of_two_sheets(make: Make, **more: object) -> Return:
    """The same return, its lines 4 and up being lines 4 and up of a second sheet."""
    told = make(**more)

    def moved(frame: pd.DataFrame) -> pd.DataFrame:
        lines = [name for name in ("line", "kept_line") if name in frame]
        return frame.assign(**{name: frame[name].where(frame[name] < 4, frame[name] + SPAN) for name in lines})

    rows = told.batch.frame.set_axis(pd.Index([2, 3, *range(SPAN + 4, SPAN + 8)], name="line"))
    frames = {name: moved(getattr(told, name)) for name in ("rejections", "repairs", "repeated")}
    delivery = replace(told.delivery, sheets=("Lyon", "Nantes : 2"))
    return replace(told, batch=replace(told.batch, frame=rows), delivery=delivery, **frames)


def test_her_rows_are_on_as_many_sheets_as_hers_each_with_its_refused_ones_on_top(make: Make) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx(of_two_sheets(make, headers={}))))
    assert book.sheet_names == ["Lyon", "Nantes   2", "À corriger"]
    lyon, nantes, told = (book.get_sheet_by_index(at).to_python() for at in range(3))
    assert [row[0] for row in lyon] == ["N°", "A-1", "A-2"]
    assert [row[0] for row in nantes] == ["N°", "A-3", "A-5", "A-4", "A-5"]
    assert (lyon[0], nantes[0][-1]) == (["N°", "Intitulé", "Code postal", "Rayon"], "Courriel")
    assert "vos feuilles" in str(told[0][0])
    assert [row[3:6] for row in told[2:4]] == [
        ["feuille", "ligne ici", "ligne dans votre envoi"],
        ["Nantes   2", "2", "4"],
    ]


def test_the_page_and_the_table_say_the_sheet_beside_the_line(make: Make) -> None:
    ret = of_two_sheets(make)
    page, table = html(ret), csv(ret).decode("utf-8-sig").splitlines()
    assert 'data-th="Ligne">« Nantes : 2 » 4<' in page.replace("\u00a0", " ")
    assert table[0].startswith("statut;feuille;ligne;")
    assert table[1].split(";")[1:3] == ["Nantes : 2", "4"]
    assert any("« Nantes : 2 » 7" in line for line in table)  # the line that was kept of a repeated reference
    assert "feuille" not in csv(make()).decode("utf-8-sig").splitlines()[0]
