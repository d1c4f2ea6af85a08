"""What is wrong in a partner's TOML file, in sentences: the key as it stands there, what was seen, what is allowed.

The models find the faults; this module only puts what they found into words for the person who holds the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from offers.feed import Secret
from offers.text import listed, nearest

Key = str | int
_BARE = re.compile(r"^[A-Za-z0-9_-]+$")
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
        location = _in_file(tuple(error["loc"]), data)
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
        return unknown_key(str(location[-1]), _known_keys(model, location[:-1]))
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


def _in_file(location: tuple[Key, ...], data: object) -> tuple[Key, ...]:
    """The part of a model's path that stands in the file: names of alternatives and of dictionary keys are left out."""
    path: list[Key] = []
    for step, key in enumerate(location):
        last = step == len(location) - 1
        if isinstance(data, Mapping) and (key in data or (last and key != "[key]")):
            data = data.get(key)
        elif isinstance(data, (list, tuple)) and isinstance(key, int) and key < len(data):
            data = data[key]
        else:
            continue
        path.append(key)
    return tuple(path)


def _known_keys(model: type[BaseModel], location: tuple[Key, ...]) -> list[str]:
    chosen = _model_in(_at(model, location))
    return [field.alias or name for name, field in chosen.model_fields.items()] if chosen else []


def _at(model: type[BaseModel], location: tuple[Key, ...]) -> object:
    known: object = model
    for key in location:
        known = _below(known, key)
    return known


def _below(kind: object, key: Key) -> object:
    chosen = _model_in(kind)
    if chosen is not None and not isinstance(key, int):
        fields = {field.alias or name: field.annotation for name, field in chosen.model_fields.items()}
        return fields.get(key)
    arguments = get_args(kind)
    return arguments[1] if get_origin(kind) is dict else next(iter(arguments), None)


def _model_in(kind: object) -> type[BaseModel] | None:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind
    if get_origin(kind) in (Union, UnionType):
        return next((found for part in get_args(kind) if (found := _model_in(part))), None)
    return None
