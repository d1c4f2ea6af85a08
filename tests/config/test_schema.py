"""The schema for editors takes what the reader of partners' files takes, and underlines what it refuses."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from config.partners import FILLED_HERE
from config.presets import FOLDER, names
from config.schema import partner_schema
from config.settings import PARTNERS
from connectors import KINDS
from offers.columns import SENT
from offers.feed import Feed

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = partner_schema({word: kind.settings for word, kind in KINDS.items()})
BLOCKS = [
    block
    for page in ("partners", "connectors", "presets")
    for block in re.findall(
        r"^```toml\n(.*?)^```$", (ROOT / f"docs/{page}.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    if block.startswith(("name =", "#")) and "\nname =" in f"\n{block}"
]


def faults(text: str) -> list[str]:
    return [error.message for error in Draft202012Validator(SCHEMA).iter_errors(tomllib.loads(text))]


FILES = sorted([*PARTNERS.glob("*.toml"), *(ROOT / "samples/partners").glob("*.toml")])


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_every_partner_s_file_is_sound(file: Path) -> None:
    assert faults(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_block_of_the_pages_is_sound(number: int) -> None:
    assert faults(BLOCKS[number]) == []


@pytest.mark.parametrize("name", names())
def test_every_preset_is_a_sound_feed(name: str) -> None:
    keys = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    keys.pop("known_by")
    found = {"name": "Acme", "feeds": {"offres": keys}}
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(found)] == []


FEED = """
name = "Acme"
[feeds.offres]
source = { kind = "folder", path = "x" }
format = { kind = "csv" }
mapping = { title = "Titre" }
"""


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('title = "Titre"', 'titel = "Titre"'),
        ('kind = "csv"', 'kind = "cvs"'),
        ('kind = "csv"', 'kind = "csv", delimiteur = ";"'),
        ('kind = "folder"', 'kind = "sftpp"'),
        ('path = "x"', 'path = "x", glub = "*.csv"'),
        ('source = { kind = "folder", path = "x" }', ""),
        ('name = "Acme"', ""),
        ("[feeds.offres]", '[feeds.offres]\nextends = "greenhose"'),
        ("[feeds.offres]", '[feeds.offres]\ngrace = "two hours"'),
    ],
)
def test_what_the_reader_refuses_is_underlined(was: str, now: str) -> None:
    assert faults(FEED) == []
    assert faults(FEED.replace(was, now)) != []


def test_every_key_of_a_feed_and_every_column_is_in_it() -> None:
    feed: dict[str, Any] = SCHEMA["$defs"]["Feed"]["properties"]
    assert set(feed) == (set(Feed.model_fields) - set(FILLED_HERE)) | {"extends", "with"}
    assert all(set(feed[key]["properties"]) == set(SENT) for key in ("mapping", "constants", "lookups"))
