"""Every regular expression of the code, found in the code itself, with texts that are made to hurt it.

Found is each call of `re` and each compiled pattern; the texts are made of its own parts: what a repeat repeats, again
and again, after what leads to it and before what does not belong.
"""

from __future__ import annotations

import ast
import importlib
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from bench.kit import ROOT
from bench.slopes import MOST, SIZES, Maker, repeated, seconds, slope

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_compile
    import sre_constants as sre
    import sre_parse

PACKAGES = (
    "offers", "validation", "connectors", "reports", "config", "warehouse", "story", "operations", "flows", "cli",
)  # fmt: skip
CALLS = ("compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")
ANCHORED = ("match", "fullmatch")
LOCALS = {
    "offers/cleaning/neat.py": "NEAT_LINE and its like, compiled into NEAT, which is measured",
    "offers/gate/drift.py": "an expression of a feed's TOML, which its maintainer writes",
    "offers/onboarding/evidence.py": "the cleaners' canonical forms, which Arrow runs, too; 500 values of a sample",
    "offers/feed.py": "checks an expression of a feed's TOML, which its maintainer writes",
    "offers/onboarding/guessing.py": "patterns of a cell's parts, measured in offers/onboarding/evidence.py; two each",
    "offers/mapping.py": "an expression of a feed's TOML, which its maintainer writes",
    "offers/persons.py": "what a person of ours typed of another person, escaped; gaps between its words have a most",
    "offers/gate/missing.py": "a reference, escaped",
    "offers/places/towns.py": "SLASHES, which Arrow runs, too: its expressions are linear, and no others compile there",
    "connectors/formats/refusal.py": "_TEXT, over the first 4,096 bytes",
}
"""Calls whose expression is only known at run time, by file, and why each is no danger."""
GUARDED = {"TAG_OR_COMMENT": "used up to the last `-->` only: offers.cleaning.markup.to_text, which is measured"}
"""Expressions that are not linear by themselves, by name."""


@dataclass
class Found:
    """One expression: where, and with which calls it is used (of those in CALLS)."""

    where: str
    pattern: str | bytes
    flags: int
    uses: set[str] = field(default_factory=set)


def modules() -> Iterator[tuple[ModuleType, Path]]:
    """Every module of the code and its file, migrations and entry points apart."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if "migrations" not in name and not name.endswith("__main__"):
                yield importlib.import_module(name), path


def expressions() -> tuple[list[Found], list[str]]:
    """All expressions of the code, and the calls whose expression is only known at run time: `file:line`."""
    found, names, guarded = _compiled()
    unknown: list[str] = []
    for module, path in modules():
        where = path.relative_to(ROOT).as_posix()
        for node, on, use in _calls(path):
            if on != "re":
                for one in names.get(on, []):
                    one.uses.add(use)
                continue
            made = _made(node.args[0], vars(module))
            if made is None:
                unknown.append(f"{where}:{node.lineno}")
            elif made.pattern not in guarded:
                for flags in {key[1] for key in found if key[0] == made.pattern} or {made.flags}:
                    one = Found(where, made.pattern, flags)
                    found.setdefault((made.pattern, flags), one).uses.update({use} - {"compile"})
    return list(found.values()), unknown


def _compiled() -> tuple[dict[tuple[str | bytes, int], Found], dict[str, list[Found]], set[str | bytes]]:
    """The patterns that modules hold, by expression and flags and by name; and those that are guarded."""
    found: dict[tuple[str | bytes, int], Found] = {}
    names: dict[str, list[Found]] = defaultdict(list)
    guarded: set[str | bytes] = set()
    for module, path in modules():
        for name, pattern in _held(vars(module)):
            if name in GUARDED:
                guarded.add(pattern.pattern)
            else:
                one = Found(path.relative_to(ROOT).as_posix(), pattern.pattern, pattern.flags)
                names[name].append(found.setdefault((pattern.pattern, pattern.flags), one))
    return found, names, guarded


def _made(written: ast.expr, names: dict[str, Any]) -> re.Pattern[Any] | None:
    """The expression that a call is given; None where it is only known at run time."""
    try:
        return re.compile(eval(compile(ast.Expression(written), "call", "eval"), names))  # noqa: S307 - our code
    except NameError:
        return None


def _held(values: dict[str, Any]) -> Iterator[tuple[str, re.Pattern[Any]]]:
    """The compiled patterns of a module by name, also those within a table."""
    for name, value in list(values.items()):
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else (value,)
        yield from ((name, part) for part in parts if isinstance(part, re.Pattern))


def _calls(path: Path) -> Iterator[tuple[ast.Call, str, str]]:
    """The calls that may be of an expression: the name that each is made on, `re` or a pattern's, and which."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
            yield node, ast.unparse(node.func.value).split(".")[-1].split("[")[0], node.func.attr


def texts(pattern: str, flags: int) -> list[Maker]:
    """Makers of texts of a given length that are as near to a match as can be and are none."""
    tree = sre_parse.parse(pattern, flags & ~re.DEBUG)
    made: list[tuple[str, str, str]] = []
    for lead, body in list(dict.fromkeys(_repeats(tree, "")))[:24]:
        made += [(lead, body, end) for end in ("", "\n!", "\x01")]
        made += [("", lead + body, ""), ("", lead, "\x01")] if lead else []
    whole = _sample(tree)
    if whole:
        made.append(("", whole[:-1] or whole, ""))
    return [partial(repeated, *one) for one in made]


_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


def _repeats(tree: Any, lead: str) -> Iterator[tuple[str, str]]:
    """What stands before each repeat of more than ten, and what it repeats."""
    for op, value in tree:
        if op in _REPEATS and value[1] > 10:
            yield from ((lead, variant) for variant in _variants(value[2]))
        for inner in _inside(op, value):
            yield from _repeats(inner, lead)
        lead += _sample([(op, value)])


def _inside(op: Any, value: Any) -> list[Any]:
    """The pieces that one piece holds."""
    if op in _REPEATS:
        return [value[2]]
    if op is sre.BRANCH:
        return list(value[1])
    if op is sre.SUBPATTERN:
        return [value[3]]
    return [value] if op is sre.ATOMIC_GROUP else []


def _variants(tree: Any) -> list[str]:
    """Some texts of what is repeated: each branch's, each kind of character's of a lone class."""
    nodes = list(tree)
    if len(nodes) == 1:
        op, value = nodes[0]
        if op in (sre.BRANCH, sre.SUBPATTERN):
            return [said for inner in _inside(op, value) for said in _variants(inner)][:8]
        if op in (sre.IN, sre.ANY, sre.NOT_LITERAL):
            return [one for one in 'a0 .-<&"A\n;' if re.match(_class(nodes[0]), one)][:5] or [_sample(nodes)]
    return list(filter(None, [_sample(nodes)]))


def _class(node: Any) -> Any:
    """A parsed piece as an expression of its own."""
    state: Any = sre_parse.State()
    state.str = ""
    return sre_compile.compile(cast("Any", sre_parse.SubPattern(state, [node])))


def _sample(tree: Any) -> str:
    """A short text that a parsed piece matches, as good as any."""
    out = ""
    for op, value in tree:
        if op is sre.LITERAL:
            out += chr(value)
        elif op is sre.NOT_LITERAL:
            out += "a" if value != ord("a") else "b"
        elif op is sre.ANY:
            out += "a"
        elif op is sre.IN:
            first = next((chr(one if kind is sre.LITERAL else one[0]) for kind, one in value if kind in _NAMED), "a")
            out += next((one for one in 'a0 .-<&"A\n;@/' if re.match(_class((op, value)), one)), first)
        elif inner := _inside(op, value):
            out += _sample(inner[0]) * (max(value[0], 1 if value[1] else 0) if op in _REPEATS else 1)
    return out


_NAMED = (sre.LITERAL, sre.RANGE)


def worst(one: Found, sizes: tuple[int, ...] = SIZES) -> tuple[float, float]:
    """The steepest slope of an expression over all its texts, and the seconds that the largest took."""
    compiled: Any = re.compile(one.pattern, one.flags)
    uses = {use for use in one.uses if use not in ANCHORED} or one.uses or {"search"}
    text = one.pattern.decode("latin-1") if isinstance(one.pattern, bytes) else one.pattern
    found = (0.0, 0.0)
    for use in {"search" if use not in ANCHORED else use for use in uses}:
        run = (lambda said: list(compiled.finditer(said))) if use == "search" else getattr(compiled, use)
        for maker in texts(text, one.flags & ~re.LOCALE):
            made = maker if isinstance(one.pattern, str) else partial(_encoded, maker)
            exponent = slope(run, made, sizes)
            found = max(found, (exponent, seconds(run, made(sizes[-1])) if exponent else 0.0))
            if found[0] > MOST:
                return found
    return found


def _encoded(maker: Maker, size: int) -> bytes:
    made: bytes = maker(size).encode("latin-1", "replace")
    return made
