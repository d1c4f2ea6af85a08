"""From a sample file to a partner's first TOML, guessed, commented, and sure to load."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from config.clock import utc_now
from config.partners import load
from config.presets import recognised
from config.settings import Settings
from config.tables import load as load_reference
from config.writing import FEED, extending, partner_file
from connectors import KINDS
from connectors.sample import Sample, read_sample
from offers.calendar import SchoolYear, day_of
from offers.columns import REQUIRED
from offers.errors import FeedMisconfigured, Unreachable
from offers.feed import Feed
from offers.onboarding.guessing import Guesses, guess
from offers.text import fold_word


@dataclass(frozen=True)
class Begun:
    """A partner's file begun: where it is, what was read of the sample and guessed, and the words to type next."""

    path: Path
    slug: str
    sample: Sample
    guesses: Guesses
    next_command: str
    preset: str | None = None
    missing: tuple[str, ...] = ()
    """The required columns that were not found, or that the system of `preset` never sends."""


def begin(settings: Settings, name: str, sample: Path, out: Path | None = None, force: bool = False) -> Begun:
    """Write `<slug>.toml` among the partners, or to `out`. Raises FeedMisconfigured where a file is there already.

    Raises Unreachable where there is no sample, and Unreadable where it is of no format that Quai reads.
    """
    slug = out.stem if out is not None else fold_word(name).replace(" ", "-")
    path = out if out is not None else settings.partners / f"{slug}.toml"
    _refuse(name, slug, sample, path, force)
    read = read_sample(sample)
    year = SchoolYear.at(day_of(utc_now()))
    guesses = guess(read.batch.frame, read.empty, load_reference(), year)
    preset = recognised(read.batch.frame, read.format.kind)
    missing = tuple(column for column in REQUIRED if column not in guesses.mapping)
    text = partner_file(name, slug, read.format, guesses, sample.name, read.why)
    if preset is not None:
        feed = _load(slug, extending(name, slug, preset, sample.name, ()))
        missing = tuple(column for column in REQUIRED if column not in {*feed.mapping, *feed.constants})
        text = extending(name, slug, preset, sample.name, missing)
    _load(slug, text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Begun(path, slug, read, guesses, _next(settings, slug, path, sample), preset, missing)


def _refuse(name: str, slug: str, sample: Path, path: Path, force: bool) -> None:
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) or path.suffix != ".toml":
        raise FeedMisconfigured(
            f"« {path.name if path.suffix != '.toml' else name} » makes no name of a partner's file: expected a-z, 0-9 "
            "and hyphens, then .toml. Give another NAME, or --out <slug>.toml."
        )
    if not sample.is_file():
        raise Unreachable(f"no file at {sample}. Check the path given to --sample.")
    if path.exists() and not force:
        raise FeedMisconfigured(
            f"{path}: is there already, and may hold what a person wrote. Say --force to replace it, or give --out."
        )


def _load(slug: str, text: str) -> Feed:
    """Load the file from a folder of its own: what is written must be taken by the very reader of partners."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"{slug}.toml").write_text(text, encoding="utf-8")
        return load(Path(folder), {word: kind.settings for word, kind in KINDS.items()})[f"{slug}/{FEED}"]


def _next(settings: Settings, slug: str, path: Path, sample: Path) -> str:
    elsewhere = path.parent.resolve() != settings.partners.resolve()
    where = f"QUAI_PARTNERS={quote(str(path.parent))} " if elsewhere else ""
    return f"{where}quai check {quote(str(sample))} --feed {slug}/{FEED}"
