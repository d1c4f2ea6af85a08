"""Where the real feeds lie: beside the repository, never in it."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def shared(name: str) -> Path:
    """The path of a file handed over beside the repository; the test skips, saying why, where it is absent."""
    path = ROOT.parent / "shared" / name
    if not path.exists():
        pytest.skip(f"shared/{name} is not beside the repository: real feeds are not ours to publish")
    return path
