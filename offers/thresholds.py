"""What a feed may bring at most, and what the gate expects of its deliveries: the keys of `[feeds.….limits]`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from offers.strict import Strict


def _off(value: Any) -> Any:
    return None if value is False else value


Threshold = Annotated[Annotated[float, Field(ge=0)] | None, BeforeValidator(_off)]
"""A bound of the gate; `false` in the TOML, which has no null, takes it away."""


class Limits(Strict):
    """What a feed may bring at most (`bytes` unpacked, `rows`), and what the gate expects of each delivery.

    `memory` (bytes) and `seconds` (of a processor, for each 25 MB that came or part of them) bound the process that
    reads a large drop. `tries`: how often a drop is tried that breaks Quai or its reader, before it is set aside.

    Shares are of the records that stand, unless said otherwise; docs/gate.md says how each default was chosen.
    `withdrawn_share` and `updated_share` stop a drop that would withdraw or alter more, `kept_floor` one that holds
    less than this part of the median of the last seven, `rejected_rise` and `ignored_fall` one whose share of refused
    lines rose, or of ignored lines fell, by more than this since the worst of them. Changes of up to `few` records
    do not stop, unless more than 30 % would be withdrawn. The others warn: more is withdrawn than `withdrawn_rise`
    times the most so far, the drop grew
    (`kept_ceiling`, `seats_change`, as factors; `created_share`), repeats more (`repeated_rise`), a column is
    suddenly empty or uniform or of other length (`null_rise`, `distinct_fall`, `length_change`), sectors,
    départements or weeks are others (`mix_shift`), or the newest date went back (`newest_back`, days); and what creeps:
    so much less than the best of thirty days is held (`erosion`), or all that stands was as good as rewritten in them
    (`rewritten`, the sum of the shares that changed). Only
    `withdrawn_share` counts from the first delivery; the others from the fourth.
    """

    bytes: int = Field(default=500_000_000, ge=1)
    rows: int = Field(default=600_000, ge=1)
    memory: int = Field(default=1_500_000_000, ge=1)
    seconds: int = Field(default=10, ge=1)
    tries: int = Field(default=3, ge=1)
    withdrawn_share: float = Field(default=0.20, ge=0, le=1)
    few: int = Field(default=3, ge=0)
    withdrawn_rise: Threshold = 3.0
    updated_share: Threshold = 0.20
    kept_floor: Threshold = 0.70
    rejected_rise: Threshold = 0.20
    ignored_fall: Threshold = 0.30
    kept_ceiling: Threshold = 1.8
    created_share: Threshold = 0.70
    repeated_rise: Threshold = 0.05
    null_rise: Threshold = 0.30
    distinct_fall: Threshold = 0.50
    length_change: Threshold = 2.0
    mix_shift: Threshold = 0.25
    seats_change: Threshold = 2.0
    newest_back: Threshold = 14.0
    erosion: Threshold = 0.40
    rewritten: Threshold = 1.0
