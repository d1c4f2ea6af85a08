"""Why a pair is one offer or two, in a sentence: a table over every rule, and what else may have to do with it."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from offers.matching.comparison import MatchRule
from offers.matching.explaining import Circumstances, compared, explain
from offers.matching.review import LinkDecision
from offers.matching.sketches import sketch
from offers.wording import Language
from testing.sketching import ATELIER, BUREAU, OTHER_SIRET, WEEK_1, WEEK_2, records

APART, TOGETHER = Circumstances(one_offer=False), Circumstances(one_offer=True)
NO_SITE = {"siret": None, "street": None}
LONG = " ".join(f"Le matin du jour {n}, tu observes une autre équipe." for n in ("un", "deux", "trois", "six", "sept"))
LONG += " L'après-midi, tu essaies à ton tour les outils, les machines et les logiciels de chaque service visité." * 3

SITE = "même SIRET, même commune, mêmes semaines"
SITE_EN = "same SIRET, same town, same weeks"
ALIKE = "titres à 100 %, descriptions à 100 %"
ALIKE_EN = "titles 100%, descriptions 100% alike"

TABLE: list[tuple[MatchRule, dict[str, str | None], dict[str, str | None], str, str]] = [
    (
        MatchRule.LIKE,
        {},
        {"feed": "autre/offres"},
        f"{SITE} ; {ALIKE}",
        f"{SITE_EN}; {ALIKE_EN}",
    ),
    (
        MatchRule.LIKE,
        {"description": LONG},
        {"description": LONG.replace("matin", "midi"), "feed": "autre/offres"},
        f"{SITE} ; titres à 100 %, descriptions à 96 % (les 500 premiers caractères)",
        f"{SITE_EN}; titles 100%, descriptions 96% alike (their first 500 characters)",
    ),
    (
        MatchRule.LIKE,
        {"description": LONG},
        {"description": LONG[:210], "siret": None, "street": None, "employer_name": None},
        (
            "SIRET connu d'un seul côté, même commune, rue connue d'un seul côté, mêmes semaines, employeur "
            f"connu d'un seul côté ; {ALIKE} (les 201 premiers caractères)"
        ),
        (
            "SIRET known of one only, same town, street known of one only, same weeks, employer known of "
            f"one only; {ALIKE_EN} (their first 201 characters)"
        ),
    ),
    (
        MatchRule.LIKE,
        {"siret": None},
        {"siret": None, "street": "12, r. des Forges", "title": "Usinage : les pièces"},
        (
            "même commune, même rue, mêmes semaines, même employeur ; titres à 66 %, descriptions à 100 % : "
            "un même texte sous deux titres"
        ),
        (
            "same town, same street, same weeks, same employer; titles 66%, descriptions 100% alike: one "
            "text under two titles"
        ),
    ),
    (
        MatchRule.ROWS_KEPT_APART,
        {"reference": "A", "kept": "yes"},
        {"reference": "B", "kept": "yes"},
        f"deux lignes d'un canal dont chaque ligne est une offre : deux offres ; {ALIKE}",
        f"two rows of a feed each of whose rows is an offer: two offers; {ALIKE_EN}",
    ),
    (
        MatchRule.OTHER_SIRET,
        {},
        {"siret": OTHER_SIRET},
        f"deux SIRET différents : deux sites ; {ALIKE}",
        f"two SIRETs: two sites; {ALIKE_EN}",
    ),
    (
        MatchRule.OTHER_TOWN,
        {},
        {"insee_code": "35238"},
        f"deux communes différentes : deux lieux ; {ALIKE}",
        f"two towns: two places; {ALIKE_EN}",
    ),
    (
        MatchRule.OTHER_TOWN,
        {},
        {"insee_code": None, "department": "69", "city": None},
        f"deux départements différents : deux lieux ; {ALIKE}",
        f"two départements: two places; {ALIKE_EN}",
    ),
    (
        MatchRule.OTHER_TOWN,
        {},
        {"insee_code": None, "city": "Rennes"},
        f"deux noms de commune différents : deux lieux ; {ALIKE}",
        f"two names of towns: two places; {ALIKE_EN}",
    ),
    (
        MatchRule.OTHER_WEEKS,
        {"weeks": WEEK_1},
        {"weeks": WEEK_2},
        f"aucune semaine commune : deux offres ; {ALIKE}",
        f"no week in common: two offers; {ALIKE_EN}",
    ),
    (
        MatchRule.OTHER_STREET,
        {"siret": None},
        {"siret": None, "street": "3 place du Marché"},
        f"deux rues différentes : deux lieux ; {ALIKE}",
        f"two streets: two places; {ALIKE_EN}",
    ),
    (
        MatchRule.OTHER_EMPLOYER,
        {},
        {"employer_name": "Boulangerie Martin"},
        f"deux employeurs différents : deux offres ; {ALIKE}",
        f"two employers: two offers; {ALIKE_EN}",
    ),
    (
        MatchRule.OTHER_JOB,
        {},
        {"title": "Comptabilité"},
        (
            "deux métiers différents dans les titres (« usinage », « comptabilite ») : deux offres ; titres "
            "à 21 %, descriptions à 100 %"
        ),
        ("two jobs in the titles (« usinage », « comptabilite »): two offers; titles 21%, descriptions 100% alike"),
    ),
    (
        MatchRule.UNLIKE,
        {},
        {"description": BUREAU},
        f"{SITE} ; titres à 100 %, descriptions à 47 % : 76 sur 100, il en faut 80 : deux offres",
        f"{SITE_EN}; titles 100%, descriptions 47% alike: 76 of 100, less than 80: two offers",
    ),
    (
        MatchRule.NEARLY_LIKE,
        {},
        {"description": f"{ATELIER[:60]} et visite du bureau d'études avec son équipe"},
        (f"{SITE} ; titres à 100 %, descriptions à 74 % : 88 sur 100, il en faut 90 pour les réunir, à regarder"),
        f"{SITE_EN}; titles 100%, descriptions 74% alike: 88 of 100, 90 would link them, to be looked at",
    ),
    (
        MatchRule.SOME_WEEKS,
        {},
        {"weeks": WEEK_1},
        (
            f"même SIRET, même commune, semaines en partie communes ; {ALIKE} : les semaines ne sont pas "
            "sûrement les mêmes, à regarder"
        ),
        (
            f"same SIRET, same town, weeks in part the same; {ALIKE_EN}: the weeks are not surely the same, "
            "to be looked at"
        ),
    ),
    (
        MatchRule.TWO_STREETS,
        {},
        {"street": "3 place du Marché"},
        f"{SITE} ; {ALIKE} : deux rues sous un même SIRET, à regarder",
        f"{SITE_EN}; {ALIKE_EN}: two streets under one SIRET, to be looked at",
    ),
    (
        MatchRule.LITTLE_SAID,
        {},
        {"insee_code": None, "city": None, "employer_name": None},
        (
            "même SIRET, commune connue d'un seul côté, mêmes semaines, employeur connu d'un seul côté ; "
            f"{ALIKE} : l'une ne dit ni sa commune ni son employeur, à regarder"
        ),
        (
            f"same SIRET, town known of one only, same weeks, employer known of one only; {ALIKE_EN}: one "
            "says neither its town nor its employer, to be looked at"
        ),
    ),
]


def pair(one: dict[str, str | None], other: dict[str, str | None]):
    """The two sketches, and what is said of them."""
    frame = records(
        {name: value for name, value in one.items() if name != "kept"},
        {"reference": "STG-2", **{name: value for name, value in other.items() if name != "kept"}},
    )
    kept = np.array(["kept" in row for row in (one, other)])
    sketched = sketch(frame, kept)
    a, b = sketched.sketches.index.get_indexer(sketched.of)
    rows = sketched.sketches.to_dict("records")
    return compared(sketched.sketches, np.array([a]), np.array([b])).iloc[0].to_dict(), rows[a], rows[b]


@pytest.mark.parametrize(("rule", "one", "other", "french", "english"), TABLE)
def test_a_pair_is_explained_by_the_rule_that_answered(rule, one, other, french, english):
    found, a, b = pair(one, other)
    assert found["rule"] == rule
    seen = TOGETHER if rule is MatchRule.LIKE else APART
    assert (explain(found, a, b, seen), explain(found, a, b, seen, Language.ENGLISH)) == (french, english)


def test_every_rule_is_explained():
    assert {row[0] for row in TABLE} == set(MatchRule)


def test_the_likenesses_are_known_also_where_a_veto_came_first():
    found, _, _ = pair({}, {"siret": OTHER_SIRET})
    assert (found["answer"], found["score"], found["title"], found["employer"]) == ("distinct", 100, 100, 100)


def test_what_a_person_decided_comes_first():
    found, a, b = pair({}, {"siret": OTHER_SIRET})
    said = LinkDecision(("a", "1"), ("b", "2"), True, "anne", "une seule boutique", datetime(2026, 3, 3, tzinfo=UTC))
    assert explain(found, a, b, Circumstances(True, decided=said)) == (
        "même offre, a décidé anne le 2026-03-03 : « une seule boutique » "
        f"(à première vue : deux SIRET différents : deux sites ; {ALIKE})"
    )
    said = LinkDecision(("a", "1"), ("b", "2"), False, "anne", "two shops", datetime(2026, 3, 3, tzinfo=UTC))
    assert explain(found, a, b, Circumstances(False, decided=said), Language.ENGLISH).startswith(
        "two offers, anne decided on 2026"
    )


@pytest.mark.parametrize(
    ("one", "other", "seen", "told"),
    [
        ({}, {"siret": OTHER_SIRET}, TOGETHER, "réunies par une autre annonce de la même offre"),
        ({}, {"feed": "autre/offres"}, APART, "l'offre de l'une réunit déjà une annonce d'un autre site"),
        ({}, {"feed": "autre/offres", **NO_SITE}, APART, "l'une ne dit pas son lieu ou ses semaines et convient à plu"),
        ({}, {"feed": "autre/offres"}, Circumstances(False, both_stand=False), "l'une des deux n'est plus en ligne"),
    ],
)
def test_what_came_of_it_is_told_where_it_is_not_what_the_two_look_like(one, other, seen, told):
    found, a, b = pair(one, other)
    assert told in explain(found, a, b, seen)


def test_only_what_is_alike_to_the_last_letter_is_100_percent():
    found, a, b = pair({"description": LONG}, {"description": LONG, "feed": "autre/offres"})
    found["description"] = 99.96
    assert "descriptions à 99 %" in explain(found, a, b, TOGETHER)
