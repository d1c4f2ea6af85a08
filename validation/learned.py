"""The bounds that stop a drop which is unlike the feed's last accepted deliveries. None before the fourth."""

from __future__ import annotations

from offers.model import Severity
from validation.expectation import Builder, Case, Expectation, held, number, percent

KNOWN_BEFORE, KNOWN_AT_LEAST = 0.5, 0.1
"""A feed whose records were known by half or more is one that sends the same references again."""


def updates_too_much(case: Case) -> Expectation | None:
    """The content of at most the agreed share of what stands changes at once."""
    p, limit = case.profile, case.limits.updated_share
    if limit is None or not p.standing:
        return None
    why = (
        "The bytes are those of the last accepted drop: the feed's rules or Quai's have changed since."
        if case.again
        else "A column has probably moved, or an encoding or a date format changed: look at the examples, then release "
        "the drop if the partner really rewrote so much. After a change of our own rules, replay the feed first."
    )
    return Expectation(
        "updates_too_much", Severity.WARN if case.again else Severity.STOP, p.updated_share, None,
        max(limit, case.so_many(p.updated, p.standing)),
        f"{p.updated} of {p.standing} standing records would change ({percent(p.updated_share)})",
        f"at most {percent(limit)}",
        f"{p.feed}: {number(p.updated)} of the {number(p.standing)} standing records would change "
        f"({percent(p.updated_share)}; expected at most {percent(limit)}, and {case.since}, changed at most "
        f"{percent(max(past.updated_share for past in case.past))}). {why}",
    )  # fmt: skip


def changes_too_much(case: Case) -> Expectation | None:
    """Withdrawn and changed together are no more than either may be; where one alone is, it says so itself."""
    p, most = case.profile, case.limits.updated_share
    if most is None or not p.standing or case.again:
        return None
    most = max(most, case.limits.withdrawn_share)
    together = p.updated + p.withdrawn
    if max(p.updated_share, p.withdrawn_share) > most:
        return None
    return Expectation(
        "changes_too_much", Severity.STOP, together / p.standing, None, max(most, case.so_many(together, p.standing)),
        f"{together} of {p.standing} standing records would be withdrawn or change", f"at most {percent(most)}",
        f"{p.feed}: {number(p.withdrawn)} of the {number(p.standing)} standing records would be withdrawn and "
        f"{number(p.updated)} would change, {percent(together / p.standing)} in all (expected at most "
        f"{percent(most)}). The drop is probably cut off or garbled: look at the examples, and ask the partner.",
    )  # fmt: skip


def holds_too_little(case: Case) -> Expectation | None:
    """A full drop holds nearly as many records as the last ones."""
    p, floor = case.profile, case.limits.kept_floor
    if floor is None or not p.full or not p.usual:
        return None
    least = min(floor, max(0.0, 1 - case.limits.few / p.usual))
    return Expectation(
        "holds_too_little", Severity.STOP, p.held / p.usual, least, None, f"{p.held} records kept",
        f"at least {percent(least)} of {number(p.usual)}",
        f"{p.feed}: {number(p.held)} records were kept, {percent(p.held / p.usual)} of the usual {number(p.usual)} "
        f"(expected at least {percent(least)}; {case.since}, {held([past.kept for past in case.past])}). It is "
        "probably cut off, or most of it was refused: ask the partner to send it whole.",
    )  # fmt: skip


def rejects_more(case: Case) -> Expectation | None:
    """The share of refused lines does not leap."""
    p, rise = case.profile, case.limits.rejected_rise
    if rise is None or not p.meant:
        return None
    before = max(past.rejected_share for past in case.past)
    first = max(p.rejected_by.items(), key=lambda one: one[1], default=("", 0))
    return Expectation(
        "rejects_more", Severity.STOP, p.rejected_share, None,
        max(before + rise, case.so_many(p.rejected, p.meant)),
        f"{p.rejected} of {p.meant} lines rejected ({percent(p.rejected_share)})", f"at most {percent(before + rise)}",
        f"{p.feed}: {number(p.rejected)} of the {number(p.meant)} lines meant for us were rejected "
        f"({percent(p.rejected_share)}; {case.since}, refused at most {percent(before)}), {number(first[1])} by the "
        f"rule {first[0]}. Read the return: either the file is garbled, or the mapping no longer fits it.",
    )  # fmt: skip


def ignores_less(case: Case) -> Expectation | None:
    """What the filter used to leave aside, it still leaves aside: else jobs are shown to pupils."""
    p, fall = case.profile, case.limits.ignored_fall
    before = min(past.ignored_share for past in case.past)
    if fall is None or before <= fall or not p.read:
        return None
    return Expectation(
        "ignores_less", Severity.STOP, p.ignored_share, before - fall, None,
        f"{p.ignored} of {p.read} records ignored ({percent(p.ignored_share)})", f"at least {percent(before - fall)}",
        f"{p.feed}: the feed's filter leaves aside {number(p.ignored)} of {number(p.read)} records "
        f"({percent(p.ignored_share)}; {case.since}, at least {percent(before)}). It probably no longer knows the "
        "words that it reads, and what is not meant for pupils would be shown to them: compare the drop with "
        "[[filter]] in the feed's TOML.",
    )  # fmt: skip


def references_all_new(case: Case) -> Expectation | None:
    """A feed that sends its records again and again does not rename them all at once."""
    p = case.profile
    known = min(past.known_share for past in case.past[:-1] or case.past)
    if known < KNOWN_BEFORE or not p.standing or p.kept <= case.limits.few:
        return None
    texts = [name for name in ("title", "description", "street") if name in p.columns and name in case.past[0].columns]
    alike = [p.columns[name].overlap(case.past[0].columns[name]) for name in texts]
    what = "though the texts are the same as before" if alike and max(alike) > KNOWN_BEFORE else "and the texts too"
    return Expectation(
        "references_all_new", Severity.STOP, p.known_share, KNOWN_AT_LEAST, None,
        f"{percent(p.known_share)} of the references are known", f"at least {percent(KNOWN_AT_LEAST)}",
        f"{p.feed}: of {number(p.kept)} records kept, {percent(p.known_share)} have a reference that stands ("
        f"{case.since}, at least {percent(known)}): the references are new, {what}. Every offer would be withdrawn "
        "or doubled. Ask the partner whether its identifiers changed, or map `reference` to the header that has them.",
    )  # fmt: skip


STOPS: tuple[Builder, ...] = (
    updates_too_much,
    changes_too_much,
    holds_too_little,
    rejects_more,
    ignores_less,
    references_all_new,
)
