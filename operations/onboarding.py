"""A partner begun: from a sample file to its first TOML, guessed, commented and sure to load; an empty file to fill."""

from __future__ import annotations

import json
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from shlex import quote as shell_quoted

from config.clock import utc_now
from config.partners import load
from config.presets import blanks, recognised
from config.settings import Settings
from config.tables import load as load_reference
from connectors import KINDS
from connectors.sample import Sample, read_sample
from offers.calendar import SchoolYear, day_of
from offers.columns import BY_NAME, REQUIRED
from offers.errors import FeedMisconfigured, Unreachable
from offers.feed import Feed
from offers.format import Format
from offers.onboarding.form import Form, form
from offers.onboarding.guessing import Guess, Guesses, guess
from offers.text import fold_word, quote
from offers.wording import Language
from operations.feeds import the_feed
from reports.template import as_csv, as_xlsx
from validation.rulebook import RULES

FEED = "offres"
CLIP = 40
"""Characters of a value that are shown beside a guess."""
_WORDS = 60
"""Words of a lookup or a filter that are written out; more are counted."""
_NOT_PLACED = {"weeks": "both", "grades": "seconde"}
"""What partners of job adverts never send, and is the same for all their offers."""


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
    read = read_sample(sample)
    guesses = guess(read.batch.frame, read.empty, load_reference(), SchoolYear.at(day_of(utc_now())))
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
    elsewhere = path.parent.resolve() != settings.partners.resolve()
    where = f"QUAI_PARTNERS={shell_quoted(str(path.parent))} " if elsewhere else ""
    command = f"{where}quai check {shell_quoted(str(sample))} --feed {slug}/{FEED}"
    return Begun(path, slug, read, guesses, command, preset, missing)


def _load(slug: str, text: str) -> Feed:
    """Load the file from a folder of its own: what is written must be taken by the very reader of partners."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"{slug}.toml").write_text(text, encoding="utf-8")
        return load(Path(folder), {word: kind.settings for word, kind in KINDS.items()})[f"{slug}/{FEED}"]


def extending(name: str, slug: str, preset: str, sample: str, missing: Iterable[str]) -> str:
    """The TOML of a partner whose sample shows which system it uses: the preset is all that it needs.

    `missing` are the required columns that the system never sends. What fills the preset's blanks is to be said: until
    then, each bears the partner's own name.
    """
    lacking, asked = ", ".join(missing), blanks(preset)
    lines = [
        f"# {_line(name)}: {_line(sample)} shows that this is {preset} (docs/presets.md).",
        *([f"# It never sends {lacking}: give constants, or map them."] if lacking else []),
        f"name = {_text(name)}",
        "",
        f"[feeds.{FEED}]",
        f"extends = {_text(preset)}",
    ]
    if asked:
        filled = {
            blank: f"{slug}_{blank}".upper().replace("-", "_") if secret else slug for blank, secret in asked.items()
        }
        said = ", ".join(f"{blank} = {_text(value)}" for blank, value in filled.items())
        secrets = ", ".join(blank for blank, secret in asked.items() if secret)
        named = f"; {secrets}: the name of the environment variable that holds it" if secrets else ""
        lines.append(f"with = {{ {said} }}  # to be said{named}")
    return "\n".join(lines) + "\n"


def partner_file(name: str, slug: str, format: Format, guesses: Guesses, sample: str, why: str) -> str:
    """The TOML of a partner with one feed, `offres`, taken from an inbox of its own. It loads as it is.

    `why` says how the format was told, `sample` is the file's name; both stand in comments.
    """
    return "\n".join(_partner_lines(name, slug, format, guesses, sample, why)) + "\n"


def _partner_lines(name: str, slug: str, format: Format, guesses: Guesses, sample: str, why: str) -> Iterator[str]:
    yield f"# {_line(name)}: guessed from {_line(sample)}, to be read and corrected."
    yield "# docs/partners.md explains every key."
    if guesses.bare:
        yield "# The sample has no row to guess from: the mapping is guessed from its headers alone."
    missing = [one for one in REQUIRED if one not in guesses.mapping]
    if missing:
        yield f"# Not found, and required of every offer: {', '.join(missing)}. Map them below, or make them constants."
    yield f"name = {_text(name)}"
    yield '# organisation = "…"            # the organisation that pledged, where it has another name'
    yield ""
    yield f"[feeds.{FEED}]"
    yield 'scope = "full"                 # full: what a file lacks is withdrawn; incremental: a file only adds'
    if guesses.day_first:
        yield "day_first = true               # the sample's dates prove it: 03/04/2026 is 3 April"
    yield '# schedule = "0 3 * * *"        # when to collect, as in cron; without it, by hand'
    yield ""
    yield f"[feeds.{FEED}.source]"
    yield 'kind = "folder"'
    yield f'path = "inbox/{slug}"      # below QUAI_HOME: where the partner leaves its files'
    yield ""
    yield f"[feeds.{FEED}.format]             # {_line(why)}"
    yield f'kind = "{format.kind}"'
    for key in ("record", "records"):
        if value := getattr(format, key):
            yield f"{key} = {_text(value)}"
    yield ""
    yield from _mapping(guesses)
    yield f"[feeds.{FEED}.constants]          # what this partner never sends"
    for column, value in _NOT_PLACED.items():
        if column not in guesses.mapping:
            yield f'{column} = "{value}"'
    if "is_public" not in guesses.mapping:
        yield '# is_public = "oui"             # for a public employer; « non » where nothing is said'
    if "sector" not in guesses.mapping:
        yield '# sector = "s…"                 # where all its offers are of one sector (config/reference/sectors.csv)'
    yield ""
    yield from _sectors(guesses)
    yield from _filter(guesses)


def _mapping(guesses: Guesses) -> Iterator[str]:
    yield f"[feeds.{FEED}.mapping]"
    for one in guesses.mapping.values():
        doubt = f"; DOUBTFUL: {one.doubt}" if one.doubt else ""
        seen = ", ".join(f"« {quote(value, CLIP)} »" for value in one.seen)
        yield f"{_assigned(one)}  # {_line(f'{one.why}{doubt}' + (f': {seen}' if seen else ''))}"
    for name in REQUIRED:
        if name not in guesses.mapping:
            yield f'# {name} = "…"  # REQUIRED and not found: {BY_NAME[name].meaning_en}'
    if guesses.personal:
        yield "# Persons' data: never published. Leave them out unless the ops team needs them."
        for one in guesses.personal.values():
            yield f"# {_assigned(one)}  # {_line(one.why)}"
    if guesses.spare:
        yield f"# Not used: {_line(', '.join(guesses.spare[:_WORDS]))}{_more(len(guesses.spare))}"
    yield ""


def _assigned(one: Guess) -> str:
    headers = [_text(header) for header in one.headers]
    source = headers[0] if len(headers) == 1 else f"[{', '.join(headers)}]"
    more = [f"join = {_text(one.join)}"] if one.join is not None else []
    more += [f"pattern = '{one.pattern}'"] if one.pattern is not None else []
    return f"{one.column} = {{ from = {', '.join((source, *more))} }}" if more else f"{one.column} = {source}"


def _sectors(guesses: Guesses) -> Iterator[str]:
    if "sector" not in guesses.mapping or not guesses.sectors:
        return
    yield f"[feeds.{FEED}.lookups.sector]     # their word = our sector; a word left out is rejected, never guessed"
    yield "# These words of the sample are none of our sectors. Give each its own, and take off the first #."
    for word in guesses.sectors[:_WORDS]:
        near = ", ".join(f"{code} {name}" for code, name in word.near) or "none is near"
        yield f'# {_text(word.text)} = "s…"  # {word.count} in the sample; {_line(near)}'
    if len(guesses.sectors) > _WORDS:
        yield f"# …{_more(len(guesses.sectors))}"
    yield ""


def _filter(guesses: Guesses) -> Iterator[str]:
    if guesses.contract is None:
        return
    counted = [f"{_line(word.text)} ({word.count})" for word in guesses.contracts]
    yield f"# {_text(guesses.contract)} seems to tell placements from jobs. Its words in the sample:"
    yield f"# {', '.join(counted[:_WORDS])}{_more(len(counted))}"
    placements = guesses.placements
    words = placements or ("Stage",)
    mark = "" if placements and len(placements) < len(guesses.contracts) else "# "
    if mark and not placements:
        yield "# None of them speaks of a placement, so that nothing is filtered yet."
    yield f"{mark}[[feeds.{FEED}.filter]]"
    yield f"{mark}column = {_text(guesses.contract)}"
    yield f"{mark}keep = [{', '.join(_text(word) for word in words[:_WORDS])}]"
    yield f'{mark}reason = "not_a_placement"'


def _more(count: int) -> str:
    return f" and {count - _WORDS} more" if count > _WORDS else ""


def _text(value: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, but for DEL, which TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _line(text: str) -> str:
    """A stranger's text inside a comment: on one line, without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def write_template(settings: Settings, slug: str, out: Path, ours: bool = False) -> Form:
    """Write the form of a feed to `out`, as its ending says; gives what was written. An existing file is replaced.

    Raises FeedMisconfigured for another ending, and for CSV where the feed reads records: then a workbook will do.
    """
    feed, ending = the_feed(settings, slug), out.suffix.lower()
    if ending not in (".csv", ".xlsx"):
        raise FeedMisconfigured(
            f"--out {out}: ends in « {ending} », expected .csv or .xlsx. Give the file that ending."
        )
    if ending == ".csv" and feed.format.of_elements:
        kind = feed.format.kind.upper()
        raise FeedMisconfigured(
            f"{slug} reads {kind}, and beside it our own form as a workbook; CSV it cannot tell from broken {kind}. "
            f"Write --out {out.with_suffix('.xlsx')}."
        )
    made = form(feed, load_reference().sectors, SchoolYear.at(day_of(utc_now())), ours)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(as_csv(made) if ending == ".csv" else as_xlsx(made, refusals()))
    return made


def refusals() -> dict[str, list[str]]:
    """For each of our columns, the titles of the rules that may refuse it, in French."""
    titles: dict[str, list[str]] = defaultdict(list)
    for rule in RULES:
        titles[rule.column].append(Language.FRENCH.pick(rule.title))
    return dict(titles)
