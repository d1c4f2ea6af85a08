"""The bounds that ask for a look and stop nothing: more, fuller or other than the feed's last accepted deliveries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from offers.calendar import day_of
from offers.columns import BY_NAME, Kind
from offers.gate.profile import MEDIAN, ColumnProfile, Profile
from offers.gate.profiling import shift
from offers.model import Severity
from validation.expectation import Builder, Case, Expectation, held, number, percent

ENOUGH = 30
"""Fewer records than that are no sample: their shares say little."""
VARIED = 10
"""A column of fewer distinct values has none to lose."""
QUIET_SHARE = 0.08
"""What a full drop may always withdraw without a word."""
MIXES = {"sectors": "sectors", "departments": "départements", "weeks": "weeks"}


def withdraws_more(case: Case) -> Expectation | None:
    """Not many times as much is withdrawn as ever in the history."""
    p, factor = case.profile, case.limits.withdrawn_rise
    if factor is None or not p.standing:
        return None
    most = max(past.withdrawn_share for past in case.past)
    bound = max(factor * most, QUIET_SHARE, case.so_many(p.withdrawn, p.standing))
    return _warn(
        case, "withdraws_more", p.withdrawn_share, bound, f"{p.withdrawn} of {p.standing} records withdrawn",
        f"{number(p.withdrawn)} of the {number(p.standing)} standing records are missing from this drop "
        f"({percent(p.withdrawn_share)}; {case.since}, lacked at most {percent(most)}). Taking the drop "
        "withdraws them; if the partner does not mean it, its next whole drop brings them back.",
        f"at most {percent(bound)}",
    )  # fmt: skip


def creates_more(case: Case) -> Expectation | None:
    """A full drop does not bring half as much again as stands."""
    p, limit = case.profile, case.limits.created_share
    if limit is None or not p.full or not p.standing:
        return None
    most = max(past.created_share for past in case.past)
    bound = max(limit, 2 * most, case.so_many(p.created, p.standing))
    return _warn(
        case, "creates_more", p.created_share, bound, f"{p.created} created beside {p.standing} standing",
        f"{number(p.created)} records are new beside {number(p.standing)} that stood ({percent(p.created_share)}; "
        f"{case.since}, brought at most {percent(most)}). Look at some: are they meant for pupils, and not doubled?",
        f"at most {percent(bound)}",
    )  # fmt: skip


def holds_too_much(case: Case) -> Expectation | None:
    """A full drop does not hold far more records than the last ones."""
    p, factor = case.profile, case.limits.kept_ceiling
    if factor is None or not p.full or not p.usual:
        return None
    bound = max(factor, 1 + case.limits.few / p.usual)
    return _warn(
        case, "holds_too_much", p.held / p.usual, bound, f"{p.held} records kept",
        f"{number(p.held)} records were kept, {p.held / p.usual:.1f} times the usual {number(p.usual)} "
        f"({case.since}, {held([past.kept for past in case.past])}). Look whether the drop holds its records twice.",
        f"at most {bound:.1f} times {number(p.usual)}",
    )  # fmt: skip


def repeats_more(case: Case) -> Expectation | None:
    """References are not suddenly repeated."""
    p, rise = case.profile, case.limits.repeated_rise
    if rise is None or not p.meant:
        return None
    before = max(past.repeated_share for past in case.past)
    bound = max(before + rise, case.so_many(p.repeated, p.meant))
    return _warn(
        case, "repeats_more", p.repeated_share, bound, f"{p.repeated} of {p.meant} lines repeat a reference",
        f"{number(p.repeated)} of {number(p.meant)} lines repeat a reference ({percent(p.repeated_share)}; "
        f"{case.since}, at most {percent(before)}). One line of each counts; the drop was probably written twice.",
        f"at most {percent(bound)}",
    )  # fmt: skip


def column_emptied(case: Case) -> Expectation | None:
    """No column is suddenly empty."""
    return _worst(case, "column_emptied", case.limits.null_rise, _null_rise, "is empty")


def column_uniform(case: Case) -> Expectation | None:
    """No column suddenly says the same everywhere."""
    return _worst(case, "column_uniform", case.limits.distinct_fall, _distinct_fall, "lost its distinct values")


def lengths_changed(case: Case) -> Expectation | None:
    """Texts are neither cut nor swollen."""
    return _worst(case, "lengths_changed", case.limits.length_change, _length_change, "changed its median length")


def seats_changed(case: Case) -> Expectation | None:
    """The sum of the seats neither leaps nor falls, beyond what the number of records explains."""
    p, factor = case.profile, case.limits.seats_change
    before = [past.seats / past.kept for past in case.past if past.kept]
    if not factor or not p.full or p.kept < ENOUGH or not before or not min(before):
        return None
    now = p.seats / p.kept
    value = max(now / max(before), min(before) / now) if now else factor + 1
    return _warn(
        case, "seats_changed", value, factor, f"{p.seats} seats in {p.kept} records",
        f"{number(p.seats)} seats in {number(p.kept)} records, {now:.1f} each ({case.since}, {min(before):.1f} to "
        f"{max(before):.1f} each). Look whether the column of seats holds something else.",
        f"within a factor of {factor:g} of what was seen",
    )  # fmt: skip


def eroded(case: Case) -> Expectation | None:
    """A full drop holds not far less than the best of thirty days, however slowly it got there."""
    p, limit = case.profile, case.limits.erosion
    at_once = case.limits.withdrawn_share is not None and p.withdrawn_share > case.limits.withdrawn_share
    at_once |= p.announced is not None and p.announced > p.read
    if limit is None or not p.full or not p.best or at_once:  # one drop that fell so far is told as such
        return None
    bound = max(limit, case.so_many(p.best - p.held, p.best))
    return _warn(
        case, "eroded", 1 - p.held / p.best, bound, f"{p.held} records kept, {p.best} at best",
        f"{number(p.held)} records are held where a delivery of the last thirty days held {number(p.best)} that are "
        f"not over yet ({percent(1 - p.held / p.best)} less; expected at most {percent(bound)}). No single drop fell "
        "far: ask the partner whether her export loses offers a few at a time.", f"at least {percent(1 - bound)}",
    )  # fmt: skip


def seats_drifted(case: Case) -> Expectation | None:
    """Seats per record do not creep away within thirty days."""
    p, factor = case.profile, case.limits.seats_change
    before = [one.profile.seats / one.profile.kept for one in case.month if one.profile.kept >= ENOUGH]
    if not factor or not p.full or p.kept < ENOUGH or not before or not min(before) or not p.seats:
        return None
    now = p.seats / p.kept
    return _warn(
        case, "seats_drifted", max(now / min(before), max(before) / now), factor, f"{now:.1f} seats a record",
        f"{now:.1f} seats in each record, where thirty days have seen {min(before):.1f} to {max(before):.1f} (expected "
        f"within a factor of {factor:g}). No single drop leapt: look whether the column of seats is being rewritten.",
        f"within a factor of {factor:g} of all that was seen",
    )  # fmt: skip


def rewritten(case: Case) -> Expectation | None:
    """What stands is not rewritten a part a night."""
    p, limit = case.profile, case.limits.rewritten
    if limit is None or not p.full or not p.standing or p.standing < ENOUGH:
        return None
    shares = [p.updated_share, *(one.profile.updated_share for one in case.month)]
    changed = sum(share for share in shares if share <= (case.limits.updated_share or limit))  # a leap tells itself
    return _warn(
        case, "rewritten", changed, limit, f"{percent(changed)} of what stands changed in thirty days",
        f"in thirty days so many records changed their content as make {percent(changed)} of what stands (expected at "
        f"most {percent(limit)}). No single drop changed much: compare some of them with what they said before.",
        f"at most {percent(limit)}",
    )  # fmt: skip


def newest_went_back(case: Case) -> Expectation | None:
    """The newest publication date does not go back: the drop would be an old one."""
    p, days = case.profile, case.limits.newest_back
    before = [past.newest for past in case.past if past.newest]
    if days is None or p.newest is None or not before:
        return None
    back = (date.fromisoformat(max(before)) - date.fromisoformat(p.newest)).days
    return _warn(
        case, "newest_went_back", back, days, f"newest publication {p.newest}",
        f"the newest offer was published on {p.newest}, {back} days before the newest that was seen "
        f"({case.since}, up to {max(before)}). Ask the partner whether this is an old file, or whether day and month "
        "changed places.", f"at most {days:g} days before {max(before)}",
    )  # fmt: skip


def drop_seen_before(case: Case) -> Expectation | None:
    """Not an older drop again, when others came since; what came in part, or changed nothing, said nothing else."""
    if not case.sha256:
        return None
    at = next((n for n, past in enumerate(case.history) if past.sha256 == case.sha256), 0)
    since = [past.profile for past in case.history[:at] if past.profile.read >= (past.profile.announced or 0)]
    older, ago = case.history[at], sum(p.created + p.updated + p.withdrawn > 0 for p in since)
    return _warn(
        case, "drop_seen_before", ago, 0, f"the bytes of delivery {older.delivery}",
        f"the drop is, byte for byte, that of delivery {older.delivery} of {day_of(older.at)}, and {ago} came since. "
        "It was taken; if the partner sent an old file, its next drop puts it right.", "bytes not seen before",
    )  # fmt: skip


def mix(figure: str) -> Builder:
    """The expectation that the shares of `sectors`, `departments` or `weeks` are those of the history."""

    def mixed(case: Case) -> Expectation | None:
        p, limit = case.profile, case.limits.mix_shift
        now: Mapping[str, float] = getattr(p, figure)
        before = [getattr(past, figure) for past in case.past if past.kept >= ENOUGH]
        if figure == "weeks":  # those of another school year are others, as they must be
            before = [one for one in before if {week[:4] for week in one} & {week[:4] for week in now}]
        if limit is None or not p.full or p.kept < ENOUGH or not before:
            return None
        mean = {
            name: sum(b.get(name, 0.0) for b in before) / len(before)
            for name in {*now, *(n for b in before for n in b)}
        }
        name = max(mean, key=lambda one: abs(now.get(one, 0.0) - mean[one]))
        return _warn(
            case, f"{figure}_shifted", shift(now, before), limit, f"{percent(shift(now, before))} of the shares moved",
            f"the {MIXES[figure]} are others: {percent(shift(now, before))} of the shares moved, most of all {name}, "
            f"from {percent(mean[name])} to {percent(now.get(name, 0.0))} (expected at most {percent(limit)} beside "
            f"{case.since}). Look at the column, and at the lookups.", f"at most {percent(limit)}",
        )  # fmt: skip

    mixed.__name__ = f"{figure}_shifted"
    mixed.__doc__ = f"The {MIXES[figure]} are about those of the history."
    return mixed


Change = Callable[[ColumnProfile, list[ColumnProfile], Profile], float | None]


def _null_rise(now: ColumnProfile, before: list[ColumnProfile], _profile: Profile) -> float | None:
    return now.null_share - max(past.null_share for past in before)


def _distinct_fall(now: ColumnProfile, before: list[ColumnProfile], profile: Profile) -> float | None:
    least = min(past.distinct for past in before)
    if least < VARIED or now.null_share == 1 or not profile.usual or profile.kept < profile.usual / 2:
        return None
    return 1 - now.distinct / least


def _length_change(now: ColumnProfile, before: list[ColumnProfile], _profile: Profile) -> float | None:
    medians = [past.lengths[MEDIAN] for past in before if past.lengths]
    if not now.lengths or not medians or not min(medians) or not now.lengths[MEDIAN]:
        return None
    return max(now.lengths[MEDIAN] / max(medians), min(medians) / now.lengths[MEDIAN])


def _worst(case: Case, check: str, limit: float | None, change: Change, what: str) -> Expectation | None:
    """The column that changed most; every one beyond the limit is named."""
    p = case.profile
    if limit is None or p.meant < ENOUGH:
        return None
    changes: dict[str, float] = {}
    for name, now in p.columns.items():
        before = [past.columns[name] for past in case.past if name in past.columns and past.meant >= ENOUGH]
        prose = BY_NAME[name].kind in (Kind.LINE, Kind.PROSE) if name in BY_NAME else False
        value = change(now, before, p) if before and (prose or change is not _length_change) else None
        if value is not None:
            changes[name] = value
    if not changes:
        return None
    beyond = [name for name, value in changes.items() if value > limit] or [max(changes, key=lambda n: changes[n])]
    last = case.past[0]
    told = "; ".join(
        f"{name} {_said(p.columns[name])}, before {_said(last.columns[name])}"
        for name in beyond
        if name in last.columns
    )
    return _warn(
        case, check, max(changes.values()), limit, told or ", ".join(beyond),
        f"{', '.join(beyond)} {what} ({told}; compared with {case.since}). Ask the partner what changed, or correct "
        "the mapping.", f"a change of at most {limit:g}",
    )  # fmt: skip


def _said(column: ColumnProfile) -> str:
    middle = f", {number(column.lengths[MEDIAN])} characters" if column.lengths else ""
    return f"{percent(column.null_share)} empty, {number(column.distinct)} distinct values{middle}"


def _warn(case: Case, check: str, value: float, at_most: float, seen: str, sentence: str, expected: str) -> Expectation:
    return Expectation(check, Severity.WARN, value, None, at_most, seen, expected, f"{case.profile.feed}: {sentence}")


WARNS: tuple[Builder, ...] = (
    withdraws_more, creates_more, holds_too_much, repeats_more, column_emptied, column_uniform, lengths_changed,
    seats_changed, eroded, seats_drifted, rewritten, newest_went_back, drop_seen_before,
    mix("sectors"), mix("departments"), mix("weeks"),
)  # fmt: skip
