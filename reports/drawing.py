"""Templates of pages: everything escaped, and a name that nobody gave is an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2


def environment(**more: Any) -> jinja2.Environment:
    """What renders the pages of `templates/`; `more` are settings of jinja2.Environment."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **more,
    )
