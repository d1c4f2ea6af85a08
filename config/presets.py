"""Presets: what is the same for every partner on one system, as TOML that a partner's feed extends.

    [feeds.offres]
    extends = "greenhouse"
    with = { board = "ateliers-rivoire" }       fills <board> wherever the preset says it

`known_by` are the fields by which a record shows that it is of that system, all of which it has: `this|or that`, and
`field~expression` where what it says tells. The feed's own keys are laid over the preset's, table by table; a list or a
value replaces the preset's whole. A column that the feed fills by a constant is no longer mapped, and the other way
round.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from offers.text import listed, nearest

if TYPE_CHECKING:
    import pandas as pd

FOLDER = Path(__file__).parent / "presets"
_BLANK = re.compile(r"<([a-z_]+)>")
Fault = Callable[[tuple[str, ...], str], None]


def names(folder: Path = FOLDER) -> list[str]:
    """The presets there are."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def _preset(name: str, folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))


def recognised(records: pd.DataFrame, kind: str, folder: Path = FOLDER) -> str | None:
    """The preset of the system that these records, read from a file of this format, came from; None where none is sure.

    The one that most fields speak for, where several are possible.
    """
    sure: dict[str, int] = {}
    for name in names(folder):
        preset = _preset(name, folder)
        signs = preset.get("known_by", [])
        alike = kind == preset["format"]["kind"] or {kind, preset["format"]["kind"]} <= {"json", "jsonl"}
        if alike and signs and all(any(_shows(records, one) for one in sign.split("|")) for sign in signs):
            sure[name] = len(signs)
    best = [name for name, count in sure.items() if count == max(sure.values())]
    return best[0] if len(best) == 1 else None


def blanks(name: str, folder: Path = FOLDER) -> dict[str, bool]:
    """The blanks of a preset, in its order, and whether each is the name of a secret."""
    preset = _preset(name, folder)
    secret = set(_blanks(_secrets(preset)))
    return {blank: blank in secret for blank in dict.fromkeys(_blanks(preset))}


def _secrets(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [value["env"]] if "env" in value else [one for inner in value.values() for one in _secrets(inner)]
    return [one for inner in value for one in _secrets(inner)] if isinstance(value, list) else []


def _shows(records: pd.DataFrame, sign: str) -> bool:
    header, says, expression = sign.partition("~")
    if header not in records.columns or (len(records) and not records[header].notna().any()):
        return False
    return not says or bool(records[header].dropna().str.contains(expression).all())


def extended(keys: Mapping[str, Any], fault: Fault, folder: Path = FOLDER) -> dict[str, Any]:
    """The feed's table over that of the preset it extends; `fault` is told the key and what is wrong with it."""
    own = {key: value for key, value in keys.items() if key not in ("extends", "with")}
    name, values = keys.get("extends"), keys.get("with", {})
    if name is None:
        if values:
            fault(("with",), 'fills the blanks of a preset, and there is none; say extends = "…" or leave it out')
        return own
    known = names(folder)
    if name not in known:
        near = nearest(str(name), known)
        hint = f"did you mean `{near}`?" if near else f"known: {listed(known)}"
        fault(("extends",), f"is « {name} », which is no preset; {hint}")
        return own
    preset = _preset(str(name), folder)
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        fault(("with",), 'must be a table of texts, e.g. { board = "acme" }')
        values = {}
    blanks = set(_blanks(preset))
    for unknown in sorted(set(values) - blanks):
        fault(("with", unknown), f"fills no blank of the preset `{name}`; it has {listed(sorted(blanks)) or 'none'}")
    # Filled before it is overlaid: `(?P<name>…)` in the feed's own expressions is no blank.
    preset.pop("known_by", None)
    below = _filled(preset, values)
    for here, there in (("mapping", "constants"), ("constants", "mapping")):
        if isinstance(own.get(there), dict) and isinstance(below.get(here), dict):
            below[here] = {column: value for column, value in below[here].items() if column not in own[there]}
    laid = _over(below, own)
    for missing in sorted(set(_blanks(laid)) & (blanks - set(values))):
        fault(("with", missing), f'is missing: the preset `{name}` needs it, as in with = {{ {missing} = "…" }}')
    return laid


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    laid = dict(below)
    for key, value in above.items():
        under: Any = below.get(key)
        tables = isinstance(value, dict) and isinstance(under, dict)
        # A table that says another kind, or where a value comes from, replaces what it covers instead of mixing.
        whole = tables and (
            "from" in value or "env" in value or value.get("kind", under.get("kind")) != under.get("kind")
        )
        laid[key] = _over(under, value) if tables and not whole else value
    return laid


def _blanks(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from _BLANK.findall(value)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _blanks(inner)


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _BLANK.sub(lambda blank: values.get(blank.group(1), blank.group()), value)
    if isinstance(value, dict):
        return {key: _filled(inner, values) for key, inner in value.items()}
    return [_filled(inner, values) for inner in value] if isinstance(value, list) else value
