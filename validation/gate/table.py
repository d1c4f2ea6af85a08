"""The gate as one table: what is asked of a delivery, the bound, and what to say where it lies outside.

A new batch check is one row here, and one limit. docs/gate.md is made from it. Absolute bounds hold from the first
delivery on; the others once a feed is known. Floors stop, ceilings warn.
"""

from __future__ import annotations

from collections.abc import Mapping

from offers.model import Severity
from validation.gate import measures as m
from validation.gate.case import Case, Expectation

ALWAYS = 0.30
"""A larger share than this is too much even where only a handful of records stand: `few` helps below it alone."""
KNOWN_AT_LEAST = 0.1
QUIET_SHARE = 0.08
"""What a full drop may always withdraw without a word."""
MIXES = {"sectors": "sectors", "departments": "départements", "weeks": "weeks"}
STOP, WARN, NOTE = Severity.STOP, Severity.WARN, Severity.NOTE


def _left_by_the_filter(case: Case) -> float | None:
    p = case.profile
    return p.kept + p.over if p.standing and p.read and not p.rejected else None


def _ignored(case: Case) -> Mapping[str, object]:
    return {"reasons": dict(case.profile.ignored_by)}


def _held_before(case: Case) -> Mapping[str, object]:
    kept = [past.kept for past in case.past]
    return {"held_before": [min(kept), max(kept)]}


def _closed(case: Case, everything: bool) -> float | None:
    """An employer may close her offers, by a last day that is past; all of them at once only with a person's word."""
    p = case.profile
    said = p.closed and p.standing and everything is (not p.kept and p.closed > case.limits.few)
    return p.closed / p.standing if said else None


def _updated(case: Case, again: bool) -> float | None:
    return case.profile.updated_share if case.profile.standing and case.again is again else None


def _updated_bound(case: Case) -> float:
    return max(case.limits.updated_share or 0.0, case.few(case.profile.updated, case.profile.standing))


def _together(case: Case) -> float | None:
    """Withdrawn and changed together are no more than either may be; where one alone is, it says so itself."""
    p = case.profile
    if not p.standing or case.again or max(p.updated_share, p.withdrawn_share) > _either(case):
        return None
    return (p.updated + p.withdrawn) / p.standing


def _either(case: Case) -> float:
    return max(case.limits.updated_share or 0.0, case.limits.withdrawn_share)


def _kept_floor(case: Case) -> float:
    return min(case.limits.kept_floor or 0.0, max(0.0, 1 - case.limits.few / (case.profile.usual or 1)))


def _rejected(case: Case) -> Mapping[str, object]:
    rule, lines = max(case.profile.rejected_by.items(), key=lambda one: one[1], default=("", 0))
    most = case.most("rejected_share")
    return {"most": most, "agreed": most + (case.limits.rejected_rise or 0.0), "rule": rule, "lines": lines}


def _ignored_before(case: Case) -> float:
    return min(past.ignored_share for past in case.past)


def _erosion(case: Case) -> float:
    best = case.profile.best or 0
    return max(case.limits.erosion or 0.0, case.few(best - case.profile.held, best))


ABSOLUTE: tuple[Expectation, ...] = (
    Expectation(
        "drop_is_empty", STOP, "no record was read", "",
        lambda c: c.profile.read, lambda _c: 1, "{read} records", "at least 1 record",
        "the drop holds no record (expected at least one; {standing:n} stand). Ask the partner for the file again, "
        "or discard it if the feed really is empty.", at_least=True, learned=False,
    ),
    Expectation(
        "nothing_usable", STOP, "every line meant for us was rejected", "",
        lambda c: c.profile.kept + c.profile.over if c.profile.rejected else None, lambda _c: 1,
        "{rejected} of {read} lines rejected, none kept", "at least 1 line kept",
        "every line meant for us was rejected ({rejected:n} of {read:n} read; expected at least one kept). Read "
        "the return: either the file is garbled, or the mapping no longer fits it.", at_least=True, learned=False,
    ),
    Expectation(
        "nothing_kept", STOP, "the filter leaves every record aside, and records stand", "",
        _left_by_the_filter, lambda _c: 1,
        "{ignored} of {read} records ignored, none kept", "at least 1 record kept",
        "the feed's filter leaves aside all {read:n} records ({reasons:reasons}), and {standing:n} stand. A word that "
        "the filter reads has probably changed: compare the drop with [[filter]] in the feed's TOML. If the season "
        "really is over, release the drop.", _ignored, at_least=True, learned=False,
    ),
    Expectation(
        "withdraws_too_much", STOP, "a full drop lacks a larger share", "withdrawn_share",
        lambda c: c.profile.withdrawn_share if c.profile.standing else None,
        lambda c: max(c.limits.withdrawn_share, min(ALWAYS, c.few(c.profile.withdrawn, c.profile.standing))),
        "{withdrawn} of {standing} standing records would be withdrawn ({withdrawn_share:%})",
        "at most {limit:%}",
        "{withdrawn} of the {standing} standing records are missing from this drop ({withdrawn_share:%}; "
        "expected at most {limit:%}). It is probably cut off: ask the partner to send it whole, or raise "
        "`limits.withdrawn_share` if so many really ended.", learned=False,
    ),
    Expectation(
        "closes_too_much", STOP, "records stand, and all that the drop holds comes with a last day that is past", "",
        lambda c: _closed(c, everything=True), lambda _c: 0.0,
        "{closed} of {standing} standing records say that they are over", "last days that are not past",
        "{closed:n} of the {standing:n} standing records are in this drop with a last day that is past "
        "({value:%}), and it holds no other. Compare these days with what the partner means: if the column is wrong, "
        "correct it or the mapping, and the next drop opens the offers anew; if the season really is over, release "
        "the drop.", learned=False,
    ),
    Expectation(
        "closes_too_much", WARN, "a larger share of what stands comes with a last day that is past", "withdrawn_share",
        lambda c: _closed(c, everything=False),
        lambda c: max(c.limits.withdrawn_share, c.few(c.profile.closed, c.profile.standing)),
        "{closed} of {standing} standing records say that they are over", "last days that are not past",
        "{closed:n} of the {standing:n} standing records are in this drop with a last day that is past "
        "({value:%}). Compare these days with what the partner means: if the column is wrong, correct it or the "
        "mapping, and the next drop opens the offers anew.", learned=False,
    ),
    Expectation(
        "fewer_than_announced", WARN, "the source announced more records than came; then nothing is withdrawn either",
        "", lambda c: None if c.profile.announced is None else c.profile.read, lambda c: c.profile.announced or 0,
        "{read} records", "{announced} records announced by the source",
        "the source announced {announced} records and {read} came. What is missing withdraws nothing. Ask the "
        "partner where it is.", at_least=True, learned=False,
    ),
    Expectation(
        "more_than_announced", NOTE, "the source announced fewer, by more than 2 %", "",
        lambda c: None if c.profile.announced is None else c.profile.read,
        lambda c: max((c.profile.announced or 0) * 1.02, (c.profile.announced or 0) + c.limits.few),
        "{read} records", "{announced} records announced by the source",
        "the source announced {announced} records and {read} came. None is left aside for it; if this goes on, "
        "ask the partner which of the two is right.", learned=False,
    ),
    Expectation(
        "came_in_part", WARN,
        "the connector knows that not all came: details that are gone, a total that was agreed and is missing, "
        "repeated pages in place of others; then nothing is withdrawn either", "",
        lambda c: c.complete, lambda _c: 1, "{lacks}", "all that the source holds",
        "{lacks}. What came was taken; nothing was withdrawn on the strength of what is missing. If it goes on, "
        "compare `source` in the feed's TOML with what the API answers, or ask the partner.",
        lambda c: {"lacks": c.lacks or "not all could be fetched"}, at_least=True, learned=False,
    ),
)  # fmt: skip

STOPS: tuple[Expectation, ...] = (
    Expectation(
        "updates_too_much", STOP, "a larger share changes its content", "updated_share",
        lambda c: _updated(c, again=False), _updated_bound,
        "{updated} of {standing} standing records would change ({value:%})", "at most {limit:%}",
        "{updated:n} of the {standing:n} standing records would change ({value:%}; expected at most {limit:%}, and "
        "{past}, changed at most {most:%}). A column has probably moved, or an encoding or a date format changed: "
        "look at the examples, then release the drop if the partner really rewrote so much. After a change of our own "
        "rules, replay the feed first.", lambda c: {"most": c.most("updated_share")},
    ),
    Expectation(
        "updates_too_much", WARN,
        "the same, where the bytes are those of the last accepted drop: then our own rules changed", "updated_share",
        lambda c: _updated(c, again=True), _updated_bound,
        "{updated} of {standing} standing records would change ({value:%})", "at most {limit:%}",
        "{updated:n} of the {standing:n} standing records would change ({value:%}; expected at most {limit:%}, and "
        "{past}, changed at most {most:%}). The bytes are those of the last accepted drop: the feed's rules or "
        "Quai's have changed since.", lambda c: {"most": c.most("updated_share")},
    ),
    Expectation(
        "changes_too_much", STOP, "withdrawn and changed together exceed the larger of the two limits",
        "updated_share", _together,
        lambda c: max(_either(c), c.few(c.profile.updated + c.profile.withdrawn, c.profile.standing)),
        "{together} of {standing} standing records would be withdrawn or change", "at most {most:%}",
        "{withdrawn:n} of the {standing:n} standing records would be withdrawn and {updated:n} would change, "
        "{value:%} in all (expected at most {most:%}). The drop is probably cut off or garbled: look at the examples, "
        "and ask the partner.",
        lambda c: {"together": c.profile.updated + c.profile.withdrawn, "most": _either(c)},
    ),
    Expectation(
        "holds_too_little", STOP, "fewer kept than this part of the median (full feeds)", "kept_floor",
        lambda c: c.profile.ratio_to_usual if c.profile.full else None, _kept_floor,
        "{held} records kept", "at least {bound:%} of {usual:n}",
        "{held:n} records were kept, {value:%} of the usual {usual:n} (expected at least {bound:%}; {past}, held "
        "{held_before:range}). It is probably cut off, or most of it was refused: ask the partner to send it whole.",
        _held_before, at_least=True,
    ),
    Expectation(
        "rejects_more", STOP, "the share of refused lines exceeds the worst of the history by more", "rejected_rise",
        lambda c: c.profile.rejected_share if c.profile.meant else None,
        lambda c: max(
            c.most("rejected_share") + (c.limits.rejected_rise or 0.0), c.few(c.profile.rejected, c.profile.meant)
        ),
        "{rejected} of {meant} lines rejected ({value:%})", "at most {agreed:%}",
        "{rejected:n} of the {meant:n} lines meant for us were rejected ({value:%}; {past}, refused at most "
        "{most:%}), {lines:n} by the rule {rule}. Read the return: either the file is garbled, or the mapping no "
        "longer fits it.", _rejected,
    ),
    Expectation(
        "ignores_less", STOP,
        "the share that the filter leaves aside falls below the least of the history by more: jobs would be shown to "
        "pupils", "ignored_fall",
        lambda c: (
            c.profile.ignored_share if c.profile.read and _ignored_before(c) > (c.limits.ignored_fall or 0.0) else None
        ), lambda c: _ignored_before(c) - (c.limits.ignored_fall or 0.0),
        "{ignored} of {read} records ignored ({value:%})", "at least {bound:%}",
        "the feed's filter leaves aside {ignored:n} of {read:n} records ({value:%}; {past}, at least "
        "{least:%}). It probably no longer knows the words that it reads, and what is not meant for pupils would be "
        "shown to them: compare the drop with [[filter]] in the feed's TOML.",
        lambda c: {"least": _ignored_before(c)}, at_least=True,
    ),
    Expectation(
        "references_all_new", STOP,
        "under 10 % of the references stand, in a feed where half and more always did", "",
        m.known_share, lambda _c: KNOWN_AT_LEAST, "{value:%} of the references are known", "at least {bound:%}",
        "of {kept:n} records kept, {value:%} have a reference that stands ({past}, at least {known:%}): the "
        "references are new, {alike:?though the texts are the same as before|and the texts too}. Every offer would be "
        "withdrawn or doubled. Ask the partner whether its identifiers changed, or map `reference` to the header that "
        "has them.",
        lambda c: {"known": m.known_before(c), "alike": m.alike(c)}, at_least=True,
    ),
)  # fmt: skip


def _column(name: str, fires: str, limit: str, change: m.Change, what: str) -> Expectation:
    """The column that changed most; every one beyond the limit is named."""
    return Expectation(
        name, WARN, fires, limit,
        lambda c: max(m.column_changes(c, change).values(), default=None), lambda c: getattr(c.limits, limit),
        "{changed:changed}", "a change of at most {bound:g}",
        f"{{columns}} {what} ({{changed:changed}}; compared with {{past}}). Ask the partner what changed, or correct "
        "the mapping.", lambda c: m.columns_beyond(c, change, getattr(c.limits, limit)),
    )  # fmt: skip


def _mix(figure: str) -> Expectation:
    """The shares of `sectors`, `departments` or `weeks` are about those of the history."""
    return Expectation(
        f"{figure}_shifted", WARN,
        f"a larger share of the {MIXES[figure]} moved against the mean of the history (full feeds of 30 records and "
        f"more{'; weeks with those of the same school year' if figure == 'weeks' else ''})", "mix_shift",
        lambda c: m.mix_moved(c, figure), lambda c: c.limits.mix_shift or 0.0,
        "{value:%} of the shares moved", "at most {bound:%}",
        f"the {MIXES[figure]} are others: {{value:%}} of the shares moved, most of all {{name}}, from {{then:%}} to "
        "{now:%} (expected at most {bound:%} beside {past}). Look at the column, and at the lookups.",
        lambda c: m.mix_words(c, figure),
    )  # fmt: skip


WARNS: tuple[Expectation, ...] = (
    Expectation(
        "withdraws_more", WARN, "more than 8 %, and more than so many times the worst of the history",
        "withdrawn_rise", lambda c: c.profile.withdrawn_share if c.profile.standing else None,
        lambda c: max(
            (c.limits.withdrawn_rise or 0.0) * c.most("withdrawn_share"), QUIET_SHARE,
            c.few(c.profile.withdrawn, c.profile.standing),
        ),
        "{withdrawn} of {standing} records withdrawn", "at most {bound:%}",
        "{withdrawn:n} of the {standing:n} standing records are missing from this drop ({value:%}; {past}, "
        "lacked at most {most:%}). Taking the drop withdraws them; if the partner does not mean it, its next whole "
        "drop brings them back.", lambda c: {"most": c.most("withdrawn_share")},
    ),
    Expectation(
        "creates_more", WARN, "so much is new, and more than twice the most of the history (full feeds)",
        "created_share", lambda c: c.profile.created_share if c.profile.full and c.profile.standing else None,
        lambda c: max(
            c.limits.created_share or 0.0, 2 * c.most("created_share"), c.few(c.profile.created, c.profile.standing)
        ),
        "{created} created beside {standing} standing", "at most {bound:%}",
        "{created:n} records are new beside {standing:n} that stood ({value:%}; {past}, brought at most "
        "{most:%}). Look at some: are they meant for pupils, and not doubled?",
        lambda c: {"most": c.most("created_share")},
    ),
    Expectation(
        "holds_too_much", WARN, "so many times the median is kept (full feeds)", "kept_ceiling",
        lambda c: c.profile.ratio_to_usual if c.profile.full else None,
        lambda c: max(c.limits.kept_ceiling or 0.0, 1 + c.limits.few / (c.profile.usual or 1)),
        "{held} records kept", "at most {bound:.1f} times {usual:n}",
        "{held:n} records were kept, {value:.1f} times the usual {usual:n} ({past}, held {held_before:range}). Look "
        "whether the drop holds its records twice.", _held_before,
    ),
    Expectation(
        "repeats_more", WARN, "the share of repeated references rises by more", "repeated_rise",
        lambda c: c.profile.repeated_share if c.profile.meant else None,
        lambda c: max(
            c.most("repeated_share") + (c.limits.repeated_rise or 0.0), c.few(c.profile.repeated, c.profile.meant)
        ),
        "{repeated} of {meant} lines repeat a reference", "at most {bound:%}",
        "{repeated:n} of {meant:n} lines repeat a reference ({value:%}; {past}, at most {most:%}). One line of "
        "each counts; the drop was probably written twice.", lambda c: {"most": c.most("repeated_share")},
    ),
    _column(
        "column_emptied", "the share of empty cells of a column, as sent, rises by more", "null_rise", m.null_rise,
        "is empty",
    ),
    _column(
        "column_uniform", "a column loses more of its distinct values", "distinct_fall", m.distinct_fall,
        "lost its distinct values",
    ),
    _column(
        "lengths_changed", "the median length of a text column changes by a larger factor", "length_change",
        m.length_change, "changed its median length",
    ),
    Expectation(
        "seats_changed", WARN, "seats per record change by a larger factor (full feeds)", "seats_change",
        m.seats_changed, lambda c: c.limits.seats_change or 0.0,
        "{seats} seats in {kept} records", "within a factor of {bound:g} of what was seen",
        "{seats:n} seats in {kept:n} records, {now:.1f} each ({past}, {low:.1f} to {high:.1f} each). Look "
        "whether the column of seats holds something else.",
        lambda c: {
            "now": c.profile.seats / c.profile.kept, "low": min(m.seats_before(c)), "high": max(m.seats_before(c)),
        },
    ),
    Expectation(
        "eroded", WARN, "so much less is held than by the best delivery of thirty days (full feeds)", "erosion",
        m.eroded, _erosion,
        "{held} records kept, {best} at best", "at least {least:%}",
        "{held:n} records are held where a delivery of the last thirty days held {best:n} that are not over yet "
        "({value:%} less; expected at most {bound:%}). No single drop fell far: ask the partner whether her export "
        "loses offers a few at a time.",
        lambda c: {"least": 1 - _erosion(c)},
    ),
    Expectation(
        "seats_drifted", WARN,
        "seats per record lie a larger factor from any of thirty days (full feeds of 30 records and more)",
        "seats_change", m.seats_drifted, lambda c: c.limits.seats_change or 0.0,
        "{now:.1f} seats a record", "within a factor of {bound:g} of all that was seen",
        "{now:.1f} seats in each record, where thirty days have seen {low:.1f} to {high:.1f} (expected within a factor "
        "of {bound:g}). No single drop leapt: look whether the column of seats is being rewritten.",
        lambda c: {
            "now": c.profile.seats / c.profile.kept, "low": min(m.seats_of_month(c)), "high": max(m.seats_of_month(c)),
        },
    ),
    Expectation(
        "rewritten", WARN, "the shares that changed in thirty days sum up to more (full feeds of 30 records and more)",
        "rewritten", m.rewritten, lambda c: c.limits.rewritten or 0.0,
        "{value:%} of what stands changed in thirty days", "at most {bound:%}",
        "in thirty days so many records changed their content as make {value:%} of what stands (expected at most "
        "{bound:%}). No single drop changed much: compare some of them with what they said before.",
    ),
    Expectation(
        "newest_went_back", WARN, "the newest publication date lies more days before the newest seen", "newest_back",
        m.days_back, lambda c: c.limits.newest_back or 0.0,
        "newest publication {newest}", "at most {bound:g} days before {before}",
        "the newest offer was published on {newest}, {value:.0f} days before the newest that was seen ({past}, up "
        "to {before}). Ask the partner whether this is an old file, or whether day and month changed places.",
        lambda c: {"before": m.newest_before(c)},
    ),
    Expectation(
        "drop_seen_before", WARN,
        "these are the bytes of an older accepted drop, and others came since that changed something", "",
        m.came_since, lambda _c: 0, "the bytes of delivery {delivery}", "bytes not seen before",
        "the drop is, byte for byte, that of delivery {delivery} of {day}, and {value:.0f} came since. It was taken; "
        "if the partner sent an old file, its next drop puts it right.", m.older,
    ),
    *map(_mix, MIXES),
)  # fmt: skip

TABLE: tuple[Expectation, ...] = (*ABSOLUTE, *STOPS, *WARNS)
