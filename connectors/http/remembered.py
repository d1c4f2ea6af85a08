"""What a server said of a file that was taken: its ETag and date, so that the same file is not fetched twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from offers.calendar import SchoolYear
from offers.errors import Unreachable
from offers.feed import Feed


@dataclass(frozen=True)
class Validators:
    """The two headers by which a server knows its own file again; either may be missing."""

    etag: str = ""
    last_modified: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Validators:
        """As an answer states them."""
        return cls(headers.get("ETag", ""), headers.get("Last-Modified", ""))

    @property
    def conditions(self) -> dict[str, str]:
        """The headers that ask for the file only if it is another one."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": "" if self.etag else self.last_modified}
        return {name: value for name, value in asked.items() if value}

    @property
    def of_range(self) -> str:
        """What may stand in If-Range: a strong ETag, or else a date; empty where neither is there."""
        return self.etag if self.etag and not self.etag.startswith("W/") else ("" if self.etag else self.last_modified)


class Memory:
    """One feed's validators in `<home>/state/<partner>/<feed>.json`.

    They count for as long as the feed's TOML, Quai's version and the school year stay what they were: afterwards the
    same bytes are examined anew, and so must be fetched.
    """

    def __init__(self, home: Path, feed: Feed, url: str, year: SchoolYear) -> None:
        self._path, self._slug = home / "state" / f"{feed.slug}.json", feed.slug
        said = f"{feed.model_dump_json()}|{version('quai')}|{year.label}|{url}"
        self._fingerprint = hashlib.sha256(said.encode()).hexdigest()

    def read(self) -> Validators:
        """What was kept, or nothing where it is missing, unreadable or of another time."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            if kept["fingerprint"] == self._fingerprint:
                return Validators(str(kept["etag"]), str(kept["last_modified"]))
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return Validators()

    def keep(self, validators: Validators) -> None:
        """Write them down. Raises Unreachable where that is impossible."""
        part = self._path.with_suffix(".part")
        kept = {
            "fingerprint": self._fingerprint,
            "etag": validators.etag,
            "last_modified": validators.last_modified,
        }
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(kept), encoding="utf-8")
            part.replace(self._path)
        except OSError as error:
            raise Unreachable(
                f"{self._slug}: cannot write {self._path} ({error.strerror}); expected a writable folder. What was "
                "loaded stays loaded; free space or grant rights there, or the next run fetches the same file again."
            ) from error
