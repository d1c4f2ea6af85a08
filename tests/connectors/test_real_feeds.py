"""The real feeds, each counted a second time by a parse that shares nothing with ours."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from connectors.reading import read
from offers.feed import Limits
from offers.format import Format
from testing.shared import shared

pytestmark = pytest.mark.shared


def batch_of(path: Path, **format: str) -> pd.DataFrame:
    batch = read(path, path.name, Format.model_validate(format), Limits())
    assert len(batch.malformed) == 0
    assert batch.findings == ()
    return batch.frame


@pytest.mark.parametrize(
    ("name", "tag", "least"),
    [
        ("feeds/apec.xml", "Offre_emploi", 5),
        ("feeds/edf.xml", "offer", 3),
        ("feeds/hellowork.xml", "job", 5),
        ("feeds/jobteaser.xml", "job", 2),
        ("feeds/laposte.xml", "offre", 2),
        ("feeds/pass.rss", "item", 7),
        ("ats/successfactors.rss", "item", 1),
    ],
)
def test_each_xml_record_is_read(name: str, tag: str, least: int) -> None:
    path = shared(name)
    opened = re.findall(rf"<{tag}[\s>]", re.sub(r"(?s)<!\[CDATA\[.*?\]\]>", "", path.read_text("utf-8")))
    frame = batch_of(path, kind="xml", record=tag)
    assert len(frame) == len(opened) >= least
    assert list(frame.index) == list(range(1, len(frame) + 1))


@pytest.mark.parametrize(
    ("name", "delimiter", "least"),
    [
        ("feeds/leboncoin.csv", ",", 2),
        ("feeds/platform_extract_2025.csv", ";", 27_206),
        ("feeds/platform_corrections_2025.csv", ";", 903),
    ],
)
def test_each_csv_cell_is_read_as_it_stands(name: str, delimiter: str, least: int) -> None:
    path = shared(name)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        headers = next(reader)
        expected, line = {}, reader.line_num
        for row in reader:
            expected[line + 1] = row
            line = reader.line_num
    frame = batch_of(path, kind="csv")
    assert list(frame.columns) == headers
    assert len(frame) == least
    assert dict(zip(frame.index, frame.fillna("").to_numpy().tolist(), strict=True)) == expected


@pytest.mark.parametrize(
    ("name", "path", "inside"),
    [
        ("greenhouse", "jobs", lambda document: document["jobs"]),
        ("lever", "", lambda document: document),
        ("recruitee", "offers", lambda document: document["offers"]),
        ("smartrecruiters", "content", lambda document: document["content"]),
        ("talentsoft_front", "", lambda document: document),
        ("workday", "jobPostings", lambda document: document["jobPostings"]),
        ("workday_page", "jobPostings", lambda document: document["jobPostings"]),
        ("workday_detail", "jobPostingInfo", lambda document: [document["jobPostingInfo"]]),
    ],
)
def test_each_json_record_is_read(name: str, path: str, inside: Callable[[Any], list[dict[str, Any]]]) -> None:
    file = shared(f"ats/{name}.json")
    expected = inside(json.loads(file.read_text("utf-8")))
    frame = batch_of(file, kind="json", records=path)
    assert len(frame) == len(expected) > 0
    for key in (key for key, value in expected[0].items() if isinstance(value, str) and value):
        assert list(frame[key].fillna("")) == [record.get(key) or "" for record in expected]
