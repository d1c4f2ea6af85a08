"""The landing: a drop's bytes kept under their SHA-256 before anything reads them, never altered, never overwritten."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec  # type: ignore[import-untyped]  # it has no annotations
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]  # nor has this

from offers.errors import CannotKeep, QuaiError, Unreachable
from offers.model import Drop, Landed

BLOCK = 1 << 20
_CHECKSUM = re.compile(r"[0-9a-f]{64}")
_COPIES = Path(tempfile.gettempdir()) / "quai-landing"

# At DEBUG these tell whole requests, with the session token among their headers.
for _name in ("botocore", "aiobotocore", "s3fs", "fsspec"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Landing:
    """A folder, or any fsspec URL, that holds `<first two digits>/<sha256>` and beside each a `.json` that names it.

    Of s3://, the credentials, the region and the endpoint are those of the environment: AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL_S3, ~/.aws, or the machine's role.
    """

    def __init__(self, root: str) -> None:
        with self._sentences(root):
            # No listings kept: another machine keeps drops there too.
            self.files, path = fsspec.core.url_to_fs(root, use_listings_cache=False)
        self.root = str(path).rstrip("/")
        self.local = isinstance(self.files, LocalFileSystem)

    def keep(self, drop: Drop) -> Landed:
        """Copy the drop in, once; the same bytes again stay as they are, under the name they first came with.

        Raises Unreachable where the drop changed or vanished while it was read (retry), CannotKeep where the landing
        is full, forbids us, or holds other bytes under this checksum.
        """
        with self._sentences():
            self._make_folder(self.root)
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
            lacks=drop.lacks,
            sent_at=drop.sent_at,
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

    def rename(self, checksum: str, old: str, new: str) -> None:
        """Say beside the bytes that they are of a feed's new name, where they came for the old one."""
        said = self.about(checksum)
        if said.get("feed") != old:
            return
        waiting = f"{self.root}/.{uuid4().hex}.part"
        with self._sentences():
            self.files.pipe_file(waiting, json.dumps({**said, "feed": new}, ensure_ascii=False, indent=1).encode())
            self.files.mv(waiting, self._path(checksum) + ".json")

    def kept(self) -> frozenset[str]:
        """The checksums of all that is kept here, in one listing."""
        with self._sentences():
            there = self.files.find(self.root) if self.files.exists(self.root) else []
        return frozenset(name for path in there if _CHECKSUM.fullmatch(name := str(path).rpartition("/")[2]))

    def forget(self, checksum: str) -> bool:
        """Remove the bytes, what is written beside them, and our local copy; whether they are gone now."""
        path = self._path(checksum)
        with self._sentences():
            for one in (path, path + ".json"):
                if self.files.exists(one):
                    self.files.rm_file(one)
            (_COPIES / checksum).unlink(missing_ok=True)
            return not self.files.exists(path)

    def try_out(self) -> None:
        """Write a few bytes, read them back and remove them. Raises CannotKeep where a drop could not be kept."""
        path = f"{self.root}/.{uuid4().hex}.part"
        with self._sentences():
            self._make_folder(self.root)
            self.files.pipe_file(path, b"quai")
            try:
                if self.files.cat_file(path) != b"quai":
                    raise self._cannot(path, "what is read back is not what was written")
            finally:
                self.files.rm_file(path)

    def _path(self, checksum: str) -> str:
        return f"{self.root}/{checksum[:2]}/{checksum}"

    def _copied(self, drop: Drop, waiting: str) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
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
        self._make_folder(path.rpartition("/")[0])
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
        copy = _COPIES / checksum
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        if not copy.exists() or checksum_of(copy) != checksum:
            part = copy.with_name(f"{checksum}.{uuid4().hex}.part")
            self.files.get_file(self._path(checksum), str(part))
            if checksum_of(part) != checksum:
                part.unlink()
                raise CannotKeep(
                    f"{self._path(checksum)}: the bytes kept are not those of this checksum; restore them."
                )
            part.replace(copy)
        return copy

    def _make_folder(self, path: str) -> None:
        # A store has no folders; asked for one, some libraries would try to make its bucket.
        if self.local:
            self.files.makedirs(path, exist_ok=True)

    @contextmanager
    def _sentences(self, where: str = "") -> Iterator[None]:
        try:
            yield
        except QuaiError:
            raise
        except OSError as error:
            raise self._cannot(where, error.strerror or str(error)) from error
        except Exception as error:
            if not where and self.local:
                raise  # of our own making
            # A store's library raises errors of several libraries, whose texts may hold what was sent.
            raise self._cannot(where, type(error).__name__) from None

    def _cannot(self, where: str, why: str) -> CannotKeep:
        return CannotKeep(
            f"{where or self.root}: the landing cannot keep or find a drop ({why}). "
            "Free disk space, give this user the right to write there, or set QUAI_LANDING to another place."
        )


def checksum_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
