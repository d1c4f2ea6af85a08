"""What becomes of a title, a description and an employer's name on their way into a copy. One text at a time."""

from __future__ import annotations

import html
import re
from random import Random

from bench.dedup.placing import unaccented
from bench.dedup.texts import tables

CUT = 500
"""Characters that aggregators keep of a description."""
_SENTENCE = re.compile(r"(?<=[.;:]) +|\n+")
SHORTER = (("de seconde", "de 2nde"), ("Stage d'observation", "Stage d'obs."), ("informatique", "info"),
           ("ressources humaines", "RH"), ("responsable", "resp."), ("service", "sce"))  # fmt: skip
REWORDED = (("Tu ", "Vous "), ("équipe", "équipes"), ("élève", "lycéen"), ("découvrir", "connaître"),
            ("premier jour", "jour d'arrivée"), ("présentés", "donnés"), ("professionnel", "salarié"),
            ("stage", "séjour"), ("questions", "demandes"), ("Chaque matin", "Le matin"))  # fmt: skip


def cut(text: str, ellipsis: bool, pick: Random) -> str:
    """At 500 characters as aggregators do: in a word or before it."""
    if len(text) <= CUT:
        return text
    short = text[:CUT]
    if pick.random() < 0.5:
        short = short.rpartition(" ")[0]
    return short + (pick.choice(("...", "…", " [...]", " ...")) if ellipsis else "")


def reformatted(text: str, pick: Random) -> str:
    """The same words otherwise set: entities, breaks, punctuation, abbreviations, capitals."""
    if pick.random() < 0.35:
        text = text.replace("\n", " ") if "\n" in text else text.replace(". ", ".\n")
    if pick.random() < 0.30:
        text = _entities(text)
    if pick.random() < 0.25:
        text = text.replace("\n", "<br />")
    if pick.random() < 0.30:
        text = text.replace(" ;", ".").replace(" :", ":").replace("- ", "• ")
    if pick.random() < 0.20:
        text = text.replace("'", "’")
    if pick.random() < 0.15:
        for long, short in SHORTER[2:]:
            text = text.replace(long, short)
    return text.upper() if pick.random() < 0.04 else text


def _entities(text: str) -> str:
    named = html.escape(text, quote=False).replace("'", "&#039;")
    return "".join(f"&{_NAMED[letter]};" if letter in _NAMED else letter for letter in named)


_NAMED = {"é": "eacute", "è": "egrave", "à": "agrave", "ê": "ecirc", "ç": "ccedil", "ô": "ocirc", "É": "Eacute"}


def edited(text: str, pick: Random) -> str:
    """A sentence added, dropped or reworded, or a slip of the keys; one or two of these."""
    for _ in range(1 + (pick.random() < 0.35)):
        text = pick.choice((_added, _dropped, _reworded, _slipped))(text, pick)
    return text


def _added(text: str, pick: Random) -> str:
    return f"{text} {pick.choice(tables()['sentences']['extra'])}"


def _dropped(text: str, pick: Random) -> str:
    ends = [0, *(match.end() for match in _SENTENCE.finditer(text)), len(text)]
    if len(ends) < 4:
        return _slipped(text, pick)
    at = pick.randrange(1, len(ends) - 1)
    return (text[: ends[at]] + text[ends[at + 1] :]).strip()


def _reworded(text: str, pick: Random) -> str:
    known = [pair for pair in REWORDED if pair[0] in text]
    for old, new in pick.sample(known, min(2, len(known))):
        text = text.replace(old, new, 1)
    return text


def _slipped(text: str, pick: Random) -> str:
    at = pick.randrange(1, max(len(text) - 1, 2))
    how = pick.random()
    if how < 0.4:
        return text[:at] + text[at + 1 :]
    return text[: at - 1] + text[at : at + 1] + text[at - 1 : at] + text[at + 1 :] if how < 0.8 else (
        text[:at] + text[at - 1 : at] + text[at:])  # fmt: skip


def retitled(title: str, city: str, reference: str, pick: Random) -> str:
    """The title as another system writes it: the same post, other ornaments."""
    way = pick.randrange(9)
    plain = (
        title.upper(), title.lower(), f"{title} H/F", f"{title} (F/H)", f"{title} - {city}", f"{title} ({reference})",
        f"Stage de seconde : {title}", unaccented(title), f"{city} - {title}",
    )[way]  # fmt: skip
    for long, short in SHORTER:
        if pick.random() < 0.15:
            plain = plain.replace(long, short)
    return plain


def reworded_title(title: str, pick: Random) -> str:
    """The title as its author changes it later: a word more, a word less, a slip."""
    way = pick.randrange(5)
    if way == 0:
        return _slipped(title, pick)
    if way == 1:
        return title.replace("Stage ", "Stage d'été ", 1) if "Stage " in title else f"{title} - juin"
    if way == 2:
        return title.replace("Découverte", "À la découverte", 1).replace("métiers", "professions", 1)
    return f"{title} (élève de 2de)" if way == 3 else title.replace(" - ", " : ").replace("Stage de", "Un stage de", 1)


def renamed(employer: str, city: str, pick: Random) -> str:
    """The employer as another system writes it."""
    way = pick.randrange(8)
    if way > 4:
        return employer
    return (employer.upper(), f"{employer} SAS", f"Groupe {employer}", unaccented(employer),
            f"{employer} {city}" if city not in employer else employer.removesuffix(f" {city}"))[way]  # fmt: skip
