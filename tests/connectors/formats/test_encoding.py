"""One French text in every encoding that offices write."""

from __future__ import annotations

import codecs

import pytest

from connectors.formats.encoding import decode
from connectors.formats.encoding.spoiled import BadByte
from offers.errors import FeedMisconfigured, Unreadable
from offers.model import Severity

TEXT = "référence;intitulé\n1;Découverte des métiers à l’atelier, où l’élève est reçu\n"
PLAIN = TEXT.replace("’", "'")


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("cp1252"), "cp1252"),
    ],
)
def test_the_encoding_is_detected(data: bytes, encoding: str) -> None:
    found = decode(data, "x.csv", None)
    assert (found.utf8.decode(), found.encoding, found.faults) == (TEXT, encoding, ())
    told = [("encoding_guessed", Severity.NOTE)] if encoding == "cp1252" else []
    assert [(one.check, one.severity) for one in found.findings] == told


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman"])
def test_older_code_pages_are_told_from_windows(encoding: str) -> None:
    found = decode(PLAIN.encode(encoding), "x.csv", None)
    assert found.utf8.decode() == PLAIN
    assert [one.severity for one in found.findings] == [Severity.WARN]


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("bureau d'études", "cp1252"),
        ("l’atelier…", "cp1252"),
        ("ÉTUDES", "cp1252"),
        ("au cœur de l'atelier", "iso-8859-15"),
        ("un budget de 100 €", "iso-8859-15"),
        ("il est là", "cp850"),
        ("l’École", "mac_roman"),
    ],
)
def test_one_letter_is_enough_where_french_knows_it(text: str, page: str) -> None:
    assert decode(f"id;t\n1;{text};x\n".encode(page), "x.csv", None).utf8.decode() == f"id;t\n1;{text};x\n"


@pytest.mark.parametrize("data", [bytes(range(128, 256)), "Открытие профессий мастерской".encode("cp1251")])
def test_bytes_of_no_french_at_all_are_refused(data: bytes) -> None:
    with pytest.raises(Unreadable, match="no encoding that could be recognised"):
        decode(b"id;t\n1;" + data, "x.csv", None)


MIXED = "id;t\n1;métier\n2;réunion\n".encode() + "3;équipe\n".encode("cp1252") + "4;été\n".encode()


def test_a_byte_that_is_not_utf8_as_the_others_is_kept_and_told_with_its_line() -> None:
    found = decode(MIXED, "x.csv", None)
    assert (found.encoding, found.faults, found.cut) == ("utf-8", (BadByte(4, 3, 0xE9),), False)
    assert found.utf8.decode() == "id;t\n1;métier\n2;réunion\n3;\U000f00e9quipe\n4;été\n"
    assert "line 4, byte 3 (0xE9)" in found.findings[0].sentence


@pytest.mark.parametrize("end", ["é", "’"])
def test_a_text_that_ends_within_a_letter_is_cut_off(end: str) -> None:
    found = decode(f"id;t\n1;l{end}".encode()[:-1], "x.csv", None)
    assert found.cut
    assert [(one.check, one.severity) for one in found.findings] == [("cut_off", Severity.STOP)]
    assert "line 2" in found.findings[0].sentence


def test_a_windows_letter_at_the_very_end_is_no_cut() -> None:
    found = decode("id;t\n1;café".encode("cp1252"), "x.csv", None)
    assert (found.utf8.decode(), found.cut) == ("id;t\n1;café", False)


@pytest.mark.parametrize("marks", [codecs.BOM_UTF8 * 2, "\ufeff\ufeff".encode("utf-16-le"), "ï»¿".encode() * 2])
def test_marks_that_come_twice_are_no_letters(marks: bytes) -> None:
    text = TEXT.encode("utf-16-le" if marks.startswith(codecs.BOM_UTF16_LE) else "utf-8")
    assert decode(marks + text, "x.csv", None).utf8.decode() == TEXT


@pytest.mark.parametrize(
    ("said", "text", "page", "read"),
    [
        ("windows-1252", TEXT, "utf-8", "utf-8"),
        ("utf-8", TEXT, "cp1252", "cp1252"),
        ("iso-8859-1", "un café", "cp1252", "iso8859-1"),
        ("iso-8859-1", "un café", "cp850", "cp858"),
        ("iso-8859-15", "Étape", "iso-8859-15", "iso8859-15"),
        ("utf-16", TEXT, "utf-8", "utf-8"),
        ("none-such", "un café", "cp1252", "cp1252"),
        ("us-ascii", TEXT, "utf-8", "utf-8"),
    ],
)
def test_what_a_server_says_is_a_hint_that_bytes_may_contradict(said: str, text: str, page: str, read: str) -> None:
    found = decode(text.encode(page), "x.csv", None, said)
    assert (found.utf8.decode(), found.encoding) == (text, read)


def test_windows_signs_under_the_label_of_latin_1_are_left_for_cleaning_to_mend() -> None:
    assert decode("l’été".encode("cp1252"), "x.csv", None, "iso-8859-1").utf8.decode() == "l\x92été"


def test_one_accent_at_the_very_end_of_a_long_file_is_enough() -> None:
    text = "1;atelier\n" * 200_000 + "2;réunion\n"
    assert decode(text.encode("cp1252"), "x.csv", None).utf8.decode() == text


def test_what_the_feed_declares_beats_detection() -> None:
    assert decode("coût : 3 €".encode("iso-8859-15"), "x.csv", "iso-8859-15").utf8.decode() == "coût : 3 €"


def test_a_byte_order_mark_beats_what_the_feed_declares() -> None:
    found = decode(codecs.BOM_UTF8 + TEXT.encode(), "x.csv", "windows-1252")
    assert (found.utf8.decode(), found.encoding) == (TEXT, "utf-8")


def test_utf8_declared_as_windows_is_read_as_what_it_is_and_told() -> None:
    found = decode("métier".encode(), "x.csv", "windows-1252")
    assert found.utf8.decode() == "métier"
    assert [one.check for one in found.findings] == ["encoding_doubtful"]


def test_an_unknown_encoding_is_the_feeds_fault() -> None:
    with pytest.raises(FeedMisconfigured, match=r"format\.encoding.*'latin-99'"):
        decode(b"x", "x.csv", "latin-99")
    with pytest.raises(FeedMisconfigured, match=r"format\.encoding"):
        decode(b"x", "x.csv", "base64")


def test_bytes_of_another_encoding_than_the_agreed_one_are_unreadable_with_their_line() -> None:
    with pytest.raises(Unreadable, match=r"byte 0xFF at line 3, byte 2, is not utf-8"):
        decode(b"a\nb\nc\xff\xdb\xff\xdb", "x.csv", "utf-8")


def test_a_fault_deep_in_a_long_utf8_text_is_found() -> None:
    data = b"x" * 5_000_000 + b"\n" + b"y\xff" * 3
    with pytest.raises(Unreadable, match=r"byte 0xFF at line 2, byte 2,"):
        decode(data, "x.csv", "utf-8")
