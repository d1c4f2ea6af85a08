"""A partner's bucket for plain code: list, look, fetch, write, move. What goes wrong is Unreachable or Refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from connectors.files import free_names
from connectors.home import no_room
from connectors.objects.library import explained, file_system
from connectors.objects.settings import BucketSettings
from connectors.source import NotNow, Place
from offers.errors import QuaiError, Refused, Unreachable

T = TypeVar("T")
_BLOCK = 8 << 20
_INSTANTS = ("LastModified", "last_modified", "updated", "mtime", "created")
_TAGS = ("ETag", "etag", "md5Hash")


@dataclass(frozen=True)
class Found:
    """One object as it was listed: its name below the prefix, bytes, instant, and what tells its versions apart."""

    name: str
    size: int
    at: datetime
    tag: str

    def __str__(self) -> str:
        return f"{self.size} bytes, {self.tag}"


class Store:
    """The objects at `settings.url`, and the folders beside them. Names with `/` are never among what is listed."""

    def __init__(self, settings: BucketSettings, place: Place, where: str) -> None:
        self._settings, self._where = settings, where
        self._head = f"{where}: {settings.url}"
        self._files = self._told("to open it", lambda: file_system(settings, place, where))
        self._root = str(self._files._strip_protocol(settings.url)).rstrip("/")

    def found(self) -> list[Found]:
        """The objects right below the prefix, in no order. Raises Refused where they are more than `max_objects`."""
        most = self._settings.max_objects
        pages = self._pages if self._settings.protocol == "s3" else self._listing
        listed = self._told("to list it", lambda: list(islice(pages(), most + 1)))
        if len(listed) > most:
            raise Refused(
                f"{self._head} holds more than {most} objects (`max_objects`). Ask the partner to tidy it or for a "
                "narrower prefix, or raise it in the feed's source."
            )
        return listed

    def look(self, name: str) -> Found | None:
        """An object as it is now; None where there is none."""
        return self._told(f"to look at {_shown(name)}", lambda: self._look(name))

    def fetch(self, found: Found, to: Path) -> None:
        """Bring the bytes of this very version into `to`, after those that stand there already."""
        came = self._told(f"to read {_shown(found.name)}", lambda: self._read(found, to))
        now = self.look(found.name)
        if now is None or (now.tag, now.size) != (found.tag, found.size):
            raise NotNow(
                f"{self._head}: {_shown(found.name)} was replaced while it was read ({now or 'nothing'} in place of "
                f"{found}). Nothing of it was taken; the next run takes the new one."
            )
        if came != found.size:
            raise Unreachable(
                f"{self._head}: {_shown(found.name)} ended after {came} of the {found.size} bytes that were listed. "
                "Nothing of it was taken."
            )

    def write(self, name: str, content: bytes) -> str:
        """Put a whole object, over one of that name: a store shows it once it is whole. Gives its address."""
        self._told(f"to write {_shown(name)}", lambda: self._write(name, content))
        return self.address(name)

    def move(self, found: Found, folder: str, stamp: str) -> bool:
        """Move an object into `folder`, never over another; False where it is no longer the one that was found."""
        names = (f"{folder}/{free}" for free in free_names(found.name, stamp))
        target = next((name for name in names if not self.look(name)), "")
        if not target:
            raise Refused(f"{self._head}/{folder} holds a thousand objects named like {_shown(found.name)}. Tidy it.")
        doing = f"to move {_shown(found.name)} to {folder}"
        self._told(doing, lambda: self._copy(found.name, target))
        # A store has no rename: what came between the copy and now must not be removed with what was read.
        copied, now = self.look(target), self.look(found.name)
        if copied is None or copied.size != found.size or now is None or now.tag != found.tag:
            return False
        self._told(doing, lambda: self._files.rm_file(self._at(found.name)))
        return True

    def address(self, name: str) -> str:
        """Where an object is, for people."""
        return f"{self._settings.url.rstrip('/')}/{name}"

    def _at(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _look(self, name: str) -> Found | None:
        try:
            info = self._files.info(self._at(name))
        except FileNotFoundError:
            return None
        return _found(name, info) if info.get("type") != "directory" else None

    def _read(self, found: Found, to: Path) -> int:
        held = to.stat().st_size if to.exists() else 0
        ends = time.monotonic() + self._settings.transfer_seconds
        # The library asks for this version alone where it knows one (If-Match), and reads no more than we ask.
        opened = self._files.open(self._at(found.name), "rb", block_size=_BLOCK, cache_type="none")
        with opened as source, _sink(to, self._where) as write:
            source.seek(held)
            while held < found.size and (block := source.read(min(_BLOCK, found.size - held))):
                held += len(block)
                write(block)
                if time.monotonic() > ends:
                    raise Unreachable(
                        f"{self._head}: {_shown(found.name)} was not done after {self._settings.transfer_seconds:g} s "
                        "(`transfer_seconds`). Nothing of it was taken."
                    )
        return held

    def _write(self, name: str, content: bytes) -> None:
        self._make_folder_of(name)
        self._files.pipe_file(self._at(name), content)

    def _copy(self, name: str, target: str) -> None:
        self._make_folder_of(target)
        self._files.cp_file(self._at(name), self._at(target))

    def _make_folder_of(self, name: str) -> None:
        if self._settings.protocol == "file":  # the others have no folders
            self._files.makedirs(self._at(name).rpartition("/")[0], exist_ok=True)

    def _listing(self) -> Iterator[Found]:
        try:
            listed = self._files.ls(self._root, detail=True)
        except FileNotFoundError:
            if self._settings.protocol == "file":
                raise
            return  # a prefix without objects is no place at all
        for info in listed:
            name = str(info["name"]).rstrip("/").rpartition("/")[2]
            # A link on a disk may lead anywhere on it.
            if info.get("type") == "file" and not info.get("islink"):
                yield _found(name, info)

    def _pages(self) -> Iterator[Found]:
        """As S3 lists them, a thousand at a time: the library's own listing holds everything at once."""
        bucket, _, prefix = self._root.partition("/")
        words = {"Bucket": bucket, "Prefix": f"{prefix}/" if prefix else "", "Delimiter": "/"}
        while True:
            page = self._files.call_s3("list_objects_v2", **words)
            for one in page.get("Contents", ()):
                name = one["Key"][len(words["Prefix"]) :]
                if name and "/" not in name:
                    yield _found(name, {**one, "size": one["Size"]})
            if not page.get("IsTruncated") or not page.get("NextContinuationToken"):
                return
            words["ContinuationToken"] = page["NextContinuationToken"]

    def _told(self, doing: str, do: Callable[[], T]) -> T:
        try:
            return do()
        except QuaiError:
            raise
        except Exception as fault:  # the library raises errors of four libraries
            said = explained(fault, self._head, doing)
        raise said  # here, so that the library's error, which may hold what it was given, is not part of the trace


@contextmanager
def _sink(path: Path, where: str) -> Iterator[Callable[[bytes], Any]]:
    """Append to our own file; what goes wrong here is our own disk's fault, not the partner's."""

    def write(block: bytes) -> None:
        try:
            file.write(block)
            file.flush()
        except OSError as fault:
            raise no_room(path.parent, fault, where) from None

    try:
        file = path.open("ab")
    except OSError as fault:
        raise no_room(path.parent, fault, where) from None
    with file:
        yield write


def _found(name: str, info: dict[str, Any]) -> Found:
    at = next((info[key] for key in _INSTANTS if info.get(key) is not None), 0.0)
    at = at if isinstance(at, datetime) else datetime.fromtimestamp(float(at), UTC)
    at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    tag = next((str(info[key]) for key in _TAGS if info.get(key)), at.isoformat())
    return Found(name, int(info["size"]), at, tag)


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "_" for letter in name)
