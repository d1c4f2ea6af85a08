"""Writes the drops of the three invented partners: `python samples/make_samples.py FOLDER`.

They are the same, byte for byte, on every day of a school year.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from samples import bellerive, orme, rivoire
from samples.manifest import Planted

Build = Callable[[str, date], tuple[str, bytes, list[Planted]]]
PARTNERS: dict[str, Build] = {"bellerive": bellerive.build, "rivoire": rivoire.build, "orme": orme.build}


def write_drop(partner: str, folder: Path, stage: str, today: date) -> Path:
    """Write one partner's drop into a folder, made where it is missing; gives its path.

    `stage` is `first`, or for Bellerive `corrected` or `truncated`; weeks and expiry are those of the school year
    that `today` belongs to. Raises ValueError for another stage.
    """
    if stage not in ("first", "corrected", "truncated") or (stage != "first" and partner != "bellerive"):
        raise ValueError(f"{partner} has no stage « {stage} »: only Bellerive has corrected and truncated beside first")
    name, data, _ = PARTNERS[partner](stage, today)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data)
    return path


def planted(partner: str, stage: str, today: date) -> list[Planted]:
    """What is to become of each odd line of that drop; every other line is taken as it is."""
    return PARTNERS[partner](stage, today)[2]


if __name__ == "__main__":
    for each in PARTNERS:
        print(write_drop(each, Path(sys.argv[1]) / each, "first", date.today()))
