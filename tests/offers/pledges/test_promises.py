"""What a pledge may say, how a list of them is read, and how promised and delivered are set side by side."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.calendar import SchoolYear
from offers.model import REJECTION_COLUMNS, Batch, text_frame
from offers.pledges.delivered import Count, by_code, by_organisation, cumulated, promised
from offers.pledges.organisations import Organisations
from offers.pledges.promises import NotRead, Pledge, PledgeNames, Sheet, number, read_sheet, school_year
from testing.examples import examples

TABLE = pd.DataFrame(
    {"name": ["Bouygues", "La Poste", "Safran"], "sirens": [None] * 3, "aliases": ["Bouygues Telecom", None, None]},
    dtype="str",
)
KNOWN = PledgeNames(Organisations(TABLE), ["Banque de l'Exemple"])
NOW = SchoolYear(2026)


def sheet(*lines: tuple[str, ...], header: tuple[str, ...] = ("organisation", "school_year", "offers", "seats"),
          new: bool = False) -> Sheet:  # fmt: skip
    frame = pd.DataFrame(
        [*lines], columns=list(header), index=pd.RangeIndex(2, len(lines) + 2, name="line"), dtype="str"
    )
    return read_sheet(Batch(frame, text_frame(REJECTION_COLUMNS)), KNOWN, NOW, "liste.csv", new)


def told(found: Sheet) -> dict[int, tuple[str, str, int | None, int | None]]:
    return {line: (p.organisation, p.school_year, p.offers, p.seats) for line, p in found.pledges.items()}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Bouygues", "Bouygues"),
        ("Groupe Bouygues", "Bouygues"),
        ("BOUYGUES  TELECOM", "Bouygues"),
        ("banque de l’exemple", "Banque de l'Exemple"),
    ],
)
def test_a_pledge_bears_the_name_that_offers_are_counted_by(written, kept):
    assert KNOWN.name(written) == kept


def test_an_unknown_name_is_refused_with_the_nearest_and_kept_on_purpose():
    with pytest.raises(NotRead, match="the nearest is « Safran »") as refused:
        KNOWN.name("Safrann")
    assert "organisations.csv" in refused.value.remedy
    assert "--new" in refused.value.remedy
    assert KNOWN.name("  Safrann ", new=True) == "Safrann"


@pytest.mark.parametrize("written", ["Total", "TOTAL GÉNÉRAL", "Sous-total"])
def test_a_sum_is_never_an_organisation(written):
    with pytest.raises(NotRead, match="is a sum"):
        KNOWN.name(written, new=True)


@pytest.mark.parametrize(
    ("written", "value"),
    [("", None), ("5000", 5000), ("5 000", 5000), ("5\u202f000", 5000), ("1", 1), ("1000000", 1_000_000)],
)
def test_a_number_is_read_with_its_spaces(written, value):
    assert number(written, "offers") == value


@pytest.mark.parametrize("written", ["5.000", "5,5", "-3", "0", "1000001", "environ 200", "٣"])
def test_a_number_with_two_readings_or_none_is_refused(written):
    with pytest.raises(NotRead):
        number(written, "offers")


@pytest.mark.parametrize(
    ("written", "ends"),
    [("", 2026), ("2025-2026", 2026), ("2024/2025", 2025), ("2026-27", 2027), ("2023 – 2024", 2024)],
)
def test_a_school_year_is_read_in_its_usual_forms(written, ends):
    assert school_year(written, NOW) == SchoolYear(ends)


@pytest.mark.parametrize("written", ["2026", "2025-2027", "2022-2023", "2030-2031", "l'an prochain"])
def test_what_is_no_school_year_or_lies_too_far_off_is_refused(written):
    with pytest.raises(NotRead):
        school_year(written, NOW)


def test_each_line_of_a_list_is_a_pledge_or_says_what_is_wrong_with_it():
    found = sheet(
        ("La Poste", "2024-2025", "5 000", "6000"),
        ("Safran", "", "", ""),
        ("Safrann", "", "10", "5.000"),
        ("Bouygues", "", "10", "5"),
        ("", "", "1", ""),
    )
    assert told(found) == {2: ("La Poste", "2024-2025", 5000, 6000), 3: ("Safran", "2025-2026", None, None)}
    assert [(fault.line, fault.column, fault.value) for fault in found.faults] == [
        (4, "organisation", "Safrann"),
        (4, "seats", "5.000"),
        (5, "seats", "5"),
        (6, "organisation", ""),
    ]
    assert found.read == len(found.pledges) + found.faulty
    said = found.faults[0].as_dict()["sentence"]
    assert said.startswith("line 4, column « organisation »: « Safrann » is no organisation that we know")


def test_two_lines_that_name_one_organisation_and_year_are_both_refused():
    found = sheet(
        ("Bouygues", "", "10", ""), ("Groupe Bouygues", "2025-2026", "20", ""), ("Bouygues", "2024-2025", "5", "")
    )
    assert told(found) == {4: ("Bouygues", "2024-2025", 5, None)}
    assert [(fault.line, fault.value) for fault in found.faults] == [(2, "Bouygues"), (3, "Groupe Bouygues")]


def test_french_headers_are_read_and_others_are_named():
    found = sheet(("La Poste", "6", "Paris"), header=("Organisme", "Nombre de places", "Ville"))
    assert told(found) == {2: ("La Poste", "2025-2026", None, 6)}
    assert found.not_read == ("Ville",)
    assert sheet(("a", "b"), header=("Ville", "Région")).missing == ("organisation", "offers", "seats")


def test_a_new_name_is_told_as_new():
    assert sheet(("Safrann", "", "10", ""), ("Banque de l'Exemple", "", "3", ""), new=True).new == ("Safrann",)


def pledge(organisation: str, year: str, offers: int | None = None, seats: int | None = None) -> Pledge:
    return Pledge(organisation, year, offers, seats, "lettre")


def test_organisations_are_set_against_what_they_promised_for_this_very_year():
    lines = by_organisation(
        {"Safran": Count(3, 5), "Thales": Count(1, 1), None: Count(7, 9)},
        [pledge("Safran", "2025-2026", 10), pledge("La Poste", "2023-2024", 99), pledge("Bouygues", "2026-2027", 4),
         pledge("Banque de l'Exemple", "2025-2026", seats=6)],
        "2025-2026", ["Safran", "Thales", "La Poste", "Bouygues"], "Autres",
    )  # fmt: skip
    assert [(line.name, line.promised_offers, line.promised_seats, line.engaged, line.measured) for line in lines] == [
        ("Safran", 10, None, "2025-2026", True),
        ("Banque de l'Exemple", None, 6, "2025-2026", False),
        ("Thales", None, None, None, True),
        ("La Poste", None, None, "2023-2024", True),
        ("Autres", None, None, None, True),
    ]
    assert [line.name for line in lines if line.missing] == ["La Poste"]
    assert promised(lines) == (10, 6)


counts = st.builds(Count, *(st.integers(0, 500) for _ in range(4)))


@examples(10)
@given(st.dictionaries(st.one_of(st.none(), st.sampled_from(["01", "69", "2A", "975"])), counts))
def test_lines_add_up_to_what_was_counted(found):
    lines = by_code(found, {"01": "Ain", "69": "Rhône"}, "Inconnu")
    for name in ("offers", "seats", "withdrawn_offers", "withdrawn_seats"):
        assert sum(getattr(line.count, name) for line in lines) == sum(getattr(one, name) for one in found.values())
    assert {line.code for line in lines} >= {"01", "69"}


def test_days_are_summed_up_as_they_go():
    day = date(2026, 3, 2)
    assert cumulated([(day, 5, 9), (date(2026, 3, 4), -1, -2)]) == [(day, 5, 9), (date(2026, 3, 4), 4, 7)]
