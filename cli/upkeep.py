"""`quai doctor`, `quai purge`, `quai contacts`, `quai metrics`: keeping the installation sound, and within the law."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from cli.quarantine import Json, show

if TYPE_CHECKING:
    from flows.checkup import Check


def doctor(as_json: Json = False) -> None:
    """Check the installation, part by part, and say what to do. Changes nothing; 0 sound, 1 a look, 2 a fault."""
    from flows.checkup import exit_status
    from flows.doctor import diagnose

    checks = diagnose()
    show({"checks": [check.as_dict() for check in checks]}, as_json, lambda: _checks(checks))
    raise typer.Exit(exit_status(checks))


def _checks(checks: list[Check]) -> None:
    for check in checks:
        print(f"{check.state:<6} {check.part}: {check.seen}", *([f"       {check.do}"] if check.do else []), sep="\n")
