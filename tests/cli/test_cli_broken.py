"""One partner's broken file costs no other partner anything, and is named by every command that is over all feeds."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.clock import utc_now
from operations.feeds import the_feed
from operations.ingest import ingest
from testing.commands import Place, quai, told
from testing.place import leave, open_place
from testing.yard import SLUG, TOML, offers, open_yard, table

COPY = "Copie de ateliers.toml"
ORME = "orme/offres"


def two_delivered_and_one_is_broken(place: Place) -> None:
    """Two partners have delivered; then the file of one, and a copy of the other's, are broken."""
    partners = Path(place["QUAI_PARTNERS"])
    orme = partners / "orme.toml"
    orme.write_text(TOML.replace('path = "inbox"', 'path = "orme"'), encoding="utf-8")
    with open_yard(Path(place["QUAI_HOME"]), place["QUAI_DATABASE_URL"]) as yard:
        yard.at = utc_now()
        yard.take(offers(5))
        leave(place, offers(5), inbox="orme")
        ingest(the_feed(yard.dock.settings, ORME), yard.dock)
    orme.write_text(orme.read_text(encoding="utf-8").replace("title =", "titel ="))
    (partners / COPY).write_text(TOML, encoding="utf-8")


@pytest.fixture
def broken(after: Callable[..., tuple[Place, None]]) -> Place:
    return after(open_place, two_delivered_and_one_is_broken)[0]


def left_out(row: dict[str, Any]) -> list[str]:
    return [one["file"] for one in row["left_out"]]


def test_a_sound_feed_s_own_commands_know_nothing_of_it(broken: Place, tmp_path: Path) -> None:
    leave(broken, offers(6))
    sample = tmp_path / "sample.csv"
    sample.write_bytes(table(offers(3)))
    _, row = told(broken, "deliveries", "--feed", SLUG)
    number = str(row["deliveries"][0]["delivery"])
    for words in (
        ("check", str(sample), "--feed", SLUG),
        ("ingest", SLUG),
        ("replay", "--feed", SLUG, "--since", "2020-01-01", "--dry-run"),
        ("deliveries",),
        ("rejections", number),
        ("quarantine", "list"),
        ("template", SLUG, "--out", str(tmp_path / "form.csv")),
    ):
        status, _, err = quai(broken, *words)
        assert (status, "toml" in err) == (0, False), (words, err)


def test_its_own_commands_end_with_2_and_say_what_to_correct(broken: Place, tmp_path: Path) -> None:
    (tmp_path / "sample.csv").write_bytes(table(offers(3)))
    for words in (
        ("ingest", ORME),
        ("check", str(tmp_path / "sample.csv"), "--feed", ORME),
        ("replay", "--feed", ORME, "--since", "2020-01-01"),
        ("probe", ORME),
        ("template", ORME, "--out", str(tmp_path / "form.csv")),
    ):
        status, out, err = quai(broken, *words)
        assert (status, out) == (2, ""), words
        assert "orme.toml: feeds.offres.titel is not a known key; did you mean `title`?" in err


def test_a_command_over_all_feeds_does_its_work_names_them_and_ends_with_1(broken: Place) -> None:
    for words in (
        ("feeds",),
        ("digest",),
        ("alerts", "list"),
        ("alerts", "send"),
        ("purge",),
        ("purge", "--yes"),
        ("contacts", "erase", "anne@exemple.fr", "--reason", "asked", "--yes"),
    ):
        status, out, err = quai(broken, *words, "--json")
        row = json.loads(out)
        assert (status, left_out(row)) == (1, [COPY, "orme.toml"]), words
        assert "did you mean `title`?" in row["left_out"][1]["faults"][0]
        assert all(name in out + err for name in (COPY, "orme.toml"))


def test_the_feeds_of_a_broken_file_are_listed_with_what_stands_of_them(broken: Place) -> None:
    _, row = told(broken, "feeds")
    shown = {one["feed"]: (one["freshness"], one["standing"], bool(one["fault"])) for one in row["feeds"]}
    assert shown == {COPY: ("broken", 0, True), ORME: ("broken", 5, True), SLUG: ("by hand", 5, False)}


def test_people_are_told_of_each_until_it_is_mended_and_can_take_it_on(broken: Place) -> None:
    _, row = told(broken, "digest")
    assert [(one["feed"], one["kind"]) for one in row["new"]] == [(COPY, "broken"), ("orme.toml", "broken")]
    assert quai(broken, "alerts", "ack", COPY, "broken", "--by", "anne")[0] == 0
    assert f"In hand: {COPY} broken." in told(broken, "digest")[1]["body"]
    (Path(broken["QUAI_PARTNERS"]) / COPY).unlink()
    assert [one["feed"] for one in told(broken, "alerts", "list")[1]["alerts"]] == ["orme.toml"]


def test_the_doctor_names_each_and_asks_for_a_look(broken: Place) -> None:
    _, row = told(broken, "doctor")
    seen = {one["part"]: one["state"] for one in row["checks"]}
    assert (seen["partners"], seen[f"partner file {COPY}"], seen["partner file orme.toml"]) == ("sound", "look", "look")


def test_what_is_kept_too_long_of_the_others_goes_all_the_same(broken: Place) -> None:
    archived = Path(broken["QUAI_HOME"]) / "inbox" / "archive" / "offres.csv"
    assert archived.exists()
    delivery = told(broken, "deliveries", "--feed", SLUG)[1]["deliveries"][0]["delivery"]
    status, row = told(broken, "purge", "--delivery", str(delivery), "--yes")
    assert (status, left_out(row), archived.exists()) == (1, [COPY, "orme.toml"], False)


WRONG = {
    "a key twice": b'name = "a"\nname = "b"',
    "nothing": b"",
    "UTF-16": b"\xff\xfen\x00a\x00",
    "too deep": b"a = " + b"[" * 100_000,
    "too long a number": b"a = " + b"9" * 5_000,
    "a bound": TOML.replace('kind = "csv"', 'kind = "csv"\n[feeds.offres.limits]\nrows = -1').encode(),
    "too long a time": TOML.replace('title = "Offres', 'grace = "99999999999999999999d"\ntitle = "Offres').encode(),
    "no cron": TOML.replace('title = "Offres', 'schedule = "61 2 * * *"\ntitle = "Offres').encode(),
    "six fields": TOML.replace('title = "Offres', 'schedule = "0 0 2 * * *"\ntitle = "Offres').encode(),
}


def test_whatever_is_wrong_in_a_file_is_that_file_s(place: Place) -> None:
    for name, content in WRONG.items():
        (Path(place["QUAI_PARTNERS"]) / f"{name}.toml").write_bytes(content)
    status, row = told(place, "feeds")
    assert (status, left_out(row)) == (1, sorted(f"{name}.toml" for name in WRONG))
    assert [one["feed"] for one in row["feeds"] if not one["fault"]] == [SLUG]
    assert "Traceback" not in str(row)


def test_a_folder_a_pipe_a_link_to_nothing_and_a_name_that_is_no_text_are_such_files_too(place: Place) -> None:
    partners = Path(place["QUAI_PARTNERS"])
    (partners / "dossier.toml").mkdir()
    (partners / "lien.toml").symlink_to("nowhere")
    os.mkfifo(partners / "tube.toml")
    Path(os.fsdecode(os.fsencode(partners) + b"/\xe9.toml")).write_text(TOML, encoding="utf-8")
    status, out, _ = quai(place, "digest", "--json")
    assert (status, left_out(json.loads(out))) == (1, ["dossier.toml", "lien.toml", "tube.toml", r"\udce9.toml"])
    assert quai(place, "ingest", "dossier/offres")[0] == quai(place, "ingest", "lien/offres")[0] == 2
    assert quai(place, "ingest", SLUG)[0] == 0


def test_a_byte_order_mark_at_the_head_of_a_file_is_no_fault(place: Place) -> None:
    path = Path(place["QUAI_PARTNERS"]) / "ateliers.toml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert quai(place, "ingest", SLUG)[0] == 0
    status, row = told(place, "feeds")
    assert (status, row["left_out"]) == (0, [])


def test_a_fault_that_nobody_foresaw_never_ends_with_a_status_that_means_done(place: Place) -> None:
    """A home that is a file, say, breaks a command somewhere in the middle."""
    home = Path(place["QUAI_HOME"]) / "home"
    home.write_text("")
    status, out, err = quai({**place, "QUAI_HOME": str(home)}, "purge", "--yes")
    assert (status, out) == (3, "")
    assert "quai: a fault of Quai's own (NotADirectoryError" in err
