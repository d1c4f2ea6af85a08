"""A partner's bucket on an object store: objects brought whole or not at all, moved away after the commit."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from connectors.files import Entry, free_names, is_meant, return_names
from connectors.home import Notebook, local_outbox, own_file, put_into
from connectors.inbox import InboxConnector
from connectors.objects import explained, file_system
from connectors.settings import BucketSettings
from connectors.source import NotNow, Workspace, attempted
from offers.calendar import SchoolYear, day_of
from offers.errors import QuaiError, Refused, Unreachable
from offers.feed import Feed
from offers.model import Drop, VerdictKind

T = TypeVar("T")
_BLOCK = 8 << 20
_INSTANTS = ("LastModified", "last_modified", "updated", "mtime", "created")
_TAGS = ("ETag", "etag", "md5Hash")
_log = logging.getLogger(__name__)


class BucketConnector(InboxConnector):
    """The connector of kind `bucket`; see `connectors.source.Connector` for what each method promises.

    A store shows an object once it is whole, so that one look is enough, and a return needs no `.part`. Names with `/`
    are never among what is listed.
    """

    settings: BucketSettings

    def put(self, name: str, content: bytes) -> str:
        """Into the bucket's outbox, or into our own where the bucket is only read; an older one gives way."""
        if self.settings.read_only:
            return put_into(local_outbox(self.place.own, self.feed.slug), name, content, self.feed.slug)
        target = f"{self.settings.outbox}/{return_names(name)[0]}"
        self._on_store(f"to write {_shown(target)}", lambda: self._files.pipe_file(self._make_way(target), content))
        return self._address(target)

    def settle(self, drop: Drop, outcome: VerdictKind) -> None:
        """As all inboxes do; where the bucket is only read, remember the object."""
        if not self.settings.read_only:
            return super().settle(drop, outcome)
        self._settled.add(self._brought[drop.path])
        return self._folder.drop(drop.path)

    def close(self) -> None:
        """Let go of the store, and remove what was brought."""
        self.__dict__.pop("_files", None)
        super().close()

    @cached_property
    def _files(self) -> Any:
        return self._told("to open it", lambda: file_system(self.settings, self.place, self.feed.slug))

    @cached_property
    def _settled(self) -> SettledObjects:
        return SettledObjects(self.place, self.feed)

    @property
    def _head(self) -> str:
        return f"{self.feed.slug}: {self.settings.url}"

    def _ripe(self) -> list[Entry]:
        most = self.settings.max_objects
        pages = self._pages if self.settings.protocol == "s3" else self._listing
        listed = self._on_store("to list it", lambda: list(islice(pages(), most + 1)))
        if len(listed) > most:
            raise Refused(
                f"{self._head} holds more than {most} objects (`max_objects`). Ask the partner to tidy it or for a "
                "narrower prefix, or raise it in the feed's source."
            )
        meant = [one for one in listed if is_meant(one.name, self.settings.glob)]
        meant.sort(key=lambda one: (one.mtime, one.name))
        if self.settings.newest_only and len(meant) > 1:
            _log.info("%s: %d older objects are passed over (newest_only)", self.feed.slug, len(meant) - 1)
            meant = meant[-1:]
        if not self.settings.read_only:
            return meant
        self._settled.forget_all_but(meant)
        return [one for one in meant if one not in self._settled]

    def _listing(self) -> Iterator[Entry]:
        try:
            listed = self._files.ls(self._at(""), detail=True)
        except FileNotFoundError:
            if self.settings.protocol == "file":
                raise
            return  # a prefix without objects is no place at all
        for info in listed:
            name = str(info["name"]).rstrip("/").rpartition("/")[2]
            # A link on a disk may lead anywhere on it.
            if info.get("type") == "file" and not info.get("islink"):
                yield _entry(name, info)

    def _pages(self) -> Iterator[Entry]:
        """As S3 lists them, a thousand at a time: the library's own listing holds everything at once."""
        bucket, _, prefix = self._at("").partition("/")
        words = {"Bucket": bucket, "Prefix": f"{prefix}/" if prefix else "", "Delimiter": "/"}
        while True:
            page = self._files.call_s3("list_objects_v2", **words)
            for one in page.get("Contents", ()):
                name = one["Key"][len(words["Prefix"]) :]
                if name and "/" not in name:
                    yield _entry(name, {**one, "size": one["Size"]})
            if not page.get("IsTruncated") or not page.get("NextContinuationToken"):
                return
            words["ContinuationToken"] = page["NextContinuationToken"]

    def _look(self, name: str) -> Entry | None:
        """An object as it is now; None where there is none."""

        def info() -> Any:
            try:
                return self._files.info(self._at(name))
            except FileNotFoundError:
                return {"type": "directory"}

        found = self._told(f"to look at {_shown(name)}", info)
        return _entry(name, found) if found.get("type") != "directory" else None

    def _bring(self, entry: Entry) -> Path:
        path, name = self._room_for(entry), _shown(entry.name)

        def fetch() -> None:
            """Bring the bytes of this very version, after those that stand there already."""
            came = self._told(f"to read {name}", lambda: self._read(entry, path))
            now = self._look(entry.name)
            if str(now) != str(entry):
                raise NotNow(
                    f"{self._head}: {name} was replaced while it was read ({now or 'nothing'} in place of "
                    f"{entry}). Nothing of it was taken; the next run takes the new one."
                )
            if came != entry.size:
                raise Unreachable(
                    f"{self._head}: {name} ended after {came} of the {entry.size} bytes that were listed. "
                    "Nothing of it was taken."
                )

        attempted(fetch, self.wait)
        return path

    def _read(self, entry: Entry, to: Path) -> int:
        held = to.stat().st_size if to.exists() else 0
        ends = time.monotonic() + self.settings.transfer_seconds
        # The library asks for this version alone where it knows one (If-Match), and reads no more than we ask.
        opened = self._files.open(self._at(entry.name), "rb", block_size=_BLOCK, cache_type="none")
        with opened as source, own_file(to, self.feed.slug) as write:
            source.seek(held)
            while held < entry.size and (block := source.read(min(_BLOCK, entry.size - held))):
                write(block, held)
                held += len(block)
                if time.monotonic() > ends:
                    raise Unreachable(
                        f"{self._head}: {_shown(entry.name)} was not done after {self.settings.transfer_seconds:g} s "
                        "(`transfer_seconds`). Nothing of it was taken."
                    )
        return held

    def _move(self, entry: Entry, folder: str, stamp: str) -> None:
        name = _shown(entry.name)

        def move() -> None:
            free = (f"{folder}/{one}" for one in free_names(entry.name, stamp))
            target = next((one for one in free if not self._look(one)), "")
            if not target:
                raise Refused(f"{self._head}/{folder} holds a thousand objects named like {name}. Tidy it.")
            source, doing = self._at(entry.name), f"to move {name} to {folder}"
            self._told(doing, lambda: self._files.cp_file(source, self._make_way(target)))
            # A store has no rename: what came between the copy and now must not be removed with what was read.
            copied = self._look(target)
            if self._is_still(entry, self._look(entry.name)) and copied is not None and copied.size == entry.size:
                self._told(doing, lambda: self._files.rm_file(source))

        if self._is_still(entry, attempted(lambda: self._look(entry.name), self.wait)):
            attempted(move, self.wait)

    def _address(self, name: str) -> str:
        return f"{self.settings.url.rstrip('/')}/{name}"

    def _at(self, name: str) -> str:
        return f"{str(self._files._strip_protocol(self.settings.url)).rstrip('/')}/{name}".rstrip("/")

    def _make_way(self, name: str) -> str:
        """The place of an object that is to be written."""
        if self.settings.protocol == "file":  # the others have no folders
            self._files.makedirs(self._at(name).rpartition("/")[0], exist_ok=True)
        return self._at(name)

    def _on_store(self, doing: str, do: Callable[[], T]) -> T:
        return attempted(lambda: self._told(doing, do), self.wait)

    def _told(self, doing: str, do: Callable[[], T]) -> T:
        """What `do` gives; what goes wrong is Unreachable or Refused, and says what was being done."""
        try:
            return do()
        except QuaiError:
            raise
        except Exception as fault:  # the library raises errors of four libraries
            said = explained(fault, self._head, doing)
        raise said  # here, so that the library's error, which may hold what it was given, is not part of the trace


class SettledObjects:
    """What was settled in a bucket that we only read, by name and version, so that it is not taken again each night.

    Once the feed's rules have changed, an incremental feed takes everything anew, and a full one its newest alone: the
    older ones would put back, one after the other, what the newest has withdrawn.
    """

    def __init__(self, place: Workspace, feed: Feed) -> None:
        self._notebook = Notebook(place, feed, SchoolYear.at(day_of(place.now())))
        kept = self._notebook.read().get("settled")
        self._tags: dict[str, str] = kept if isinstance(kept, dict) else {}
        self._forgets_newest = bool(self._tags) and not self._notebook.current
        if self._forgets_newest and feed.scope != "full":
            self._tags, self._forgets_newest = {}, False

    def __contains__(self, entry: Entry) -> bool:
        return self._tags.get(entry.name) == str(entry)

    def forget_all_but(self, listed: list[Entry]) -> None:
        """Drop what is no longer listed (oldest first), and the newest where the rules have changed."""
        names = {one.name for one in listed}
        self._tags = {name: tag for name, tag in self._tags.items() if name in names}
        if self._forgets_newest and listed:
            self._tags.pop(listed[-1].name, None)
            self._forgets_newest = False

    def add(self, entry: Entry) -> None:
        """This one was settled. Raises Unreachable where it cannot be written down."""
        self._tags[entry.name] = str(entry)
        self._notebook.keep({"settled": self._tags})


def _entry(name: str, info: dict[str, Any]) -> Entry:
    at = next((info[key] for key in _INSTANTS if info.get(key) is not None), 0.0)
    at = at if isinstance(at, datetime) else datetime.fromtimestamp(float(at), UTC)
    at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    tag = next((str(info[key]) for key in _TAGS if info.get(key)), "")
    return Entry(name, int(info["size"]), at.timestamp(), tag)


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "_" for letter in name)
