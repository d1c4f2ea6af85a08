"""Great Expectations' own look at the deliveries of the last days: a suite per feed, its results and its Data Docs.

The suite is built from the gate's table, and validated over a frame of the feed's profiles: a row per delivery, and for
each expectation a column of figures and one of the bounds that the history of that delivery gave. It needs the library,
whose import takes seconds, and so never runs while a drop waits. Its usage statistics and progress bars are off.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from offers.feed import Limits
from offers.model import Severity
from validation.gate.case import Expectation
from validation.gate.night import Judged, Unmet, bound_of, frame, keep, key
from validation.gate.table import TABLE

os.environ["GX_ANALYTICS_ENABLED"] = "False"  # read when the library is imported, so before it
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # its own, of Python's sre_constants
    import great_expectations as gx
    from great_expectations.expectations.core.expect_column_pair_values_a_to_be_greater_than_b import (
        ExpectColumnPairValuesAToBeGreaterThanB,
    )
    from great_expectations.expectations.metadata_types import FailureSeverity

GRAVITY = {
    Severity.STOP: FailureSeverity.CRITICAL,
    Severity.WARN: FailureSeverity.WARNING,
    Severity.NOTE: FailureSeverity.INFO,
}
STORED = Path("gx/uncommitted")
logging.getLogger("great_expectations").setLevel(logging.ERROR)


def suite(feed: str, limits: Limits) -> Any:
    """What is expected of each delivery of a feed, as Great Expectations writes it; without what the feed took away."""
    rows = [row for row in TABLE if not row.limit or getattr(limits, row.limit) is not None]
    return gx.ExpectationSuite(name=feed, expectations=[_written(row) for row in rows])


def _written(row: Expectation) -> Any:
    high, low = (key(row), bound_of(row)) if row.at_least else (bound_of(row), key(row))
    return ExpectColumnPairValuesAToBeGreaterThanB(
        column_A=high,
        column_B=low,
        or_equal=True,
        ignore_row_if="either_value_is_missing",
        severity=GRAVITY[row.severity],
        meta={"check": row.name, "severity": row.severity.value},
        notes=f"Fires when: {row.fires}.",
    )


def build(folder: Path, judged: Sequence[Judged]) -> list[Unmet]:
    """Validate these deliveries, feed by feed; pages and `results/` are written into `folder`, in place of what was.

    The folder is swapped at the end, so that a reader sees the old pages or the new ones, never half of them; what is
    not asked for again is gone, so that nothing grows with the years.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".data_docs_") as scratch:
        context = quiet(gx.get_context(mode="file", project_root_dir=scratch))
        by_feed = groupby(sorted(judged, key=_feed), key=_feed)
        unmet = [one for feed, several in by_feed for one in validate(context, feed, list(several))]
        context.build_data_docs()
        stored, old = Path(scratch) / STORED, Path(scratch) / "old"
        pages = stored / "data_docs" / "local_site"
        shutil.move(stored / "validations", pages / "results")
        keep(pages, judged, unmet)
        if folder.exists():
            folder.rename(old)
        shutil.move(pages, folder)
    return unmet


def validate(context: Any, feed: str, judged: Sequence[Judged]) -> list[Unmet]:
    """What Great Expectations finds that the deliveries of one feed (oldest first) do not meet."""
    name = feed.replace("/", "-")
    asset = context.data_sources.add_pandas(name).add_dataframe_asset("profiles")
    batch = asset.add_batch_definition_whole_dataframe("deliveries")
    expected = context.suites.add(suite(name, judged[-1].case.limits))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=expected))
    found = {one.delivery: one.found for one in judged}
    run = gx.RunIdentifier(run_name=f"deliveries {', '.join(map(str, found))}", run_time=judged[-1].at)
    shape = {"result_format": "COMPLETE", "unexpected_index_column_names": ["delivery"]}
    result = definition.run(batch_parameters={"dataframe": frame(judged)}, run_id=run, result_format=shape)
    unmet: list[Unmet] = []
    for one in result.results:
        if one.exception_info.get("raised_exception"):
            raise RuntimeError(f"Great Expectations could not judge {one.expectation_config}: {one.exception_info}")
        check = one.expectation_config.meta["check"]
        numbers = [int(row["delivery"]) for row in one.result.get("unexpected_index_list") or ()]
        unmet += [Unmet(feed, number, check, check in found[number]) for number in numbers]
    return sorted(unmet)


def quiet(context: Any) -> Any:
    """The context without usage statistics and progress bars."""
    context.enable_analytics(False)
    context.variables.progress_bars = {"globally": False}
    return context


def _feed(judged: Judged) -> str:
    return judged.case.profile.feed
