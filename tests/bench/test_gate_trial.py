"""One feed of the gate's trial: nine sound nights, then every fault tried upon it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.gate_trial import HARM, Night, Trial
from bench.nights import FAULTS
from config.tables import load
from offers.model import VerdictKind

pytestmark = pytest.mark.nightly


@pytest.fixture(scope="module")
def nights() -> Iterator[tuple[list[Night], dict[str, Night], set[int]]]:
    """Nine sound nights, what became of each fault on the last of them, and where Great Expectations disagrees."""
    trial = Trial(7, load(), seed=3)
    sound = [trial.deliver(night, trial.world.sleep(night), "") for night in range(9)]
    rows, world, drops = trial.world.rows, trial.world, trial.drops
    faults = {kind: trial.deliver(9, make(rows, world, drops), kind, keep=False) for kind, make in FAULTS.items()}
    yield sound, faults, trial.unlike()
    trial.file.unlink()


def test_sound_nights_are_neither_stopped_nor_warned_of(nights: tuple[list[Night], dict[str, Night], set[int]]) -> None:
    assert [one for one in nights[0] if one.warned and one.verdict != VerdictKind.UNCHANGED] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_would_withdraw_or_alter_a_fifth_is_stopped(nights, fault):
    told = nights[1][fault]
    assert told.stopped or told.harm <= HARM
    assert told.warned or fault in {"truncated at 95 %", "truncated at 80 %", "encoding doubled"}  # the last is mended
    assert told.delivery not in nights[2]
