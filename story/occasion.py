"""Why landed bytes are run: because they came, because a person released them, or because a rule was corrected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from offers.errors import Declined
from offers.findings import finding_of
from offers.model import Changes, Decision, Finding, Landed, Severity, Verdict, VerdictKind
from reports.comparing import needed, preview
from warehouse.quarantine import Settlement

if TYPE_CHECKING:
    from story.dock import Dock


@dataclass(frozen=True)
class Occasion:
    """What makes this attempt other than a first one.

    `released`: a person's decision to let a held drop through. `replays`: the delivery whose bytes are run again.
    `shown`: the preview or the rehearsal that it rests on; empty where nobody looked.
    `overtaken`: references that a later drop of the same replay holds too; here they change nothing.
    """

    released: Decision | None = None
    shown: Mapping[str, Any] = field(default_factory=dict)
    replays: int | None = None
    overtaken: frozenset[str] = frozenset()

    @property
    def of(self) -> int | None:
        """The earlier delivery whose bytes these are."""
        return self.released.delivery if self.released else self.replays

    def spare(self, changes: Changes) -> Changes:
        """The changes without those that a later drop overtakes: such lines count as unchanged."""
        if not self.overtaken:
            return changes

        def spared(frame: pd.DataFrame) -> pd.DataFrame:
            return frame[~frame["reference"].isin(self.overtaken)]

        created, updated = spared(changes.created), spared(changes.updated)
        closed = None if changes.closed is None else spared(changes.closed)
        own = replace(changes, created=created, updated=updated, closed=closed)
        return replace(own, unchanged=changes.unchanged + changes.touching - own.touching)

    def past(self, verdict: Verdict) -> Verdict:
        """The verdict, or, where a person released the drop, accepted: what would stop it becomes a note."""
        if self.released is None or verdict.kind is VerdictKind.ACCEPTED:
            return verdict
        why = f"released by {self.released.by} because « {self.released.reason} »"
        return Verdict(
            VerdictKind.ACCEPTED,
            tuple(
                replace(finding, severity=Severity.NOTE, sentence=f"{finding.sentence} ({why})")
                if finding.severity is Severity.STOP
                else finding
                for finding in verdict.findings
            ),
        )


DONE = ("withdrawn", "updated", "created")
CAME = Occasion()
"""The ordinary one: a partner left the drop."""


def must_be_as_shown(dock: Dock, feed: str, occasion: Occasion, changes: Changes) -> None:
    """Raises Declined where a release or a replay would do more than was shown; what it would is shown from then on."""
    now = preview(changes, {})
    more = [name for name in DONE if now[name] > occasion.shown.get(name, now[name])]
    if not more or occasion.of is None:
        return
    number = occasion.of
    told = ", ".join(f"{now[name]:,} {name} where {occasion.shown[name]:,} were shown" for name in more)
    if occasion.released:
        dock.store.quarantine.show_anew(number, seen_before(dock, feed, changes))
        what, look, again = "releasing", f"quai quarantine show {number}", "release"
    else:
        dock.store.foretold.show(number, {name: now[name] for name in DONE}, dock.now())
        what, look, again = "replaying", f"quai replay {number} --dry-run", "replay"
    raise Declined(
        f"{what} delivery {number} ({feed}) would do more by now than was shown: {told}. What stands, or the rules, "
        f"have changed since. Nothing of it was changed. Look again ({look}), then {again} it again."
    )


def settles(dock: Dock, landed: Landed, occasion: Occasion, good: bool, whole: bool) -> Settlement:
    """Which waiting deliveries this one ends: the released one, its own bytes' earlier ones, and, where it is good and
    holds all that stands, every earlier one. A drop that came after the bytes that are run goes on waiting.
    """
    ours = occasion.released.delivery if occasion.released else None
    waiting = [held for held in dock.store.quarantine.waiting(landed.feed) if held.delivery_id != ours]
    earlier = [held for held in waiting if occasion.of is None or held.came_with <= occasion.of]
    ended = [held.delivery_id for held in earlier if (good and whole) or held.sha256 == landed.sha256]
    return Settlement(occasion.released, tuple(ended))


def superseding(feed: str, settled: Settlement) -> tuple[Finding, ...]:
    """What the ledger says of the deliveries that wait no longer."""
    if not settled.supersedes:
        return ()
    return (finding_of("supersedes_waiting", Severity.NOTE, feed=feed, deliveries=list(settled.supersedes)),)


def seen_before(dock: Dock, feed: str, changes: Changes) -> dict[str, Any]:
    """The preview that a held delivery is stored with."""
    return preview(changes, dock.store.quarantine.stood(feed, needed(changes)))
