"""The bounds that hold from the first delivery on, whatever a feed has sent before. `quai check` knows these alone."""

from __future__ import annotations

from offers.model import Severity
from validation.expectation import Builder, Case, Expectation, number, percent


def drop_is_empty(case: Case) -> Expectation | None:
    """At least one record."""
    p = case.profile
    return Expectation(
        "drop_is_empty", Severity.STOP, p.read, 1, None, f"{p.read} records", "at least 1 record",
        f"{p.feed}: the drop holds no record (expected at least one; {number(p.standing)} stand). Ask the "
        "partner for the file again, or discard it if the feed really is empty.",
    )  # fmt: skip


def nothing_usable(case: Case) -> Expectation | None:
    """Where lines were refused, at least one was kept."""
    p = case.profile
    if not p.rejected:
        return None
    return Expectation(
        "nothing_usable", Severity.STOP, p.kept + p.over, 1, None,
        f"{p.rejected} of {p.read} lines rejected, none kept", "at least 1 line kept",
        f"{p.feed}: every line meant for us was rejected ({number(p.rejected)} of {number(p.read)} read; expected at "
        "least one kept). Read the return: either the file is garbled, or the mapping no longer fits it.",
    )  # fmt: skip


def nothing_kept(case: Case) -> Expectation | None:
    """Where records stand, the filter does not leave every line aside."""
    p = case.profile
    if not p.standing or not p.read or p.rejected:
        return None
    reasons = ", ".join(f"{count} as « {reason} »" for reason, count in p.ignored_by.items())
    return Expectation(
        "nothing_kept", Severity.STOP, p.kept + p.over, 1, None, f"{p.ignored} of {p.read} records ignored, none kept",
        "at least 1 record kept",
        f"{p.feed}: the feed's filter leaves aside all {number(p.read)} records ({reasons}), and "
        f"{number(p.standing)} stand. A word that the filter reads has probably changed: compare the drop with "
        "[[filter]] in the feed's TOML. If the season really is over, release the drop.",
    )  # fmt: skip


ALWAYS = 0.30
"""A larger share than this is too much even where only a handful of records stand: `few` helps below it alone."""


def withdraws_too_much(case: Case) -> Expectation | None:
    """A full drop lacks at most the agreed share of what stands."""
    p, limit = case.profile, case.limits.withdrawn_share
    if not p.standing:
        return None
    return Expectation(
        "withdraws_too_much", Severity.STOP, p.withdrawn_share, None,
        max(limit, min(ALWAYS, case.so_many(p.withdrawn, p.standing))),
        f"{p.withdrawn} of {p.standing} standing records would be withdrawn ({percent(p.withdrawn_share)})",
        f"at most {percent(limit)}",
        f"{p.feed}: {p.withdrawn} of the {p.standing} standing records are missing from this drop "
        f"({percent(p.withdrawn_share)}; expected at most {percent(limit)}). It is probably cut off: ask the "
        "partner to send it whole, or raise `limits.withdrawn_share` if so many really ended.",
    )  # fmt: skip


def closes_too_much(case: Case) -> Expectation | None:
    """An employer may close her offers, by a last day that is past; all of them at once only with a person's word."""
    p = case.profile
    if not p.closed or not p.standing:
        return None
    everything = not p.kept and p.closed > case.limits.few
    return Expectation(
        "closes_too_much", Severity.STOP if everything else Severity.WARN, p.closed / p.standing, None,
        0.0 if everything else max(case.limits.withdrawn_share, case.so_many(p.closed, p.standing)),
        f"{p.closed} of {p.standing} standing records say that they are over", "last days that are not past",
        f"{p.feed}: {number(p.closed)} of the {number(p.standing)} standing records are in this drop with a last day "
        f"that is past ({percent(p.closed / p.standing)}){', and it holds no other' if everything else ''}. Compare "
        "these days with what the partner means: if the column is wrong, correct it or the mapping, and the next drop "
        f"opens the offers anew{'; if the season really is over, release the drop' if everything else ''}.",
    )  # fmt: skip


def fewer_than_announced(case: Case) -> Expectation | None:
    """As many records as the source said."""
    p = case.profile
    if p.announced is None:
        return None
    return Expectation(
        "fewer_than_announced", Severity.WARN, p.read, p.announced, None, f"{p.read} records",
        f"{p.announced} records announced by the source",
        f"{p.feed}: the source announced {p.announced} records and {p.read} came. What is missing "
        "withdraws nothing. Ask the partner where it is.",
    )  # fmt: skip


def more_than_announced(case: Case) -> Expectation | None:
    """No more records than the source said, beyond what may be added while it is being read."""
    p = case.profile
    if p.announced is None:
        return None
    return Expectation(
        "more_than_announced", Severity.NOTE, p.read, None, max(p.announced * 1.02, p.announced + case.limits.few),
        f"{p.read} records", f"{p.announced} records announced by the source",
        f"{p.feed}: the source announced {p.announced} records and {p.read} came. None is left aside for it; if this "
        "goes on, ask the partner which of the two is right.",
    )  # fmt: skip


def came_in_part(case: Case) -> Expectation | None:
    """All could be fetched, and what was agreed of the source's total holds."""
    lacks = case.lacks or "not all could be fetched"
    return Expectation(
        "came_in_part", Severity.WARN, float(case.complete), 1, None, lacks, "all that the source holds",
        f"{case.profile.feed}: {lacks}. What came was taken; nothing was withdrawn on the strength of what is missing. "
        "If it goes on, compare `source` in the feed's TOML with what the API answers, or ask the partner.",
    )  # fmt: skip


ABSOLUTE: tuple[Builder, ...] = (
    drop_is_empty,
    nothing_usable,
    nothing_kept,
    withdraws_too_much,
    closes_too_much,
    fewer_than_announced,
    more_than_announced,
    came_in_part,
)
