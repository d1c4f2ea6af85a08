"""The house in figures: its lines, modules and functions, and what one drop of 20 lines enters of them.

    make house                          of the working tree
    python bench/house.py --at REV      of another revision, by this same script, in a git worktree that goes after it

Standard library alone. The run is `quai check` and `quai ingest` of an invented drop, on an embedded PostgreSQL whose
tables are there already; what modules do while they are imported is not counted.
"""

from __future__ import annotations

import argparse
import ast
import csv
import importlib
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from statistics import median
from types import CodeType, FrameType
from typing import Any

Function = ast.FunctionDef | ast.AsyncFunctionDef
TESTS = ("tests", "testing")
BESIDE = ("samples", "bench", "tools", "docs")
SMALL = 25
SHORT = 5
_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}

PARTNER = """
name = "Ateliers du Moulin (invented)"
[feeds.offres.source]
kind = "folder"
path = "inbox"
glob = "*.csv"
[feeds.offres.format]
kind = "csv"
[feeds.offres.mapping]
reference = "Référence"
title = "Intitulé"
description = "Description"
employer_name = "Entreprise"
siret = "SIRET"
sector = "Secteur"
street = "Adresse"
postal_code = "Code postal"
city = "Ville"
seats = "Places"
weeks = "Semaines"
handicap_accessible = "PMR"
contact_email = "Courriel"
published_on = "Publié le"
[feeds.offres.constants]
grades = "seconde"
is_public = "non"
[feeds.offres.lookups.sector]
"Atelier" = "s28"
"""
TOWNS = (
    ("10000", "Troyes"), ("29200", "Brest"), ("31000", "Toulouse"), ("59000", "Lille"), ("72000", "Le Mans"),
    ("07019", "Aubenas"), ("7500", "Guilherand-Granges"), ("74000", "ANNECY CEDEX"),
)  # fmt: skip
"""The last three are an INSEE code, a code that lost its zero, and a post office's: two mended, one refused."""


@dataclass(frozen=True)
class Module:
    """One file of the product: `offers.cleaners.text` and its tree."""

    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def functions(self) -> list[Function]:
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    @property
    def code(self) -> int:
        """Lines that hold code: neither blank, nor comment, nor docstring."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        lines = {at for one in tokens if one.type not in _NO_CODE for at in range(one.start[0], one.end[0] + 1)}
        said = [node for node in ast.walk(self.tree) if isinstance(node, ast.Expr) and _is_text(node.value)]
        return len(lines - {at for node in said for at in range(node.lineno, (node.end_lineno or 0) + 1)})


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def product(root: Path) -> list[Module]:
    """The modules of the packages that pyproject.toml ships."""
    shipped = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["packages"]
    shipped = shipped["find"]["include"] if isinstance(shipped, dict) else shipped
    tops = {one.split(".")[0].removesuffix("*") for one in shipped}
    paths = sorted(path for top in tops for path in (root / top).rglob("*.py"))
    return [
        Module(".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"), path) for path in paths
    ]


def lines(root: Path, *folders: str) -> int:
    return sum(
        len(path.read_text(encoding="utf-8").splitlines()) for one in folders for path in (root / one).rglob("*.py")
    )


def imports(module: Module, names: set[str]) -> Iterator[str]:
    """The modules of ours that one imports when it runs, inside functions too."""
    for node in _running(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        if isinstance(node, ast.ImportFrom) and node.module:
            whole = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in names else node.module for name in whole if {name, node.module} & names)


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker reads."""
    yield node
    of_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    for child in node.orelse if isinstance(node, ast.If) and of_types else ast.iter_child_nodes(node):
        yield from _running(child)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules each of which reaches all the others."""
    reached = {name: _reached(name, graph) for name in graph}
    found = {frozenset(other for other in reached[name] if name in reached[other]) for name in graph}
    return sorted(sorted(one) for one in found if one)


def _reached(name: str, graph: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        fresh = graph[waiting.pop()] - seen
        seen |= fresh
        waiting += fresh
    return seen


def used_once(module: Module) -> list[Function]:
    """Private functions whose name is read once in their module, called or handed on."""
    read = Counter(
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
    )
    return [one for one in module.functions if _is_private(one) and read[one.name] == 1]


def _is_private(function: Function) -> bool:
    return function.name.startswith("_") and not function.name.startswith("__")


def length(function: Function) -> int:
    """Lines from `def` to its end, without its docstring."""
    first = function.body[0]
    said = isinstance(first, ast.Expr) and _is_text(first.value)
    total = (function.end_lineno or 0) - function.lineno + 1
    return total - ((first.end_lineno or 0) - first.lineno + 1 if said else 0)


def still(root: Path) -> dict[str, str]:
    """What the files say, without running any."""
    modules = product(root)
    names = {module.name for module in modules}
    graph = {module.name: {name for name in imports(module, names) if name != module.name} for module in modules}
    importers = Counter(name for known in graph.values() for name in known)
    filled = [module for module in modules if module.code]
    functions = [function for module in modules for function in module.functions]
    inside = {
        node for function in functions for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)
    }
    once = [function for module in modules for function in used_once(module)]
    found = circles(graph)
    return {
        "product lines": f"{sum(len(module.text.splitlines()) for module in modules):,}",
        "test lines": f"{lines(root, *TESTS):,}",
        "lines beside (samples, bench, tools, docs)": f"{lines(root, *BESIDE):,}",
        "product modules": f"{len(modules)}",
        "... with a single importer": _share(sum(importers[one.name] == 1 for one in modules), len(modules)),
        f"... under {SMALL} lines of code (of {len(filled)} with any)": _share(
            sum(one.code < SMALL for one in filled), len(filled)
        ),
        "functions": f"{len(functions):,}",
        "... private": _share(sum(map(_is_private, functions)), len(functions)),
        "... private and used once": _share(len(once), len(functions)),
        f"... ... and of {SHORT} lines at most": _share(sum(length(one) <= SHORT for one in once), len(functions)),
        "... median lines": f"{median(map(length, functions)):g}",
        "imports inside functions": f"{len(inside)}",
        "circles of files": f"{len(found)}" + "".join(f"\n    {', '.join(one)}" for one in found),
    }


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.0%})"


def drop() -> str:
    """Twenty invented lines: some mended, some refused, one reference twice."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(
        ("Référence", "Intitulé", "Description", "Entreprise", "SIRET", "Secteur", "Adresse", "Code postal", "Ville",
         "Places", "Semaines", "PMR", "Courriel", "Publié le")
    )  # fmt: skip
    for at in range(20):
        postal_code, city = TOWNS[at % len(TOWNS)]
        rows.writerow(
            (f"MOULIN-{min(at, 18):02d}", f"Découverte de l'atelier {'ABCDEFGHIJKLMNOPQRST'[at]}",
             f"<p>Tu suivras l'équipe {at} de l'atelier pendant une semaine.</p>", "Ateliers du Moulin",
             "" if at % 4 else "12345678901234", "Atelier", f"{at + 1} rue des Forges", postal_code, city,
             0 if at == 4 else 1 + at % 3, "semaine 1", ("oui", "non", "")[at % 3], "rh@moulin.example",
             f"{1 + at:02d}/06/{date.today().year - 1}")
        )  # fmt: skip
    return out.getvalue()


class Trace:
    """What a run enters of the product: modules, functions, and moves from one module to another."""

    def __init__(self, root: Path) -> None:
        self.files = {str(module.path): module.name for module in product(root)}
        self.functions: set[CodeType] = set()
        self.moves = 0

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        name = self.files.get(frame.f_code.co_filename)
        if event != "call" or name is None:
            return
        callers = list(self._ours(frame.f_back))
        if frame.f_code.co_name == "<module>" or "<module>" in (code.co_name for code in callers):
            return
        self.functions.add(frame.f_code)
        self.moves += bool(callers) and self.files[callers[0].co_filename] != name

    def _ours(self, frame: FrameType | None) -> Iterator[CodeType]:
        while frame is not None:
            if frame.f_code.co_filename in self.files:
                yield frame.f_code
            frame = frame.f_back

    def figures(self) -> dict[str, int]:
        """Functions are those with a name: no comprehension, no lambda."""
        named = [code for code in self.functions if not code.co_name.startswith("<")]
        entered = {self.files[code.co_filename] for code in self.functions}
        return {"modules": len(entered), "functions": len(named), "moves": self.moves}


def traced(root: Path, out: Path, arguments: list[str]) -> None:
    """The `quai` command of a tree in this process, looked at; the figures go into a file."""
    sys.path[:] = [str(root), *(one for one in sys.path if Path(one).resolve() != Path(__file__).resolve().parent)]
    sys.argv = ["quai", *arguments]
    vars(os)["_exit"] = sys.exit  # the command leaves by it, and nothing after it would be written
    trace = Trace(root)
    main = importlib.import_module("cli").main
    threading.setprofile(trace)
    sys.setprofile(trace)
    try:
        main()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        out.write_text(json.dumps(trace.figures()), encoding="utf-8")


def running(root: Path) -> dict[str, str]:
    """What one drop enters, checked and taken in."""
    with tempfile.TemporaryDirectory(prefix="house-") as made:
        place = Path(made)
        (place / "partners").mkdir()
        (place / "partners" / "moulin.toml").write_text(PARTNER, encoding="utf-8")
        (place / "offres.csv").write_text(drop(), encoding="utf-8")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("QUAI_", "PREFECT_"))}
        env = {**kept, "QUAI_HOME": str(place / "var"), "QUAI_PARTNERS": str(place / "partners")}
        check = _run(root, place, env, "check", str(place / "offres.csv"), "--feed", "moulin/offres", "--json")
        try:
            _run(root, place, env, "migrate")
            ingest = _run(root, place, env, "ingest", "moulin/offres", "--file", str(place / "offres.csv"), "--json")
        finally:
            _run(root, place, env, "down")
    told = (
        (f"quai {name}: {key} entered", run[key]) for name, run in (("check", check), ("ingest", ingest)) for key in run
    )
    return {name.replace("moves entered", "moves between modules"): f"{count:,}" for name, count in told}


def _run(root: Path, place: Path, env: dict[str, str], *arguments: str) -> dict[str, Any]:
    out = place / f"{arguments[0]}.json"
    command = [sys.executable, str(Path(__file__).resolve()), "--tree", str(root), "--trace", str(out), *arguments]
    ended = subprocess.run(command, cwd=place, env=env, capture_output=True, text=True, check=False)
    if ended.returncode not in (0, 1) or not out.exists():
        raise SystemExit(f"quai {' '.join(arguments)} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def tell(root: Path) -> None:
    said = still(root) | running(root)
    wide = max(map(len, said))
    for name, figure in said.items():
        print(f"{name:<{wide}}  {figure}")


def main() -> None:
    here = Path(__file__).resolve().parents[1]
    parser = argparse.ArgumentParser(description="The house in figures.")
    parser.add_argument("--at", metavar="REV", help="Another revision of git.")
    parser.add_argument("--tree", type=Path, default=here, help=argparse.SUPPRESS)
    parser.add_argument("--trace", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.trace:
        traced(said.tree.resolve(), Path(said.trace[0]), said.trace[1:])
    elif said.at:
        with tempfile.TemporaryDirectory(prefix="house-") as made:
            tree = Path(made).resolve() / "tree"
            git = ["git", "-C", str(here), "worktree"]
            subprocess.run([*git, "add", "--quiet", "--detach", str(tree), said.at], check=True)
            try:
                tell(tree)
            finally:
                subprocess.run([*git, "remove", "--force", str(tree)], check=True)
    else:
        tell(said.tree.resolve())


if __name__ == "__main__":
    main()
