"""Where a fetched drop lies until it is settled: `<home>/scratch/<partner>/<feed>/`, cleared before and after."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from offers.errors import Unreachable


@contextmanager
def scratch(home: Path, slug: str) -> Iterator[Path]:
    """An empty folder to fetch into; a fault leaves it empty, a full disk or missing rights become Unreachable."""
    folder = home / "scratch" / slug
    try:
        clear(folder)
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    except OSError as error:
        fault = error.strerror or type(error).__name__
    except BaseException:
        clear(folder)
        raise
    else:
        return
    clear(folder)
    raise Unreachable(
        f"{slug}: cannot keep what is fetched in {folder} ({fault}); expected a writable folder with room. "
        "Nothing was taken. Free space or grant rights there; the next run fetches it again."
    )


def clear(folder: Path) -> None:
    """Remove the folder and what it holds, if it is there."""
    shutil.rmtree(folder, ignore_errors=True)
