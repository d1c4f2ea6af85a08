"""A preset fills what a partner's file leaves out, and no more; each of them is a sound feed with its blanks filled."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.partners import load
from config.presets import FOLDER, extended, names
from connectors import KINDS
from offers.errors import FeedMisconfigured
from offers.feed import Feed

SETTINGS = {word: kind.settings for word, kind in KINDS.items()}


def partner(folder: Path, feed: str) -> Feed:
    (folder / "acme.toml").write_text(f'name = "Acme"\n[feeds.offres]\n{feed}', encoding="utf-8")
    return load(folder, SETTINGS)["acme/offres"]


def blanks(name: str) -> set[str]:
    return set(re.findall(r"<([a-z_]+)>", (FOLDER / f"{name}.toml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", names())
def test_every_preset_is_a_sound_feed_once_its_blanks_are_filled(tmp_path: Path, name: str) -> None:

    filled = ", ".join(f'{blank} = "acme"' for blank in sorted(blanks(name)))
    feed = partner(tmp_path, f'extends = "{name}"\nwith = {{ {filled} }}\n')
    assert {"reference", "title", "description"} <= set(feed.mapping)
    assert feed.scope == "full"


def test_the_feeds_own_keys_are_laid_over_the_presets(tmp_path: Path) -> None:
    feed = partner(
        tmp_path,
        'extends = "greenhouse"\nwith = { board = "rivoire" }\n'
        "[feeds.offres.source]\nattempts = 2\n"
        '[feeds.offres.mapping]\ntitle = ["intitule", "title"]\n'
        '[feeds.offres.constants]\ncity = "Rennes"\npostal_code = "35000"\n',
    )
    assert feed.source.url == "https://boards-api.greenhouse.io/v1/boards/rivoire/jobs"
    assert (feed.source.attempts, feed.source.total) == (2, "meta.total")
    assert feed.mapping["title"].headers == ("intitule", "title")
    assert "city" not in feed.mapping, "a constant of the feed takes the place of the preset's mapping"
    assert feed.constants == {"city": "Rennes", "postal_code": "35000", "weeks": "both", "grades": "seconde"}


def test_another_kind_replaces_a_table_whole(tmp_path: Path) -> None:
    source = '[feeds.offres.source]\nkind = "folder"\npath = "inbox/acme"\n'
    feed = partner(tmp_path, f'extends = "greenhouse"\n{source}')
    assert feed.source.kind == "folder", "and the blank that stood only there need not be filled"


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        ('extends = "greenhose"', "did you mean `greenhouse`"),
        ('extends = "greenhouse"', "feeds.offres.with.board is missing"),
        ('extends = "greenhouse"\nwith = { board = "a", bord = "b" }', "with.bord fills no blank"),
        ('extends = "greenhouse"\nwith = { board = 3 }', "must be a table of texts"),
        ('with = { board = "a" }', "there is none"),
    ],
)
def test_what_is_wrong_with_an_extension_is_said_at_its_key(tmp_path: Path, feed: str, said: str) -> None:
    with pytest.raises(FeedMisconfigured, match=re.escape(said)):
        partner(tmp_path, feed)


def test_a_named_group_in_the_feeds_own_expression_is_no_blank(tmp_path: Path) -> None:
    feed = partner(
        tmp_path,
        'extends = "greenhouse"\nwith = { board = "rivoire" }\n'
        "[feeds.offres.mapping]\ncity = { from = \"location.name\", pattern = '^(?P<ville>[^,]+)' }\n",
    )
    assert feed.mapping["city"].pattern == "^(?P<ville>[^,]+)"


def test_a_table_without_a_preset_is_left_as_it_is() -> None:
    keys = {"source": {"url": "https://<host>/"}}
    assert extended(keys, lambda key, what: pytest.fail(what)) == keys
