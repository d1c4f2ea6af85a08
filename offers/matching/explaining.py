"""Why two records are held to be one offer, or two, in one sentence, French or English. Pure.

« même SIRET, même commune, mêmes semaines ; titres à 96 %, descriptions à 99 % (les 500 premiers caractères) »
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor
from typing import Any

import numpy as np
import pandas as pd

from offers.calendar import day_of
from offers.matching import comparison
from offers.matching.clusters import SITE_AND_WEEKS, SiteAndWeeks
from offers.matching.comparison import REVIEW_FROM, SAME_FROM, WEIGHTS, Answer, MatchRule, jobs_apart, judge
from offers.matching.review import LinkDecision
from offers.matching.sketches import COMPARED
from offers.wording import Language

VETOES = frozenset({
    MatchRule.ROWS_KEPT_APART, MatchRule.OTHER_SIRET, MatchRule.OTHER_TOWN, MatchRule.OTHER_WEEKS,
    MatchRule.OTHER_STREET, MatchRule.OTHER_EMPLOYER, MatchRule.OTHER_JOB,
})  # fmt: skip
"""The rules that hold whatever the texts are like."""
TAILS = frozenset({"one_text", "nearly_like", "some_weeks", "two_streets", "little_said", "unlike"})
"""What is added to facts and figures; of two that are alike, they say all."""
FACTS = (
    "siret_same", "siret_one", "place_same", "place_one", "place_none", "town_same", "town_alike", "street_same",
    "street_alike", "street_one", "weeks_same", "weeks_alike", "weeks_one", "weeks_none", "employer_same",
    "employer_other", "employer_one",
)  # fmt: skip
"""What is said of place, weeks and employer; what is not here goes without saying."""

_PHRASES: dict[str, tuple[str, str]] = {
    "and": ("{one} ; {other}", "{one}; {other}"),
    "figures": (
        "titres à {title}, descriptions à {description}",
        "titles {title}, descriptions {description} alike",
    ),
    "beginnings": (" (les {count} premiers caractères)", " (their first {count} characters)"),
    "siret_same": ("même SIRET", "same SIRET"),
    "siret_one": ("SIRET connu d'un seul côté", "SIRET known of one only"),
    "place_same": ("même commune", "same town"),
    "place_one": ("commune connue d'un seul côté", "town known of one only"),
    "place_none": ("communes inconnues", "towns unknown"),
    "town_same": ("même nom de commune", "same name of town"),
    "town_alike": ("noms de commune proches", "names of towns alike"),
    "street_same": ("même rue", "same street"),
    "street_alike": ("même rue, écrite autrement", "same street, written otherwise"),
    "street_one": ("rue connue d'un seul côté", "street known of one only"),
    "weeks_same": ("mêmes semaines", "same weeks"),
    "weeks_alike": ("semaines en partie communes", "weeks in part the same"),
    "weeks_one": ("semaines connues d'un seul côté", "weeks known of one only"),
    "weeks_none": ("semaines inconnues", "weeks unknown"),
    "employer_same": ("même employeur", "same employer"),
    "employer_other": ("employeurs à {employer}", "employers {employer} alike"),
    "employer_one": ("employeur connu d'un seul côté", "employer known of one only"),
    "rows_kept_apart": (
        "deux lignes d'un canal dont chaque ligne est une offre : deux offres",
        "two rows of a feed each of whose rows is an offer: two offers",
    ),
    "other_siret": ("deux SIRET différents : deux sites", "two SIRETs: two sites"),
    "other_town": ("deux communes différentes : deux lieux", "two towns: two places"),
    "other_town_department": ("deux départements différents : deux lieux", "two départements: two places"),
    "other_town_place": ("deux communes différentes : deux lieux", "two towns: two places"),
    "other_town_town": ("deux noms de commune différents : deux lieux", "two names of towns: two places"),
    "other_weeks": ("aucune semaine commune : deux offres", "no week in common: two offers"),
    "other_street": ("deux rues différentes : deux lieux", "two streets: two places"),
    "other_employer": ("deux employeurs différents : deux offres", "two employers: two offers"),
    "other_job": (
        "deux métiers différents dans les titres (« {one} », « {other} ») : deux offres",
        "two jobs in the titles (« {one} », « {other} »): two offers",
    ),
    "one_text": (" : un même texte sous deux titres", ": one text under two titles"),
    "nearly_like": (
        " : {score} sur 100, il en faut {same} pour les réunir, à regarder",
        ": {score} of 100, {same} would link them, to be looked at",
    ),
    "some_weeks": (
        " : les semaines ne sont pas sûrement les mêmes, à regarder",
        ": the weeks are not surely the same, to be looked at",
    ),
    "two_streets": (
        " : deux rues sous un même SIRET, à regarder",
        ": two streets under one SIRET, to be looked at",
    ),
    "little_said": (
        " : l'une ne dit ni sa commune ni son employeur, à regarder",
        ": one says neither its town nor its employer, to be looked at",
    ),
    "unlike": (
        " : {score} sur 100, il en faut {review} : deux offres",
        ": {score} of 100, less than {review}: two offers",
    ),
    "decided_same": (
        "même offre, a décidé {by} le {at} : « {reason} » (à première vue : {looks})",
        "one offer, {by} decided on {at}: « {reason} » (as they look: {looks})",
    ),
    "decided_different": (
        "deux offres, a décidé {by} le {at} : « {reason} » (à première vue : {looks})",
        "two offers, {by} decided on {at}: « {reason} » (as they look: {looks})",
    ),
    "through_others": (
        " ; réunies par une autre annonce de la même offre",
        "; brought together by another record of the same offer",
    ),
    "not_standing": (" ; l'une des deux n'est plus en ligne", "; one of the two stands no more"),
    "ambiguous": (
        " ; pas réunies, car l'une ne dit pas son lieu ou ses semaines et convient à plusieurs offres",
        "; not linked, for one does not say its site or its weeks and fits several offers",
    ),
    "in_the_way": (
        " ; pas réunies, car l'offre de l'une réunit déjà une annonce d'un autre site ou d'autres semaines",
        "; not linked, for the offer of one holds a record of another site or other weeks already",
    ),
}


def say(word: str, lang: Language, **values: object) -> str:
    """The phrase of this word. Raises KeyError for one that nobody wrote."""
    return lang.pick(_PHRASES[word]).format(**values)


Sketch = Mapping[Any, Any]
"""SKETCHED of one record."""
AS_WRITTEN = 500
"""Characters of a description as written that its COMPARED characters in normal form are about."""


@dataclass(frozen=True)
class Circumstances:
    """What has to do with a pair beside its own looks: whether both stand, are in one offer, and were decided."""

    one_offer: bool
    both_stand: bool = True
    decided: LinkDecision | None = None


def compared(sketches: pd.DataFrame, a: np.ndarray, b: np.ndarray) -> pd.DataFrame:
    """PAIR_COLUMNS for every pair of positions, with the likenesses also where a veto came first."""
    pairs = judge(sketches, a, b, all_pairs=True)
    measures = {"description": comparison.descriptions, "title": comparison.titles, "employer": comparison.employers}
    for name, measure in measures.items():
        text = sketches[name].to_numpy(object)
        pairs[name] = np.where(pairs[name].isna(), measure(text[a], text[b]), pairs[name])
    parts = pairs[["description", "title", "employer"]].to_numpy(float)
    score = np.where(pairs["score"].isna(), parts @ WEIGHTS.astype(float), pairs["score"])
    return pairs.assign(score=np.round(score, 3))


def explain(
    pair: Mapping[Any, Any], a: Sketch, b: Sketch, seen: Circumstances, lang: Language = Language.FRENCH
) -> str:
    """The sentence. `pair`: one row of `compared` or of links; `a`, `b`: its sketches (SKETCHED)."""
    looks = _looks(pair, a, b, lang)
    if (said := seen.decided) is not None:
        word = "decided_same" if said.same else "decided_different"
        return say(word, lang, by=said.by, at=day_of(said.at), reason=said.reason, looks=looks)
    alike = MatchRule(pair["rule"]).answer is Answer.SAME
    if alike == seen.one_offer:
        return looks
    if seen.one_offer:
        return looks + say("through_others", lang)
    if not seen.both_stand:
        return looks + say("not_standing", lang)
    weak = any(SiteAndWeeks(*(one[name] for name in SITE_AND_WEEKS)).weak for one in (a, b))
    return looks + say("ambiguous" if weak else "in_the_way", lang)


def _looks(pair: Mapping[Any, Any], a: Sketch, b: Sketch, lang: Language) -> str:
    """What these two alone look like, and what the rule that answered says of it."""
    rule, figures = MatchRule(pair["rule"]), _figures(pair, a, b, lang)
    if rule in VETOES:
        word = rule.value
        if rule is MatchRule.OTHER_TOWN:
            known = [name for name in ("department", "place", "town") if a[name] and b[name] and a[name] != b[name]]
            word = f"{word}_{known[0]}" if known else word
        veto = say(word, lang, one=_own(a["title"], b["title"]), other=_own(b["title"], a["title"]))
        return say("and", lang, one=veto, other=figures)
    siret, place = _agreement(a, b, "siret"), f"place_{_agreement(a, b, 'place')}"
    if place != "place_same" and a["town"] and b["town"]:
        place = f"town_{_agreement(a, b, 'town', comparison.towns_apart)}"
    words = [f"siret_{siret}", place]
    if siret != "same":
        words.append(f"street_{_agreement(a, b, 'street', comparison.streets_apart)}")
    words.append(f"weeks_{_agreement(a, b, 'weeks', lambda one, other: not set(one.split()) & set(other.split()))}")
    if siret != "same" or pair["employer"] < 100:
        words.append(f"employer_{_agreement(a, b, 'employer')}")
    facts = ", ".join(say(word, lang, employer=_percent(pair["employer"], lang)) for word in words if word in FACTS)
    tail = "one_text" if rule is MatchRule.LIKE and pair["score"] < SAME_FROM else rule.value
    bounds = {"score": floor(round(pair["score"], 3)), "same": f"{SAME_FROM:.0f}", "review": f"{REVIEW_FROM:.0f}"}
    told = say("and", lang, one=facts, other=figures) if facts else figures
    return told + (say(tail, lang, **bounds) if tail in TAILS else "")


def _own(title: str, other: str) -> str:
    """The words of a title that say another job than the other title does."""
    return " ".join(word for word in title.split() if jobs_apart(word, other)) or title


def _agreement(a: Sketch, b: Sketch, name: str, apart: Any = None) -> str:
    """same, alike (where `apart` holds them for one), other, one (is known), none."""
    one, other = a[name], b[name]
    if not (one and other):
        return "one" if one or other else "none"
    if one == other:
        return "same"
    return "alike" if apart is not None and not apart(one, other) else "other"


def _figures(pair: Mapping[Any, Any], a: Sketch, b: Sketch, lang: Language) -> str:
    length, longest = sorted((len(a["description"]), len(b["description"])))
    beginning = ""
    if longest and length >= COMPARED * 0.95:  # both cut where comparison ends, give or take a word
        beginning = say("beginnings", lang, count=AS_WRITTEN)
    elif comparison.CUT <= length < longest:
        beginning = say("beginnings", lang, count=length)
    title, text = _percent(pair["title"], lang), _percent(pair["description"], lang)
    return say("figures", lang, title=title, description=text) + beginning


def _percent(likeness_: float, lang: Language) -> str:
    """Only what is alike to the last letter is 100 %."""
    return lang.pick((f"{floor(likeness_)} %", f"{floor(likeness_)}%"))
