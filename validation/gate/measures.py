"""The figures of the gate's table that take more than one look at the profile: columns, seats, mixes, what creeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from offers.calendar import day_of
from offers.columns import BY_NAME, Kind
from offers.gate.profile import MEDIAN, ColumnProfile, Profile
from offers.gate.profiling import shift
from validation.gate.case import Case

ENOUGH = 30
"""Fewer records than that are no sample: their shares say little."""
VARIED = 10
"""A column of fewer distinct values has none to lose."""
KNOWN_BEFORE = 0.5
"""A feed whose records were known by half or more is one that sends the same references again."""

Change = Callable[[ColumnProfile, list[ColumnProfile], Profile], float | None]


def known_share(case: Case) -> float | None:
    """The share of known references, of a feed that sends its records again and again."""
    p = case.profile
    return p.known_share if p.standing and p.kept > case.limits.few and known_before(case) >= KNOWN_BEFORE else None


def known_before(case: Case) -> float:
    """The least share of known references in the history, but for the oldest of it: a feed's first are all new."""
    return min(past.known_share for past in case.past[:-1] or case.past)


def alike(case: Case) -> bool:
    """Whether the texts are those of before."""
    now, last = case.profile.columns, case.past[0].columns
    texts = [name for name in ("title", "description", "street") if name in now and name in last]
    most = max((now[name].overlap(last[name]) for name in texts), default=0.0)
    return most > KNOWN_BEFORE


def seats_changed(case: Case) -> float | None:
    """The factor by which seats per record leap or fall, beyond what the number of records explains."""
    p, before = case.profile, seats_before(case)
    if not case.limits.seats_change or not p.full or p.kept < ENOUGH or not before or not min(before):
        return None
    now = p.seats / p.kept
    return max(now / max(before), min(before) / now) if now else case.limits.seats_change + 1


def seats_before(case: Case) -> list[float]:
    """Seats per record in the history."""
    return [past.seats / past.kept for past in case.past if past.kept]


def seats_drifted(case: Case) -> float | None:
    """The largest factor between seats per record now and on any of thirty days."""
    p, before = case.profile, seats_of_month(case)
    if not case.limits.seats_change or not p.full or p.kept < ENOUGH or not before or not min(before) or not p.seats:
        return None
    now = p.seats / p.kept
    return max(now / min(before), max(before) / now)


def seats_of_month(case: Case) -> list[float]:
    """Seats per record in thirty days, where enough records were kept."""
    return [one.profile.seats / one.profile.kept for one in case.month if one.profile.kept >= ENOUGH]


def eroded(case: Case) -> float | None:
    """How much less is held than by the best of thirty days; one drop that fell so far is told as such."""
    p = case.profile
    at_once = p.withdrawn_share > case.limits.withdrawn_share or (p.announced is not None and p.announced > p.read)
    return None if at_once or not p.full or not p.best else 1 - p.held / p.best


def rewritten(case: Case) -> float | None:
    """The sum of the shares that changed in thirty days, but for leaps, which tell themselves."""
    p = case.profile
    if not p.full or p.standing < ENOUGH:
        return None
    shares = (p.updated_share, *(one.profile.updated_share for one in case.month))
    return sum(share for share in shares if share <= (case.limits.updated_share or case.limits.rewritten or 0.0))


def newest_before(case: Case) -> str:
    """The newest publication date of the history; empty where there is none."""
    return max((past.newest for past in case.past if past.newest), default="")


def days_back(case: Case) -> float | None:
    """The days from the newest publication date that was seen to that of this drop."""
    now, before = case.profile.newest, newest_before(case)
    return (date.fromisoformat(before) - date.fromisoformat(now)).days if now and before else None


def came_since(case: Case) -> float | None:
    """How many came since these bytes did; what came in part, or changed nothing, said nothing else."""
    if not case.sha256:
        return None
    since = [past.profile for past in case.history[: _older(case)]]
    whole = [p for p in since if p.read >= (p.announced or 0)]
    return sum(p.created + p.updated + p.withdrawn > 0 for p in whole)


def older(case: Case) -> Mapping[str, object]:
    """The delivery that brought these bytes before."""
    past = case.history[_older(case)]
    return {"delivery": past.delivery, "day": str(day_of(past.at))}


def _older(case: Case) -> int:
    return next((at for at, past in enumerate(case.history) if past.sha256 == case.sha256), 0)


def mixes_before(case: Case, figure: str) -> list[Mapping[str, float]]:
    """The shares of `sectors`, `departments` or `weeks` in the history, where enough records were kept."""
    before = [getattr(past, figure) for past in case.past if past.kept >= ENOUGH]
    if figure == "weeks":  # those of another school year are others, as they must be
        years = {week[:4] for week in case.profile.weeks}
        before = [one for one in before if {week[:4] for week in one} & years]
    return before


def mix_moved(case: Case, figure: str) -> float | None:
    """The share of the mix that moved, against the mean of the history."""
    p, before = case.profile, mixes_before(case, figure)
    return shift(getattr(p, figure), before) if p.full and p.kept >= ENOUGH and before else None


def mix_words(case: Case, figure: str) -> Mapping[str, object]:
    """What moved most, from where to where."""
    now, before = getattr(case.profile, figure), mixes_before(case, figure)
    names = dict.fromkeys((*now, *(name for one in before for name in one)))
    mean = {name: sum(one.get(name, 0.0) for one in before) / len(before) for name in names}
    name = max(mean, key=lambda one: abs(now.get(one, 0.0) - mean[one]))
    return {"name": name, "then": mean[name], "now": now.get(name, 0.0)}


def null_rise(now: ColumnProfile, before: list[ColumnProfile], _profile: Profile) -> float | None:
    """How much emptier a column is than it ever was."""
    return now.null_share - max(past.null_share for past in before)


def distinct_fall(now: ColumnProfile, before: list[ColumnProfile], profile: Profile) -> float | None:
    """The share of its distinct values that a column lost."""
    least = min(past.distinct for past in before)
    if least < VARIED or now.null_share == 1 or not profile.usual or profile.kept < profile.usual / 2:
        return None
    return 1 - now.distinct / least


def length_change(now: ColumnProfile, before: list[ColumnProfile], _profile: Profile) -> float | None:
    """The factor by which the median length of a column of text changed."""
    medians = [past.lengths[MEDIAN] for past in before if past.lengths]
    if not now.lengths or not medians or not min(medians) or not now.lengths[MEDIAN]:
        return None
    return max(now.lengths[MEDIAN] / max(medians), min(medians) / now.lengths[MEDIAN])


def column_changes(case: Case, change: Change) -> dict[str, float]:
    """By column how much it changed; empty where too few records came to say."""
    p, found = case.profile, dict[str, float]()
    for name, now in p.columns.items() if p.meant >= ENOUGH else ():
        before = [past.columns[name] for past in case.past if name in past.columns and past.meant >= ENOUGH]
        prose = name in BY_NAME and BY_NAME[name].kind in (Kind.LINE, Kind.PROSE)
        value = change(now, before, p) if before and (prose or change is not length_change) else None
        if value is not None:
            found[name] = value
    return found


def columns_beyond(case: Case, change: Change, limit: float) -> Mapping[str, object]:
    """The columns that changed by more than the limit; and of each its figures now, and before."""
    now, last = case.profile.columns, case.past[0].columns
    beyond = [name for name, value in column_changes(case, change).items() if value > limit]
    return {"columns": beyond, "changed": [[name, _figures(now[name]), _figures(last.get(name))] for name in beyond]}


def _figures(one: ColumnProfile | None) -> list[float | None] | None:
    return None if one is None else [one.null_share, one.distinct, one.lengths[MEDIAN] if one.lengths else None]
