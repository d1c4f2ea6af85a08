"""What broke is tried anew, a few times, further and further apart; what will not change by itself is not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from offers.errors import Unreachable

T = TypeVar("T")
ATTEMPTS = 3
_BACK_OFF = 2.0
"""Seconds before the second attempt; four times as many before each further one."""
_log = logging.getLogger(__name__)


class NotNow(Unreachable):
    """Another attempt in this run will not help, the next run may: our disk is full, a file is still being written."""


def attempted(do: Callable[[], T], wait: Callable[[float], None], between: Callable[[], None] = lambda: None) -> T:
    """What `do` gives; tried up to three times while it raises Unreachable, with `between` called after each fault."""
    for attempt in range(ATTEMPTS):
        if attempt:
            wait(_BACK_OFF * 4 ** (attempt - 1))
        try:
            return do()
        except NotNow:
            raise
        except Unreachable as fault:
            between()
            last = fault
            _log.warning("attempt %d of %d: %s", attempt + 1, ATTEMPTS, fault)
    raise last
