"""What is remembered of a feed between runs, for sources that cannot be cleared: a small JSON file of our own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from connectors.source import Place
from offers.calendar import SchoolYear
from offers.errors import Unreachable
from offers.feed import Feed


def notebook_of(home: Path, slug: str) -> Path:
    """Where a feed's notebook lies."""
    return home / "state" / f"{slug}.json"


class Notebook:
    """One feed's `<home>/state/<partner>/<feed>.json`.

    It is `current` for as long as the feed's TOML, Quai's version and the school year (and what `also` says) stay what
    they were when it was written: afterwards the same bytes are examined anew, and so must be fetched. Nor is it where
    the ledger does not have the delivery after which it was written: a backup was restored, and what is believed to be
    taken is not.
    """

    def __init__(self, place: Place, feed: Feed, year: SchoolYear, also: str = "") -> None:
        self._path, self._slug, self._place = notebook_of(place.own, feed.slug), feed.slug, place
        said = f"{feed.model_dump_json()}|{version('quai')}|{year.label}|{also}"
        self._fingerprint = hashlib.sha256(said.encode()).hexdigest()
        self.current = False

    def read(self) -> dict[str, Any]:
        """What was kept, and sets `current`; nothing where the file is missing or unreadable."""
        try:
            kept = json.loads(self._path.read_text(encoding="utf-8"))
            known = self._place.holds(self._slug, str(kept.pop("mark", "")))
            self.current = kept.pop("fingerprint") == self._fingerprint and known
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self.current = False
            return {}
        return dict(kept)

    def keep(self, said: Mapping[str, Any]) -> None:
        """Write it down. Raises Unreachable where that is impossible."""
        part = self._path.with_suffix(".part")
        own = {"fingerprint": self._fingerprint, "mark": self._place.mark(self._slug)}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps({**own, **said}), encoding="utf-8")
            part.replace(self._path)
        except OSError as error:
            raise Unreachable(
                f"{self._slug}: cannot write {self._path} ({error.strerror}); expected a writable folder. What was "
                "loaded stays loaded; free space or grant rights there, or the next run fetches the same file again."
            ) from error
