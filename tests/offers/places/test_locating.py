from __future__ import annotations

import re
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.tables import load
from offers.cleaning.repairs import PLACE_REPAIRS
from offers.model import REPAIR_COLUMNS, Cleaned
from offers.places.gazetteer import Places
from offers.places.locating import locate, streets_elsewhere
from testing.examples import examples
from testing.shared import shared

PLACES = load().places
HEADERS = {"postal_code": "Code postal", "city": "Ville"}


def located(*pairs: tuple[str | None, str | None], places: Places = PLACES) -> Cleaned:
    frame = pd.DataFrame(pairs, columns=["postal_code", "city"], dtype="str")
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="line")
    return locate(frame, HEADERS, places)


def row(*pair: str | None) -> tuple[object, ...]:
    frame = located((pair[0], pair[1])).frame
    return tuple(None if pd.isna(v) else v for v in frame[["postal_code", "city", "insee_code"]].iloc[0])


def whys(*pair: str | None) -> dict[str, str]:
    repairs = located((pair[0], pair[1])).repairs
    return dict(zip(repairs["field"], repairs["why"], strict=True))


SETTLED = [
    # as seen, as it should be (with the INSEE code), why the postal code changed, why the town did
    (("75011", "Paris"), ("75011", "Paris", "75111"), None, None),
    (("75011", " PARIS "), ("75011", "Paris", "75111"), None, "official_spelling"),
    (("35400", "ST MALO"), ("35400", "Saint-Malo", "35288"), None, "official_spelling"),
    (("71100", "CHALON S/SAONE"), ("71100", "Chalon-sur-Saône", "71076"), None, "official_spelling"),
    (("07250", "Pouzin (Le)"), ("07250", "Le Pouzin", "07181"), None, "official_spelling"),
    (("97220", "TRINITE"), ("97220", "La Trinité", "97230"), None, "official_spelling"),
    (("95290", "LISLE ADAM"), ("95290", "L'Isle-Adam", "95313"), None, "official_spelling"),
    (("75 011", "Paris"), ("75011", "Paris", "75111"), "number_format", None),
    (("98825.0", "Pouembout"), ("98825", "Pouembout", "98825"), "number_format", None),
    (("1000", "Bourg-en-Bresse"), ("01000", "Bourg-en-Bresse", "01053"), "lost_zero", None),
    (("7019", "AUBENAS"), ("07200", "Aubenas", "07019"), "lost_zero", "official_spelling"),
    (("07019", "AUBENAS"), ("07200", "Aubenas", "07019"), "insee_code_in_postal_column", "official_spelling"),
    (("75115", "Paris"), ("75015", "Paris", "75115"), "insee_code_in_postal_column", None),
    (("13001", "Aix-en-Provence"), ("13100", "Aix-en-Provence", "13001"), "main_postal_code", None),
    (("57463", "Metz"), ("57000", "Metz", "57463"), "main_postal_code", None),
    (("2A247", "Porto-Vecchio"), ("20137", "Porto-Vecchio", "2A247"), "corsican_code", None),
    (("2b200", "Bastia"), ("20200", "Bastia", "2B033"), "corsican_code", None),
    (("13006", "MARSEILLE 6"), ("13006", "Marseille", "13206"), None, "official_spelling"),
    (("69003", "LYON 3EME"), ("69003", "Lyon", "69383"), None, "official_spelling"),
    (("75014", "PARIS 14ème arrondissement"), ("75014", "Paris", "75114"), None, "official_spelling"),
    (("75001", "PARIS 01"), ("75001", "Paris", "75101"), None, "official_spelling"),
    (("75116", "Paris 16e Arrondissement"), ("75116", "Paris", "75116"), None, "official_spelling"),
    (("13000", "MARSEILLE 6"), ("13006", "Marseille", "13206"), "arrondissement", "arrondissement"),
    (("75383", "PARIS CEDEX 08"), ("75008", "Paris", "75108"), "cedex", "arrondissement"),
    (("31671", "LABEGE CEDEX 2"), ("31670", "Labège", "31254"), "cedex", "cedex"),
    (("59658", "Villeneuve-d'Ascq Cédex"), ("59650", "Villeneuve-d'Ascq", "59009"), "main_postal_code", "cedex"),
    (("31000", "31 - TOULOUSE"), ("31000", "Toulouse", "31555"), None, "department_in_town"),
    (("92800", "Puteaux, Hauts-de-Seine"), ("92800", "Puteaux", "92062"), None, "department_in_town"),
    ((None, "Puteaux, Hauts-de-Seine"), ("92800", "Puteaux", "92062"), "town_in_department", "department_in_town"),
    ((None, "La Seyne-sur-Mer, Var (83)"), ("83500", "La Seyne-sur-Mer", "83126"), "town_in_department",
     "department_in_town"),
    (("65310", "LALOUBERE (TARBES)"), ("65310", "Laloubère", "65251"), None, "brackets"),
    ((None, "83500 LA SEYNE SUR MER"), ("83500", "La Seyne-sur-Mer", "83126"), "postal_code_in_town",
     "postal_code_in_town"),
    (("83500", "83500 LA SEYNE SUR MER"), ("83500", "La Seyne-sur-Mer", "83126"), None, "postal_code_in_town"),
    (("83500 LA SEYNE", "La Seyne-sur-Mer"), ("83500", "La Seyne-sur-Mer", "83126"), "postal_code_in_town", None),
    (("50110", "Tourlaville"), ("50110", "Cherbourg-en-Cotentin", "50129"), None, "former_commune"),
    (("12110", "Cransac"), ("12110", "Cransac-les-Thermes", "12083"), None, "former_commune"),
    (("91000", "EVRY"), ("91000", "Évry-Courcouronnes", "91228"), None, "former_commune"),
    (("91140", "VILLEBON"), ("91140", "Villebon-sur-Yvette", "91661"), None, "short_name"),
    (("67083", "Strasbourg"), ("67000", "Strasbourg", "67482"), "main_postal_code", None),
    (("19012", "TULLE"), ("19000", "Tulle", "19272"), "cedex", "official_spelling"),
    (("84082", "Avignon"), ("84000", "Avignon", "84007"), "main_postal_code", None),
    (("7201.0", "AUBENAS"), ("07200", "Aubenas", "07019"), "cedex", "official_spelling"),
    (("42023", "ST ETIENNE CEDEX 2"), ("42000", "Saint-Étienne", "42218"), "main_postal_code", "cedex"),
    (("76083", "HAVRE CEDEX"), ("76600", "Le Havre", "76351"), "main_postal_code", "cedex"),
    (("69364", "LYON 07"), ("69007", "Lyon", "69387"), "cedex", "arrondissement"),
    (("97490", "SAINTE CLOTILDE"), ("97490", "Saint-Denis", "97411"), None, "former_commune"),
    (("97715", "SAINT DENIS MESSAG CEDEX 9"), ("97400", "Saint-Denis", "97411"), "main_postal_code", "cedex"),
    (("20186", "AJACCIO CEDEX 2"), ("20167", "Ajaccio", "2A004"), "main_postal_code", "cedex"),
    (("92400", "PARIS LA DEFENSE"), ("92400", "Courbevoie", "92026"), None, "former_commune"),
    (("92800", "La Défense"), ("92800", "Puteaux", "92062"), None, "former_commune"),
    (("92400", "COURBEVOIE LA DEFENSE CEDEX"), ("92400", "Courbevoie", "92026"), None, "cedex"),
    (("92084", "PARIS LA DEFENSE CEDEX"), ("92400", "Courbevoie", "92026"), "cedex", "cedex"),
]  # fmt: skip


@pytest.mark.parametrize(("seen", "after", "postal_why", "city_why"), SETTLED, ids=lambda v: str(v)[:40])
def test_what_is_certain_is_mended_and_says_why(
    seen: tuple[str, str], after: tuple[str, ...], postal_why: str | None, city_why: str | None
) -> None:
    assert row(*seen) == after
    told = {"postal_code": postal_why, "city": city_why}
    assert whys(*seen) == {field: why for field, why in told.items() if why}


ESTABLISHMENTS = """
75231 PARIS CEDEX 05|75105   75231 PARIS 05|75105   75016 PARIS XVIe|75116   75013 PARIS-13E-ARRONDISSEMENT|75113
75005 Paris (5ème arrondissement)|75105   69007 LYON 7E ARRONDISSEMENT|69387   69361 LYON CEDEX 07|69387
13392 MARSEILLE 05|13205   97200 FORT DE FRANCE|97209   97261 FORT-DE-FRANCE|97209   97183 LES ABYMES CEDEX|97101
97169 POINTE A PITRE CEDEX|97120   97393 ST LAURENT DU MARONI CEDEX|97311   97455 ST PIERRE|97416
97400 ST DENIS DE LA REUNION|97411   97421 LA RIVIERE ST LOUIS|97414   97605 MAMOUDZOU|97611   97500 ST PIERRE|97502
98845 NOUMEA CEDEX|98818   98714 PAPEETE|98735   97150 ST MARTIN|97801   20192 AJACCIO CEDEX 4|2A004
20293 BASTIA|2B033   42023 BP 123 - ST ETIENNE CEDEX 1|42218   42023 CEDEX 2 ST ETIENNE|42218
42023 SAINT ETIENNE CEDEX N°2|42218   42000 ST ETIENNE FRANCE|42218   76083 HAVRE (LE)|76351
50107 CHERBOURG CEDEX|50129   50130 CHERBOURG OCTEVILLE|50129   91011 EVRY CEDEX|91228
59658 VILLENEUVE D'ASCQ|59009   43003 LE PUY CEDEX|43157
63037 CLERMONT-FD CEDEX 1|63113   94240 HAY LES ROSES (L')|94038   85000 ROCHE-SUR-YON LA|85191
71107 CHALON/SAONE CEDEX|71076   51000 CHALONS SUR MARNE|51108   59260 HELLEMMES LILLE|59350   06160 JUAN LES PINS|06004
06560 VALBONNE SOPHIA ANTIPOLIS|06152   76821 MT ST AIGNAN CEDEX|76451   01206 BELLEGARDE CEDEX|01033
01200 BELLEGARDE SUR VALSERINE|01033   93380 PIERREFITTE SUR SEINE|93066
01200 ARLOD|01033   1011 BOURG EN BRESSE|01053
6050.0 NICE CEDEX 1|06088   92084 PUTEAUX|92062   92800 PARIS-LA-DÉFENSE 5|92062   92000 NANTERRE LA DEFENSE|92050
"""
"""Addresses as establishments write them: code, town, and the INSEE code that is theirs."""


def test_addresses_of_establishments_are_placed_where_they_are() -> None:
    told = [re.fullmatch(r"(\S+) (.+)\|(\w+)", one) for one in re.split(r" {3}|\n", ESTABLISHMENTS.strip())]
    pairs = [(found[1], found[2], found[3]) for found in told if found]
    assert len(pairs) == len(told)
    placed = located(*((code, town) for code, town, _ in pairs)).frame["insee_code"].fillna("")
    assert [pair for pair, there in zip(pairs, placed, strict=True) if pair[2] != there] == []


DOUBTFUL = [
    ("75014", "Lyon"),  # a town of another postal code
    ("75014", "PARIS 15"),  # two arrondissements
    ("13000", "Marseille"),  # sixteen arrondissements
    ("75380", "Paris"),  # a CEDEX code that does not say which arrondissement
    ("92099", "PARIS LA DEFENSE CEDEX"),  # a district of three communes
    ("75114", "PARIS 15"),  # the INSEE code of another arrondissement
    ("69300", "Lyon"),
    ("77454", "MARNE LA VALLEE CEDEX 2"),  # a new town of many communes
    ("69214", "MARCY CEDEX"),  # Marcy-l'Étoile is greater, and may be meant
    ("59916", "NEUVILLE CEDEX"),  # La Neuville, or one of many
    ("06902", "SOPHIA ANTIPOLIS CEDEX"),
    ("1000", "Bruxelles"),  # four digits, but the town does not agree
    ("7500", "Paris"),
    ("98000", "Monaco"),  # not France
    ("99999", "Paris"),
    ("31000", "83 - TOULOUSE"),  # a département that contradicts
    ("83500", "75014 La Seyne-sur-Mer"),  # two postal codes
    (None, "Aubenas"),  # a name alone
    (None, "Toulouse (31)"),  # several postal codes
    ("07200", None),
    ("83000", "Var (83)"),
    ("42300", "Saint"),
    ("", "-"),
    ("#REF!", "#N/A"),
    ("69000", "Bourg-en-Bresse"),
]


@pytest.mark.parametrize("seen", DOUBTFUL, ids=str)
def test_what_is_doubtful_stays_as_seen_without_a_commune(seen: tuple[str | None, str | None]) -> None:
    frame = located(seen).frame
    assert row(*seen) == (*seen, None)
    assert frame[["insee_code", "department", "academy"]].isna().all(axis=None)
    assert whys(*seen) == {}


def test_five_digits_get_their_form_even_beside_an_unknown_town() -> None:
    assert row("75011.0", "Atlantide") == ("75011", "Atlantide", None)


def test_département_and_académie_follow_from_the_commune() -> None:
    frame = located(("20200", "Bastia"), ("97410", "Saint-Pierre"), ("98800", "Nouméa"), ("97133", "Saint-Barthélemy"))
    assert frame.frame["department"].tolist() == ["2B", "974", "988", "977"]
    assert frame.frame["academy"].fillna("").tolist() == [
        "Académie de Corse",
        "Académie de La Réunion",
        "Académie de la Nouvelle-Calédonie",
        "",
    ]


def test_a_repair_names_line_and_the_partners_own_column() -> None:
    repairs = located(("75011", "Paris"), ("07019", "AUBENAS")).repairs
    assert tuple(repairs.columns) == REPAIR_COLUMNS
    assert repairs.to_numpy().tolist() == [
        [3, "city", "Ville", "AUBENAS", "Aubenas", "official_spelling"],
        [3, "postal_code", "Code postal", "07019", "07200", "insee_code_in_postal_column"],
    ]


def test_the_towns_of_a_postal_code_serve_the_refusal() -> None:
    assert "Aubenas" in PLACES.towns_of("07200")
    assert PLACES.towns_of("75014") == ["Paris 14e Arrondissement"]
    assert PLACES.towns_of("00000") == []


def test_other_columns_and_the_index_are_left_alone() -> None:
    frame = pd.DataFrame({"reference": ["a"], "city": ["PARIS"], "postal_code": ["75011"]}, dtype="str")
    frame.index = pd.Index([7], name="line")
    after = locate(frame, {}, PLACES).frame
    assert after.index.equals(frame.index)
    assert after["reference"].tolist() == ["a"]
    assert frame["city"].tolist() == ["PARIS"]


def test_a_frame_without_rows_or_without_places_passes() -> None:
    assert located().frame.empty
    only = pd.DataFrame({"reference": ["a"]}, index=pd.Index([2], name="line"), dtype="str")
    assert locate(only, {}, PLACES).frame["insee_code"].isna().all()


def test_a_former_name_never_takes_a_living_communes_place_and_two_claims_are_none() -> None:
    communes = pd.DataFrame(
        [("01001", "Alba", "10", "01000"), ("01002", "Bora", "10", "01000"), ("01003", "Cora", "10", "01000")],
        columns=["insee", "name", "population", "postal_codes"],
        dtype="str",
    )
    former = pd.DataFrame(
        [("01001", "Bora"), ("01002", "Vieux Bourg"), ("01003", "Vieux Bourg")], columns=["insee", "name"], dtype="str"
    )
    departments = pd.DataFrame([("01", "Ain", "Académie de Lyon")], columns=["code", "name", "academy"], dtype="str")
    frame = located(("01000", "bora"), ("01000", "Vieux Bourg"), places=Places(communes, former, departments)).frame
    assert frame["insee_code"].fillna("").tolist() == ["01002", ""]


def test_a_street_that_names_another_town_with_its_code_is_a_finding_and_nothing_changes() -> None:
    rows = [
        ("34280", "LA GRANDE MOTTE", "TOURLAVILLE 420 RUE DES ALGUES 50100"),
        ("59000", "LILLE", "12 rue de Paris, 59800 Lille"),  # another code of its own
        ("31000", "TOULOUSE", "BP 12, 31013 TOULOUSE CEDEX"),
        ("34280", "LA GRANDE MOTTE", "CS 50100"),  # a number and no town
        ("34280", "LA GRANDE MOTTE", "rue de Cherbourg"),
        ("75015", "PARIS", "3 rue Brancion, 75014 Paris"),
        ("75014", "LYON", "TOURLAVILLE 50100"),  # nowhere itself
    ]
    frame = pd.DataFrame(rows, columns=["postal_code", "city", "street"], dtype="str")
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="line")
    there = locate(frame, HEADERS, PLACES).frame
    (finding,) = streets_elsewhere(there, {"street": "Rue"}, PLACES)
    assert (finding.check, finding.severity, finding.seen) == (
        "street_in_another_town",
        "warn",
        "2 streets of « Rue »: 2, 7",
    )
    assert '(lines 2, 7; "50100 Cherbourg-en-Cotentin")' in finding.sentence
    assert there["street"].tolist() == frame["street"].tolist()
    assert streets_elsewhere(there.iloc[1:5], {}, PLACES) == []


def test_every_repair_has_its_sentences() -> None:
    for why, (french, english) in PLACE_REPAIRS.items():
        assert french.endswith("."), why
        assert english.endswith("."), why
    told = {why for _, _, *pair in SETTLED for why in pair if why}
    assert told == set(PLACE_REPAIRS)


TOWNS = [city for (_, city), *_ in SETTLED if city] + [city for _, city in DOUBTFUL if city]
CODES = [code for (code, _), *_ in SETTLED if code] + [code for code, _ in DOUBTFUL if code]
PAIRS = st.tuples(
    st.none() | st.sampled_from(CODES) | st.text(max_size=8), st.sampled_from(TOWNS) | st.text(max_size=20)
)
RIGHT = st.sampled_from([seen for seen, *_ in SETTLED])


@examples(8)
@given(st.lists(PAIRS | RIGHT, min_size=1, max_size=12))
def test_locating_the_located_changes_nothing(pairs: list[tuple[str | None, str]]) -> None:
    once = located(*pairs)
    twice = locate(once.frame, HEADERS, PLACES)
    pd.testing.assert_frame_equal(once.frame, twice.frame)
    assert twice.repairs.empty


@examples(5)
@given(st.lists(PAIRS | RIGHT, min_size=2, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters(pairs: list[tuple[str | None, str]], chance) -> None:
    frame = pd.DataFrame(pairs, columns=["postal_code", "city"], dtype="str").rename_axis("line")
    order = list(frame.index)
    chance.shuffle(order)
    straight, mixed = locate(frame, HEADERS, PLACES), locate(frame.loc[order], HEADERS, PLACES)
    pd.testing.assert_frame_equal(straight.frame, mixed.frame.sort_index())
    pd.testing.assert_frame_equal(straight.repairs, mixed.repairs)


def test_the_platforms_real_rows_end_with_a_commune() -> None:
    path = shared("feeds/platform_extract_2025.csv")
    frame = pd.read_csv(path, sep=";", dtype="str").rename(columns={"Ville": "city", "Code postal": "postal_code"})
    cleaned = locate(frame[["postal_code", "city"]].rename_axis("line"), HEADERS, PLACES)
    found = cleaned.frame["insee_code"].notna()
    assert len(found) == 27_206
    assert found.mean() >= 0.995
    assert 0.75 <= (found & ~found.index.isin(cleaned.repairs["line"])).mean() <= 0.82
    kinds = Counter(cleaned.repairs.loc[cleaned.repairs["field"] == "postal_code", "why"])
    assert kinds["insee_code_in_postal_column"] + kinds["main_postal_code"] >= 349
    assert kinds["main_postal_code"] / len(found) <= 0.006
