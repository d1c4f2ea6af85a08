"""What a partner changed without a word, read from the profile and its history, with the line to put into the TOML.

A header renamed, a record id that moved, a lookup or filter word never seen, dates written otherwise. Pure. Drift is
told from the second delivery on, and stops a drop once the history is long enough to know what is usual.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher

import pandas as pd

from offers.cleaning.vocabularies import nearest_sectors
from offers.feed import Feed, Filter
from offers.findings import finding_of
from offers.gate.missing import reformed
from offers.gate.profile import LEARNING, MEDIAN, ColumnProfile, Past, Profile
from offers.gate.profiling import column_profile
from offers.model import Finding, Severity
from offers.text import fold_word, plain, unaccented

ALIKE = 0.5
"""A header is another's successor from this likeness on: of names and of values, 0 to 1."""
KNOWN_LITTLE, HELD_MUCH = 0.1, 0.5
FEW_LINES, MANY_LINES = 0.01, 0.5
"""Shares of the lines from which on a new word is a warning, and from which on it stops the drop."""
HEADERS_MOST = 200


@dataclass(frozen=True)
class DriftCase:
    """What drift is read from: the profile, its history newest first, the drop as read, and what stands.

    `sectors`: our code -> name, for suggestions.
    """

    profile: Profile
    history: tuple[Past, ...]
    feed: Feed
    frame: pd.DataFrame
    standing: pd.Series[str]
    sectors: Mapping[str, str]
    references: frozenset[str] = frozenset()
    """Those of the drop, of the lines that were refused too."""

    @property
    def last(self) -> Profile:
        """The profile of the last accepted delivery."""
        return self.history[0].profile

    @property
    def grave(self) -> Severity:
        """What the gravest drift is: a feed that is still learnt is not stopped by a guess."""
        return Severity.STOP if len(self.history) >= LEARNING else Severity.WARN

    @property
    def mapping(self) -> str:
        """Where the line belongs."""
        return f"[feeds.{self.feed.name}.mapping] of {self.feed.partner}.toml"


def renamed(seen: DriftCase) -> dict[str, str]:
    """For each header that is gone and was mapped, the header that now carries its values: old -> new."""
    successors: dict[str, str] = {}
    used = {header for column in seen.profile.columns.values() for header in column.headers}
    free = [header for header in seen.profile.headers if header not in used][:HEADERS_MOST]
    for column, gone in _gone(seen):
        was, scores = seen.last.columns[column], dict[str, float]()
        for header in free:
            fresh = header not in seen.last.headers
            scores[header] = likeness(gone, was, header, column_profile(seen.frame[header]), fresh)
        best = max(scores, key=scores.__getitem__, default=None)
        if best is not None and scores[best] >= ALIKE and best not in successors.values():
            successors[gone] = best
    return successors


def findings(seen: DriftCase, successors: Mapping[str, str]) -> tuple[Finding, ...]:
    """All drift of one delivery; none where there is no history. `successors` comes from `renamed`."""
    if not seen.history:
        return ()
    return (
        *_headers_renamed(seen, successors),
        *_references_rewritten(seen),
        *_reference_moved(seen),
        *_filter_words(seen),
        *_lookup_words(seen),
        *_shapes(seen),
    )


def _gone(seen: DriftCase) -> Iterator[tuple[str, str]]:
    if not seen.history:
        return
    present = {plain(header) for header in seen.profile.headers}
    for column, was in seen.last.columns.items():
        for header in was.headers:
            if plain(header) not in present and was.null_share < 1:
                yield column, header


def _headers_renamed(seen: DriftCase, successors: Mapping[str, str]) -> Iterator[Finding]:
    for column, header in _gone(seen):
        if header not in successors:
            continue
        new = successors[header]
        yield _finding(seen, "header_renamed", Severity.WARN, old=header, new=new, column=column, where=seen.mapping)


def _references_rewritten(seen: DriftCase) -> Iterator[Finding]:
    """Nearly no reference stands as it is written, and most do when written otherwise."""
    stands = frozenset(seen.standing)
    said = seen.references
    if len(said) <= seen.feed.limits.few or len(said & stands) > KNOWN_LITTLE * len(said) or not stands:
        return
    if (how := reformed(said, stands)) is not None:
        yield _finding(seen, "references_rewritten", Severity.STOP, **asdict(how))


def _reference_moved(seen: DriftCase) -> Iterator[Finding]:
    """Nearly no reference stands, though references used to; another header of the drop may carry the old ones."""
    p = seen.profile
    again = p.full or min(past.profile.known_share for past in seen.history) >= HELD_MUCH
    if p.known_share >= KNOWN_LITTLE or not again or not p.standing or p.kept <= seen.feed.limits.few:
        return
    mapped = seen.feed.mapping.get("reference")
    own = {plain(header) for header in mapped.headers} if mapped else set()
    stands = set(seen.standing)
    for header in [header for header in p.headers if plain(header) not in own][:HEADERS_MOST]:
        values = seen.frame[header].dropna()
        share = float(values.head(1000).isin(stands).mean()) if len(values) else 0.0
        if share >= HELD_MUCH:
            told = {"header": header, "mapped": ", ".join(mapped.headers) if mapped else "reference", "share": share}
            known = {"known_share": p.known_share, "kept": p.kept}
            yield _finding(seen, "reference_moved", seen.grave, **told, **known, where=seen.mapping)
            return


def _filter_words(seen: DriftCase) -> Iterator[Finding]:
    total = seen.profile.read
    for one in seen.feed.filter:
        for header in one.columns:
            known = {fold_word(word) for past in seen.history for word in past.profile.words.get(header, {})}
            now = seen.profile.words.get(header, {})
            new = {word: count for word, count in now.items() if known and fold_word(word) not in known}
            for word, count in sorted(new.items(), key=lambda item: -item[1])[:5]:
                if one.keep is not None or one.drop is not None:
                    meant = fold_word(word) in {fold_word(known) for known in one.keep or one.drop or ()}
                else:
                    expression = unaccented(one.keep_matching or one.drop_matching or "")
                    meant = re.search(expression, plain(word), re.IGNORECASE) is not None
                if not meant:
                    yield _filter_word(seen, one, header, word, count, count / total)


def _filter_word(seen: DriftCase, one: Filter, header: str, word: str, count: int, share: float) -> Finding:
    severity = seen.grave if share > MANY_LINES else Severity.WARN if share > FEW_LINES else Severity.NOTE
    severity = severity if count > seen.feed.limits.few else Severity.NOTE
    words = one.keep or one.drop
    key = "keep" if one.keep is not None else "drop"
    line = f"`{key} = {json.dumps([*words, word], ensure_ascii=False)}`" if words else ""
    told = {"word": word, "header": header, "count": count, "read": seen.profile.read, "reason": one.reason}
    where = f"[[feeds.{seen.feed.name}.filter]] of {seen.feed.partner}.toml"
    return _finding(seen, "filter_word_new", severity, **told, keeps=one.keeps, line=line, where=where)


def _lookup_words(seen: DriftCase) -> Iterator[Finding]:
    for column, now in seen.profile.unknown.items():
        known = {fold_word(word) for past in seen.history for word in past.profile.unknown.get(column, {})}
        new = {word: count for word, count in now.items() if fold_word(word) not in known}
        lines = sum(new.values())
        if not new:
            continue
        told = "; ".join(_lookup_line(word, seen) for word in list(new)[:5])
        severity = Severity.WARN if lines > max(FEW_LINES * seen.profile.meant, seen.feed.limits.few) else Severity.NOTE
        where = f"[feeds.{seen.feed.name}.lookups.{column}] of {seen.feed.partner}.toml"
        fields = {"words": list(new)[:5], "count": len(new), "column": column, "lines": lines, "answers": told}
        yield _finding(seen, "lookup_word_new", severity, **fields, where=where)


def _lookup_line(word: str, seen: DriftCase) -> str:
    near = nearest_sectors(word, seen.sectors.values(), 1)
    code = next((code for code, name in seen.sectors.items() if near and name == near[0]), "s…")
    return f"`{json.dumps(word, ensure_ascii=False)} = {json.dumps(code, ensure_ascii=False)}`"


def _shapes(seen: DriftCase) -> Iterator[Finding]:
    for column, now in seen.profile.columns.items():
        was = seen.last.columns.get(column)
        if not was or not was.shapes or not now.shapes:
            continue
        old, new = max(was.shapes, key=lambda s: was.shapes[s]), max(now.shapes, key=lambda s: now.shapes[s])
        if was.shapes.get(new, 0.0) > FEW_LINES or now.shapes[new] < DOMINANT or was.shapes[old] < DOMINANT:
            continue
        doubtful = "9/9" in new or "9-9" in new or "9.9" in new
        where = f"[feeds.{seen.feed.name}] of {seen.feed.partner}.toml" if doubtful else ""
        told = {"now": new, "before": old, "columns": [column], "share": now.shapes[new], "doubtful": doubtful}
        yield _finding(seen, "date_format_changed", Severity.WARN, **told, where=where)


def _finding(seen: DriftCase, check: str, severity: Severity, **fields: object) -> Finding:
    return finding_of(check, severity, feed=seen.feed.slug, **fields)


DOMINANT = 0.5
NULLS_APART, LENGTHS_APART = 0.3, 2.0


def likeness(gone: str, was: ColumnProfile, header: str, now: ColumnProfile, new: bool) -> float:
    """0 to 1, 0.5 and more where `header` may be the successor of `gone`; `new`: it was not there before.

    Mostly by the values, for a name may change wholly; by the name, for the values may all be new.
    """
    if not now.lengths:
        return 0.0
    old, late = (plain(one).rsplit(".", 1)[-1].lstrip("@") for one in (gone, header))
    names = SequenceMatcher(None, old, late).ratio()
    short, long = sorted((old, late), key=len)
    if len(short) >= 4 and short in long:  # `adresse` and `adresse du site`
        names = max(names, 0.8)
    values = was.overlap(now)
    if values >= DOMINANT:
        return 0.6 + 0.2 * values + 0.2 * names
    if not (new and was.lengths) or abs(was.null_share - now.null_share) > NULLS_APART:
        return 0.0
    low, high = sorted((was.lengths[MEDIAN] + 1, now.lengths[MEDIAN] + 1))
    return names * 0.8 if high / low <= LENGTHS_APART else 0.0
