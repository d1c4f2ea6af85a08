"""Which files of a watched folder are given, and when."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from operations.check import changed


def given(place: Path, *rounds: Callable[[], object]) -> list[str]:
    """The files that a watch gives while these things happen, one between each two looks."""
    happening = iter(rounds)

    def wait(_seconds: float) -> None:
        happens = next(happening, None)
        if happens is None:
            raise KeyboardInterrupt
        happens()

    names: list[str] = []
    with contextlib.suppress(KeyboardInterrupt):
        names.extend(path.name for path in changed(place, wait))
    return names


def write(path: Path, text: str, at: int) -> Callable[[], object]:
    def happens() -> None:
        path.write_text(text, encoding="utf-8")
        os.utime(path, ns=(at, at))

    return happens


def nothing() -> None:
    pass


def test_what_is_there_already_is_given_at_once_and_only_once(tmp_path: Path) -> None:
    write(tmp_path / "b.csv", "x", 1)()
    write(tmp_path / "a.csv", "x", 1)()
    assert given(tmp_path, nothing, nothing) == ["a.csv", "b.csv"]


def test_a_new_file_is_given_once_two_looks_saw_it_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    assert given(tmp_path, write(path, "x", 1)) == []
    path.unlink()
    assert given(tmp_path, write(path, "x", 1), write(path, "xx", 2)) == []
    path.unlink()
    assert given(tmp_path, write(path, "x", 1), write(path, "xx", 2), nothing, nothing) == ["a.csv"]


def test_a_file_that_is_saved_again_is_given_again(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write(path, "x", 1)()
    assert given(tmp_path, nothing, write(path, "y", 2), nothing, nothing) == ["a.csv", "a.csv"]


def test_unfinished_files_locks_folders_and_our_own_returns_are_passed_over(tmp_path: Path) -> None:
    for name in ("a.csv.part", "~$a.xlsx", ".hidden", "a.csv.retour.html", "a.csv.retour.xlsx", ".~lock.a.csv#"):
        write(tmp_path / name, "x", 1)()
    write(tmp_path / "empty.csv", "", 1)()
    (tmp_path / "archive").mkdir()
    assert given(tmp_path, nothing, nothing) == []


def test_one_file_can_be_watched_and_may_go_away_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    write(path, "x", 1)()
    write(tmp_path / "b.csv", "x", 1)()
    assert given(path, path.unlink, nothing, write(path, "y", 2), nothing) == ["a.csv", "a.csv"]
