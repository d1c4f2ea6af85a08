"""States from which many tests begin: played once by a process of the test run, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from testing.database import copy_of_pattern

P = TypeVar("P")
T = TypeVar("T")
Opened = Callable[[Path, str], AbstractContextManager[P]]
"""Opens a yard, a quay, a place, under a home and on a database."""
PASSED_ON = ("at", "left")
"""What a yard or a quay knows besides its files and its database: the hour, and how many files were left."""


class Scenes:
    """What has been played so far, each in a folder and a database of its own."""

    def __init__(self, server: Path, folder: Path) -> None:
        self._server, self._folder, self._parts = server, folder, ExitStack()
        self._played: dict[Callable[[Any], Any], tuple[Path, str, dict[str, Any], Any]] = {}

    @contextmanager
    def after(self, opened: Opened[P], deed: Callable[[P], T], home: Path) -> Iterator[tuple[P, T]]:
        """What is opened, under `home`, as it was after the deed, which is done once for all who ask; what it gave."""
        if deed not in self._played:
            self._played[deed] = self._play(opened, deed)
        stage, url, passed_on, given = self._played[deed]
        shutil.copytree(stage, home, dirs_exist_ok=True)
        with copy_of_pattern(self._server, urlsplit(url).path[1:]) as copied, opened(home, copied) as here:
            for name, value in passed_on.items():
                setattr(here, name, value)
            yield here, given

    def _play(self, opened: Opened[P], deed: Callable[[P], T]) -> tuple[Path, str, dict[str, Any], T]:
        stage = self._folder / str(len(self._played))
        stage.mkdir()
        url = self._parts.enter_context(copy_of_pattern(self._server))
        with opened(stage, url) as here:
            given = deed(here)
            return stage, url, {name: getattr(here, name) for name in PASSED_ON if hasattr(here, name)}, given

    def close(self) -> None:
        """All of it goes."""
        self._parts.close()
