"""What is wrong in a partner's TOML file, in sentences: the key as it stands there, what was seen, what is allowed.

The models find the faults; this module only puts what they found into words for the person who holds the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from offers.feed import Secret
from offers.text import listed, nearest, plain

Key = str | int
_BARE = re.compile(r"^[A-Za-z0-9_-]+$")
_SECTOR = re.compile(r"^s([1-9]|[1-4][0-9]|5[01])$")
_WATCHED = ("folder", "sftp", "bucket")
_MUST_BE = {
    "string_type": 'must be text, written between quotes ("…")',
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false, without quotes",
    "bool_parsing": "must be true or false, without quotes",
    "tuple_type": 'must be a list, e.g. ["siret", "permalink"]',
    "list_type": 'must be a list, e.g. ["siret", "permalink"]',
    "dict_type": "must be a table, [like.this] with keys below it",
    "model_type": "must be a table, [like.this] with keys below it",
    "path_type": 'must be a path, written between quotes ("…")',
}
_BOUNDS = {
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "greater_than": "must be more than {gt}",
    "less_than": "must be less than {lt}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must name at least {min_length}",
    "string_pattern_mismatch": "must look like {pattern}",
}


def sentences(fault: ValidationError, model: type[BaseModel], data: object, at: tuple[Key, ...]) -> Iterator[str]:
    """One sentence per fault: `data` is the table that was validated as `model`, `at` where it stands in the file."""
    for error in fault.errors(include_url=False):
        # The part of a model's path that stands in the file, without names of alternatives and of dictionary keys.
        path, here, steps = list[Key](), data, tuple[Key, ...](error["loc"])
        for step, key in enumerate(steps):
            if isinstance(here, Mapping) and (key in here or (step == len(steps) - 1 and key != "[key]")):
                here = here.get(key)
            elif isinstance(here, (list, tuple)) and isinstance(key, int) and key < len(here):
                here = here[key]
            else:
                continue
            path.append(key)
        location = tuple(path)
        if _model_in(_at(model, location)) is Secret and error["type"] != "value_error":
            yield f'{dotted(at + location)} must name its secret, never hold it: {{ env = "NAME_OF_A_VARIABLE" }}'
            continue
        yield f"{dotted(at + location)} {_said(error['type'], error, model, location)}"


def dotted(path: tuple[Key, ...]) -> str:
    """A key path as in the TOML: `feeds.offres.lookups.sector."Ind agro"`; lists count from 1, `filter[1]`."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key + 1}]"
        else:
            text += ("." if text else "") + (key if _BARE.match(key) else f'"{key}"')
    return text


def unknown_key(key: str, known: list[str]) -> str:
    """What to say of a key that nobody knows."""
    near = nearest(key, known)
    return f"is not a known key; did you mean `{near}`?" if near else f"is not a known key; known here: {listed(known)}"


def _said(kind: str, error: Mapping[str, Any], model: type[BaseModel], location: tuple[Key, ...]) -> str:
    seen, context = error["input"], error.get("ctx", {})
    if kind == "extra_forbidden":
        chosen = _model_in(_at(model, location[:-1]))
        return unknown_key(str(location[-1]), [*_fields(chosen)] if chosen else [])
    if kind == "missing":
        return "is missing, and is needed"
    if kind == "value_error":
        return f"{context['error']}"
    if kind in ("literal_error", "enum"):
        words = re.findall(r"'([^']*)'", str(context["expected"]))
        near = nearest(str(seen), words)
        return f"is {_shown(seen)}; allowed: {', '.join(words)}" + (f"; did you mean `{near}`?" if near else "")
    if kind in _BOUNDS:
        return f"is {_shown(seen)} and {_BOUNDS[kind].format(**context)}"
    if kind in _MUST_BE:
        return f"is {_shown(seen)} and {_MUST_BE[kind]}"
    words_of_model = str(error["msg"])
    return f"is {_shown(seen)}: {words_of_model[:1].lower()}{words_of_model[1:]}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = str(value)
    return f"« {text if len(text) <= 60 else text[:59] + '…'} »"


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _at(model: type[BaseModel], location: tuple[Key, ...]) -> object:
    """What a key path leads to in a model: a model, or a type."""
    known: object = model
    for key in location:
        chosen = _model_in(known)
        if chosen is not None and not isinstance(key, int):
            known = _fields(chosen).get(key)
        else:
            arguments = get_args(known)
            known = arguments[1] if get_origin(known) is dict else next(iter(arguments), None)
    return known


def _model_in(kind: object) -> type[BaseModel] | None:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if get_origin(kind) in (Union, UnionType):
        return next((found for part in get_args(kind) if (found := _model_in(part))), None)
    return None


def contradictions(keys: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """What no single key shows: a column filled twice, a lookup with two answers, a watch where nothing can be seen."""
    source = keys.get("source")
    kind = source.get("kind") if isinstance(source, dict) else None
    if "every" in keys and kind not in _WATCHED:
        yield ("every",), f"asks for looks, and only {listed(_WATCHED)} show what waits; give a `schedule` instead"
    if isinstance(schedule := keys.get("schedule"), str):
        yield from _no_cron(schedule)
    tables = {name: keys.get(name) for name in ("mapping", "constants", "lookups")}
    mapping, constants, lookups = (value if isinstance(value, dict) else {} for value in tables.values())
    for column in constants:
        if column in mapping:
            yield ("constants", column), f"is also mapped (mapping.{column}); keep one of the two"
    for column, words in lookups.items():
        if column not in mapping and column not in constants:
            yield ("lookups", column), "translates a column that is neither mapped nor constant"
        if isinstance(words, dict):
            yield from _lookup_faults(column, words)


def _no_cron(said: str) -> Iterator[tuple[tuple[str, ...], str]]:
    from cronsim import CronSim, CronSimError  # here, for a file without a schedule need not load it

    expected = 'expected are five fields, minute, hour, day, month, weekday, e.g. "10 2 * * *"'
    if len(said.split()) != 5:
        yield ("schedule",), f"is « {said} », which has {len(said.split())} fields; {expected}"
        return
    try:
        next(CronSim(said, datetime(2026, 1, 1)))
    except (CronSimError, StopIteration) as fault:
        yield ("schedule",), f"is « {said} », a cron that never comes ({fault}); {expected}"


def _lookup_faults(column: str, words: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    seen: dict[str, tuple[str, Any]] = {}
    for word, ours in words.items():
        at = ("lookups", column, word)
        other, answer = seen.setdefault(plain(word), (word, ours))
        if answer != ours:
            yield at, f"says « {ours} » where « {other} », the same word but for case and accents, says « {answer} »"
        if column == "sector" and isinstance(ours, str) and not _SECTOR.match(ours):
            yield at, f"is « {ours} », which is no sector; allowed: s1 to s51 (config/reference/sectors.csv)"
