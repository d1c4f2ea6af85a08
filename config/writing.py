"""A partner's first file, written from what a sample told, with comments on what is still for a person to say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from config.presets import blanks
from offers.columns import BY_NAME, REQUIRED
from offers.format import Format
from offers.onboarding.guessing import Guess, Guesses, Word
from offers.text import quote

FEED = "offres"
_BARE = re.compile(r"^[A-Za-z0-9_-]+$")
CLIP = 40
"""Characters of a value that are shown beside a guess."""
_WORDS = 60
"""Words of a lookup or a filter that are written out; more are counted."""
_NOT_PLACED = ("weeks", "grades")
"""What partners of job adverts never send, and is the same for all their offers."""


def partner_file(name: str, slug: str, format: Format, guesses: Guesses, sample: str, why: str) -> str:
    """The TOML of a partner with one feed, `offres`, taken from an inbox of its own. It loads as it is.

    `why` says how the format was told, `sample` is the file's name; both stand in comments.
    """
    parts = [
        *_head(name, sample, guesses),
        *_source(slug),
        *_format(format, why),
        *_mapping(guesses),
        *_constants(guesses),
        *_sectors(guesses),
        *_filter(guesses),
    ]
    return "\n".join(parts) + "\n"


def extending(name: str, slug: str, preset: str, sample: str, missing: Iterable[str]) -> str:
    """The TOML of a partner whose sample shows which system it uses: the preset is all that it needs.

    `missing` are the required columns that the system never sends. What fills the preset's blanks is to be said: until
    then, each bears the partner's own name.
    """
    lacking = ", ".join(missing)
    filled = {
        blank: f"{slug}_{blank}".upper().replace("-", "_") if secret else slug
        for blank, secret in blanks(preset).items()
    }
    lines = [
        f"# {_line(name)}: {_line(sample)} shows that this is {preset} (docs/presets.md).",
        *([f"# It never sends {lacking}: give constants, or map them."] if lacking else []),
        f"name = {_text(name)}",
        "",
        f"[feeds.{FEED}]",
        f"extends = {_text(preset)}",
    ]
    if filled:
        said = ", ".join(f"{blank} = {_text(value)}" for blank, value in filled.items())
        secrets = [blank for blank, secret in blanks(preset).items() if secret]
        named = f"; {', '.join(secrets)}: the name of the environment variable that holds it" if secrets else ""
        lines.append(f"with = {{ {said} }}  # to be said{named}")
    return "\n".join(lines) + "\n"


def _head(name: str, sample: str, guesses: Guesses) -> Iterator[str]:
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


def _source(slug: str) -> Iterator[str]:
    yield f"[feeds.{FEED}.source]"
    yield 'kind = "folder"'
    yield f'path = "inbox/{slug}"      # below QUAI_HOME: where the partner leaves its files'
    yield ""


def _format(format: Format, why: str) -> Iterator[str]:
    yield f"[feeds.{FEED}.format]             # {_line(why)}"
    yield f'kind = "{format.kind}"'
    for key in ("record", "records"):
        value = getattr(format, key)
        if value:
            yield f"{key} = {_text(value)}"
    yield ""


def _mapping(guesses: Guesses) -> Iterator[str]:
    yield f"[feeds.{FEED}.mapping]"
    for guess in guesses.mapping.values():
        yield f"{_assigned(guess)}  # {_line(_told(guess))}"
    for name in REQUIRED:
        if name not in guesses.mapping:
            yield f'# {name} = "…"  # REQUIRED and not found: {BY_NAME[name].meaning_en}'
    if guesses.personal:
        yield "# Persons' data: never published. Leave them out unless the ops team needs them."
        for guess in guesses.personal.values():
            yield f"# {_assigned(guess)}  # {_line(guess.why)}"
    if guesses.spare:
        yield f"# Not used: {_line(', '.join(guesses.spare[:_WORDS]))}{_more(len(guesses.spare))}"
    yield ""


def _told(guess: Guess) -> str:
    """Why, what speaks against it, and what two records say."""
    doubt = f"; DOUBTFUL: {guess.doubt}" if guess.doubt else ""
    return f"{guess.why}{doubt}{': ' * bool(guess.seen)}{', '.join(f'« {quote(one, CLIP)} »' for one in guess.seen)}"


def _assigned(guess: Guess) -> str:
    headers = [_text(header) for header in guess.headers]
    source = headers[0] if len(headers) == 1 else f"[{', '.join(headers)}]"
    more = [f"join = {_text(guess.join)}"] if guess.join is not None else []
    more += [f"pattern = '{guess.pattern}'"] if guess.pattern is not None else []
    return f"{guess.column} = {{ from = {', '.join((source, *more))} }}" if more else f"{guess.column} = {source}"


def _constants(guesses: Guesses) -> Iterator[str]:
    yield f"[feeds.{FEED}.constants]          # what this partner never sends"
    known = {"weeks": "both", "grades": "seconde"}
    for name in _NOT_PLACED:
        if name not in guesses.mapping:
            yield f'{name} = "{known[name]}"'
    if "is_public" not in guesses.mapping:
        yield '# is_public = "oui"             # for a public employer; « non » where nothing is said'
    if "sector" not in guesses.mapping:
        yield '# sector = "s…"                 # where all its offers are of one sector (config/reference/sectors.csv)'
    yield ""


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
    yield f"# {_text(guesses.contract)} seems to tell placements from jobs. Its words in the sample:"
    yield f"# {_counted(guesses.contracts)}"
    placements = guesses.placements
    words = placements or ("Stage",)
    mark = "" if placements and len(placements) < len(guesses.contracts) else "# "
    if mark and not placements:
        yield "# None of them speaks of a placement, so that nothing is filtered yet."
    yield f"{mark}[[feeds.{FEED}.filter]]"
    yield f"{mark}column = {_text(guesses.contract)}"
    yield f"{mark}keep = [{', '.join(_text(word) for word in words[:_WORDS])}]"
    yield f'{mark}reason = "not_a_placement"'


def _counted(words: Iterable[Word]) -> str:
    told = [f"{_line(word.text)} ({word.count})" for word in words]
    return ", ".join(told[:_WORDS]) + _more(len(told))


def _more(count: int) -> str:
    return f" and {count - _WORDS} more" if count > _WORDS else ""


def _text(value: str) -> str:
    """A TOML basic string: JSON's escapes are TOML's, but for DEL, which TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def _line(text: str) -> str:
    """A stranger's text inside a comment: on one line, without control characters."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
