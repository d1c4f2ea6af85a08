"""Great Expectations, which judges the profile: one row, one column per expectation, whatever the feed's size.

Only `validation.gate` and `validation.gate_docs` come here, and only when they have something to judge: the import
takes 2 to 3 s. Its usage statistics and its progress bars are off.
"""

from __future__ import annotations

import logging
import os
import warnings
from functools import cache
from threading import Lock
from typing import Any

import pandas as pd

from offers.model import Severity
from validation.expectation import Expectation

os.environ["GX_ANALYTICS_ENABLED"] = "False"  # read when the library is imported, so before it
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # its own, of Python's sre_constants
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_max_to_be_between import ExpectColumnMaxToBeBetween
    from great_expectations.expectations.metadata_types import FailureSeverity

GRAVITY = {
    Severity.STOP: FailureSeverity.CRITICAL,
    Severity.WARN: FailureSeverity.WARNING,
    Severity.NOTE: FailureSeverity.INFO,
}
JUDGING = Lock()
"""All batches have one name, under which its engine keeps the last: one at a time."""
logging.getLogger("great_expectations").setLevel(logging.ERROR)


def failed(expected: tuple[Expectation, ...]) -> frozenset[str]:
    """The names of the expectations that do not hold."""
    if not expected:
        return frozenset()
    with JUDGING:
        batch = _whole().get_batch({"dataframe": frame(expected)})
        result = batch.validate(suite(expected), result_format="BOOLEAN_ONLY")
    for one in result.results:
        if one.exception_info.get("raised_exception"):
            raise RuntimeError(f"Great Expectations could not judge {one.expectation_config}: {one.exception_info}")
    return frozenset(one.expectation_config.meta["check"] for one in result.results if not one.success)


@cache
def _whole() -> Any:
    """What each profile is a batch of, once per process: to set it up takes as long as to judge."""
    context = quiet(gx.get_context(mode="ephemeral"))
    asset = context.data_sources.add_pandas("profile").add_dataframe_asset("delivery")
    return asset.add_batch_definition_whole_dataframe("whole")


def quiet(context: Any) -> Any:
    """The context without usage statistics and progress bars."""
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False}
    return context


def frame(expected: tuple[Expectation, ...]) -> pd.DataFrame:
    """One row: the figure of each expectation, under its name."""
    return pd.DataFrame({one.check: [float(one.value)] for one in expected})


def suite(expected: tuple[Expectation, ...], name: str = "gate") -> Any:
    """The expectations as Great Expectations writes them; an object of its own for each judgement."""
    return gx.ExpectationSuite(
        name=name,
        expectations=[
            ExpectColumnMaxToBeBetween(
                column=one.check,
                min_value=one.at_least,
                max_value=one.at_most,
                severity=GRAVITY[one.severity],
                meta={"check": one.check},
                notes=one.sentence,
            )
            for one in expected
        ],
    )
