"""The phrase tables of texts.toml, and how phrases make a sentence. Texts are drawn by hashing ids, never stored."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as arrow_compute

pc: Any = arrow_compute  # the published stubs do not know all of it

KINDS: dict[str, tuple[str, ...]] = {
    "open": ("open_who", "open_what", "open_end"),
    "mission": ("lead", "@subject", "@verbs", "@task", "also", "@task", "how"),
    "short_mission": ("lead", "@subject", "@verbs", "@task", "how"),
    "meet": ("lead", "@subject", "@meets", "@jobs", "how"),
    "tutor": ("tutor_who", "tutor_what", "tutor_end"),
    "safety": ("safety_who", "safety_what", "safety_end"),
    "time": ("time_who", "time_what", "time_end"),
    "close": ("close_when", "@subject", "@presents", "close_what", "close_end"),
    "asks": ("asks_who", "asks_what", "asks_end"),
    "place": ("place_who", "place_what", "place_end"),
    "list": ("list_head", "@item", "@item", "@item", "@dot"),
    "boilerplate": ("@brand", "boiler_what", "boiler_mid", "boiler_end"),
}
"""Each kind of sentence: the lists of texts.toml whose phrases make it; `@` marks what depends on more than a draw."""
OF_SERVICE = ("mission", "short_mission", "meet", "list")
"""What sibling services of one template do not share; the rest of the text is the same."""
FREE = ("meet", "tutor", "safety", "time", "close", "asks", "place", "list", "short_mission")


@cache
def tables() -> dict[str, Any]:
    """All of texts.toml."""
    with (Path(__file__).parent / "texts.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def services() -> tuple[str, ...]:
    """Every service's title word; elsewhere a service is a position in this."""
    return tuple(tables()["services"])


@cache
def sectors() -> tuple[str, ...]:
    """Every sector's key; elsewhere a sector is a position in this."""
    return tuple(tables()["sectors"])


@cache
def services_of(sector: int) -> np.ndarray:
    """The services that a sector knows, as positions."""
    known = {name: at for at, name in enumerate(services())}
    return np.array([known[name] for name in tables()["sectors"][sectors()[sector]]["services"]])


def drawn(size: int, seed: int, salt: str, *keys: np.ndarray) -> np.ndarray:
    """For each row of `keys` (integers) a number below `size`, the same for the same seed, salt and keys."""
    return (hashed(seed, salt, *keys) % np.uint64(size)).astype("int64")


def chance(seed: int, salt: str, *keys: np.ndarray) -> np.ndarray:
    """The same as a number in [0, 1)."""
    return (hashed(seed, salt, *keys) >> np.uint64(11)).astype("float64") / 2.0**53


def hashed(seed: int, salt: str, *keys: np.ndarray) -> np.ndarray:
    """64 well-mixed bits per row (splitmix64), so that a text needs no state but the ids it belongs to."""
    state = np.full(len(keys[0]), seed, dtype="uint64")
    for key in (np.uint64(int.from_bytes(salt.encode()[:8], "little")), *keys):
        state = state + np.asarray(key).astype("uint64") + np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state = state ^ (state >> np.uint64(31))
    return state


def taken(words: list[str] | tuple[str, ...], at: np.ndarray) -> Any:
    """One word per row, as an Arrow array of large strings."""
    return pa.array(words, pa.large_string()).take(pa.array(at))


def joined(*parts: Any) -> Any:
    """The parts of each row one after the other; a part is an array or a text."""
    whole = [pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*whole, pa.scalar("", pa.large_string()))
