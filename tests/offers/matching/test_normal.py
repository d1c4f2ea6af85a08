"""What is written, and what is compared of it."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.arrays import fold
from offers.matching import normal
from offers.matching.normal import SLICE, words
from testing.examples import examples

ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
FRENCH = st.text(
    "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789àâäçéèêëîïôöùûüÿœæÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆ"
    " '’-.,;:!?()/&«»\N{NO-BREAK SPACE}\t\n",
    max_size=40,
)
PLAIN = st.text("abcest12 ", max_size=30)


def column(*values: str | None) -> pd.Series:
    return pd.Series(list(values), dtype="str")


def title(written: str | None, city: str | None = None, employer: str | None = None) -> str:
    return normal.titles(column(written), column(city), normal.employers(column(employer), column(None)))[0].as_py()


def employer(name: str | None, organisation: str | None = None) -> str:
    return normal.employers(column(name), column(organisation))[0].as_py()


def street(written: str | None) -> str:
    return normal.streets(column(written))[0].as_py()


def town(written: str | None) -> str:
    return normal.towns(column(written))[0].as_py()


def description(written: str | None) -> str:
    return normal.descriptions(column(written))[0].as_py()


def plain(written: str) -> str:
    return words(pa.array([written], pa.large_string()))[0].as_py()


TITLES = [
    ("Stage de seconde - Découverte du métier de boulanger (H/F)", "boulanger"),
    ("STAGE D'OBSERVATION 2NDE : Boulanger f/h", "boulanger"),
    ("Immersion de deux semaines en boulangerie, juin", "boulangerie"),
    ("Stage de 3ème et de 2nde en boulangerie", "boulangerie"),
    ("Vendeuse en boulangerie", "vendeuse boulangerie"),
    ("Stage SYS-0099215 cuisine", "cuisine"),
    ("2026/114 - Cuisine (78)", "cuisine"),
    ("Cuisine réf. 39594", "cuisine"),
    ("Atelier B2", "atelier b2"),
    ("Assistant RH", "assistant ressources humaines"),
    ("Compta et info", "comptabilite informatique"),
    ("Cœur de métier : l'Œnologie", "coeur oenologie"),
    ("Stage de seconde", ""),
    ("", ""),
    (None, ""),
]


@pytest.mark.parametrize(("written", "compared"), TITLES)
def test_of_a_title_the_words_that_say_the_job_are_compared(written, compared):
    assert title(written) == compared


@pytest.mark.parametrize(
    ("written", "city", "compared"),
    [
        ("Stage boulanger à Lyon", "Lyon", "boulanger"),
        ("Cuisine à l'Île-de-Ré", "L'Île-de-Ré", "cuisine"),
        ("Cuisine SAINT MALO, accueil", "Saint-Malo", "cuisine accueil"),
        ("Paris : cuisine à Paris", "PARIS 11", "cuisine"),
        ("Lyonnaise de banque", "Lyon", "lyonnaise banque"),
        ("Cuisine à Brest", "Lyon", "cuisine brest"),
        ("Cuisine à Lyon", None, "cuisine lyon"),
    ],
)
def test_a_title_loses_its_own_town_and_no_other(written, city, compared):
    assert title(written, city) == compared


@pytest.mark.parametrize(
    ("written", "who", "compared"),
    [
        ("Stage chez Decathlon", "DECATHLON FRANCE", ""),
        ("Stage Decathlon : vente", "DECATHLON FRANCE", "decathlon vente"),
        ("Stage chez Decathlon", "Ateliers Rivoire", "decathlon"),
    ],
)
def test_a_title_that_says_no_more_than_who_the_employer_is_says_no_job(written, who, compared):
    assert title(written, employer=who) == compared


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("SA Groupe Boulanger France", "boulanger"),
        ("Boulanger S.A.S.", "boulanger s a s"),
        ("SARL Dupont & Fils", "dupont fils"),
        ("Société Générale", "generale"),
        ("Crédit  AGRICOLE", "credit agricole"),
        ("GROUPE FRANCE SA", "groupe france sa"),
        ("Sagesse", "sagesse"),
        (None, ""),
    ],
)
def test_of_an_employer_the_name_without_legal_forms_is_compared_unless_nothing_else_is_there(written, compared):
    assert employer(written) == compared


@pytest.mark.parametrize(
    ("name", "organisation", "compared"),
    [
        ("Bureau de poste de Lyon", "La Poste", "la poste"),
        ("Bureau de poste de Lyon", "", "bureau de poste de lyon"),
        ("Bureau de poste de Lyon", None, "bureau de poste de lyon"),
        (None, "La Poste", "la poste"),
    ],
)
def test_where_the_organisation_is_known_it_is_compared_instead_of_the_employer(name, organisation, compared):
    assert employer(name, organisation) == compared


STREETS = [
    ("12 bis, av. du Gal Leclerc", "12 avenue general leclerc"),
    ("12bis avenue du Général-Leclerc", "12 avenue general leclerc"),
    ("Bd St Michel", "boulevard saint michel"),
    ("rue des Forges 12", "12 rue forges"),
    ("1 ter R. de l'Église", "1 rue eglise"),
    ("3 pl. du Mal Foch", "3 place marechal foch"),
    ("ZA du Pré", "za pre"),
    ("", ""),
    (None, ""),
]


@pytest.mark.parametrize(("written", "compared"), STREETS)
def test_of_a_street_the_number_and_the_name_written_out_are_compared(written, compared):
    assert street(written) == compared


TOWNS = [
    ("ST-MALO CEDEX 2", "saint malo"),
    ("Saint-Malo", "saint malo"),
    ("Paris 11e arrondissement", "paris"),
    ("75011 PARIS", "paris"),
    ("Ste Foy lès Lyon", "sainte foy lyon"),
    ("L'HAŸ-LES-ROSES", "hay roses"),
    (None, ""),
]


@pytest.mark.parametrize(("written", "compared"), TOWNS)
def test_of_a_town_the_name_is_compared_however_it_is_written(written, compared):
    assert town(written) == compared


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("Tu suivras\n l'équipe…", "tu suivras l equipe"),
        ("<p>Tu <b>suivras</b><br/>l&#39;&eacute;quipe</p>", "tu suivras l equipe"),
        ("&lt;p&gt;Tu suivras&amp;nbsp;l'équipe&lt;/p&gt;", "tu suivras l equipe"),
        ("Tu suivras l'équipe <a href='https://exe", "tu suivras l equipe"),
        ("R&D, vente & conseil", "r d vente conseil"),
        ("日本語", ""),
        (None, ""),
    ],
)
def test_of_a_description_the_words_without_markup_are_compared(written, compared):
    assert description(written) == compared


def test_only_the_beginning_of_a_description_is_compared_and_ends_without_a_space():
    assert description("x" * 2 * normal.COMPARED) == "x" * normal.COMPARED
    assert description("y" * (normal.COMPARED - 1) + " et la suite") == "y" * (normal.COMPARED - 1)


def test_one_text_cut_at_500_characters_by_an_aggregator_begins_alike():
    whole = "Tu découvriras l'usinage à l'atelier. " * 30
    assert description(whole).startswith(description(whole[:500] + "…")[:400])


@examples(13)
@given(st.lists(ANY, min_size=1, max_size=4))
def test_any_text_has_a_normal_form_of_plain_ascii_words(values):
    texts = column(*values)
    employers = normal.employers(texts, texts)
    made = [
        normal.titles(texts, texts, employers),
        normal.streets(texts),
        normal.towns(texts),
        normal.descriptions(texts),
        words(pa.array(values, pa.large_string())),
        employers,
    ]
    for forms in made:
        assert len(forms) == len(values)
        for form in forms.to_pylist():
            assert re.fullmatch("([a-z0-9]+( [a-z0-9]+)*)?", form)


@examples(50)
@given(FRENCH, st.sampled_from(["NFC", "NFD"]))
def test_plain_words_are_what_fold_says_of_french(text, form):
    written = unicodedata.normalize(form, text)
    assert plain(written) == fold(column(written)).iloc[0]


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("L'Atelier  d'été", "l atelier d ete"),
        ("E\N{COMBINING ACUTE ACCENT}te\N{COMBINING ACUTE ACCENT}", "ete"),
        ("ŒUVRE, Ægir, Straße", "oeuvre aegir strase"),
        ("a\x00b\x01c", "a b c"),
        ("Ñandú №5", "nandu 5"),
    ],
)
def test_words_are_plain_ascii(written, compared):
    assert plain(written) == compared


def test_texts_beyond_one_slice_keep_their_place():
    count = SLICE + 3
    texts = [f"Été {n}" for n in range(count)]
    assert words(pa.array(texts, pa.large_string())).to_pylist() == [f"ete {n}" for n in range(count)]


@examples(13)
@given(FRENCH)
def test_what_is_in_normal_form_already_stays_as_it_is(text):
    for form in (street, town, employer, description, plain):
        once = form(text)
        assert form(once) == once


@pytest.mark.parametrize("compared", [compared for _, compared in TITLES])
def test_a_title_in_normal_form_stays_as_it_is(compared):
    assert title(compared) == compared


@examples(10)
@given(st.lists(st.tuples(st.none() | FRENCH, st.none() | PLAIN, st.none() | PLAIN), min_size=2, max_size=4))
def test_a_normal_form_does_not_depend_on_the_rows_around_it(rows):
    titles, cities, names = (column(*values) for values in zip(*rows, strict=True))
    together = normal.titles(titles, cities, normal.employers(names, names)).to_pylist()
    assert together == [
        normal.titles(column(t), column(c), normal.employers(column(n), column(n)))[0].as_py() for t, c, n in rows
    ]
