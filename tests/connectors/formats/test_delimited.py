"""CSV in the dialects that employers send; every table is drawn here."""

from __future__ import annotations

import csv
import io
import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.delimited import read_csv
from connectors.formats.delimited.cutting import Cut, cut_fast, cut_slowly
from connectors.formats.delimited.dialect import Signs
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format
from offers.model import Batch, Severity
from testing.examples import examples


def read(text: str | bytes, **how: object) -> Batch:
    data = text.encode() if isinstance(text, str) else text
    return read_csv(data, "offres.csv", Format(kind="csv", **how), Limits())


def rows(batch: Batch) -> dict[int, tuple[str | None, ...]]:
    return {
        int(line): tuple(None if pd.isna(cell) else cell for cell in row)
        for line, row in zip(batch.frame.index, batch.frame.itertuples(index=False), strict=True)
    }


def checks(batch: Batch) -> list[str]:
    return [finding.check for finding in batch.findings]


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolon"), (",", "comma"), ("\t", "tab"), ("|", "bar")])
def test_the_delimiter_is_found(delimiter: str, word: str) -> None:
    batch = read(delimiter.join(["ref", "ville"]) + "\n" + delimiter.join(["1", "Lyon"]) + "\n")
    assert batch.dialect["delimiter"] == word
    assert rows(batch) == {2: ("1", "Lyon")}


def test_commas_in_the_texts_do_not_pass_for_the_delimiter() -> None:
    batch = read(
        "ref;secteur;texte\n"
        '1;Comptabilité, gestion, ressources humaines;"bon, vite, bien"\n'
        '2;Comptabilité, gestion, ressources humaines;"un, deux, trois"\n'
    )
    assert batch.dialect["delimiter"] == "semicolon"
    assert list(batch.frame.columns) == ["ref", "secteur", "texte"]


def test_the_feed_overrules_the_delimiter() -> None:
    assert list(read("a;b,c\n1;2,3\n", delimiter=",").frame.columns) == ["a;b", "c"]


def test_excels_own_hint_is_followed() -> None:
    assert rows(read("sep=,\nref,ville\n1,Lyon\n")) == {3: ("1", "Lyon")}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_physical_lines_also_after_quoted_newlines(end: str) -> None:
    text = f'ref;texte{end}1;"deux{end}lignes"{end}2;"dit ""oui"" ;{end}{end}{end}bien"{end}{end}3;x{end}'
    assert rows(read(text)) == {
        2: ("1", f"deux{end}lignes"),
        4: ("2", f'dit "oui" ;{end}{end}{end}bien'),
        9: ("3", "x"),
    }


def test_nothing_of_a_value_is_changed() -> None:
    assert rows(read('a;b;c;d;e\n01000; x ;NA;"null";\n"";2;"NULL";-;"\t"\n')) == {
        2: ("01000", " x ", "NA", "null", None),
        3: (None, "2", "NULL", "-", "\t"),
    }


def test_blank_lines_and_lines_of_delimiters_are_not_read() -> None:
    batch = read("a;b\n\n1;2\n;\n \n  ; \n3;4\n\n\n")
    assert rows(batch) == {3: ("1", "2"), 7: ("3", "4")}
    assert batch.read == 2


def test_titles_above_the_headers_are_left_aside_with_a_note() -> None:
    batch = read("Offres de stage 2026;;\n\nref;titre;ville\n1;Atelier;Lyon\n2;Bureau;\n")
    assert list(batch.frame.columns) == ["ref", "titre", "ville"]
    assert batch.dialect["header"] == "3"
    assert list(batch.frame.index) == [4, 5]
    assert "Offres de stage 2026" in batch.findings[0].sentence
    assert batch.findings[0].severity is Severity.NOTE


def test_headers_are_recognised_though_few_cells_of_the_rows_are_filled() -> None:
    batch = read("a;b;c;d;e\n1;x;;;\n2;y;;;\n3;z;;;\n")
    assert list(batch.frame.columns) == ["a", "b", "c", "d", "e"]
    assert batch.read == 3


def test_the_feed_overrules_the_header_line() -> None:
    batch = read("a;b\nun;deux\n1;2\n", header=2)
    assert list(batch.frame.columns) == ["un", "deux"]
    assert rows(batch) == {3: ("1", "2")}


def test_a_header_line_beyond_the_end_is_unreadable() -> None:
    with pytest.raises(Unreadable, match=r"format\.header"):
        read("a;b\n1;2\n", header=9)


@pytest.mark.parametrize(
    "foot", ["Total;3;;;", "Nombre d'offres : 2;;;;", "Total général;;;7;", "TOTAL", '"Total";"2"']
)
def test_a_total_at_the_foot_is_left_aside_with_a_note(foot: str) -> None:
    batch = read(f"ref;titre;ville;places;x\n1;Atelier;Lyon;3;a\n2;Bureau;Nantes;4;b\n\n{foot}\n")
    assert batch.read == 2
    assert checks(batch) == ["total_at_foot"]
    assert "5" in batch.findings[0].seen


def test_an_offer_whose_reference_begins_like_a_total_is_kept() -> None:
    assert read("ref;titre;ville\nTotal-1;Atelier;Lyon\n").read == 1


THREE = "ref;titre;ville\n1;Atelier;Lyon\n2;Bureau;Nice\n3;Quai;Brest\n"
#   the foot                               what it counts, or None
FEET = {
    "(3 lignes)": 3,
    "(3 rows)": 3,
    "(3 lignes affectées)": 3,
    "3 rows selected.": 3,
    "3 enregistrement(s)": 3,
    "1 025 lignes": 1025,
    "T;0000003": 3,
    "T;20261128;0000003": 3,
    "99;3": 3,
    "TRAILER;3": 3,
    "TRAILER": None,
    "TRL;0000003": 3,
    "Total;3": 3,
    "TRAILER;OFFRES;20261128;3": 3,
    "T0000003": 3,
    "ROWCOUNT:3": 3,
    "Fin du fichier - 3 enregistrements": 3,
    "-- 3 lignes exportées le 28/11/2026": 3,
    "Total : 3": 3,
    "Nombre d'offres;3": 3,
    "EOF": None,
    "*** FIN ***": None,
    "Fin de fichier": None,
    "-- END --": None,
    "----------": None,
    "Exporté le 28/11/2026": None,
    "\x1a": None,
}


@pytest.mark.parametrize("foot", FEET)
def test_a_foot_is_no_line_to_correct_and_is_held_against_what_was_read(foot: str) -> None:
    said = FEET[foot]
    for rows in (THREE, THREE + "4;Pont;Sète\n"):
        batch = read(f"{rows}{foot}\n")
        differs = said is not None and said != len(batch.frame)
        assert (len(batch.frame), len(batch.malformed)) == (rows.count("\n") - 1, 0)
        assert [one.severity for one in batch.findings] == [Severity.NOTE] + [Severity.STOP] * differs
        assert checks(batch)[1:] == ["control_total_differs"] * differs


def test_several_feet_are_left_aside_together() -> None:
    batch = read(f"{THREE}\n(3 lignes)\n\nTemps : 12,5 ms\n\x1a")
    assert (batch.read, checks(batch)) == (3, ["end_mark_at_foot", "total_at_foot", "total_at_foot"])


def test_a_total_that_adds_up_a_column_counts_no_records() -> None:
    assert checks(read("ref;titre;places\n1;Atelier;3\n2;Bureau;4\nTotal;7\n")) == ["total_at_foot"]


def test_the_feed_names_its_foot_and_says_that_it_counts_something_else() -> None:
    assert checks(read(f"{THREE}PIED-7;Lyon\n", footer="pied-*")) == ["total_at_foot"]
    assert checks(read(f"{THREE}T;5\n", control=False)) == ["total_at_foot"]
    assert read(f"{THREE}PIED-7;Lyon\n").malformed["line"].tolist() == [5]


@pytest.mark.parametrize(
    "last", ["T;Atelier;Lyon", "99;Atelier", "Fin d'année;Atelier;Lyon", "TRAILER-4;Atelier;Lyon", "4"]
)
def test_a_line_that_may_be_an_offer_is_no_foot(last: str) -> None:
    assert read(f"{THREE}{last}\n").read == 4


WRITTEN = {
    "backslashes": r"""
        "1";"dit \"oui\"";"C:\\b"
        "2";"\"Forge\"; etc.";""
    """,
    "backslashes, sparing": r"""
        1;dit \"oui\";C:\\b
        2;\"Forge\"\; etc.;
    """,
    "backslashes of addslashes": r"""
        1;"dit \"oui\"";"C:\\b"
        2;"\"Forge\"; etc.";
    """,
    "apostrophes": r"""
        '1';'dit "oui"';'C:\b'
        '2';'"Forge"; etc.';''
    """,
    "apostrophes that are not doubled": r"""
        '1';'dit "oui"';'C:\b'
        '2';'"Forge"; etc.';''
        '3';'l'eau, l'air';'d'ici'
    """,
    "apostrophes with backslashes": r"""
        '1';'dit "oui"';'C:\\b'
        '2';'"Forge"; etc.';''
        '3';'l\'eau, l\'air';'d\'ici'
    """,
    "apostrophes, sparing": r"""
        1;dit "oui";C:\b
        2;'"Forge"; etc.';
    """,
    "blanks": r'''
        "1"; "dit ""oui""" ;"C:\b"
        "2"; """Forge""; etc."; ""
    ''',
}


@pytest.mark.parametrize("how", WRITTEN)
def test_quotes_within_texts_are_read_as_they_are_written(how: str) -> None:
    body = "\n".join(line.strip() for line in WRITTEN[how].strip().splitlines())
    quoted = "ref;titre;x" if "apostrophes" not in how or "sparing" in how else "'ref';'titre';'x'"
    batch = read(f"{quoted}\n{body}\n")
    third = {4: ("3", "l'eau, l'air", "d'ici")} if "l\\'" in body or "l'" in body else {}
    assert rows(batch) == {2: ("1", 'dit "oui"', r"C:\b"), 3: ("2", '"Forge"; etc.', None), **third}
    assert (len(batch.malformed), checks(batch)) == (0, ["signs_recognised"])


def test_a_backslash_that_stands_before_no_sign_stays() -> None:
    assert rows(read('a;b;c\n1;"\\"x\\"";\\N\n2;"l\\\'eau";C:\\new\n')) == {
        2: ("1", '"x"', r"\N"), 3: ("2", "l'eau", r"C:\new"),
    }  # fmt: skip


def test_signs_that_only_a_late_line_bears_are_recognised_too() -> None:
    many = "".join(f"{at};texte\n" for at in range(300))
    batch = read(f'a;b\n{many}x;"dit \\"oui\\" ; bien"\n')
    assert (rows(batch)[302], len(batch.malformed)) == (("x", 'dit "oui" ; bien'), 0)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('a;b\n"C:\\dossier\\";"d"\n', ("C:\\dossier\\", "d")),
        ("a;b\n'tis;l'eau'\n", ("'tis", "l'eau'")),
        ("a;b\n 1; 2\n", (" 1", " 2")),
        ('a;b\n1;"""oui"""\n', ("1", '"oui"')),
    ],
)
def test_the_standard_is_read_where_nothing_speaks_against_it(text: str, row: tuple[str, ...]) -> None:
    batch = read(text)
    assert (rows(batch)[2], checks(batch)) == (row, [])


def test_the_feed_overrules_the_signs() -> None:
    assert rows(read("a;b\n1;'x;y'\n", quote="'"))[2] == ("1", "x;y")
    assert rows(read('a;b\n"1;"x"y\n', quote=""))[2] == ('"1', '"x"y')
    assert rows(read('a;b\n1;\\"x\\"\n', escape=""))[2] == ("1", '\\"x\\"')


def test_duplicate_headers_are_numbered() -> None:
    batch = read("ville;ville (2);ville;ville\na;b;c;d\n")
    assert list(batch.frame.columns) == ["ville", "ville (2)", "ville (3)", "ville (4)"]
    assert checks(batch) == ["header_duplicate", "header_duplicate"]


def test_a_column_of_values_without_a_header_gets_a_name_and_an_empty_one_goes() -> None:
    batch = read("ref;;ville;\n1;x;Lyon;\n2;;Nantes;\n")
    assert list(batch.frame.columns) == ["ref", "colonne 2", "ville"]
    assert checks(batch) == ["header_empty"]


def test_ragged_rows_are_rejected_with_their_line_and_the_others_are_read() -> None:
    batch = read('a;b;c\n1;"x\ny";3\n1;2;3;4\n1;2\n5;6;7\n')
    assert list(batch.frame.index) == [2, 6]
    bad = batch.malformed
    assert list(bad["line"]) == [4, 5]
    assert list(bad["rule"]) == ["row_has_too_many_cells", "row_has_too_few_cells"]
    assert bad["value"][0] == "1;2;3;4"
    assert json.loads(bad["fields"][0]) == {"cells": "4", "headers": "3", "delimiter": ";"}
    assert batch.read == 4


def test_extra_cells_that_are_empty_are_no_fault() -> None:
    assert rows(read("a;b\n1;2;;\n3;4\n")) == {2: ("1", "2"), 3: ("3", "4")}


def test_rows_that_all_lack_the_same_last_columns_are_read_and_told() -> None:
    batch = read("a;b;c\n1;2\n3;4\n")
    assert rows(batch) == {2: ("1", "2", None), 3: ("3", "4", None)}
    assert checks(batch) == ["rows_all_short"]


def test_an_unclosed_quote_costs_its_own_line_only() -> None:
    batch = read('a;b\n1;"ouvert\n2;x\n3;"y"\n4;z\n')
    assert rows(batch) == {3: ("2", "x"), 4: ("3", "y"), 5: ("4", "z")}
    assert list(batch.malformed["line"]) == [2]
    assert list(batch.malformed["rule"]) == ["row_has_an_unclosed_quote"]


def test_an_unclosed_quote_in_the_last_line_is_reported_there() -> None:
    batch = read('a;b\n1;x\n2;"ouvert\n')
    assert rows(batch) == {2: ("1", "x")}
    assert list(batch.malformed["line"]) == [3]


def test_an_unclosed_quote_in_the_first_row_swallows_neither_the_headers_nor_the_rows() -> None:
    batch = read('a;b;c\n1;"ouvert;x\n' + "".join(f"{at};y;z\n" for at in range(2, 3000)))
    assert list(batch.frame.columns) == ["a", "b", "c"]
    assert (len(batch.frame), list(batch.malformed["line"])) == (2998, [2])


def test_a_broken_quote_in_a_title_leaves_the_headers_where_they_are() -> None:
    batch = read('Export "Stages\n"Offres\nref;titre;ville\n1;Atelier;Lyon\n2;Bureau;Nice\n')
    assert batch.dialect["header"] == "3"
    assert batch.read == 2


def test_thousands_of_columns_are_unreadable() -> None:
    with pytest.raises(Unreadable, match="3 000 columns"):
        read(";".join(f"c{at}" for at in range(3000)) + "\n")


def test_quotes_inside_a_quoted_text_are_rejected_and_not_swallowed() -> None:
    batch = read('a;b\n1;"Atelier "bois" ici"\n2;y\n')
    assert rows(batch) == {3: ("2", "y")}
    assert list(batch.malformed["rule"]) == ["row_has_a_stray_quote"]


def test_quotes_inside_a_text_without_quotes_stay() -> None:
    assert rows(read('a;b\n1;Atelier "bois"\n')) == {2: ("1", 'Atelier "bois"')}


def test_a_headers_only_file_is_a_batch_of_no_rows() -> None:
    batch = read("ref;titre\n")
    assert list(batch.frame.columns) == ["ref", "titre"]
    assert batch.read == 0


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<!DOCTYPE html><html><body>Erreur 500</body></html>", "an HTML page"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"<?xml version='1.0'?><offres/>", "an XML document"),
        (b'{"error": "denied"}', "a JSON document"),
        (b"\n\n  \n", "no headers"),
        (b"a\x00\x00\x00b\x00\x01\x00\x00;c" * 9, "NUL"),
    ],
)
def test_what_is_no_csv_is_unreadable_and_named(data: bytes, says: str) -> None:
    with pytest.raises(Unreadable, match=says) as caught:
        read(data)
    assert str(caught.value).startswith("offres.csv: ")


def test_more_rows_than_the_limit_are_unreadable() -> None:
    with pytest.raises(Unreadable, match=r"3 rows.*limits\.rows"):
        read_csv(b"a;b\n1;1\n2;2\n3;3\n", "x.csv", Format(kind="csv"), Limits(rows=2))


def test_a_nul_in_a_text_is_kept_for_the_cleaning_to_see() -> None:
    padding = "x" * 200
    assert rows(read(f"a;b\n1;{padding}\x00\n"))[2][1] == f"{padding}\x00"


def test_many_broken_quotes_cost_their_own_lines_only() -> None:
    batch = read("a;b\n" + '"x"y";2\n1;2\n' * 3000)
    assert (len(batch.frame), len(batch.malformed)) == (3000, 3000)


def test_quotes_that_lead_astray_again_and_again_are_given_up() -> None:
    """Each of these lines opens a quote that runs on and on: following each takes a thousand readings of the file."""
    with pytest.raises(Unreadable, match="quotes that do not pair"):
        read(b"a;b;c\n" + b'x"y;"z\n' * 20_000)


CELL = st.text(st.sampled_from("aé ;,|\t\"'0\n\r=x\\"), max_size=6)
TABLE = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=8))


def both(body: bytes, delimiter: str, width: int) -> tuple[Cut | None, Cut]:
    view, signs = memoryview(body), Signs(delimiter)
    return cut_fast(view, signs, width, 2, "x.csv"), cut_slowly(view, signs, width, 2, "x.csv")


def as_values(found: Cut) -> tuple[list[dict[str, object]], list[int], list[object]]:
    return found.table.to_pylist(), found.lines.tolist(), [(odd.line, odd.cells, odd.rule) for odd in found.odd]


@examples(38)
@given(
    TABLE,
    st.sampled_from(";,\t|"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
)
def test_both_ways_of_cutting_agree_and_give_back_what_was_written(
    table: list[list[str]], delimiter: str, end: str, sparing: bool
) -> None:
    # csv.writer quotes only the line end that it writes itself: a bare \r in a file of \n would be another table.
    quoting = csv.QUOTE_MINIMAL if sparing and end == "\r\n" else csv.QUOTE_ALL
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(table)
    fast, slow = both(out.getvalue().encode(), delimiter, len(table[0]) if table else 1)
    kept = [row for row in table if any(cell.strip() for cell in row)]
    assert [list(row.values()) for row in slow.table.to_pylist()] == [[cell or None for cell in row] for row in kept]
    if table:
        assert fast is not None
        assert as_values(fast) == as_values(slow)


@examples(25)
@given(TABLE, st.sampled_from(";,\t|"), st.sampled_from("\"'"), st.booleans())
def test_what_other_signs_wrote_is_read_back(table: list[list[str]], delimiter: str, quote: str, escaped: bool) -> None:
    escape = "\\" if escaped else None
    out = io.StringIO(newline="")
    csv.writer(
        out, delimiter=delimiter, quotechar=quote, escapechar=escape, doublequote=not escaped, quoting=csv.QUOTE_ALL
    ).writerows(table)
    signs = Signs(delimiter, quote, escape or "")
    slow = cut_slowly(memoryview(out.getvalue().encode()), signs, len(table[0]) if table else 1, 2, "x.csv")
    kept = [row for row in table if any(cell.strip() for cell in row)]
    assert [list(row.values()) for row in slow.table.to_pylist()] == [[cell or None for cell in row] for row in kept]


@examples(75)
@given(st.text(st.sampled_from('aé;"\n\r 1'), max_size=40), st.integers(1, 3))
def test_both_ways_of_cutting_agree_on_any_text(text: str, width: int) -> None:
    fast, slow = both(text.encode(), ";", width)
    if fast is not None:
        assert as_values(fast) == as_values(slow)
