"""Partners as TOML: one file per partner, `<partner>.toml`, refused with every fault it holds, each in a sentence.

`docs/partners.md` shows every key. Secrets are only ever named in these files, `{ env = "LAPOSTE_SFTP_PASSWORD" }`.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from config.faults import contradictions, dotted, sentences, unknown_key
from config.presets import extended
from offers.errors import FeedMisconfigured
from offers.feed import Feed
from offers.format import Strict
from offers.text import listed, nearest, quote

_SLUG = re.compile(r"^[a-z0-9]+(-[a-z0-9]+)*$")
FILLED_HERE = ("partner", "name", "organisation", "website")
"""Keys of a feed that its place in the file tells."""
Kinds = Mapping[str, type[BaseModel]]
M = TypeVar("M", bound=BaseModel)


class _Partner(Strict):
    """The top of a file; each table of `feeds` is checked on its own, so that no fault hides another."""

    name: str
    feeds: dict[str, Any]
    organisation: str | None = None
    website: str | None = None


@dataclass(frozen=True)
class Broken:
    """A partner's file that is left out, whole or these `feeds` of it: its name, and a sentence for each fault."""

    file: str
    faults: tuple[str, ...]
    feeds: tuple[str, ...] = ()

    @property
    def partner(self) -> str:
        """The partner whose file it is, by its name."""
        return self.file.removesuffix(".toml")

    def concerns(self, slug: str) -> bool:
        """Whether a feed is left out with it."""
        return self.partner == slug.split("/")[0] and (not self.feeds or slug in self.feeds)

    @property
    def sentence(self) -> str:
        """The first fault, and how many more there are."""
        more = f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
        of = f"{listed(self.feeds)} of " if self.feeds else ""
        return (
            f"{of}{self.file} is left out until it is corrected; what stands of its feeds stays. {self.faults[0]}{more}"
        )


@dataclass(frozen=True)
class Partners:
    """What a folder of partners' files holds: the feeds of the sound ones by slug, and the files that are left out."""

    feeds: Mapping[str, Feed]
    broken: tuple[Broken, ...] = ()


def load(folder: Path, kinds: Kinds, only: str | None = None) -> dict[str, Feed]:
    """Every feed of every partner file in a folder, by slug; `only` reads one partner's file and no other.

    `kinds` gives for each word of `source.kind` the model of its settings. Raises FeedMisconfigured with all the faults
    of all the files, one per line.
    """
    found = survey(folder, kinds, only)
    if found.broken:
        raise FeedMisconfigured("\n".join(fault for one in found.broken for fault in one.faults))
    return dict(found.feeds)


def survey(folder: Path, kinds: Kinds, only: str | None = None) -> Partners:
    """As `load`, but a file with a fault costs no other file its turn: it is left out, and named.

    Raises FeedMisconfigured where there is no file at all.
    """
    files = [folder / f"{only}.toml"] if only else sorted(folder.glob("*.toml"))
    if not files or not os.path.lexists(files[0]):
        there = listed(sorted(shown(path.name) for path in folder.iterdir())) if folder.is_dir() else "no such folder"
        raise FeedMisconfigured(
            f"{folder}: no partner file{f' {only}.toml' if only else ''} here (found: {there or 'nothing'}). "
            "Each partner is one file <partner>.toml; set QUAI_PARTNERS if they lie elsewhere."
        )
    feeds: dict[str, Feed] = {}
    broken = []
    for file in files:
        of_file = _File(file, kinds)
        found = of_file.feeds()
        if of_file.faults:
            broken.append(Broken(shown(file.name), tuple(of_file.faults)))
        else:
            feeds |= {feed.slug: feed for feed in found}
    robbed = _on_one_inbox(folder, feeds)
    left_out = {slug for one in robbed for slug in one.feeds}
    return Partners({slug: feed for slug, feed in feeds.items() if slug not in left_out}, (*broken, *robbed))


def _on_one_inbox(folder: Path, feeds: Mapping[str, Feed]) -> list[Broken]:
    """Feeds that would take one another's files, by partner's file."""
    by_place: dict[Any, list[Feed]] = {}
    for feed in feeds.values():
        inbox = getattr(feed.source, "inbox", None)
        if inbox is not None:
            by_place.setdefault(inbox.place, []).append(feed)
    found: dict[str, dict[str, list[str]]] = {}
    for feed, other in (pair for same in by_place.values() for pair in permutations(same, 2)):
        globs = feed.source.inbox.shared(other.source.inbox)
        if globs:
            sentence = (
                f"{folder / feed.partner}.toml: feeds.{feed.name}.source takes from the inbox of {other.slug} "
                f"({other.partner}.toml): « {globs[0]} » and « {globs[1]} » may mean the same file, and whoever comes "
                "first would take it. Give each a folder of its own, or globs that no name matches both of."
            )
            found.setdefault(feed.partner, {}).setdefault(feed.slug, []).append(sentence)
    return [
        Broken(f"{partner}.toml", tuple(said for one in of_feed.values() for said in one), tuple(of_feed))
        for partner, of_feed in found.items()
    ]


def shown(name: str) -> str:
    """A file's name as text that can be written anywhere: bytes that are no UTF-8 are shown as escapes."""
    return quote(name.encode("utf-8", "backslashreplace").decode())


def find(feeds: Mapping[str, Feed], slug: str) -> Feed:
    """The feed of that slug. Raises FeedMisconfigured, with the nearest slug, when there is none."""
    if slug in feeds:
        return feeds[slug]
    near = nearest(slug, feeds) or next((known for known in feeds if known.split("/")[0] == slug.split("/")[0]), None)
    hint = f"; did you mean `{near}`?" if near else "."
    raise FeedMisconfigured(f"no feed is called « {slug} »{hint} Known feeds: {listed(feeds) or 'none'}.")


def open_feed(folder: Path, slug: str, kinds: Kinds) -> Feed:
    """One feed, whatever the state of the other partners' files. Raises FeedMisconfigured as `load` and `find` do."""
    partner = slug.split("/")[0]
    known = _SLUG.match(partner) and os.path.lexists(folder / f"{partner}.toml")
    found = survey(folder, kinds, only=partner if known else None)
    if slug in found.feeds and getattr(found.feeds[slug].source, "inbox", None) is not None:
        found = survey(folder, kinds)  # another's feed may take its files
    faults = [fault for one in found.broken if one.concerns(slug) for fault in one.faults]
    if faults:
        raise FeedMisconfigured("\n".join(faults))
    return find(found.feeds, slug)


class _File:
    """One partner's file, and the faults met while reading it."""

    def __init__(self, path: Path, kinds: Kinds) -> None:
        self.path, self.kinds = path, kinds
        self.faults: list[str] = []

    def feeds(self) -> list[Feed]:
        """The feeds of the file that are without fault."""
        try:
            if not _SLUG.match(self.path.stem):
                self._fault(f"the file's name is the partner's slug: a-z, 0-9 and hyphens, not « {self.path.stem} »")
            table = self._table()
            if table is None:
                return []
            partner = self._checked(_Partner, table, ())
            if partner is None:  # its feeds are looked at all the same
                if not isinstance(table.get("feeds"), dict):
                    return []
                texts = {key: value for key in _Partner.model_fields if isinstance(value := table.get(key), str)}
                partner = _Partner(**{"name": "", **texts}, feeds=table["feeds"])
            if not partner.feeds:
                self._fault("names no feed; add a table, e.g. [feeds.offres], with its source, format and mapping")
            return [feed for name, keys in partner.feeds.items() if (feed := self._feed(partner, name, keys))]
        except Exception as fault:  # whatever a file holds, it is this file's fault alone; its values may be secrets
            self._fault(f"breaks Quai itself ({type(fault).__name__}); report it, and take out what was last changed")
        return []

    def _fault(self, sentence: str) -> None:
        self.faults.append(shown(f"{self.path}: {sentence}.".replace("?.", "?")))

    def _table(self) -> dict[str, Any] | None:
        try:
            if stat.S_ISFIFO(self.path.stat().st_mode):  # reading it would wait for ever
                self._fault("is a pipe, not a file")
                return None
            return tomllib.loads(self.path.read_text(encoding="utf-8-sig"))  # Windows' Notepad begins with a BOM
        except UnicodeDecodeError as fault:
            self._fault(f"is not UTF-8 text (byte {fault.start}); save it as UTF-8")
        except ValueError as fault:  # a TOMLDecodeError, or a number of thousands of digits
            self._fault(f"is not TOML: {fault}")
        except RecursionError:
            self._fault("is not TOML: lists or tables too deep in one another")
        except OSError as fault:
            self._fault(f"cannot be read: {fault.strerror}")
        return None

    def _feed(self, partner: _Partner, name: str, keys: Any) -> Feed | None:
        at = ("feeds", name)
        if not isinstance(keys, dict):
            self._fault(f"{dotted(at)} must be a table: [feeds.{name}]")
            return None
        before = len(self.faults)
        if not _SLUG.match(name):
            self._fault(f"{dotted(at)}: a feed's name is made of a-z, 0-9 and hyphens")
        keys = extended(keys, lambda key, what: self._fault(f"{dotted((*at, *key))} {what}"))
        given = {key: value for key, value in keys.items() if key not in FILLED_HERE}
        own = [key for key in Feed.model_fields if key not in FILLED_HERE]
        for key in (key for key in keys if key in FILLED_HERE):
            self._fault(f"{dotted((*at, key))} {unknown_key(key, own)}")
        source = self._source(keys.get("source"), (*at, "source"))
        known = {name: getattr(partner, name) for name in ("organisation", "website")} | {"title": partner.name}
        whole = {**given, "source": source}
        feed = self._checked(Feed, {**known, **whole, "partner": self.path.stem, "name": name}, at, whole)
        for path, sentence in contradictions(given):
            self._fault(f"{dotted((*at, *path))} {sentence}")
        return feed if len(self.faults) == before else None

    def _checked(self, model: type[M], keys: dict[str, Any], at: tuple[str, ...], said: Any = None) -> M | None:
        """A table of the file as its model; None where it holds faults, which are told. `said`: what stands there."""
        try:
            return model(**keys)
        except ValidationError as fault:
            for sentence in sentences(fault, model, keys if said is None else said, at):
                self._fault(sentence)
        return None

    def _source(self, table: Any, at: tuple[str, ...]) -> BaseModel | None:
        if not isinstance(table, dict):
            self._fault(f'{dotted(at)} is missing: a table that says how the drop is reached, with kind = "folder"')
            return None
        kind = str(table.get("kind", ""))
        model = self.kinds.get(kind)
        if model is None:
            near = nearest(kind, self.kinds)
            seen = f"is « {kind} »" if "kind" in table else "is missing"
            hint = f"; did you mean `{near}`?" if near else ""
            self._fault(f"{dotted((*at, 'kind'))} {seen}; allowed: {listed(sorted(self.kinds))}{hint}")
            return None
        settings = {key: value for key, value in table.items() if key != "kind" or "kind" in model.model_fields}
        return self._checked(model, settings, at)
