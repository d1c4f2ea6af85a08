"""What a drop that folds into few lines is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from config.tables import load
from offers.columns import SENT
from offers.feed import ColumnSource, Feed
from offers.format import Format
from story.examine import examine
from testing.drawing import SOUND

MAPPING = {name: ColumnSource.model_validate(name) for name in SENT if name in SOUND}
FEED = Feed(partner="p", name="f", title="", source=None, format=Format(kind="csv"), mapping=MAPPING)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([("A", f"Atelier {n}") for n in range(9)], [("references_fold_together", "stop")]),
        ([("A", "Atelier")] * 9, [("references_repeated", "warn")]),  # one row per seat
        ([("A", f"Atelier {n}") for n in range(3)], [("references_repeated", "warn")]),  # so few never stop a drop
        (
            [*[(f"B{n}", "Atelier") for n in range(9)], ("A", "Atelier"), ("A", "Bureau")],
            [("references_repeated", "warn")],
        ),
    ],
)
def test_a_drop_of_which_most_lines_would_be_lost_in_others_stops(tmp_path, rows, told):
    lines = [{**SOUND, "reference": reference, "title": title} for reference, title in rows]
    drop = tmp_path / "drop.csv"
    drop.write_text("\n".join([";".join(SOUND), *(";".join(line.values()) for line in lines)]), encoding="utf-8")
    found = examine(drop, drop.name, FEED, load(), date(2026, 3, 2))
    assert [(one.check, str(one.severity)) for one in found.findings if one.severity != "note"] == told


def test_a_required_column_that_no_mapping_names_is_no_matter_where_another_tells_it(tmp_path: Path) -> None:
    mapping = {name: source for name, source in MAPPING.items() if name != "postal_code"}
    feed = FEED.model_copy(update={"mapping": mapping})
    drop = tmp_path / "drop.csv"
    cells = {**SOUND, "city": "75011 Paris"}
    drop.write_text("\n".join([";".join(cells), ";".join(cells.values())]), encoding="utf-8")
    found = examine(drop, drop.name, feed, load(), date(2026, 3, 2))
    assert len(found.kept) == 1
    assert "required_column_not_mapped" not in {one.check for one in found.findings}
