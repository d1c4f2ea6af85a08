"""Data Docs: Great Expectations' own pages on what was expected of each delivery and what came. Never on the hot path.

They are built anew from stored profiles each time, so that nothing grows with the years: what is not asked for again is
gone.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from validation.expectation import Case
from validation.gate import expectations

SITE = Path("gx/uncommitted/data_docs/local_site")


@dataclass(frozen=True)
class Judged:
    """One delivery as it was judged: its number, when, and the case with the history it had then."""

    delivery: int
    at: datetime
    case: Case


def build(folder: Path, judged: Sequence[Judged]) -> Path:
    """Write the pages of these deliveries into `folder`, in place of what was there; gives their index.

    The folder is swapped at the end, so that a reader sees the old pages or the new ones, never half of them.
    """
    import great_expectations as gx  # seconds, and only here

    from validation.gate_gx import quiet

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".data_docs_") as scratch:
        context = quiet(gx.get_context(mode="file", project_root_dir=scratch))
        asset = context.data_sources.add_pandas("profiles").add_dataframe_asset("delivery")
        batch = asset.add_batch_definition_whole_dataframe("whole")
        for one in judged:
            _validate(context, batch, one)
        context.build_data_docs()
        old = Path(scratch) / "old"
        if folder.exists():
            folder.rename(old)
        shutil.move(Path(scratch) / SITE, folder)
    return folder / "index.html"


def _validate(context: Any, batch: Any, one: Judged) -> None:
    import great_expectations as gx

    from validation.gate_gx import frame, suite

    expected = expectations(one.case)
    name = f"{one.case.profile.feed.replace('/', '-')} {one.delivery}"
    asked = context.suites.add(suite(expected, name))
    definition = context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=asked))
    run = gx.RunIdentifier(run_name=f"delivery {one.delivery}", run_time=one.at)
    definition.run(batch_parameters={"dataframe": frame(expected)}, run_id=run)
