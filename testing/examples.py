"""How many examples Hypothesis draws: few in `make test`, many where QUAI_TEST_PROFILE says nightly (`make test-all`).

A test without a word of its own draws what its profile says; `examples(12)` is for examples that are dear or cheap.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings

CI = 12
TIMES = {"ci": 1, "nightly": 16}
PROFILE = os.environ.get("QUAI_TEST_PROFILE", "ci")

for name, times in TIMES.items():
    settings.register_profile(
        name, max_examples=CI * times, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
settings.load_profile(PROFILE)


def examples(count: int, **more: Any) -> settings:
    """So many in `make test`, and as many times more at night as its profile says."""
    return settings(max_examples=count * TIMES[PROFILE], **more)
