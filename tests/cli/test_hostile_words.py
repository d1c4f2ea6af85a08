"""Words that a drop brings forge nothing, wherever they enter or are read: no line, no command, no cursor."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.logs import clean
from offers.errors import FeedMisconfigured, QuaiError, Unreadable
from offers.model import Finding, Severity
from offers.text import LONG, SHORT, escaped, one_line, quote, visible, wants_escapes
from reports.ops import Matter, matter_lines, plain
from testing.commands import Place, quai, told
from testing.place import leave
from testing.yard import SLUG, offers, table

COMMAND = "quai quarantine release 1 --by moi --reason tout-va-bien"
UNSEEN = "\u200b\u061c\ufeff\U000e0041"
WORD = (
    f"Poste\x1b]0;pris\x07\x9b31m\u202e\r\n1. [failed] ateliers/offres: rien.\n   {COMMAND}\n\x85\u2028\x00\x7f{UNSEEN}"
)
LONG_ONE = WORD + "x" * 60_000
NEVER = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u061c\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)


def zipped(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for at in (name, f"2{name}"):  # two: which is the drop?
            archive.writestr(at[:60_000], table(offers(2)))
    return packed.getvalue()


def renamed(word: str) -> bytes:
    """Its header for titles is called otherwise, and a column is added."""
    head, _, rest = table(offers(4)).decode().partition("\r\n")
    quoted = '"' + word.replace('"', '""') + '"'
    return f"{head.replace('Intitulé', quoted)};{quoted}\r\n{rest}".encode()


DROPS = {
    "a cell that is refused": lambda: table(
        [*offers(3), *offers(1, **{"Réf.": WORD, "CP": LONG_ONE, "Secteur": WORD})]
    ),
    "a row that cannot be cut": lambda: table(offers(3)) + f'"{WORD}";{WORD.replace(chr(10), " ")}\r\n'.encode(),
    "a header": lambda: renamed(LONG_ONE),
    "a member's name": lambda: zipped(WORD.replace("\x00", "")),
    "what is no text": lambda: b"\x00\x1b[31m" * 4_000,
}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("https://a.example/x?jour=1&password=hunter2.", "https://a.example/x?jour=1&password=[hidden]"),
        ("« /jobs?access_token=hunter2&page=2 »", "« /jobs?access_token=[hidden]&page=2 »"),
        ("/drop?X-Amz-Signature=hunter2;api-key=hunter2", "/drop?X-Amz-Signature=[hidden];api-key=[hidden]"),
        ("ftp://quai:hunter2@a.example/x", "ftp://quai:[hidden]@a.example/x"),
        ("ftp://quai:hun/ter@2@a.example/x", "ftp://quai:[hidden]@a.example/x"),
        ("ftp://quai@corp:hunter2@a.example/x, le lundi", "ftp://quai@corp:[hidden]@a.example/x, le lundi"),
        ('ftp://q:hun"ter2@a.example', "ftp://q:[hidden]@a.example"),
        (
            "https://a.example:8443/@quai/x et http://[::1]:80/a@b",
            "https://a.example:8443/@quai/x et http://[::1]:80/a@b",
        ),
        ("/jobs?monkey=1&design=2, key=3", "/jobs?monkey=1&design=2, key=3"),
    ],
)
def test_what_an_address_tells_as_a_password_is_in_no_message_and_no_log(said: str, told: str) -> None:
    assert [str(kind(said)) for kind in (QuaiError, FeedMisconfigured)] == [told, told]
    assert clean(said) == told


def seen(place: Place, *words: str) -> str:
    _, out, err = quai(place, *words)
    return out + err


def held(text: str, where: object) -> None:
    """Nothing in it moves a cursor, begins a line of its own, or is longer than a person reads."""
    assert NEVER.search(text) is None, (where, NEVER.search(text))
    for line in text.splitlines():
        assert not line.strip().startswith((COMMAND, "1. [failed]")), (where, line)
        assert len(line) < 3 * LONG, (where, len(line))


def shown_as_words(place: Place, drops: list[bytes]) -> None:
    """Whatever command looks at them, and at a partner's file that is called so."""
    hostile = WORD[:40].replace("\x00", "")
    for number, content in enumerate(drops):
        for path in (leave(place, content, f"{number}{hostile}.csv"), leave(place, content + b"\r\n", f"{number}.csv")):
            held(seen(place, "check", str(path), "--feed", SLUG), "check")
        held(seen(place, "check", str(path), "--feed", SLUG, "--lang", "en"), "check")
    (Path(place["QUAI_PARTNERS"]) / f"{hostile}.toml").write_text(f"name = {json.dumps(WORD[:20])}\n")
    held(seen({**place, "QUAI_LOG": "text"}, "ingest", SLUG), "ingest")
    _, row = told(place, "deliveries", "--feed", SLUG)
    numbers = [str(each["delivery"]) for each in row["deliveries"]]
    assert len(numbers) >= len(drops)
    words = [("deliveries",), ("feeds",), ("digest",), ("alerts", "list"), ("doctor",), ("quarantine", "list")]
    words += [each for number in numbers for each in (("rejections", number), ("quarantine", "show", number))]
    for each in words:
        held(seen(place, *each), each)
        _, out, _ = quai(place, *each, "--json")
        assert NEVER.search(out.replace("\n", "")) is None, each


def test_no_command_shows_a_drop_s_words_but_as_words(place: Place) -> None:
    shown_as_words(place, [DROPS["a cell that is refused"]()])


@pytest.mark.nightly
def test_nor_those_of_any_other_part_of_a_drop(place: Place) -> None:
    shown_as_words(place, [drawn() for drawn in DROPS.values()])


TEXT = st.text(max_size=300) | st.just(WORD) | st.just(LONG_ONE)


@given(TEXT)
def test_a_quoted_word_is_one_short_line_of_what_can_be_seen(text: str) -> None:
    for said, most in ((quote(text), SHORT), (one_line(text), LONG)):
        assert len(said) <= most
        assert said == " ".join(said.split())
        assert NEVER.search(said) is None
        said.encode()  # half a character is shown as its number
    assert NEVER.search(visible(text).replace("\n", "").replace("\t", "")) is None


@given(TEXT)
def test_findings_matters_errors_and_cells_of_pages_are_one_line_whatever_they_quote(text: str) -> None:
    finding = Finding("header_unknown", Severity.WARN, text, text, f"ateliers/offres: « {text} » is new. Map it.")
    matter = Matter("ateliers/offres", "warned", text, f"« {text} » is new.", "quai digest")
    for said in (finding.seen, finding.expected, finding.sentence, str(Unreadable(text)), plain(text)):
        assert NEVER.search(said) is None
        assert "\n" not in said
    assert finding.sentence.endswith("Map it.")
    assert len(matter_lines(matter).splitlines()) == 2
    assert NEVER.search(str(FeedMisconfigured(text)).replace("\n", "")) is None
    assert issubclass(Unreadable, QuaiError)


def test_the_return_of_a_name_that_is_no_utf_8_is_called_as_in_an_outbox(place: Place, tmp_path: Path) -> None:
    path = leave(place, table(offers(2)), os.fsdecode(b"caf\xe9.csv"))
    status, row = told(place, "check", str(path), "--feed", SLUG, "--report", str(tmp_path / "retours"))
    assert (status, row["kept"], Path(row["report"]).name) == (0, 2, "caf_.csv.retour.html")


def test_bytes_want_escapes_where_their_text_does() -> None:
    letters = (chr(code) for code in range(0x20, 0x110000) if not 0xD800 <= code < 0xE000)
    assert [one for one in letters if wants_escapes(one.encode()) != (escaped(one) != one)] == []
