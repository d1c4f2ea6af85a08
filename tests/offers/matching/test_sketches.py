"""What of a record is compared, in normal form; records of one feed that are alike in it are compared once."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.arrays import fold
from offers.matching import sketches
from offers.matching.sketches import SKETCHED, SLICE, VERSION, sketch, words
from testing.examples import examples
from testing.sketching import BOTH_WEEKS, OTHER_SIRET, RECORD, SIRET, records

CELL = st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
ROW = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Usinage", "Stage usinage (H/F)", "Accueil", None]),
        "city": st.sampled_from(["Brest", None]),
        "siret": st.sampled_from([SIRET, OTHER_SIRET, None]),
        "feed": st.sampled_from(["rivoire/offres", "orme/accueil"]),
        "reference": st.sampled_from(["a", "b", "c"]),
    },
)


def test_a_sketch_is_the_normal_form_of_what_is_compared():
    found = sketch(records({"description": "<p>L'Usinage&nbsp;: contrôle</p>"})).sketches
    assert tuple(found.columns) == SKETCHED
    assert found.iloc[0].to_dict() == {
        "feed": "rivoire/offres",
        "title": "usinage",
        "description": "l usinage controle",
        "employer": "ateliers rivoire",
        "department": "35",
        "place": "35288",
        "town": "saint malo",
        "siret": SIRET,
        "street": "12 rue forges",
        "weeks": BOTH_WEEKS,
        "own_row": "",
    }


@pytest.mark.parametrize(
    ("column", "other", "twins"),
    [
        ("reference", "STG-2", True),
        ("title", "STAGE de découverte : Usinage (H/F)", True),
        ("employer_name", "SA Ateliers Rivoire", True),
        ("street", "12 bis, rue des Forges", True),
        ("city", "ST-MALO CEDEX", True),
        ("feed", "orme/accueil", False),
        ("title", "Accueil", False),
        ("description", "Un autre texte.", False),
        ("employer_name", "Orme", False),
        ("organisation", "Orme", False),
        ("siret", OTHER_SIRET, False),
        ("siret", None, False),
        ("street", "14 rue des Forges", False),
        ("city", "Cancale", False),
        ("insee_code", "35049", False),
        ("department", None, False),
        ("weeks", "2026-W25", False),
    ],
)
def test_records_of_one_feed_that_differ_in_nothing_compared_share_a_sketch(column, other, twins):
    found = sketch(records({}, {column: other}))
    assert len(found.sketches) == (1 if twins else 2)
    assert (found.of[0] == found.of[1]) == twins


def test_rows_that_stay_offers_of_their_own_have_each_a_sketch():
    rows = records({"reference": "a"}, {"reference": "b"}, {"reference": "c"}, {"reference": "d"})
    found = sketch(rows, np.array([True, True, False, False]))
    assert len(found.sketches) == 3
    assert found.sketches.loc[found.of, "own_row"].tolist() == ["a", "b", "", ""]


def test_columns_that_are_not_there_are_unknown():
    found = sketch(records({})[["title"]])
    assert found.sketches.iloc[0].to_dict() == dict.fromkeys(SKETCHED, "") | {"title": "usinage"}


def test_no_records_have_no_sketches():
    found = sketch(records())
    assert (len(found.sketches), len(found.of)) == (0, 0)


def test_the_id_is_eight_bytes_of_sha256_over_the_version_and_the_texts():
    """Were it another in the next run, every record would be compared again."""
    found = sketch(records({}))
    text = "\x1f".join([VERSION, *found.sketches.iloc[0]])
    expected = int.from_bytes(sha256(text.encode()).digest()[:8], "little", signed=True)
    assert found.of.tolist() == found.sketches.index.tolist() == [expected]


def test_the_index_of_the_records_counts_for_nothing():
    rows = records({}, {"title": "Accueil"})
    assert sketch(rows.set_axis([7, 7])).of.tolist() == sketch(rows).of.tolist()


@examples(5)
@given(st.lists(ROW, min_size=2, max_size=4))
def test_a_sketch_does_not_depend_on_the_records_around_it(rows):
    found = sketch(records(*rows))
    assert found.of.tolist() == [int(sketch(records(row)).of[0]) for row in rows]
    assert found.sketches.index.is_unique
    assert set(found.sketches.index) == set(found.of)


@examples(5)
@given(st.fixed_dictionaries(dict.fromkeys(RECORD, CELL)))
def test_any_record_has_a_sketch_of_texts(row):
    found = sketch(records(row)).sketches
    assert all(isinstance(value, str) for value in found.iloc[0])


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
    return sketches.titles(column(written), column(city), sketches.employers(column(employer), column(None)))[0].as_py()


def employer(name: str | None, organisation: str | None = None) -> str:
    return sketches.employers(column(name), column(organisation))[0].as_py()


def street(written: str | None) -> str:
    return sketches.streets(column(written))[0].as_py()


def town(written: str | None) -> str:
    return sketches.towns(column(written))[0].as_py()


def description(written: str | None) -> str:
    return sketches.descriptions(column(written))[0].as_py()


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
    assert description("x" * 2 * sketches.COMPARED) == "x" * sketches.COMPARED
    assert description("y" * (sketches.COMPARED - 1) + " et la suite") == "y" * (sketches.COMPARED - 1)


def test_one_text_cut_at_500_characters_by_an_aggregator_begins_alike():
    whole = "Tu découvriras l'usinage à l'atelier. " * 30
    assert description(whole).startswith(description(whole[:500] + "…")[:400])


@examples(7)
@given(st.lists(ANY, min_size=1, max_size=4))
def test_any_text_has_a_normal_form_of_plain_ascii_words(values):
    texts = column(*values)
    employers = sketches.employers(texts, texts)
    made = [
        sketches.titles(texts, texts, employers),
        sketches.streets(texts),
        sketches.towns(texts),
        sketches.descriptions(texts),
        words(pa.array(values, pa.large_string())),
        employers,
    ]
    for forms in made:
        assert len(forms) == len(values)
        for form in forms.to_pylist():
            assert re.fullmatch("([a-z0-9]+( [a-z0-9]+)*)?", form)


@examples(25)
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


@examples(7)
@given(FRENCH)
def test_what_is_in_normal_form_already_stays_as_it_is(text):
    for form in (street, town, employer, description, plain):
        once = form(text)
        assert form(once) == once


@pytest.mark.parametrize("compared", [compared for _, compared in TITLES])
def test_a_title_in_normal_form_stays_as_it_is(compared):
    assert title(compared) == compared


@examples(5)
@given(st.lists(st.tuples(st.none() | FRENCH, st.none() | PLAIN, st.none() | PLAIN), min_size=2, max_size=4))
def test_a_normal_form_does_not_depend_on_the_rows_around_it(rows):
    titles, cities, names = (column(*values) for values in zip(*rows, strict=True))
    together = sketches.titles(titles, cities, sketches.employers(names, names)).to_pylist()
    assert together == [
        sketches.titles(column(t), column(c), sketches.employers(column(n), column(n)))[0].as_py() for t, c, n in rows
    ]
