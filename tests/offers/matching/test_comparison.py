"""Two sketches are the same offer, to be looked at, or distinct; each rule says so in its turn, the vetoes first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers.matching import judge
from offers.matching.comparison import (
    ITS_TITLE_FROM,
    ONE_TEXT_FROM,
    PAIR_COLUMNS,
    REVIEW_FROM,
    SAME_FROM,
    Answer,
    MatchRule,
)
from offers.matching.comparison import judge as judge_sketches
from offers.matching.explaining import VETOES
from testing.examples import examples
from testing.sketching import BOTH_WEEKS, BUREAU, OTHER_SIRET, SIRET, WEEK_1, WEEK_2, records, sketches

TEXT = "tu suivras l equipe de l atelier usinage controle des pieces preparation des commandes"
EDITED = "avec un tuteur tu suivras l usinage et le montage puis la preparation des commandes des clients"
OTHER_TEXT = "accueil du public au guichet tri du courrier decouverte des logiciels"
FORGES, QUAIS = "12 rue forges", "3 quai duguay trouin"
PLACE = {"siret": "", "street": FORGES}


def judged(one: dict[str, str], other: dict[str, str]) -> pd.Series:
    """What is said of two sketches."""
    return judge_sketches(sketches(one, other), np.array([0]), np.array([1]), all_pairs=True).iloc[0]


RULES = [
    ({"own_row": "a"}, {"own_row": "b"}, MatchRule.ROWS_KEPT_APART),
    ({"siret": SIRET}, {"siret": OTHER_SIRET}, MatchRule.OTHER_SIRET),
    ({}, {"place": "35049"}, MatchRule.OTHER_TOWN),
    ({"place": ""}, {"department": "22"}, MatchRule.OTHER_TOWN),
    ({"place": ""}, {"town": "cancale"}, MatchRule.OTHER_TOWN),
    ({"weeks": WEEK_1}, {"weeks": WEEK_2}, MatchRule.OTHER_WEEKS),
    ({"street": FORGES}, {"street": QUAIS}, MatchRule.OTHER_STREET),
    ({"street": FORGES}, {"street": "14 rue forges"}, MatchRule.OTHER_STREET),
    ({"street": FORGES, "siret": SIRET}, {"street": QUAIS}, MatchRule.OTHER_STREET),
    ({}, {"employer": "boulangerie du port"}, MatchRule.OTHER_EMPLOYER),
    ({"title": "vente boulangerie"}, {"title": "vente poissonnerie"}, MatchRule.OTHER_JOB),
    ({"description": TEXT}, {"description": OTHER_TEXT}, MatchRule.UNLIKE),
    ({"title": "cuisine"}, {"title": "bar"}, MatchRule.UNLIKE),
    ({"title": "", "description": TEXT}, {"title": "", "description": EDITED}, MatchRule.UNLIKE),
    ({"description": TEXT}, {"description": EDITED}, MatchRule.NEARLY_LIKE),
    ({"weeks": WEEK_1}, {"weeks": BOTH_WEEKS}, MatchRule.SOME_WEEKS),
    ({"weeks": WEEK_1}, {"weeks": ""}, MatchRule.SOME_WEEKS),
    ({"street": FORGES, "siret": SIRET}, {"street": QUAIS, "siret": SIRET}, MatchRule.TWO_STREETS),
    ({"place": "", "town": ""}, {"employer": ""}, MatchRule.LITTLE_SAID),
    ({}, {}, MatchRule.LIKE),
    ({"siret": SIRET, "street": FORGES}, {"feed": "orme/accueil"}, MatchRule.LIKE),
    ({"place": ""}, {"town": "saint malo ville"}, MatchRule.LIKE),
    ({"town": "saint servan"}, {}, MatchRule.LIKE),
    ({"street": FORGES}, {"street": "rue forges"}, MatchRule.LIKE),
    ({"weeks": BOTH_WEEKS}, {"weeks": ""}, MatchRule.LIKE),
    ({"own_row": "a"}, {"own_row": "b", "feed": "orme/accueil"}, MatchRule.LIKE),
    ({"own_row": "a"}, {"own_row": ""}, MatchRule.LIKE),
    ({"title": "vendeur boulangerie"}, {"title": "vendeuse boulangerie"}, MatchRule.LIKE),
    ({"title": "vente"}, {"title": "vente mode"}, MatchRule.LIKE),
    ({"title": ""}, {"title": ""}, MatchRule.LIKE),
    ({"employer": "ateliers rivoire"}, {"employer": "ateliers rivoire saint malo"}, MatchRule.LIKE),
]


@pytest.mark.parametrize(("one", "other", "rule"), RULES)
def test_the_first_rule_that_holds_answers(one, other, rule):
    said = judged(one, other)
    assert (said["rule"], said["answer"]) == (rule, rule.answer)


def test_every_rule_is_in_the_table_above():
    assert {rule for _, _, rule in RULES} == set(MatchRule)


def test_only_like_is_the_same_and_doubts_are_reviewed():
    doubts = {MatchRule.NEARLY_LIKE, MatchRule.SOME_WEEKS, MatchRule.TWO_STREETS, MatchRule.LITTLE_SAID}
    assert {rule: rule.answer for rule in MatchRule} == (
        dict.fromkeys(MatchRule, Answer.DISTINCT) | dict.fromkeys(doubts, Answer.REVIEW) | {MatchRule.LIKE: Answer.SAME}
    )


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ({"siret": SIRET, "weeks": WEEK_1}, {"siret": OTHER_SIRET, "weeks": WEEK_2}, MatchRule.OTHER_SIRET),
        ({"weeks": WEEK_1}, {"weeks": WEEK_2, "place": "35049"}, MatchRule.OTHER_TOWN),
        ({"weeks": WEEK_1, "siret": SIRET}, {"weeks": BOTH_WEEKS, "siret": OTHER_SIRET}, MatchRule.OTHER_SIRET),
        (
            {"street": FORGES, "siret": SIRET},
            {"street": QUAIS, "siret": SIRET, "title": "accueil"},
            MatchRule.OTHER_JOB,
        ),
        ({"weeks": WEEK_1}, {"weeks": BOTH_WEEKS, "description": OTHER_TEXT}, MatchRule.UNLIKE),
        ({"weeks": WEEK_1, "description": TEXT}, {"weeks": BOTH_WEEKS, "description": EDITED}, MatchRule.NEARLY_LIKE),
    ],
)
def test_vetoes_and_unlikeness_outrank_doubts(one, other, rule):
    assert judged(one, other)["rule"] == rule


MISSING = [
    ("siret", SIRET, OTHER_SIRET),
    ("place", "35288", "35049"),
    ("department", "35", "22"),
    ("weeks", WEEK_1, WEEK_2),
    ("street", FORGES, QUAIS),
    ("employer", "ateliers rivoire", "boulangerie du port"),
    ("title", "usinage", "poissonnerie"),
    ("own_row", "a", "b"),
]


@pytest.mark.parametrize(("column", "known", "other"), MISSING)
def test_another_value_vetoes_and_a_missing_one_never_does(column, known, other):
    assert judged({column: known}, {column: other})["rule"] in VETOES
    assert judged({column: known}, {column: ""})["rule"] not in VETOES
    assert judged({column: ""}, {column: ""})["rule"] not in VETOES


def test_a_missing_town_vetoes_nothing_where_no_code_is_known():
    assert judged({"place": "", "town": "cancale"}, {"place": ""})["rule"] in VETOES
    assert judged({"place": "", "town": ""}, {"place": ""})["rule"] not in VETOES


def test_the_first_week_and_the_second_are_two_offers_and_one_of_both_is_looked_at():
    answers = [judged({"weeks": WEEK_1}, {"weeks": weeks})["answer"] for weeks in (WEEK_1, WEEK_2, BOTH_WEEKS)]
    assert answers == [Answer.SAME, Answer.DISTINCT, Answer.REVIEW]


def test_one_text_under_two_titles_is_one_offer_in_one_town_and_looked_at_where_the_town_is_not_known():
    one, other = {"title": "vente"}, {"title": "vente mode"}
    here, somewhere = judged(one, other), judged(one, other | {"place": "", "town": ""})
    assert here["score"] == somewhere["score"] < SAME_FROM
    assert (here["rule"], somewhere["rule"]) == (MatchRule.LIKE, MatchRule.NEARLY_LIKE)


def test_a_description_cut_off_by_an_aggregator_is_compared_with_as_much_of_the_other():
    whole = " ".join(f"{TEXT} numero {n}" for n in range(5))[:450]
    assert judged({"description": whole}, {"description": whole[:400]})["description"] == 100
    assert judged({"description": whole}, {"description": whole[:60]})["description"] < 50


def test_a_pair_that_no_rule_forbids_has_its_likenesses_and_a_vetoed_one_has_no_score():
    alike, apart = judged({}, {}), judged({"siret": SIRET}, {"siret": OTHER_SIRET})
    assert alike[["score", "description", "title", "employer"]].tolist() == [100] * 4
    assert apart[["score", "description", "title", "employer"]].isna().all()


def test_where_one_employer_is_not_given_it_counts_for_seventy():
    said = judged({}, {"employer": ""})
    assert (said["employer"], said["score"]) == (70, pytest.approx(94, abs=1e-4))


def test_distinct_pairs_are_not_told_unless_all_are_asked_for():
    three = sketches({}, {"feed": "orme/accueil"}, {"siret": SIRET, "place": "35049"})
    a, b = np.array([0, 0, 1]), np.array([1, 2, 2])
    told, everything = judge_sketches(three, a, b), judge_sketches(three, a, b, all_pairs=True)
    assert tuple(told.columns) == PAIR_COLUMNS
    assert told[["a", "b", "answer"]].to_numpy().tolist() == [[0, 1, Answer.SAME]]
    assert everything["answer"].tolist() == [Answer.SAME, Answer.DISTINCT, Answer.DISTINCT]


def test_no_pairs_are_judged_to_no_answer():
    nothing = np.empty(0, np.int64)
    assert judge_sketches(sketches({}), nothing, nothing).empty
    assert judge_sketches(sketches(), nothing, nothing, all_pairs=True).empty


LONG = "Tu suivras l'équipe de l'atelier : usinage des pièces, contrôle, préparation des commandes du jour. " * 8
AS_WRITTEN = [
    ({}, {"feed": "orme/accueil", "reference": "X"}, Answer.SAME),
    (
        {"description": LONG},
        {"description": LONG[:500] + "…", "title": "USINAGE (H/F) - Saint-Malo", "siret": None, "employer_name": None},
        Answer.SAME,
    ),
    ({"description": LONG}, {"description": f"<p>{LONG.replace(':', '&nbsp;:')}</p>", "weeks": None}, Answer.SAME),
    ({}, {"street": "12 bis, R. des Forges", "city": "ST MALO CEDEX"}, Answer.SAME),
    ({"title": "Vendeur en boulangerie"}, {"title": "Stage : vendeuse en boulangerie"}, Answer.SAME),
    ({"employer_name": "Rivoire"}, {"employer_name": "SAS Groupe Rivoire France"}, Answer.SAME),
    ({}, {"siret": OTHER_SIRET}, Answer.DISTINCT),
    ({"siret": None}, {"siret": None, "street": "5 avenue Louis Martin"}, Answer.DISTINCT),
    ({}, {"insee_code": "35049", "city": "Cancale"}, Answer.DISTINCT),
    ({"weeks": WEEK_1}, {"weeks": WEEK_2}, Answer.DISTINCT),
    ({}, {"title": "Stage de seconde : comptabilité"}, Answer.DISTINCT),
    ({}, {"description": BUREAU}, Answer.DISTINCT),
    ({}, {"street": "5 avenue Louis Martin"}, Answer.REVIEW),
    ({}, {"weeks": WEEK_2}, Answer.REVIEW),
]


@pytest.mark.parametrize(("one", "other", "answer"), AS_WRITTEN)
def test_of_two_records_as_they_are_written(one, other, answer):
    assert judge(records(one), records(other))["answer"].tolist() == [answer]


def test_row_by_row_each_pair_has_its_answer_though_records_repeat():
    left = records({}, {}, {"siret": OTHER_SIRET})
    right = records({"feed": "orme/accueil"}, {"weeks": WEEK_1}, {})
    assert judge(left, right)["rule"].tolist() == [MatchRule.LIKE, MatchRule.SOME_WEEKS, MatchRule.OTHER_SIRET]


ROW = st.fixed_dictionaries(
    {
        "feed": st.sampled_from(["rivoire/offres", "orme/accueil"]),
        "title": st.sampled_from(["", "vente", "vente mode", "vendeur mode", "vendeuse", "usinage"]),
        "description": st.sampled_from(["", TEXT, EDITED, OTHER_TEXT, TEXT * 3]),
        "employer": st.sampled_from(["", "ateliers rivoire", "rivoire", "orme"]),
        "department": st.sampled_from(["", "35", "22"]),
        "place": st.sampled_from(["", "", "35288", "35049"]),
        "town": st.sampled_from(["", "saint malo", "saint malo ville", "cancale"]),
        "siret": st.sampled_from(["", "", SIRET, OTHER_SIRET]),
        "street": st.sampled_from(["", FORGES, "rue forges", QUAIS]),
        "weeks": st.sampled_from([WEEK_1, WEEK_2, BOTH_WEEKS]),
        "own_row": st.sampled_from(["", "", "a", "b"]),
    }
)
LIKENESSES = ["score", "description", "title", "employer"]


@examples(9)
@given(st.lists(ROW, min_size=2, max_size=12))
def test_a_pair_is_judged_alike_whichever_comes_first_and_whoever_else_is_judged(rows):
    drawn = sketches(*rows)
    a, b = np.triu_indices(len(rows), 1)
    forth, back = judge_sketches(drawn, a, b, all_pairs=True), judge_sketches(drawn, b, a, all_pairs=True)
    alone = judge_sketches(sketches(rows[0], rows[1]), np.array([0]), np.array([1]), all_pairs=True)
    for one, other in ((forth, back), (forth.iloc[:1], alone)):
        assert one[["answer", "rule"]].equals(other[["answer", "rule"]])
        np.testing.assert_array_equal(one[LIKENESSES].to_numpy(), other[LIKENESSES].to_numpy())


@examples(9)
@given(st.lists(ROW, min_size=2, max_size=12))
def test_what_no_veto_forbids_is_answered_by_its_score(rows):
    said = judge_sketches(sketches(*rows), *np.triu_indices(len(rows), 1), all_pairs=True)
    said = said[~said["rule"].isin(VETOES) & said["score"].notna()]
    weighed = 0.45 * said["description"] + 0.35 * said["title"] + 0.2 * said["employer"]
    np.testing.assert_allclose(said["score"], weighed, atol=1e-3)
    one_text = (said["description"] >= ONE_TEXT_FROM) & (said["title"] >= ITS_TITLE_FROM)
    for pair in said[~one_text].itertuples():
        if pair.score >= SAME_FROM:
            assert pair.rule in {MatchRule.LIKE, MatchRule.SOME_WEEKS, MatchRule.TWO_STREETS, MatchRule.LITTLE_SAID}
        else:
            assert pair.rule == (MatchRule.NEARLY_LIKE if pair.score >= REVIEW_FROM else MatchRule.UNLIKE)
