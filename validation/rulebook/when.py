"""For whom and when: seats, grades, weeks, dates."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd

from offers.calendar import SchoolYear
from offers.cleaning.dates import MONTHS
from offers.columns import BY_NAME
from validation.rulebook.rule import Agreed, Fields, Mask, Rule, like, matching, numbers, one, sound

LEAST, MOST = BY_NAME["seats"].least or 1, BY_NAME["seats"].most or 6000
INTEGER = "^[0-9]+$"


def _within(values: pd.Series[str], _agreed: Agreed) -> Mask:
    count = numbers(values)
    return np.asarray(np.isnan(count) | ((count >= LEAST) & (count <= MOST)))


SEATS = (
    Rule(
        "seats_not_a_whole_number", ("seats",),
        ("Nombre de places incompris", "Number of seats not understood"),
        ("« {value} » n'est pas un nombre entier.", "“{value}” is not a whole number."),
        ("Écrivez le nombre d'élèves en chiffres, sans autre mot (ex. {example}).",
         "Write the number of pupils in digits, without any word (e.g. {example})."),
        one("1", "12"), one("2 places", "1,5", "-1", "deux"), matching(INTEGER),
    ),
    Rule(
        "seats_out_of_range", ("seats",),
        ("Nombre de places hors limites", "Number of seats out of range"),
        ("{value} places : il en faut de {least} à {most}.", "{value} seats: from {least} to {most} are possible."),
        ("Écrivez combien d'élèves vous accueillez ; retirez l'offre si elle n'a plus de place.",
         "Write how many pupils you welcome; take the offer out if it has no seat left."),
        one("1", "6000"), one("0", "6001"), _within, fields={"least": str(LEAST), "most": "6 000"},
    ),
)  # fmt: skip

SCHOOL = r"^(?:quatrieme|troisieme|seconde)(?: (?:troisieme|seconde))*$"

GRADES = (
    Rule(
        "grades_not_understood", ("grades",),
        ("Niveau incompris", "Grade not understood"),
        ("« {value} » n'est pas un niveau connu.", "“{value}” is not a grade we know."),
        ("Écrivez « seconde », ou laissez la cellule vide.", "Write “seconde”, or leave the cell empty."),
        one("seconde"), one("terminale", "BTS"), matching(SCHOOL),
    ),
    Rule(
        "grades_mix_seconde_and_others", ("grades",),
        ("La seconde mêlée à d'autres niveaux", "Seconde mixed with other grades"),
        ("« {value} » mêle la seconde et le collège.", "“{value}” mixes seconde and lower grades."),
        ("Faites deux offres : une pour la seconde, que vous nous envoyez, une autre pour le collège.",
         "Make two offers: one for seconde, which you send us, and another for lower grades."),
        one("seconde"), one("troisieme seconde"), matching(r"^[a-z]+$|^(?:quatrieme|troisieme| )+$"),
    ),
    Rule(
        "grades_without_seconde", ("grades",),
        ("Offre qui n'est pas pour la seconde", "An offer that is not for seconde"),
        ("« {value} » : l'offre n'est pas pour la classe de seconde.", "“{value}”: the offer is not for seconde."),
        ("Retirez cette ligne : seules les offres pour la seconde sont prises ici.",
         "Take this line out: only offers for seconde are taken here."),
        one("seconde"), one("quatrieme troisieme", "troisieme"), matching("^(?:.* )?seconde"),
    ),
)  # fmt: skip

ISO_WEEKS = "^[0-9]{4}-W[0-9]{2}(?: [0-9]{4}-W[0-9]{2})*$"


@cache
def _both_weeks(year: SchoolYear) -> Fields:
    start, end = year.placement
    first, last = (start, start + timedelta(days=4)), (end - timedelta(days=4), end)
    names = {number: word for word, number in reversed(MONTHS.items())} | {6: "juin"}
    spans = [f"du {a.day} au {b.day} {names[b.month]} {b.year}" for a, b in (first, last)]
    english = [f"{a.day} to {b.day} June {b.year}" for a, b in (first, last)]
    one_week, other = year.weeks
    return {
        "weeks_fr": f"semaine 1, {spans[0]} ({one_week}), et semaine 2, {spans[1]} ({other})",
        "weeks_en": f"week 1, {english[0]} ({one_week}), and week 2, {english[1]} ({other})",
        "detail": f"{one_week} {other}",
    }


WEEKS = (
    Rule(
        "weeks_not_understood", ("weeks",),
        ("Semaines incomprises", "Weeks not understood"),
        ("« {value} » ne dit pas quelles semaines.", "“{value}” does not say which weeks."),
        ("Écrivez « semaine 1 », « semaine 2 » ou « les deux ». Le stage a deux semaines : {weeks_fr}.",
         "Write “semaine 1”, “semaine 2” or “les deux”. The placement has two weeks: {weeks_en}."),
        one("2026-W25", "2026-W25 2026-W26"), one("juin", "non|non", "du 10 au"), matching(ISO_WEEKS),
        lambda _values, agreed: _both_weeks(agreed.year),
    ),
    Rule(
        "weeks_outside_placement", ("weeks",),
        ("Semaines hors de la période de stage", "Weeks outside the placement"),
        ("« {value} » sort de la période de stage.", "“{value}” is outside the placement."),
        ("Le stage a deux semaines : {weeks_fr}. Gardez l'une, l'autre, ou les deux.",
         "The placement has two weeks: {weeks_en}. Keep one, the other, or both."),
        one("2026-W25", "2026-W26"), one("2026-W24", "2026-W25 2026-W27", "2025-W25"),
        lambda values, agreed: sound(values, lambda text: {*text.split()} <= {*agreed.year.weeks})
        | ~like(values, ISO_WEEKS),
        lambda _values, agreed: _both_weeks(agreed.year),
    ),
)  # fmt: skip

ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return ISO_DAY.fullmatch(text) is not None


def date_rule(name: str) -> Rule:
    """A day that exists."""
    return Rule(
        "date_not_understood", (name,),
        ("Date incomprise", "Date not understood"),
        ("« {value} » n'est pas une date.", "“{value}” is not a date."),
        ("Écrivez la date sous la forme 2026-06-15 (année, mois, jour).",
         "Write the date as 2026-06-15 (year, month, day)."),
        one("2026-06-15"), one("2026-13-01", "31/02/2026", "bientôt"),
        lambda values, _agreed: sound(values, _is_day),
    )  # fmt: skip


def _after(combinations: pd.DataFrame, _agreed: Agreed) -> Mask:
    expires, published = combinations["expires_on"], combinations["published_on"]
    both = like(expires, ISO_DAY.pattern) & like(published, ISO_DAY.pattern)
    return np.asarray(~both | ~np.asarray((expires <= published).fillna(False), dtype=bool))


DATES = (
    date_rule("published_on"),
    date_rule("expires_on"),
    Rule(
        "expires_before_published", ("expires_on", "published_on"),
        ("Offre qui finit avant d'être publiée", "An offer that ends before it is published"),
        ("« {value} » n'est pas après la date de publication ({published}).",
         "“{value}” is not after the day of publication ({published})."),
        ("Vérifiez les deux dates : l'une est fausse, ou le jour et le mois sont intervertis.",
         "Check both dates: one is wrong, or day and month are swapped."),
        (("2026-06-05", "2026-03-02"), (None, "2026-03-02")), (("2026-05-02", "2026-06-05"),), _after,
        lambda values, _agreed: {"published": values[1] or "", "detail": values[1] or ""},
    ),
)  # fmt: skip

RULES: tuple[Rule, ...] = (*SEATS, *GRADES, *WEEKS, *DATES)
