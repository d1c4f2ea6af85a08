"""The landing: a drop's bytes kept under their SHA-256 before anything reads them, never altered, never overwritten."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from errno import ENOENT
from pathlib import Path
from stat import S_ISREG
from typing import IO, Any
from uuid import uuid4

import fsspec  # type: ignore[import-untyped]  # it has no annotations
from fsspec.implementations.local import LocalFileSystem  # type: ignore[import-untyped]  # nor has this

from offers.errors import CannotKeep, QuaiError, Unreachable
from offers.model import Drop, Landed

BLOCK = 1 << 20
_CHECKSUM = re.compile(r"[0-9a-f]{64}")
_A_DAY = 86_400
_CARRIED = ("feed", "name", "arrived_at", "announced", "complete", "lacks", "sent_at")
_log = logging.getLogger("quai.landing")

# At DEBUG these tell whole requests, with the session token among their headers.
for _name in ("botocore", "aiobotocore", "s3fs", "fsspec"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class Landing:
    """A folder, or any fsspec URL, that holds `<first two digits>/<sha256>` and beside each a `.json` that names it.

    Of s3://, the credentials, the region and the endpoint are those of the environment: AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL_S3, ~/.aws, or the machine's role. What is read of it is copied
    below `home`, which is ours, and stays there for a day.
    """

    def __init__(self, root: str, home: Path) -> None:
        with self._sentences(root):
            # No listings kept: another machine keeps drops there too.
            self.files, path = fsspec.core.url_to_fs(root, use_listings_cache=False)
        self.root = str(path).rstrip("/")
        self.local = isinstance(self.files, LocalFileSystem)
        self._copies = home / "scratch" / ".landing"
        self._sound: dict[Path, tuple[int, ...]] = {}

    def keep(self, drop: Drop) -> Landed:
        """Copy the drop in, once; the same bytes again stay as they are, under the name they first came with.

        A kept copy that is no longer what its checksum says is replaced by the drop's bytes, and logged. Raises
        Unreachable where the drop changed or vanished while it was read (retry), CannotKeep where the landing is full
        or forbids us.
        """
        with self._sentences():
            self._make_folder(self.root)
            waiting = f"{self.root}/.{uuid4().hex}.part"
            try:
                checksum, size = self._copied(drop, waiting)
                path = self._path(checksum)
                self._make_folder(path.rpartition("/")[0])
                there = self.files.exists(path)
                if not there or not self._is_sound(checksum):
                    self.files.mv(waiting, path)
                    if self.local:
                        self._sound[Path(path)] = _identity(Path(path))
                    if there:
                        _log.warning(
                            "%s: the kept copy was damaged (its bytes were not those of its checksum) and is replaced "
                            "by the same file, which %s left again as %s. Look at the disk.",
                            path,
                            drop.feed,
                            drop.name,
                        )
                known = self._said(checksum)
                if known is None or (drop.encoding and drop.encoding != known.get("encoding")):
                    first = {"feed": drop.feed, "name": drop.name, "size": size}
                    said = known or {**first, "arrived_at": drop.arrived_at.isoformat()}
                    said |= {"encoding": drop.encoding} if drop.encoding else {}
                    self.files.pipe_file(waiting, json.dumps(said, ensure_ascii=False, indent=1).encode())
                    self.files.mv(waiting, path + ".json")
            finally:
                if self.files.exists(waiting):
                    self.files.rm_file(waiting)
        return self._landed(drop, checksum, size)

    def named(self, drop: Drop) -> Landed:
        """The drop as it would lie here; nothing is written. Raises CannotKeep where its file cannot be read."""
        with self._sentences():
            return self._landed(drop, checksum_of(drop.path), drop.path.stat().st_size)

    def _landed(self, drop: Drop, checksum: str, size: int) -> Landed:
        said = {name: getattr(drop, name) for name in _CARRIED}
        return Landed(sha256=checksum, size=size, uri=self.uri(checksum), **said)

    def uri(self, checksum: str) -> str:
        """Where the bytes of this checksum are."""
        return str(self.files.unstrip_protocol(self._path(checksum))) if not self.local else self._path(checksum)

    def fetch(self, landed: Landed | str) -> Path:
        """A local path to read the bytes from: the kept file itself, or a checked copy where the landing is remote.

        Raises CannotKeep where they are missing or are no longer what their checksum says.
        """
        checksum = landed if isinstance(landed, str) else landed.sha256
        if self.local:
            self.verify(checksum)
            return Path(self._path(checksum))
        with self._sentences():
            self._must_exist(checksum)
            copy = self._copies / checksum
            self._copies.mkdir(mode=0o700, parents=True, exist_ok=True)
            for left in self._copies.iterdir():  # a run lasts no day, and nobody purges each worker's disk
                with suppress(FileNotFoundError):  # another run's, renamed or removed meanwhile
                    if time.time() - left.stat().st_mtime > _A_DAY:
                        left.unlink()
            if not copy.exists() or not self._is_sound_file(copy, checksum):
                part = copy.with_name(f"{checksum}.{uuid4().hex}.part")
                self.files.get_file(self._path(checksum), str(part))
                if checksum_of(part) != checksum:
                    part.unlink()
                    raise self._damaged(checksum)
                part.replace(copy)
                self._sound[copy] = _identity(copy)
            return copy

    def verify(self, checksum: str) -> None:
        """Raises CannotKeep where the bytes are missing or are no longer what their checksum says.

        A local file is read once, and again only when it was touched since; a remote one each time.
        """
        with self._sentences():
            self._must_exist(checksum)
            if not self._is_sound(checksum):
                raise self._damaged(checksum)

    def about(self, checksum: str) -> dict[str, Any]:
        """What is written beside the bytes: feed, name, size and instant of their first arrival.

        Raises CannotKeep where that is missing or damaged.
        """
        with self._sentences():
            said = self._said(checksum)
        if said is None:
            raise CannotKeep(
                f"{self._path(checksum)}.json: what was written beside this drop is missing or damaged. Restore it "
                "from a backup, or take the same file in again."
            )
        return said

    def encoding(self, checksum: str) -> str | None:
        """What the server that sent these bytes said that they are written in, if it said anything."""
        with self._sentences():
            found = (self._said(checksum) or {}).get("encoding")
        return found if isinstance(found, str) else None

    def rename(self, checksum: str, old: str, new: str) -> None:
        """Say beside the bytes that they are of a feed's new name, where they came for the old one."""
        said = self.about(checksum)
        if said.get("feed") == old:
            self.describe(checksum, {**said, "feed": new})

    def describe(self, checksum: str, said: dict[str, Any]) -> None:
        """Write this beside the bytes, in place of what `about` gave."""
        waiting = f"{self.root}/.{uuid4().hex}.part"
        with self._sentences():
            self.files.pipe_file(waiting, json.dumps(said, ensure_ascii=False, indent=1).encode())
            self.files.mv(waiting, self._path(checksum) + ".json")

    @contextmanager
    def reading(self, checksum: str) -> Iterator[IO[bytes]]:
        """The kept bytes as they lie here, sound or not, without a copy. Raises CannotKeep where they are missing."""
        with self._sentences():
            self._must_exist(checksum)
            with self.files.open(self._path(checksum), "rb") as file:
                yield file

    def kept(self) -> frozenset[str]:
        """The checksums of all that is kept here, in one listing."""
        with self._sentences():
            there = self.files.find(self.root) if self.files.exists(self.root) else []
        return frozenset(name for path in there if _CHECKSUM.fullmatch(name := str(path).rpartition("/")[2]))

    def sample(self, newest: int, others: int) -> list[str]:
        """Checksums to look at: those kept last, and others at random."""
        with self._sentences():
            found = self.files.find(self.root, detail=True) if self.files.exists(self.root) else {}
        when: dict[str, float] = {}
        for path, said in found.items():  # each kind of store says in its own word when a file was written
            at = said.get("mtime") or said.get("LastModified") or said.get("created") or 0.0
            if _CHECKSUM.fullmatch(name := path[-64:]):
                when[name] = at.timestamp() if isinstance(at, datetime) else float(at)
        last_first = sorted(when, key=lambda name: when[name], reverse=True)
        rest = last_first[newest:]
        return last_first[:newest] + random.sample(rest, min(others, len(rest)))  # no secret hangs on it

    def forget(self, checksum: str) -> bool:
        """Remove the bytes, what is written beside them, and our local copy; whether they are gone now."""
        path = self._path(checksum)
        with self._sentences():
            for one in (path, path + ".json"):
                if self.files.exists(one):
                    self.files.rm_file(one)
            (self._copies / checksum).unlink(missing_ok=True)
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
            # Between a look and this, whoever may write there could set a link to what only we may read, or a pipe.
            source = os.fdopen(os.open(drop.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")
            before = os.fstat(source.fileno())
            if not S_ISREG(before.st_mode):
                source.close()
                raise FileNotFoundError(ENOENT, "it is no file")
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

    def _said(self, checksum: str) -> dict[str, Any] | None:
        """What is written beside the bytes; None where it is missing or, after a power cut, empty."""
        path = self._path(checksum) + ".json"
        if not self.files.exists(path):
            return None
        try:
            said: dict[str, Any] = json.loads(self.files.cat_file(path))
            datetime.fromisoformat(said["arrived_at"])
        except (ValueError, TypeError, KeyError):
            return None
        return said

    def _must_exist(self, checksum: str) -> None:
        if not self.files.exists(self._path(checksum)):
            raise CannotKeep(
                f"{self._path(checksum)}: no drop is kept under this checksum. It was purged, or QUAI_LANDING now "
                "names another place; set it back, or take the drop in again."
            )

    def _is_sound(self, checksum: str) -> bool:
        """Whether the kept bytes are those of this checksum."""
        if self.local:
            return self._is_sound_file(Path(self._path(checksum)), checksum)
        digest = hashlib.sha256()
        with self.files.open(self._path(checksum), "rb") as kept:
            while block := kept.read(BLOCK):
                digest.update(block)
        return digest.hexdigest() == checksum

    def _is_sound_file(self, path: Path, checksum: str) -> bool:
        if self._sound.get(path) != _identity(path) and checksum_of(path) == checksum:
            self._sound[path] = _identity(path)
        return self._sound.get(path) == _identity(path)

    def _damaged(self, checksum: str) -> CannotKeep:
        path = self._path(checksum)
        return CannotKeep(
            f"{path}: the bytes kept are not those of this checksum ({self.files.size(path)} bytes). Our kept copy "
            "is damaged, not the partner's file: take the same file in again, which replaces it, or bring it back from "
            "a backup (docs/operate.md). Look at the disk."
        )

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


def _identity(path: Path) -> tuple[int, ...]:
    """What changes when a file is written to."""
    said = path.stat()
    return (said.st_ino, said.st_size, said.st_mtime_ns, said.st_ctime_ns)


def checksum_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
