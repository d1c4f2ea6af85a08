"""A night with each fault in it, rehearsed with a real Prefect server, a worker and partners' servers on loopback."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flows.dock import open_dock
from offers.calendar import PARIS
from samples.night.checks import checks
from samples.night.partners import Fault, cast
from samples.night.rehearsal import evening_before, server, the_night
from samples.night.sides import sides


def test_the_morning_after_names_just_the_feeds_at_fault_and_every_sum_holds(embedded_home: Path) -> None:
    partners = cast(5)
    assert {one.fault for one in partners} == set(Fault)
    with sides(embedded_home, partners) as there, server(embedded_home, there.secrets) as settings:
        there.write_tomls(settings.partners, datetime.now(PARIS))
        evening_before(there, settings)
        runs = the_night(there, settings)
        with open_dock(settings) as dock:
            found = checks(dock, partners, runs)
    assert [(one.what, one.expected, one.seen) for one in found if not one.holds] == []
    assert len(found) > 5
