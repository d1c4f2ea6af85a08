"""An outbox on our own disk, for sources that have none of their own: returns wait there for whoever passes them on."""

from __future__ import annotations

from pathlib import Path

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


def plain_name(name: str, longest: int = 150) -> str:
    """A file name without folders, control characters or a leading dot, its ending kept where it is cut."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(letter for letter in last if letter.isprintable()).strip().lstrip(".")
    stem, dot, ending = plain.rpartition(".")
    if len(plain) > longest and dot and len(ending) < 10:
        plain = stem[: longest - len(ending) - 1] + dot + ending
    return plain[:longest] or "unnamed"
