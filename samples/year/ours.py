"""The accidents on our side: partners' files that somebody edits, faults of Quai's own, disks, databases."""

from __future__ import annotations

import hashlib
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from unittest import mock

import psycopg
from sqlalchemy import text as sql

from offers.calendar import day_of
from offers.cleaning import neat as writing
from operations.backup import backup, restore
from operations.feeds import the_feed, the_partners
from operations.ingest import ingest
from operations.orphans import rename
from samples.year.accident import Accident, OtherBytes, World
from samples.year.employers import DAY, Access, Employer, Offer, listed, meant
from samples.year.oracle import Oracle
from samples.year.partners import content
from story.dock import open_dock
from testing.database import FAST
from testing.living import until
from warehouse.embedded import start
from warehouse.matching import golden

if TYPE_CHECKING:  # a year without a server needs no Prefect
    from samples.year.living import Living

POISON = "Découverte d'un poison"


def edited(world: World, employer: Employer, was: str, now: str) -> None:
    """Somebody writes one thing for another throughout a partner's file."""
    path = world.sides.toml(employer, world.settings.partners)
    path.write_text(path.read_text(encoding="utf-8").replace(was, now), encoding="utf-8")


def reworded(employer: Employer, day: date) -> bytes:
    """The employer's list of this day, with a sentence that it never meant."""
    first, *others = listed(employer, day)
    return content(employer, [Offer(**{**vars(first), "description": f"{first.description} Vraiment ?"}), *others])


class BrokenFile(Accident):
    """A partner's file with a typo."""

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """Somebody edited it last evening."""
        path = self._path(world, employer)
        path.write_text("name = \n" + path.read_text(encoding="utf-8"), encoding="utf-8")

    def undo(self, world: World, employer: Employer, day: date) -> None:
        """And mends it."""
        path = self._path(world, employer)
        path.write_text(path.read_text(encoding="utf-8").removeprefix("name = \n"), encoding="utf-8")

    def names(self, employer: Employer) -> set[tuple[str, str]]:
        """The file."""
        return {(f"{employer.slug}.toml", "broken")}

    @staticmethod
    def _path(world: World, employer: Employer) -> Path:
        return world.sides.toml(employer, world.settings.partners)


class StrangeFile(Accident):
    """A copy of a partner's file beside it."""

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """A file manager made it; the partner itself delivers as ever."""
        world.sides.give(employer, content(employer, list(meant(employer, day).values())), at)
        path = world.sides.toml(employer, world.settings.partners)
        self._copy(path).write_bytes(path.read_bytes())

    def undo(self, world: World, employer: Employer, day: date) -> None:
        """Somebody sees it."""
        self._copy(world.sides.toml(employer, world.settings.partners)).unlink()

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """All of it."""
        oracle.whole(employer, day)

    def names(self, employer: Employer) -> set[tuple[str, str]]:
        """The copy."""
        return {(f"Copie de {employer.slug}.toml", "broken")}

    @staticmethod
    def _copy(path: Path) -> Path:
        return path.with_name(f"Copie de {path.name}")


class Poisoned(OtherBytes):
    """A drop that breaks Quai itself."""

    named, by_itself = frozenset({"failed"}), False

    def bytes(self, employer: Employer, offers: list[Offer]) -> bytes:
        """One title that a cleaner chokes on."""
        return content(employer, [Offer(**{**vars(offers[0]), "title": POISON}), *offers[1:]])

    def around(self, world: World, employer: Employer) -> AbstractContextManager[object]:
        """The fault is the rehearsal's own: one that is known would be mended."""
        sound = writing.neat

        def neat(values: Any, *rest: Any, **more: Any) -> Any:
            if POISON in values.to_list():
                raise OverflowError("date value out of range")
            return sound(values, *rest, **more)

        return mock.patch.object(writing, "neat", neat)


class FullDisk(Accident):
    """A disk that takes no more bytes."""

    named, where = frozenset({"unreachable"}), (Access.FOLDER, Access.SFTP)

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """The drop lies there as ever."""
        world.sides.give(employer, content(employer, list(meant(employer, day).values())), at)

    @contextmanager
    def around(self, world: World, employer: Employer) -> Iterator[None]:
        """The kernel refuses this process every file beyond a few bytes."""
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


class Restored(Accident):
    """A database that is lost, and brought back from last night's backup."""

    named, times = frozenset(), 1

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """Backed up, dropped, made anew, restored."""
        folder = world.settings.home / f"backup-{day}"
        backup(world.settings, folder)
        with psycopg.connect(
            host=str(world.settings.home / "postgres"), user="postgres", dbname="postgres", autocommit=True
        ) as admin:
            admin.execute("drop database quai with (force)")
        restore(world.settings, folder)
        world.sides.give(employer, content(employer, list(meant(employer, day).values())), at)

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """The drop of the day, as on any other."""
        oracle.whole(employer, day)


class DamagedCopy(Accident):
    """A damaged copy in the landing, and the same bytes again."""

    named = frozenset()

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """Yesterday's list again, whose kept copy lost two offers; a changed file has it examined anew."""
        offers = listed(employer, day - DAY)
        again = content(employer, offers)
        world.sides.give(employer, again, at)
        kept = Path(world.dock.landing.uri(hashlib.sha256(again).hexdigest()))
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(content(employer, offers[:-2]))
        edited(world, employer, 'grace = "2h"', 'grace = "3h"')

    def undo(self, world: World, employer: Employer, day: date) -> None:
        """The file says again what it said."""
        edited(world, employer, 'grace = "3h"', 'grace = "2h"')


class Renamed(Accident):
    """A feed that somebody renamed in its partner's file."""

    named = frozenset({"orphaned"})
    new: ClassVar[str] = "stages"

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """The drop comes as ever; what is collected under the old name is told that there is no such feed."""
        world.sides.give(employer, content(employer, listed(employer, day)), at)
        edited(world, employer, "feeds.offres", f"feeds.{self.new}")

    def undo(self, world: World, employer: Employer, day: date) -> None:
        """It gets its new name, under which the drop is taken in; and the old one again, for later days."""
        new = f"{employer.slug}/{self.new}"
        self._rename(world, employer.feed, new)
        ingest(the_feed(world.settings, new), world.dock)
        world.oracle.whole(employer, day)
        edited(world, employer, f"feeds.{self.new}", "feeds.offres")
        self._rename(world, new, employer.feed)

    @staticmethod
    def _rename(world: World, old: str, new: str) -> None:
        rename(world.dock, the_partners(world.settings), old, new, "the rehearsal", "its table was renamed", do=True)


class WhilePublishing(Accident):
    """What befalls a run of ours within its transaction."""

    alone = True

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """A list with a new word in it, so that there is something to be written."""
        world.sides.give(employer, reworded(employer, day), at)


class DatabaseKilled(WhilePublishing):
    """A database that is killed while a feed is taken in."""

    @contextmanager
    def around(self, world: World, employer: Employer) -> Iterator[None]:
        """It is killed within the transaction, and is up again for whoever comes next."""
        home, sound = world.settings.home, golden.settle

        def killed(*given: Any) -> None:
            os.kill(int((home / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
            sound(*given)

        try:
            with mock.patch.object(golden, "settle", killed):
                yield
        finally:
            start(home, FAST)
            with open_dock(world.settings):
                """The next command enters what could not be told."""

    def names(self, employer: Employer) -> set[tuple[str, str]]:
        """The database, and the feed that it let down."""
        return {("database", "unserved"), (employer.feed, "unreachable")}


class Frozen(WhilePublishing):
    """A run that is frozen while it publishes."""

    @contextmanager
    def around(self, world: World, employer: Employer) -> Iterator[None]:
        """Another feed goes on meanwhile; the server ends the frozen transaction, and the next takes the true list."""
        command = [sys.executable, "-m", "samples.year.frozen", employer.feed]
        with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as run:  # noqa: S603 - a program of our own
            if not os.WIFSTOPPED(os.waitpid(run.pid, os.WUNTRACED)[1]):
                raise AssertionError(f"the run of {employer.feed} ended before it could be frozen")
            try:
                for other in world.well[:1]:
                    edited(world, other, 'grace = "2h"', 'grace = "3h"')  # so that its list is published anew
                    ingest(the_feed(world.settings, other.feed), world.dock)
                    edited(world, other, 'grace = "3h"', 'grace = "2h"')
                until(partial(_none_is_frozen, world), "the end of the frozen transaction")
            finally:
                os.kill(run.pid, signal.SIGCONT)
        now = world.dock.now()
        world.sides.give(employer, content(employer, listed(employer, day_of(now))), now)
        yield

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """The right list, once the frozen run is ended."""
        oracle.whole(employer, day)

    def names(self, employer: Employer) -> set[tuple[str, str]]:
        """The database, which ended a run."""
        return {("database", "unserved")}


def _none_is_frozen(world: World) -> bool:
    with world.dock.store.warehouse.engine.connect() as connection:
        return not connection.scalar(sql("select count(*) from pg_stat_activity where state = 'idle in transaction'"))


class WorkerKilled(Accident):
    """A worker that is killed, and started again when its runs are planned."""

    named, by_itself, served = frozenset(), True, True

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """The drop comes as ever."""
        world.sides.give(employer, content(employer, listed(employer, day)), at)
        if world.living:
            world.living.kill_worker()

    def planned(self, living: Living) -> None:
        """The new one takes what is due."""
        living.begin_worker()

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """All of it."""
        oracle.whole(employer, day)


class ServerKilled(Accident):
    """A Prefect server that is killed, and brought back under its worker."""

    named, by_itself, served = frozenset(), True, True

    def give(self, world: World, employer: Employer, day: date, at: datetime) -> None:
        """The drop comes as ever."""
        world.sides.give(employer, content(employer, listed(employer, day)), at)
        if world.living:
            world.living.kill_server()

    def reached(self, oracle: Oracle, employer: Employer, day: date) -> None:
        """All of it."""
        oracle.whole(employer, day)
