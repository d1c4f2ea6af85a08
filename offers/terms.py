"""What matching needs to know of a feed: whose word it is, and what its repeated rows are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Trust = Literal["employer", "ats", "multiposter", "aggregator"]
"""Who speaks in a feed, the most trusted first: the employer, its recruitment system, whoever it pays to post its
offers, or whoever lists what it found."""
Repeated = Literal["sum_seats", "keep_first", "keep"]
"""What rows of one feed are that are copies or nearly: one offer with their seats summed (one row per seat), one offer
with the seats of one, or each an offer of its own."""


@dataclass(frozen=True)
class Terms:
    """The two keys of a partner's file that matching goes by."""

    trust: Trust = "employer"
    repeated: Repeated = "sum_seats"


EMPLOYERS = Terms()
"""An employer's own feed that says nothing else."""
