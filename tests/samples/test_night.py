"""A night with each fault in it, rehearsed as `make night` does: a real server, a worker, and partners on loopback."""

from __future__ import annotations

import pytest

from samples.night.__main__ import main
from samples.night.partners import Fault, cast


@pytest.mark.nightly
def test_the_morning_after_names_just_the_feeds_at_fault_and_every_sum_holds(embedded_home, capsys):
    assert {one.fault for one in cast(5)} == set(Fault)
    status = main(5, embedded_home)
    said = capsys.readouterr().out.splitlines()
    assert (status, [line for line in said if line.startswith("FAILS")]) == (0, [])
    assert sum(line.startswith("holds") for line in said) > 5
