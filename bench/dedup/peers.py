"""Three other ways to find the same offers, on the same records: each gives one label per record, and its seconds."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench import kit
from bench.dedup.lba import labels as lba_labels

HOME = kit.HOME / "dedup"
SAME = ["employer_name", "title", "description", "insee_code", "weeks", "siret", "street"]
TEXTS = ["siret", "insee_code", "weeks", "city", "title", "description", "employer_name", "street"]


@dataclass(frozen=True)
class Found:
    """A peer's answer: `label` is one int per record, equal for what it holds to be one offer. Wall seconds."""

    name: str
    label: np.ndarray
    seconds: float


def exact(records: pd.DataFrame) -> Found:
    """Records are one offer where all of SAME are equal, missing counting as a value."""
    return _timed("exact hash", lambda: records.groupby(SAME, dropna=False, sort=False).ngroup().to_numpy())


def lba(records: pd.DataFrame) -> Found:
    """La bonne alternance's rule as published: pairs of two feeds only (see lba.py)."""
    return _timed("LBA's rule", lambda: lba_labels(records))


def lba_within(records: pd.DataFrame) -> Found:
    """The same rule let loose within a feed, too, where it finds rows per seat and resent offers."""
    return _timed("LBA's rule, within feeds too", lambda: lba_labels(records, within=True))


def _timed(name: str, run: Callable[[], np.ndarray]) -> Found:
    start = time.perf_counter()
    label = run()
    return Found(name, label, time.perf_counter() - start)


def splink(records: pd.DataFrame, tuning: Callable[[], pd.DataFrame]) -> Found:
    """Splink 5 on DuckDB; `tuning` gives the labelled records that its model is made from, once.

    The seconds are those of its own process, from its reading of a file to its labels; making the model is not counted.
    """
    model = HOME / f"splink-model-{_digest()}.json"
    if not model.exists():
        print("Splink's model:", _run("train", _file(tuning(), "train.parquet", [*TEXTS, "truth"]), model))
    file, labels = _file(records, "records.parquet", TEXTS), HOME / "labels.parquet"
    said = _run("predict", file, model, labels)
    file.unlink()
    label = pd.read_parquet(labels).sort_values("unique_id")["label"].to_numpy("int64")
    return Found("Splink 5", label, float(said["seconds"]))


def _digest() -> str:
    """Of this folder, so that a model made from other records, or otherwise, is not used again."""
    files = sorted(path for path in Path(__file__).parent.iterdir() if path.suffix in (".py", ".toml"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _file(records: pd.DataFrame, name: str, columns: list[str]) -> Path:
    HOME.mkdir(parents=True, exist_ok=True)
    records[columns].rename_axis("unique_id").reset_index().to_parquet(HOME / name, compression="lz4")
    return HOME / name


def _run(*arguments: str | Path) -> dict[str, Any]:
    python = kit.environment(kit.HOME / "scale", "requirements-scale.lock")
    done = kit.run(python, Path(__file__).with_name("splink_peer.py"), *arguments)
    said: dict[str, Any] = json.loads(done.said.strip().splitlines()[-1])
    return said
