"""Partner files: what is read, and that every fault of a file is said at once, in words its author knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from config.partners import find, load, open_feed, survey
from connectors import KINDS as CONNECTORS
from offers.errors import FeedMisconfigured
from offers.feed import Secret
from offers.format import Strict


class Folder(Strict):
    path: str
    glob: str = "*"


class Sftp(Strict):
    kind: str = "sftp"
    host: str
    port: int = Field(default=22, ge=1)
    password: Secret | None = None


KINDS: dict[str, type[BaseModel]] = {"folder": Folder, "sftp": Sftp}

SOUND = """
name = "Ateliers Rivoire"
organisation = "Rivoire SA"

[feeds.offres]
day_first = true
require = ["siret"]

[feeds.offres.source]
kind = "folder"
path = "inbox/rivoire"

[feeds.offres.format]
kind = "csv"

[feeds.offres.mapping]
reference = "Réf"
title = ["Titre", "Intitulé"]
street = { from = ["N°", "Rue"], join = " " }
postal_code = { from = "Adresse", pattern = '(\\d{5})' }
siret = "SIRET"
sector = "Secteur"

[feeds.offres.constants]
weeks = "both"

[feeds.offres.lookups.sector]
"Mécanique générale" = "s37"

[[feeds.offres.filter]]
column = "Contrat"
keep = ["Stage"]
reason = "not_a_placement"
"""


def faults_of(folder: Path, text: str, name: str = "rivoire.toml") -> list[str]:
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(FeedMisconfigured) as refused:
        load(folder, KINDS)
    return str(refused.value).splitlines()


def only_fault(folder: Path, text: str) -> str:
    (fault,) = faults_of(folder, text)
    return fault.removeprefix(f"{folder / 'rivoire.toml'}: ")


def test_a_sound_file_is_a_feed(tmp_path: Path) -> None:
    (tmp_path / "rivoire.toml").write_text(SOUND, encoding="utf-8")
    feed = load(tmp_path, KINDS)["rivoire/offres"]
    assert (feed.partner, feed.name, feed.title, feed.organisation) == (
        "rivoire",
        "offres",
        "Ateliers Rivoire",
        "Rivoire SA",
    )
    assert feed.source == Folder(path="inbox/rivoire")
    assert feed.mapping["title"].headers == ("Titre", "Intitulé")
    assert feed.mapping["street"].join == " "
    assert feed.filter[0].columns == ("Contrat",)
    assert feed.day_first is True
    assert feed.carried == ("reference", "title", "siret", "sector", "street", "postal_code", "weeks")


def test_a_source_model_that_knows_its_kind_is_given_it(tmp_path: Path) -> None:
    text = SOUND.replace('kind = "folder"\npath = "inbox/rivoire"', 'kind = "sftp"\nhost = "sftp.example"')
    (tmp_path / "rivoire.toml").write_text(text, encoding="utf-8")
    assert load(tmp_path, KINDS)["rivoire/offres"].source == Sftp(host="sftp.example")


@pytest.mark.parametrize(
    ("sound", "wrong", "said"),
    [
        ("day_first = true", "day_frist = true",
         "feeds.offres.day_frist is not a known key; did you mean `day_first`?"),
        ("day_first = true", 'partner = "x"',
         "feeds.offres.partner is not a known key; "),
        ('organisation = "Rivoire SA"', 'organization = "Rivoire SA"',
         "organization is not a known key; did you mean `organisation`?"),
        ('name = "Ateliers Rivoire"', "", "name is missing, and is needed."),
        ("day_first = true", 'day_first = "perhaps"',
         "feeds.offres.day_first is « perhaps » and must be true or false, without quotes."),
        ("day_first = true", 'scope = "ful"',
         "feeds.offres.scope is « ful »; allowed: full, incremental; did you mean `full`?"),
        ('require = ["siret"]', 'require = ["siren"]',
         "feeds.offres.require[1] is not a column of an offer; did you mean `siret`?"),
        ("require = [\"siret\"]", 'require = "siret"',
         'feeds.offres.require is « siret » and must be a list, e.g. ["siret", "permalink"].'),
        ('kind = "folder"', 'kind = "foldr"',
         "feeds.offres.source.kind is « foldr »; allowed: folder, sftp; did you mean `folder`?"),
        ('kind = "folder"', "",
         "feeds.offres.source.kind is missing; allowed: folder, sftp."),
        ('path = "inbox/rivoire"', 'paht = "inbox"\npath = "inbox/rivoire"',
         "feeds.offres.source.paht is not a known key; did you mean `path`?"),
        ('path = "inbox/rivoire"', "", "feeds.offres.source.path is missing, and is needed."),
        ('kind = "csv"', 'kind = "cvs"',
         "feeds.offres.format.kind is « cvs »; allowed: csv, xlsx, xml, rss, json, jsonl; did you mean `csv`?"),
        ('kind = "csv"', 'kind = "xml"',
         'feeds.offres.format an xml format needs `record`, the tag of one offer, e.g. record = "offre".'),
        ('kind = "csv"', 'kind = "csv"\nheader = 0', "feeds.offres.format.header is « 0 » and must be at least 1."),
        ('siret = "SIRET"', 'siret = "SIRET"\ntitel = "Titre"',
         "feeds.offres.mapping.titel is not a column of an offer; did you mean `title`?"),
        ('siret = "SIRET"', "siret = 12",
         "feeds.offres.mapping.siret is « 12 » and must be a table"),
        ('join = " "', 'jion = " "', "feeds.offres.mapping.street.jion is not a known key; did you mean `join`?"),
        ("'(\\d{5})'", "'(\\d{5}'", "feeds.offres.mapping.postal_code.pattern is not a regular expression: "),
        ("'(\\d{5})'", "'\\d{5}'",
         "feeds.offres.mapping.postal_code.pattern must have exactly one (group), the part to keep, and has 0"),
        ('weeks = "both"', 'weeks = "both"\nsiret = "1"',
         "feeds.offres.constants.siret is also mapped (mapping.siret); keep one of the two."),
        ('weeks = "both"', "seats = 2",
         'feeds.offres.constants.seats is « 2 » and must be text, written between quotes ("…").'),
        ('= "s37"', '= "s52"',
         'feeds.offres.lookups.sector."Mécanique générale" is « s52 », which is no sector; allowed: s1 to s51'),
        ('= "s37"', '= "s37"\n"mecanique GENERALE" = "s30"',
         'feeds.offres.lookups.sector."mecanique GENERALE" says « s30 » where « Mécanique générale »'),
        ("[feeds.offres.lookups.sector]", "[feeds.offres.lookups.seats]",
         "feeds.offres.lookups.seats translates a column that is neither mapped nor constant."),
        ('keep = ["Stage"]', 'kepe = ["Stage"]\nkeep = ["Stage"]',
         "feeds.offres.filter[1].kepe is not a known key; did you mean `keep`?"),
        ('keep = ["Stage"]', 'keep = ["Stage"]\ndrop = ["CDI"]',
         "feeds.offres.filter[1] a filter has exactly one of keep, drop, keep_matching, drop_matching."),
        ('keep = ["Stage"]', 'keep_matching = "["', "feeds.offres.filter[1].keep_matching is not a regular expression"),
        ("[feeds.offres]", "[feeds.Offres_1]", "feeds.Offres_1: a feed's name is made of a-z, 0-9 and hyphens"),
    ],
)  # fmt: skip
def test_a_fault_is_said_with_its_key_what_was_seen_and_what_is_allowed(
    tmp_path: Path, sound: str, wrong: str, said: str
) -> None:
    text = SOUND.replace(sound, wrong)
    if "Offres_1" in wrong:
        text = text.replace("feeds.offres", "feeds.Offres_1")
    assert text != SOUND
    assert said in only_fault(tmp_path, text)


def test_all_faults_of_all_files_are_listed_at_once(tmp_path: Path) -> None:
    wrong = SOUND.replace("day_first", "day_frist").replace("path =", "paht =").replace("title =", "titel =")
    wrong = wrong.replace('weeks = "both"', 'weeks = "both"\nreference = "1"').replace("organisation", "organization")
    faults = faults_of(tmp_path, wrong)
    keys = ["organization", "source.paht", "source.path", "day_frist", "mapping.titel", "constants.reference"]
    assert len(faults) == len(keys)
    for key in keys:
        assert any(f"{key} " in fault for fault in faults), key
    more = faults_of(tmp_path, "name = 3\nfeeds = 1", "autre.toml")
    assert len(more) == len(keys) + 2


def test_no_sentence_speaks_the_language_of_the_library(tmp_path: Path) -> None:
    wrong = (
        'name = 1\nwrong = 2\n[feeds.a]\nformat = 3\nmapping = "x"\nlimits = { rows = "many", bytes = 0 }\nfilter = 4\n'
    )
    told = "\n".join(faults_of(tmp_path, wrong + '[feeds.a.source]\nkind = "sftp"\nport = 0\npassword = "hunter2"\n'))
    for jargon in ("extra_forbidden", "Input should", "valid dictionary", "validation error", "pydantic", "type="):
        assert jargon not in told
    assert told.count("\n") == 9


def test_bad_syntax_is_said_with_its_line(tmp_path: Path) -> None:
    assert "is not TOML: " in only_fault(tmp_path, 'name = "a"\nfeeds\n')
    assert "line 2" in only_fault(tmp_path, 'name = "a"\nfeeds\n')


def test_a_file_that_is_not_utf_8_is_said_to_be_so(tmp_path: Path) -> None:
    (tmp_path / "rivoire.toml").write_bytes('name = "Équipe"'.encode("cp1252"))
    with pytest.raises(FeedMisconfigured, match="not UTF-8"):
        load(tmp_path, KINDS)


def test_the_file_name_is_the_slug(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, SOUND, "Ateliers Rivoire.toml")
    assert "the partner's slug" in fault


def test_a_partner_without_feeds_is_refused(tmp_path: Path) -> None:
    assert "names no feed" in only_fault(tmp_path, 'name = "a"\n[feeds]\n')


def test_an_empty_folder_says_where_it_looked(tmp_path: Path) -> None:
    with pytest.raises(FeedMisconfigured, match="QUAI_PARTNERS"):
        load(tmp_path, KINDS)
    with pytest.raises(FeedMisconfigured, match="no such folder"):
        load(tmp_path / "absent", KINDS)


def test_an_unknown_feed_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "rivoire.toml").write_text(SOUND, encoding="utf-8")
    feeds = load(tmp_path, KINDS)
    assert find(feeds, "rivoire/offres").slug == "rivoire/offres"
    with pytest.raises(FeedMisconfigured, match="did you mean `rivoire/offres`"):
        find(feeds, "rivoir/ofres")
    with pytest.raises(FeedMisconfigured, match="did you mean `rivoire/offres`"):
        find(feeds, "rivoire")


def test_one_feed_opens_though_another_partner_s_file_is_broken(tmp_path: Path) -> None:
    (tmp_path / "rivoire.toml").write_text(SOUND, encoding="utf-8")
    (tmp_path / "autre.toml").write_text("broken", encoding="utf-8")
    assert open_feed(tmp_path, "rivoire/offres", KINDS).slug == "rivoire/offres"
    with pytest.raises(FeedMisconfigured, match="did you mean `rivoire/offres`"):
        open_feed(tmp_path, "rivoire/ofres", KINDS)


def test_a_secret_written_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    text = SOUND.replace('kind = "folder"\npath = "inbox/rivoire"', 'kind = "sftp"\nhost = "h"\npassword = "hunter2"')
    fault = only_fault(tmp_path, text)
    assert "feeds.offres.source.password" in fault
    assert "hunter2" not in fault


SOURCES = {
    "folder": ('path = "inbox/rivoire"', 'path = "./inbox/rivoire/"', 'path = "inbox/autre"'),
    "sftp": (
        'host = "a.example"\nuser = "quai"\npassword = { env = "P" }\nhost_key = "unknown"\npath = "out"',
        'host = "A.example"\nuser = "quai"\npassword = { env = "Q" }\nhost_key = "unknown"\npath = "out/"',
        'host = "a.example"\nuser = "autre"\npassword = { env = "P" }\nhost_key = "unknown"\npath = "out"',
    ),
    "bucket": (
        'url = "s3://a/quai"\nanonymous = true', 'url = "s3://a/quai/"\nfrom_environment = true',
        'url = "s3://a/autre"\nanonymous = true',
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", SOURCES)
def test_two_feeds_on_one_inbox_are_left_out_and_both_named_and_no_other_feed_is(tmp_path: Path, kind: str) -> None:
    kinds = {word: one.settings for word, one in CONNECTORS.items()}
    mine, theirs, other = (f'kind = "{kind}"\n{said}' for said in SOURCES[kind])

    def written(partner: str, **feeds: str) -> None:
        tables = "".join(
            f'[feeds.{name}.source]\n{source}\n[feeds.{name}.format]\nkind = "csv"\n[feeds.{name}.mapping]\n'
            for name, source in feeds.items()
        )
        (tmp_path / f"{partner}.toml").write_text(f'name = "{partner}"\n{tables}', encoding="utf-8")

    written("rivoire", offres=f'{mine}\nglob = "*.csv"', autre=f'{other}\nglob = "*"', xlsx=f'{mine}\nglob = "*.xlsx"')
    written("orme", stages=f'{theirs}\nglob = ["offres*"]')
    found = survey(tmp_path, kinds)
    assert sorted(found.feeds) == ["rivoire/autre"]
    assert {one.file: one.feeds for one in found.broken} == {
        "rivoire.toml": ("rivoire/offres", "rivoire/xlsx"),
        "orme.toml": ("orme/stages",),
    }
    with pytest.raises(FeedMisconfigured, match=r"takes from the inbox of orme/stages \(orme\.toml\): « \*\.csv »"):
        open_feed(tmp_path, "rivoire/offres", kinds)
    assert open_feed(tmp_path, "rivoire/autre", kinds).slug == "rivoire/autre"
