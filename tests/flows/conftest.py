"""A yard per test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from yard import Yard, open_yard


@pytest.fixture
def yard(tmp_path: Path, database_url: str) -> Iterator[Yard]:
    """One invented feed on an empty warehouse."""
    with open_yard(tmp_path, database_url) as opened:
        yield opened
