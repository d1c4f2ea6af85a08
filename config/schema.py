"""A JSON Schema of a partner's file, made of the models that read it, so that an editor completes and underlines.

What an editor cannot see (two feeds on one inbox, a column filled twice, a preset's blanks) `quai partners check` says.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from config.partners import FILLED_HERE, Kinds
from config.presets import names
from offers.columns import BY_NAME, SENT
from offers.feed import ColumnSource, Feed
from offers.format import Format

_TEXT: dict[str, Any] = {"type": "string"}
_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXT, "minItems": 1}
_SPAN = {**_TEXT, "pattern": r"^(\d+ ?[mhd]|P.*)$"}


class _Lenient(GenerateJsonSchema):
    """Where a model takes a short form before it looks (one text for a list, `2h` for a span), so does the schema."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        """The schema of what is looked at, or of its short form."""
        inner = super().function_before_schema(schema)
        if inner.get("format") == "duration":
            return dict(_SPAN)
        if {"type": "null"} in inner.get("anyOf", ()):  # TOML has no null: `false` takes a bound away
            return {**inner, "anyOf": [*inner["anyOf"], {"const": False}]}
        return {"anyOf": [_TEXT, inner]} if inner.get("type") == "array" else inner


def partner_schema(kinds: Kinds) -> dict[str, Any]:
    """The schema (draft 2020-12) of `<partner>.toml`; `kinds` gives the settings of each word of `source.kind`."""
    models: tuple[type[BaseModel], ...] = (Feed, Format, ColumnSource, *kinds.values())
    made, whole = models_json_schema([(model, "validation") for model in models], schema_generator=_Lenient)
    refs = {model: made[(model, "validation")] for model in models}
    defs: dict[str, Any] = whole["$defs"]
    of = {model: defs[ref["$ref"].rpartition("/")[2]] for model, ref in refs.items()}
    of[Format].pop("required", None)  # what a preset says already
    of[ColumnSource]["properties"]["from"] = {"anyOf": [_TEXT, _TEXTS]}
    # The keys of a feed as a person writes them: without those that its place tells, with those of a preset.
    keys = {key: value for key, value in of[Feed]["properties"].items() if key not in FILLED_HERE}
    column = {"anyOf": [_TEXT, _TEXTS, refs[ColumnSource]]}
    values = {"mapping": column, "constants": _TEXT, "lookups": {"type": "object", "additionalProperties": _TEXT}}
    for key, value in values.items():
        described = {name: {**value, "description": BY_NAME[name].meaning_en} for name in SENT}
        keys[key] = {"type": "object", "properties": described, "additionalProperties": False}
    # The keys of one kind, by its word; without a word, those that are laid over a preset's.
    chosen = [
        {
            "if": {"properties": {"kind": {"const": word}}, "required": ["kind"]},
            "then": {**of[model], "properties": {**of[model]["properties"], "kind": {"const": word}}},
        }
        for word, model in kinds.items()
    ]
    keys["source"] = {"type": "object", "properties": {"kind": {"enum": sorted(kinds)}}, "allOf": chosen}
    preset = {**_TEXT, "enum": names(), "description": "A preset of config/presets that this feed extends."}
    of[Feed]["properties"] = {"extends": preset, "with": {"type": "object", "additionalProperties": _TEXT}, **keys}
    of[Feed].pop("required")
    of[Feed]["anyOf"] = [{"required": ["extends"]}, {"required": ["source", "format", "mapping"]}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A partner of Quai",
        "type": "object",
        "properties": {
            **dict.fromkeys(("name", "organisation", "website"), _TEXT),
            "feeds": {"type": "object", "additionalProperties": refs[Feed], "minProperties": 1},
        },
        "required": ["name", "feeds"],
        "additionalProperties": False,
        "$defs": defs,
    }
