"""The commands by which a partner and its file are made ready: a template to fill, a first TOML from a sample."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import form_written, partner_begun
from config.settings import read
from operations.new_partner import begin
from operations.template import write_template


def template(
    feed: Annotated[str, typer.Argument(metavar="FEED", help="A feed, e.g. laposte/offres (see `quai feeds`).")],
    out: Annotated[Path, typer.Option(help="The file to write, .xlsx or .csv.")],
    ours: Annotated[bool, typer.Option("--ours", help="In our own French labels, which every feed reads.")] = False,
) -> None:
    """An empty file in the shape a feed expects, with lists to choose from and a sheet of rules."""
    form_written(write_template(read(), feed, out, ours), out)


def new_partner(
    name: Annotated[str, typer.Argument(metavar="NAME", help="How people call the partner.")],
    sample: Annotated[Path, typer.Option(help="A file such as the partner sends.")],
    out: Annotated[Path | None, typer.Option(help="Write here; by default among the partners, <name>.toml.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")] = False,
) -> None:
    """A first TOML guessed from a sample file's headers and values, to be read and corrected."""
    partner_begun(begin(read(), name, sample, out, force))
