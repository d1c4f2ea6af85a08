"""The words of explaining, each in French and in English."""

from __future__ import annotations

from typing import Literal

from offers.matching.answers import Rule

Lang = Literal["fr", "en"]

VETOES = frozenset(
    {
        Rule.ROWS_KEPT_APART,
        Rule.OTHER_SIRET,
        Rule.OTHER_TOWN,
        Rule.OTHER_WEEKS,
        Rule.OTHER_STREET,
        Rule.OTHER_EMPLOYER,
        Rule.OTHER_JOB,
    }
)
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


def say(word: str, lang: Lang, **values: object) -> str:
    """The phrase of this word. Raises KeyError for one that nobody wrote."""
    return _PHRASES[word][0 if lang == "fr" else 1].format(**values)
