"""JSON:API: what a record only points at (`relationships`) is put into it from the answer's `included`."""

from __future__ import annotations

from typing import Any


def joined(document: Any, records: list[Any]) -> list[Any]:
    """The records with `included.<relationship>`: the attributes of what it points at, one or a list of them."""
    known = {_key(one): one.get("attributes") for one in _included(document) if isinstance(one, dict)}
    return [_with(record, known) for record in records] if known else records


def _included(document: Any) -> list[Any]:
    held = document.get("included") if isinstance(document, dict) else None
    return held if isinstance(held, list) else []


def _key(one: dict[str, Any]) -> tuple[str, str]:
    return str(one.get("type")), str(one.get("id"))


def _with(record: Any, known: dict[tuple[str, str], Any]) -> Any:
    related = record.get("relationships") if isinstance(record, dict) else None
    if not isinstance(related, dict):
        return record
    found = {name: _pointed(value, known) for name, value in related.items()}
    return {**record, "included": {name: value for name, value in found.items() if value}}


def _pointed(relationship: Any, known: dict[tuple[str, str], Any]) -> Any:
    data = relationship.get("data") if isinstance(relationship, dict) else None
    if isinstance(data, dict):
        return known.get(_key(data))
    return [known[_key(one)] for one in data if isinstance(one, dict) and _key(one) in known] if data else None
