"""Every regular expression, cleaner and reader on texts made to hurt it, of four sizes: time must grow with the text.

    make bench-linear

The expressions are found in the code itself, each call of `re` and each compiled pattern, and their texts in their own
parts: what a repeat repeats, again and again, after what leads to it and before what does not belong. Told is the slope
of time over size on two logarithmic axes: 1 is linear, 2 quadratic. Ends with 1 where one is over MOST.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import math
import re
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, cast

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_compile
    import sre_constants
    import sre_parse

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("offers", "validation", "connectors", "reports", "config", "warehouse", "flows", "cli")
CALLS = ("compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer")
ANCHORED = ("match", "fullmatch")
MOST = 1.3
SIZES = (4_000, 8_000, 16_000, 32_000)
QUICK = 2_000
LONGEST = 1.0
"""Seconds of a processor after which a run is broken off, and counted as endless."""
WORTH = 3e-4
"""Seconds for QUICK characters under which a text is not looked at closer: so many take a linear expression 0.1 ms."""
LOCALS = {
    "offers/feed.py": "checks an expression of a feed's TOML, which its maintainer writes",
    "offers/mapping.py": "an expression of a feed's TOML, over cells that `hostile_cell` bounds",
    "offers/torn.py": "a reference, escaped",
}
"""Calls whose expression is made of what is only known at run time, by file, and why each is no danger."""


@dataclass
class Found:
    """One expression: where, and with which calls it is used (of those in CALLS)."""

    where: str
    pattern: str | bytes
    flags: int
    uses: set[str] = field(default_factory=set)


def modules() -> Iterator[ModuleType]:
    """Every module of the code, migrations and entry points apart."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if "migrations" not in name and not name.endswith("__main__"):
                yield importlib.import_module(name)


def expressions() -> tuple[list[Found], list[str]]:
    """All expressions of the code, and the calls whose expression is only known at run time: `file:line`."""
    found: dict[tuple[str | bytes, int], Found] = {}
    names: dict[str, list[Found]] = {}
    unknown: list[str] = []
    calls: list[tuple[str, str]] = []
    for module in modules():
        path = Path(str(module.__file__))
        where = path.relative_to(ROOT).as_posix()
        for name, pattern in _held(vars(module)):
            one = found.setdefault((pattern.pattern, pattern.flags), Found(where, pattern.pattern, pattern.flags))
            names.setdefault(name, []).append(one)
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CALLS):
                continue
            call = node.func
            if not (isinstance(call.value, ast.Name) and call.value.id == "re"):
                calls.append((ast.unparse(call.value).split(".")[-1].split("[")[0], call.attr))
                continue
            try:
                made = eval(compile(ast.Expression(node.args[0]), where, "eval"), vars(module))  # noqa: S307 - our code
            except NameError:
                unknown.append(f"{where}:{node.lineno}")
                continue
            compiled = re.compile(made)
            flags = {key[1] for key in found if key[0] == compiled.pattern} or {compiled.flags}
            for flag in flags:
                one = found.setdefault((compiled.pattern, flag), Found(where, compiled.pattern, flag))
                one.uses |= {call.attr} - {"compile"}
    for name, use in calls:
        for one in names.get(name, []):
            one.uses.add(use)
    return list(found.values()), unknown


def _held(values: dict[str, Any]) -> Iterator[tuple[str, re.Pattern[Any]]]:
    for name, value in list(values.items()):
        parts = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else (value,)
        yield from ((name, part) for part in parts if isinstance(part, re.Pattern))


def texts(pattern: str, flags: int) -> list[Callable[[int], str]]:
    """Makers of texts of a given length that are as near to a match as can be and are none."""
    tree = sre_parse.parse(pattern, flags & ~re.DEBUG)
    parts: dict[str, None] = {}
    for lead, body in _repeats(tree, ""):
        parts.setdefault(f"{lead}\0{body}")
    whole = _sample(tree)
    made: list[tuple[str, str, str]] = []
    for part in list(parts)[:24]:
        lead, body = part.split("\0", 1)
        made += [(lead, body, end) for end in ("", "\n!", "\x01")]
        made += [("", lead + body, ""), ("", lead, "\x01")] if lead else []
    if whole:
        made.append(("", whole[:-1] or whole, ""))
    return [partial(_text, *one) for one in made]


def _text(lead: str, body: str, end: str, size: int) -> str:
    return lead + body * (size // len(body)) + end


def _repeats(tree: Any, lead: str) -> Iterator[tuple[str, str]]:
    """What stands before each repeat of more than ten, and what it repeats."""
    for op, value in tree:
        if op in _REPEATS:
            _, most, inner = value
            if most == sre_constants.MAXREPEAT or most > 10:
                for variant in _variants(inner):
                    yield lead, variant
            yield from _repeats(inner, lead)
        elif op is sre_constants.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, lead)
        elif op is sre_constants.SUBPATTERN:
            yield from _repeats(value[3], lead)
        elif op is getattr(sre_constants, "ATOMIC_GROUP", None):
            yield from _repeats(value, lead)
        lead += _sample([(op, value)])


_REPEATS = tuple(
    getattr(sre_constants, name)
    for name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
    if hasattr(sre_constants, name)
)


def _variants(tree: Any) -> list[str]:
    """Some texts of what is repeated: each branch's, each kind of character's of a lone class."""
    nodes = list(tree)
    if len(nodes) == 1 and nodes[0][0] is sre_constants.BRANCH:
        return [said for branch in nodes[0][1][1] for said in _variants(branch)][:8]
    if len(nodes) == 1 and nodes[0][0] is sre_constants.SUBPATTERN:
        return _variants(nodes[0][1][3])
    if len(nodes) == 1 and nodes[0][0] in (sre_constants.IN, sre_constants.ANY, sre_constants.NOT_LITERAL):
        return [one for one in 'a0 .-<&"A\n;' if re.match(_class(nodes[0]), one)][:5] or [_sample(nodes)]
    said = _sample(nodes)
    return [said] if said else []


def _class(node: Any) -> Any:
    """A parsed piece as an expression of its own."""
    state: Any = sre_parse.State()
    state.str = ""
    return sre_compile.compile(cast(Any, sre_parse.SubPattern(state, [node])))


def _sample(tree: Any) -> str:
    """A short text that a parsed piece matches, as good as any."""
    out = ""
    for op, value in tree:
        if op is sre_constants.LITERAL:
            out += chr(value)
        elif op is sre_constants.NOT_LITERAL:
            out += "a" if value != ord("a") else "b"
        elif op is sre_constants.ANY:
            out += "a"
        elif op is sre_constants.IN:
            out += next((one for one in 'a0 .-<&"A\n;@/' if re.match(_class((op, value)), one)), _first(value))
        elif op in _REPEATS:
            out += _sample(value[2]) * max(value[0], 1 if value[1] else 0)
        elif op is sre_constants.BRANCH:
            out += _sample(value[1][0])
        elif op is sre_constants.SUBPATTERN:
            out += _sample(value[3])
        elif op is getattr(sre_constants, "ATOMIC_GROUP", None):
            out += _sample(value)
    return out


def _first(members: Any) -> str:
    for op, value in members:
        if op is sre_constants.LITERAL:
            return chr(value)
        if op is sre_constants.RANGE:
            return chr(value[0])
    return "a"


def seconds(run: Callable[[Any], Any], text: Any, times: int = 3) -> float:
    """The least of a few runs, in seconds of the processor."""
    best = math.inf
    signal.signal(signal.SIGPROF, _enough)
    for _ in range(times):
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, LONGEST)
        try:
            run(text)
        except TimeoutError:
            return math.inf
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        best = min(best, time.process_time() - start)
        if best > 0.5:
            break
    return best


def _enough(_signal: int, _frame: Any) -> None:
    raise TimeoutError


def slope(run: Callable[[Any], Any], made: Callable[[int], Any], sizes: tuple[int, ...] = SIZES) -> float:
    """How time grows with the text: the exponent, by least squares; 0 for what takes no time worth the name."""
    took: list[float] = []
    for size in sizes:
        took.append(max(seconds(run, made(size)), 1e-7))
        if took[-1] == math.inf:
            return math.inf
    if took[-1] < 1e-3:
        return 0.0
    x, y = [math.log(size) for size in sizes], [math.log(one) for one in took]
    middle = (sum(x) / len(x), sum(y) / len(y))
    above = sum((a - middle[0]) * (b - middle[1]) for a, b in zip(x, y, strict=True))
    return above / sum((a - middle[0]) ** 2 for a in x)


def worst(one: Found, sizes: tuple[int, ...] = SIZES) -> tuple[float, float]:
    """The steepest slope of an expression over all its texts, and the seconds that the largest took."""
    compiled: Any = re.compile(one.pattern, one.flags)
    uses = {use for use in one.uses if use not in ANCHORED} or one.uses or {"search"}
    kind = isinstance(one.pattern, bytes)
    text = one.pattern.decode("latin-1") if isinstance(one.pattern, bytes) else one.pattern
    found = (0.0, 0.0)
    for use in {"search" if use not in ANCHORED else use for use in uses}:
        run = (lambda said: list(compiled.finditer(said))) if use == "search" else getattr(compiled, use)
        for maker in texts(text, one.flags & ~re.LOCALE):
            made = (lambda size, maker=maker: maker(size).encode("latin-1", "replace")) if kind else maker
            if seconds(run, made(QUICK), 2) < WORTH:
                continue
            found = max(found, (slope(run, made, sizes), seconds(run, made(sizes[-1]), 1)))
            if found[0] > MOST:
                return found
    return found


def main() -> int:
    """Print what grows too fast; with `--all`, every slope."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true")
    asked = parser.parse_args()
    found, unknown = expressions()
    steep = 0
    for one in sorted(found, key=lambda one: one.where):
        exponent, took = worst(one)
        steep += exponent > MOST
        if asked.all or exponent > MOST:
            print(f"{exponent:5.2f} {took:8.3f} s  {one.where}: {one.pattern!r:.90} ({', '.join(sorted(one.uses))})")
    print(f"{len(found)} expressions, {steep} steeper than {MOST}; known only at run time: {', '.join(unknown)}")
    return 1 if steep else 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main())
