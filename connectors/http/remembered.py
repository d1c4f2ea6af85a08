"""What a server said of a file that was taken: its ETag and date, so that the same file is not fetched twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors.notebook import Notebook
from connectors.source import Place
from offers.calendar import SchoolYear
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
    """One feed's validators in its notebook; of no use once the notebook is of another time."""

    def __init__(self, place: Place, feed: Feed, url: str, year: SchoolYear) -> None:
        self._notebook = Notebook(place, feed, year, url)

    def read(self) -> Validators:
        """What was kept, or nothing where it is missing, unreadable or of another time."""
        kept = self._notebook.read()
        if not self._notebook.current:
            return Validators()
        return Validators(str(kept.get("etag", "")), str(kept.get("last_modified", "")))

    def keep(self, validators: Validators) -> None:
        """Write them down. Raises Unreachable where that is impossible."""
        self._notebook.keep({"etag": validators.etag, "last_modified": validators.last_modified})
