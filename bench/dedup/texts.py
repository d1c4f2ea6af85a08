"""Titles and descriptions of posts, of the phrases in texts.toml: drawn by hashing ids, never stored.

A post is one service of one template: the text that all its sites share.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
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


LONGEST = 11
"""Sentences; with some 16 words each this ends near the 200 words that such offers reach."""
NAMES = tuple(KINDS)
NONE = -1


def describe(posts: pd.DataFrame, seed: int) -> Any:
    """One text per post, large strings; `{city}` may be left in it for the site to fill.

    `posts`: template, network, service, sector (integers), small and public (booleans), brand (text).
    """
    layout = _layout(posts, seed)
    spaces = taken([" ", " ", " ", "\n", "\n\n"], drawn(5, seed, "space", posts["template"].to_numpy()))
    text = _sentences(posts, layout[:, 0], 0, seed)
    for slot in range(1, LONGEST):
        there = layout[:, slot] != NONE
        sentence = _sentences(posts, layout[:, slot], slot, seed)
        text = pc.if_else(pa.array(there), joined(text, spaces, sentence), text)
    sites = taken([tables()["sectors"][key]["site"] for key in sectors()], posts["sector"].to_numpy())
    return filled(filled(text, "{site}", sites), "{brand}", pa.array(posts["brand"], pa.large_string()))


def entitle(posts: pd.DataFrame, seed: int) -> Any:
    """One title per post; `{city}` may be left in it. `posts` as above, and generic: it does not name its service."""
    patterns = tables()["titles"]
    template = posts["template"].to_numpy()
    named = taken(patterns["patterns"], drawn(len(patterns["patterns"]), seed, "title", template))
    plain = taken(patterns["generic"], drawn(len(patterns["generic"]), seed, "plain", template))
    title = pc.if_else(pa.array(posts["generic"].to_numpy(bool)), plain, named)
    known, service = tables()["services"], posts["service"].to_numpy()
    title = filled(title, "{service}", taken(services(), service))
    title = filled(title, "{of}", taken([known[name]["of"] for name in services()], service))
    sites = taken([tables()["sectors"][key]["site"] for key in sectors()], posts["sector"].to_numpy())
    title = filled(title, "{site}", sites)
    title = filled(title, "{brand}", pa.array(posts["brand"], pa.large_string()))
    return joined(pc.utf8_upper(pc.utf8_slice_codeunits(title, 0, 1)), pc.utf8_slice_codeunits(title, 1))


def filled(text: Any, mark: str, words: Any) -> Any:
    """`text` with every `mark` replaced by the same row's word."""
    marked: Any = pc.match_substring(text, mark)
    if not pc.any(marked).as_py():
        return text
    rows = zip(text.filter(marked).to_pylist(), words.filter(marked).to_pylist(), strict=True)
    return pc.replace_with_mask(
        text, marked, pa.array([one.replace(mark, word) for one, word in rows], pa.large_string())
    )


def _layout(posts: pd.DataFrame, seed: int) -> np.ndarray:
    """Posts x LONGEST: the kind of each sentence as a position in NAMES, NONE where the text has ended."""
    template = posts["template"].to_numpy()
    small, public = posts["small"].to_numpy(bool), posts["public"].to_numpy(bool)
    length = np.where(small, 2 + drawn(6, seed, "short", template), 4 + drawn(LONGEST - 3, seed, "long", template))
    layout = np.full((len(posts), LONGEST), NONE)
    free = np.array([NAMES.index(name) for name in FREE])
    order = np.argsort([hashed(seed, f"kind{at}", template) for at in range(len(free))], axis=0, kind="stable")
    layout[:, 2 : 2 + len(free)] = free[order.T]
    boiler = NAMES.index("boilerplate")
    first = (chance(seed, "first", template) < np.where(small, 0.15, 0.45)) & ~public
    layout[:, 0] = np.where(first, boiler, NAMES.index("open"))
    layout[:, 1] = NAMES.index("mission")
    last = (chance(seed, "last", template) < np.where(small, 0.05, 0.4)) & ~public & (length > 3)
    layout[np.arange(len(posts)), length - 1] = np.where(last, boiler, layout[np.arange(len(posts)), length - 1])
    layout[np.arange(LONGEST) >= length[:, None]] = NONE
    return layout


def _sentences(posts: pd.DataFrame, kinds: np.ndarray, slot: int, seed: int) -> Any:
    """The sentence of this slot of each post; empty where there is none."""
    pieces: list[Any] = []
    order: list[np.ndarray] = []
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        order.append(rows)
        pieces.append(pa.array([""] * len(rows), pa.large_string()) if kind == NONE else
                      _of_kind(posts.iloc[rows], NAMES[kind], slot, seed))  # fmt: skip
    back = np.empty(len(posts), dtype="int64")
    back[np.concatenate(order)] = np.arange(len(posts))
    whole: Any = pa.concat_arrays(pieces)
    return whole.take(pa.array(back))


def _of_kind(posts: pd.DataFrame, kind: str, slot: int, seed: int) -> Any:
    template, service = posts["template"].to_numpy(), posts["service"].to_numpy()
    keys = [posts["network"].to_numpy()] if kind == "boilerplate" else [template]
    keys += [service] if kind in OF_SERVICE else []
    voice = drawn(3, seed, "voice", template)
    parts: list[Any] = []
    for place, name in enumerate(KINDS[kind]):
        # An employer's boilerplate does not depend on where it stands; only its head and its tail differ.
        where = min(slot, 1) if kind == "boilerplate" else slot
        parts += _phrase(name, place, service, voice, (seed, f"{kind[:3]}{where}", keys))
    return joined(*parts)


def _phrase(
    name: str, place: int, service: np.ndarray, voice: np.ndarray, draw: tuple[int, str, list[np.ndarray]]
) -> list[Any]:
    seed, salt, keys = draw[0], f"{draw[1]}.{place}", draw[2]
    if not name.startswith("@"):
        words = tables()["sentences"][name]
        return [taken(words, drawn(len(words), seed, salt, *keys))]
    if name in ("@verbs", "@meets", "@presents"):
        forms = tables()["voices"][name[1:]]
        chosen = drawn(len(forms), seed, salt, *keys)
        return [taken([form for verb in forms for form in verb], chosen * 3 + voice), " "][: 1 + (name != "@presents")]
    if name == "@subject":
        return [taken(tables()["voices"]["subject"], voice), " "]
    if name in ("@brand", "@dot"):
        return ["{brand} "] if name == "@brand" else ["."]
    words, first, count = _of_services("jobs" if name == "@jobs" else "tasks")
    # The draw does not depend on the place, so that no task stands in one sentence twice.
    at = first[service] + (drawn(1 << 20, seed, draw[1], *keys) + place) % count[service]
    return ["\n- "] * (name == "@item") + [taken(words, at)]


def _of_services(what: str) -> tuple[list[str], np.ndarray, np.ndarray]:
    """All services' tasks or jobs one after the other, where each service's begin, and how many they are."""
    lists = [tables()["services"][name][what] for name in services()]
    count = np.array([len(words) for words in lists])
    return [word for words in lists for word in words], np.cumsum(count) - count, count
