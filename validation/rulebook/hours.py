"""The hours of a minor (Labour Code, L3162-1 to L3164-2), on hours as cleaning writes them.

The pupils are 15 or 16: the stricter rest of 14 h holds for all. A break that is told in `lunch_break` counts for days
written in one piece (`9h-17h`); one whose length is not told counts for the half hour that any break must have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise

import pandas as pd

from offers.cleaning.times import DAYS, Spans, parsed
from offers.cleaning.times import HOURS as CANONICAL
from offers.text import plain
from offers.wording import Language
from validation.rulebook.rule import Agreed, Fields, Mask, Rule, Value, matching, one

MOST_A_DAY = 7 * 60
MOST_A_WEEK = 35 * 60
MOST_WITHOUT_BREAK = 4 * 60 + 30
LEAST_BREAK = 30
EARLIEST, LATEST = 6 * 60, 20 * 60
LEAST_REST = 14 * 60


CLOCK = r"(\d{1,2}) ?[h:] ?([0-5]\d)?"
FROM_TO = re.compile(rf"\b{CLOCK} ?(?:-|–|a|au|et|jusqu'a|/) ?{CLOCK}")
HOURS = re.compile(r"\b(\d|une?) ?h(?:eures?)? ?([0-5]\d)?\b")
MINUTES = re.compile(r"\b(\d{2,3}) ?(?:mn|min|minutes?)\b")

Week = dict[int, Spans]
Fault = tuple[int, int]
"""The weekday at fault (0 is Monday) and the minutes seen."""


def break_minutes(text: Value) -> int:
    """How long the break of a free text is: `De 12 h à 13 h` 60, `45 min` 45, `cantine` 30, nothing 0."""
    said = plain(text or "")
    span = FROM_TO.search(said)
    if span:
        a, b, c, d = (int(part or 0) for part in span.groups())
        return max(c * 60 + d - a * 60 - b, 0)
    minutes = MINUTES.search(said)
    hours = HOURS.search(said)
    if minutes:
        return int(minutes.group(1))
    if hours:
        return (1 if hours.group(1).startswith("u") else int(hours.group(1))) * 60 + int(hours.group(2) or 0)
    return LEAST_BREAK if said else 0


def worked(spans: Spans, pause: int) -> int:
    """Minutes of work in a day; a break told beside the hours is taken off a day written in one piece."""
    total = sum(end - start for start, end in spans)
    return total - pause if len(spans) == 1 and total > MOST_WITHOUT_BREAK else total


def _faults(week: Week, pause: int) -> Iterator[tuple[str, Fault]]:
    """Each rule that the hours break, by its name, in the order of the days."""
    for day, spans in sorted(week.items()):
        first, last = spans[0][0], spans[-1][1]
        if first < EARLIEST or last > LATEST:
            yield "hours_before_6_or_after_20", (day, first if first < EARLIEST else last)
        start = first
        for (_, end), (again, _) in pairwise([*spans, (24 * 60 + LEAST_BREAK, 0)]):
            if again - end < LEAST_BREAK:
                continue
            if end - start > MOST_WITHOUT_BREAK and not (len(spans) == 1 and pause >= LEAST_BREAK):
                yield "hours_without_break", (day, end - start)
            start = again
        if (total := worked(spans, pause)) > MOST_A_DAY:
            yield "hours_over_7_a_day", (day, total)
        if (after := week.get((day + 1) % 7)) and (rest := 24 * 60 - last + after[0][0]) < LEAST_REST:
            yield "hours_rest_under_14", (day, rest)
    if (total := sum(worked(spans, pause) for spans in week.values())) > MOST_A_WEEK:
        yield "hours_over_35_a_week", (max(week), total)
    off = [day not in week for day in range(7)]
    if not any(a and b for a, b in pairwise([*off, off[0]])):
        yield "hours_without_two_days_off", (max(week), len(week))


@lru_cache(maxsize=1 << 14)
def _first_faults(hours: str, lunch_break: Value) -> Mapping[str, Fault]:
    """By each rule that canonical hours break, its first fault; each rule asks for all of a drop, few distinct ones."""
    found: dict[str, Fault] = {}
    for name, fault in _faults(parsed(hours), break_minutes(lunch_break)):
        found.setdefault(name, fault)
    return found


def _rule(
    name: str,
    title: tuple[str, str],
    sentence: tuple[str, str],
    remedy: tuple[str, str],
    examples: tuple[tuple[tuple[Value, ...], ...], tuple[tuple[Value, ...], ...]],
) -> Rule:
    columns = ("daily_hours", "lunch_break")

    def holds(combinations: pd.DataFrame, _agreed: Agreed) -> Mask:
        understood = combinations["daily_hours"].str.fullmatch(CANONICAL).fillna(False).to_numpy(bool)
        rows = combinations.loc[understood, list(columns)].astype(object)
        pairs = rows.where(rows.notna(), None).itertuples(index=False, name=None)
        held = ~understood
        held[understood] = [name not in _first_faults(*pair) for pair in pairs]
        return held

    def detail(values: tuple[Value, ...], _agreed: Agreed) -> Fields:
        day, minutes = _first_faults(*values[:2]).get(name, (0, 0))
        clock = f"{minutes // 60} h {minutes % 60:02d}" if minutes % 60 else f"{minutes // 60} h"
        days = {f"day_{language}": language.weekday(day) for language in Language}
        return {**days, "time": clock, "count": str(minutes), "detail": f"{DAYS[day]} {minutes}"}

    return Rule(name, columns, title, sentence, remedy, *examples, holds, detail, of_offer=True)


def _every_day(spans: str, days: int = 5) -> str:
    return " ".join(f"{day}={spans}" for day in DAYS[:days])


GOOD = ((_every_day("09:00-12:00,13:30-17:00"), None), (_every_day("09:00-17:00"), "De 12 h à 13 h"))
TWO_HALVES = (
    "Écrivez les deux demi-journées (ex. 9h-12h et 13h30-17h).",
    "Write both halves (e.g. 9h-12h et 13h30-17h).",
)

RULES: tuple[Rule, ...] = (
    Rule(
        "hours_not_understood", ("daily_hours",),
        ("Horaires incompris", "Hours not understood"),
        ("« {value} » ne dit pas quels horaires.", "“{value}” does not say which hours."),
        ("Écrivez par exemple « lundi au vendredi 9h-12h et 13h30-17h », ou laissez la cellule vide.",
         "Write for instance “lundi au vendredi 9h-12h et 13h30-17h”, or leave the cell empty."),
        one(GOOD[0][0]), one("horaires de bureau", "9-17", "17h-9h"), matching(CANONICAL),
    ),
    _rule(
        "hours_before_6_or_after_20",
        ("Horaires avant 6 h ou après 20 h", "Hours before 6:00 or after 20:00"),
        ("« {value} » : le {day_fr}, la journée touche {time}.", "“{value}”: on {day_en} the day reaches {time}."),
        ("Un mineur ne travaille pas avant 6 h ni après 20 h. Changez les horaires.",
         "A minor works neither before 6:00 nor after 20:00. Change the hours."),
        (GOOD, ((_every_day("05:30-09:30"), None), (_every_day("16:00-20:30"), None))),
    ),
    _rule(
        "hours_without_break",
        ("Plus de 4 h 30 sans pause", "More than 4 h 30 without a break"),
        ("« {value} » : le {day_fr}, {time} sans pause.", "“{value}”: on {day_en}, {time} without a break."),
        (f"Au bout de 4 h 30, un mineur a droit à 30 minutes de pause. {TWO_HALVES[0]}",
         f"After 4 h 30 a minor is owed a break of 30 minutes. {TWO_HALVES[1]}"),
        ((*GOOD, (_every_day("08:00-12:30"), None)),
         ((_every_day("09:00-15:00"), None), (_every_day("09:00-12:00,12:20-16:00"), None))),
    ),
    _rule(
        "hours_over_7_a_day",
        ("Plus de 7 h par jour", "More than 7 h a day"),
        ("« {value} » : {time} le {day_fr}.", "“{value}”: {time} on {day_en}."),
        (f"Un mineur travaille 7 h par jour au plus, pause non comprise. {TWO_HALVES[0]}",
         f"A minor works 7 h a day at most, the break not counted. {TWO_HALVES[1]}"),
        (GOOD, ((_every_day("08:30-12:30,13:30-17:00"), None), (_every_day("09:00-17:00"), "cantine"))),
    ),
    _rule(
        "hours_over_35_a_week",
        ("Plus de 35 h par semaine", "More than 35 h a week"),
        ("« {value} » : {time} dans la semaine.", "“{value}”: {time} in the week."),
        ("Un mineur travaille 35 h par semaine au plus. Allégez des journées.",
         "A minor works 35 h a week at most. Lighten some days."),
        (GOOD, ((_every_day("09:00-12:00,13:00-17:00", 6), None),)),
    ),
    _rule(
        "hours_rest_under_14",
        ("Moins de 14 h de repos entre deux jours", "Less than 14 h of rest between days"),
        ("« {value} » : {time} de repos après le {day_fr}.", "“{value}”: {time} of rest after {day_en}."),
        ("Il faut 14 h de repos entre deux journées. Commencez plus tard, ou finissez plus tôt la veille.",
         "14 h of rest are needed between two days. Begin later, or end earlier the day before."),
        (GOOD, (("mon=16:00-20:00 tue=08:00-12:00", None),)),
    ),
    _rule(
        "hours_without_two_days_off",
        ("Pas deux jours de repos de suite", "No two days off in a row"),
        ("« {value} » : {count} jours de travail, sans deux jours de repos de suite.",
         "“{value}”: {count} days of work, without two days off in a row."),
        ("Un mineur a deux jours de repos de suite par semaine. Retirez un jour.",
         "A minor has two days off in a row each week. Take a day out."),
        (GOOD, ((_every_day("09:00-12:00", 6), None),)),
    ),
)  # fmt: skip
