"""`quai partners`: what is wrong with the partners' files, for a person and for CI, and a schema for editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.shared import Json, show
from config.settings import read
from offers.text import visible
from operations.feeds import partner_file_schema, partner_files

app = typer.Typer(help="The partners' files: check them all, or write a schema for editors.", no_args_is_help=True)
MISCONFIGURED = 2


@app.command()
def check(
    folder: Annotated[Path | None, typer.Argument(help="A folder of TOML files; by default QUAI_PARTNERS.")] = None,
    as_json: Json = False,
) -> None:
    """Every fault of every partner's file; ends with 2 where there is one."""
    rows = partner_files(read(), folder)
    show({"partners": rows}, as_json, lambda: _told(rows))
    raise typer.Exit(MISCONFIGURED if any(row["faults"] for row in rows) else 0)


def _told(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        print(visible(f"{row['file']}: {', '.join(row['feeds']) or 'no feed'}{' and faults' * bool(row['faults'])}"))
        for fault in row["faults"]:
            print(visible(f"  {fault}"))
    broken = sum(bool(row["faults"]) for row in rows)
    print(f"{len(rows)} files, {sum(len(row['feeds']) for row in rows)} feeds; {broken or 'none'} with faults.")


@app.command()
def schema(out: Annotated[Path | None, typer.Option(help="Write it here; by default it is printed.")] = None) -> None:
    """The JSON Schema of a partner's file, for editors."""
    text = json.dumps(partner_file_schema(), ensure_ascii=False, indent=2) + "\n"
    if out is None:
        print(text, end="")
    else:
        out.write_text(text, encoding="utf-8")
        print(f"Written: {out}. Begin a partner's file with  #:schema {out.name}")
