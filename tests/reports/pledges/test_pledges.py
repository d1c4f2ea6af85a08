"""The page, the workbook and the CSV of promised and delivered say what was counted, and nothing that was not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from connectors.formats.workbook import read_xlsx
from offers.calendar import SchoolYear
from offers.feed import Limits
from offers.format import Format
from offers.pledges.delivered import Count, Fulfilment
from reports.pledges.page import curve, html, month_ends, nice, shades
from reports.pledges.report import COUNTED, National, Report, long_table, xlsx

YEAR = SchoolYear(2026)
BEFORE = National("2023-2024", 200_000, None, date(2023, 11, 30), "communiqué n°1399")
SILENT = "2023-2024"
DAYS = ((date(2026, 1, 12), 1200, 2000), (date(2026, 3, 2), 1234, 5000))


def report(**other: object) -> Report:
    lines = {
        "organisation": [
            Fulfilment("La Poste", "La Poste", Count(1000, 4000, 20, 30), 5000, None, "2025-2026"),
            Fulfilment("Banque de l'Exemple", "Banque de l'Exemple", Count(), 300, 600, "2025-2026", measured=False),
            Fulfilment("<Safran>", "Safran", Count(), None, None, SILENT),
            Fulfilment("Vinci", "Vinci", Count(0, 0, 7, 7), 40, None, "2025-2026"),
            Fulfilment("Autres employeurs", None, Count(234, 1000)),
        ],
        "sector": [Fulfilment("Mécanique", "s31", Count(1234, 5000, 27, 37)), Fulfilment("Sport", "s45", Count())],
        "department": [
            Fulfilment("Rhône", "69", Count(1200, 4900, 27, 37)),
            Fulfilment("Mayotte", "976", Count(34, 100)),
        ],
        "academy": [Fulfilment("Académie de Lyon", "Académie de Lyon", Count(1234, 5000, 27, 37))],
    }
    made = datetime(2026, 5, 21, 7, 30, tzinfo=UTC)
    shapes = {"69": "M0 0l9 0 0 9z"}
    sound = Report(YEAR, made, Count(1234, 5000, 27, 37), lines, DAYS, date(2026, 1, 12), (BEFORE,), shapes)
    return replace(sound, **other)  # type: ignore[arg-type]


def words(page: str) -> str:
    """What a reader sees, white space made one."""
    said: list[str] = []

    class Reader(HTMLParser):
        def handle_data(self, data: str) -> None:
            said.append(data)

    Reader().feed(re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL))
    return " ".join(" ".join(said).split())


def test_the_page_says_where_its_figures_come_from_and_what_they_count():
    said = words(html(report()))
    for sentence in COUNTED:
        assert " ".join(sentence.split()) in said
    assert "1 234" in said.replace("\u202f", " ")


def test_a_promise_is_set_against_what_those_who_made_it_delivered():
    said = words(html(report()))
    assert "2 organisations en ont promis 5 040 et livré 1 000, soit 19,8 %" in said
    assert "Aucune organisation n'en a promis un nombre pour cette année" in said


def test_organisations_with_nothing_delivered_are_named_with_what_they_promised():
    said = words(html(report()))
    nothing = said[said.index("Rien de livré") : said.index("Non mesuré")]
    assert "2 organisations engagées n'ont livré aucune offre" in nothing
    assert "Vinci (40 offres promises, 7 retirées)" in nothing
    assert "Engagées en 2023-2024, sans rien de nouveau pour 2025-2026 <Safran>" in nothing
    assert "La Poste" not in nothing


def test_what_cannot_be_measured_is_no_zero():
    said = words(html(report()))
    assert "Banque de l'Exemple non mesuré, 300 promises non mesuré, 600 promises" in said
    blind = words(html(report(since=date(2026, 9, 1))))
    assert "Rien n'a pu être mesuré pour cette année" in blind
    assert "Rien de livré" not in blind
    assert "La Poste (5 000 offres promises" in blind
    assert "Par département" not in blind
    table = long_table(report(since=None))
    assert set(table.loc[table["Axe"] != "Jour", "Offres livrées"]) == {""}


@pytest.mark.parametrize(
    ("national", "said"),
    [
        (BEFORE, "Aucune promesse nationale n'est connue pour 2025-2026. Celle de 200 000 offres"),
        (replace(BEFORE, school_year="2025-2026"), "Promesse nationale pour 2025-2026 : 200 000 offres"),
    ],
)
def test_the_national_promise_is_of_its_own_year_and_is_drawn_in_that_alone(national, said):
    page = html(report(national=(national,)))
    assert said in words(page)
    assert ("class=\"dash\"" in page) == (national is not BEFORE)  # fmt: skip


def test_the_page_needs_nothing_from_outside_and_escapes_names():
    page = html(report())
    assert not re.findall(r"<(?:script|link|img|iframe)|https?://|url\(", page)
    assert "&lt;Safran&gt;" in page
    for drawing in re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL):
        ElementTree.fromstring(drawing)  # noqa: S314  # what we drew ourselves
        assert 'aria-hidden="true"' in drawing or 'role="img" aria-label="' in drawing


def test_every_number_of_a_chart_is_in_a_table_too():
    page = html(report())
    said = words(page)
    assert "31 janvier 2026 1 200 2 000" in said
    assert "21 mai 2026 1 234 5 000" in said
    assert "Rhône (69) 1 200 4 900 27 (37)" in said
    assert "Mayotte (976) 34 100" in said
    assert "Aucune offre : Sport." in said


def test_the_workbook_holds_numbers_and_leaves_empty_what_is_not_known():
    format = Format(kind="xlsx", sheet="Organisations")
    frame = read_xlsx(xlsx(report()), "bilan.xlsx", format, Limits()).frame.fillna("")
    rows = frame.set_index("Organisation")[["Offres promises", "Offres livrées", "Offres retirées"]].to_dict("index")
    assert list(rows["La Poste"].values()) == ["5000", "1000", "20"]
    assert list(rows["Banque de l'Exemple"].values()) == ["300", "", ""]
    assert list(rows["Autres employeurs"].values()) == ["", "234", "0"]


def test_the_table_adds_up_axis_by_axis():
    table = long_table(report())
    for axis, rows in table[~table["Axe"].isin(["Total", "Jour"])].groupby("Axe"):
        assert rows["Offres livrées"].replace("", "0").astype(int).sum() == 1234, axis
    assert table.loc[table["Axe"] == "Jour", "Offres livrées"].tolist() == ["1200", "1234"]


def test_a_curve_begins_on_1_july_and_ends_today():
    found = curve([(date(2025, 7, 1), 50), (date(2026, 1, 1), 100)], YEAR, date(2026, 3, 1), 150)
    assert found.path.startswith("M62.0 220.0H62.0V")
    assert found.heights[-1][1] >= 150
    assert " ".join(name for _, name in found.months) == (
        "juil. août sept. oct. nov. déc. janv. févr. mars avr. mai juin"
    )
    assert found.end[0] == pytest.approx(found.months[8][0])
    assert curve([], YEAR, date(2026, 9, 1), None).end[0] == pytest.approx(466)


@pytest.mark.parametrize(("most", "ticks"), [(0, [0, 1]), (3, [0, 1, 2, 3]), (90, [0, 25, 50, 75, 100]), (200_000, 5)])
def test_heights_are_round(most, ticks):
    assert (nice(most) if isinstance(ticks, list) else len(nice(most))) == ticks
    assert nice(most)[-1] >= most


def test_shades_part_what_is_filled_and_leave_nothing_white():
    bounds, found = shades({f"{n:02}": n for n in range(11)})
    assert (bounds, found["00"], found["01"], found["10"]) == ([2, 4, 6, 8, 10], 0, 1, 5)
    assert shades({"01": 7, "02": 7}) == ([7], {"01": 1, "02": 1})
    assert shades({"01": 0}) == ([], {"01": 0})


def test_months_end_today_and_begin_with_the_first_that_has_something():
    found = month_ends(DAYS, YEAR, date(2026, 3, 5))
    assert found == [(date(2026, 1, 31), 1200, 2000), (date(2026, 2, 28), 1200, 2000), (date(2026, 3, 5), 1234, 5000)]
    assert month_ends(DAYS, YEAR, date(2026, 6, 30) + timedelta(days=90))[-1][0] == date(2026, 6, 30)
