"""The landing: a drop's bytes kept under their SHA-256 before anything reads them, never altered, never overwritten."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec  # type: ignore[import-untyped]  # it has no annotations
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]  # nor has this

from offers.errors import CannotKeep, Unreachable
from offers.model import Drop, Landed

BLOCK = 1 << 20


class Landing:
    """A folder, or any fsspec URL, that holds `<first two digits>/<sha256>` and beside each a `.json` that names it."""

    def __init__(self, root: str) -> None:
        self.files, path = fsspec.core.url_to_fs(root)
        self.root = str(path).rstrip("/")
        self.local = isinstance(self.files, LocalFileSystem)

    def keep(self, drop: Drop) -> Landed:
        """Copy the drop in, once; the same bytes again stay as they are, under the name they first came with.

        Raises Unreachable where the drop changed or vanished while it was read (retry), CannotKeep where the landing
        is full, forbids us, or holds other bytes under this checksum.
        """
        with self._sentences():
            self.files.makedirs(self.root, exist_ok=True)
            waiting = f"{self.root}/.{uuid4().hex}.part"
            try:
                checksum, size = self._copied(drop, waiting)
                self._settle(waiting, checksum, size, drop)
            finally:
                if self.files.exists(waiting):
                    self.files.rm_file(waiting)
        return Landed(
            feed=drop.feed,
            name=drop.name,
            sha256=checksum,
            size=size,
            arrived_at=drop.arrived_at,
            uri=self.uri(checksum),
            announced=drop.announced,
            complete=drop.complete,
        )

    def uri(self, checksum: str) -> str:
        """Where the bytes of this checksum are."""
        return str(self.files.unstrip_protocol(self._path(checksum))) if not self.local else self._path(checksum)

    def fetch(self, landed: Landed | str) -> Path:
        """A local path to read the bytes from: the kept file itself, or a checked copy where the landing is remote.

        Raises CannotKeep where they are missing or are no longer what their checksum says.
        """
        checksum = landed if isinstance(landed, str) else landed.sha256
        with self._sentences():
            if not self.files.exists(self._path(checksum)):
                raise CannotKeep(
                    f"{self._path(checksum)}: no drop is kept under this checksum. It was purged, or QUAI_LANDING now "
                    "names another place; set it back, or take the drop in again."
                )
            return Path(self._path(checksum)) if self.local else self._copy_of(checksum)

    def about(self, checksum: str) -> dict[str, Any]:
        """What is written beside the bytes: feed, name, size and instant of their first arrival."""
        with self._sentences():
            said: dict[str, Any] = json.loads(self.files.cat_file(self._path(checksum) + ".json"))
            return said

    def _path(self, checksum: str) -> str:
        return f"{self.root}/{checksum[:2]}/{checksum}"

    def _copied(self, drop: Drop, waiting: str) -> tuple[str, int]:
        digest, size = sha256(), 0
        try:
            before = drop.path.stat()
            source = drop.path.open("rb")
        except OSError as error:
            raise Unreachable(f"{drop.origin}: the drop {drop.name} cannot be read ({error.strerror}).") from error
        with source, self.files.open(waiting, "wb") as target:
            while block := source.read(BLOCK):
                digest.update(block)
                size += target.write(block)
            after = os.fstat(source.fileno())
            if self.local:
                target.flush()
                os.fsync(target.fileno())
        if (before.st_size, before.st_mtime_ns, size) != (after.st_size, after.st_mtime_ns, after.st_size):
            raise Unreachable(
                f"{drop.origin}: the drop {drop.name} changed while it was read ({before.st_size} bytes before, "
                f"{after.st_size} after, {size} read). The partner is probably still writing it; it is tried again."
            )
        return digest.hexdigest(), size

    def _settle(self, waiting: str, checksum: str, size: int, drop: Drop) -> None:
        path = self._path(checksum)
        self.files.makedirs(path.rpartition("/")[0], exist_ok=True)
        if self.files.exists(path):
            self._same_size(path, size)
        else:
            self.files.mv(waiting, path)
        if not self.files.exists(path + ".json"):
            said = {"feed": drop.feed, "name": drop.name, "size": size, "arrived_at": drop.arrived_at.isoformat()}
            self.files.pipe_file(waiting, json.dumps(said, ensure_ascii=False, indent=1).encode())
            self.files.mv(waiting, path + ".json")

    def _same_size(self, path: str, size: int) -> None:
        found = self.files.size(path)
        if found != size:
            raise CannotKeep(
                f"{path}: {found} bytes are kept under a checksum whose drop has {size}. The kept copy is damaged "
                "(a full disk, an interrupted restore): restore it from a backup, or move it away and run this again."
            )

    def _copy_of(self, checksum: str) -> Path:
        copy = Path(tempfile.gettempdir()) / "quai-landing" / checksum
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        if not copy.exists() or _checksum(copy) != checksum:
            part = copy.with_name(f"{checksum}.{uuid4().hex}.part")
            self.files.get_file(self._path(checksum), str(part))
            if _checksum(part) != checksum:
                part.unlink()
                raise CannotKeep(
                    f"{self._path(checksum)}: the bytes kept are not those of this checksum; restore them."
                )
            part.replace(copy)
        return copy

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CannotKeep(
                f"{self.root}: the landing cannot keep or find a drop ({error.strerror or error}). "
                "Free disk space, give this user the right to write there, or set QUAI_LANDING to another place."
            ) from error


def _checksum(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
