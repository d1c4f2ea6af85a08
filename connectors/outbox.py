"""An outbox on our own disk, for sources that have none of their own: returns wait there for whoever passes them on."""

from __future__ import annotations

from pathlib import Path

from connectors.names import plain_name
from offers.errors import Unreachable


def local_outbox(home: Path, slug: str) -> Path:
    """The folder of a feed's returns: `<home>/outbox/<partner>/<feed>`."""
    return home / "outbox" / slug


def put_into(folder: Path, name: str, content: bytes, slug: str) -> str:
    """Write as `.part`, then rename; an older file of that name gives way. Raises Unreachable where it cannot."""
    target = folder / plain_name(name)
    part = target.with_name(target.name + ".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(target)
    except OSError as error:
        raise Unreachable(
            f"{slug}: cannot write {target} ({error.strerror}); expected a writable folder. "
            "Free space or grant rights there; the next run writes it again."
        ) from error
    return str(target)
