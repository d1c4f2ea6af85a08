"""One French text in every encoding that offices write."""

from __future__ import annotations

import codecs

import pytest

from connectors.formats.encoding import decode
from offers.errors import FeedMisconfigured, Unreadable

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
    assert (found.utf8.decode(), found.encoding, found.findings) == (TEXT, encoding, ())


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman"])
def test_older_code_pages_are_told_from_windows(encoding: str) -> None:
    found = decode((PLAIN * 20).encode(encoding), "x.csv", None)
    assert found.utf8.decode() == PLAIN * 20


def test_one_accent_at_the_very_end_of_a_long_file_is_enough() -> None:
    text = "1;atelier\n" * 200_000 + "2;réunion\n"
    assert decode(text.encode("cp1252"), "x.csv", None).utf8.decode() == text


def test_what_the_feed_declares_beats_detection() -> None:
    assert decode("coût : 3 €".encode("iso-8859-15"), "x.csv", "iso-8859-15").utf8.decode() == "coût : 3 €"


def test_a_byte_order_mark_beats_what_the_feed_declares() -> None:
    found = decode(codecs.BOM_UTF8 + TEXT.encode(), "x.csv", "windows-1252")
    assert (found.utf8.decode(), found.encoding) == (TEXT, "utf-8")


def test_utf8_declared_as_windows_is_garbled_as_asked_and_told() -> None:
    (finding,) = decode("métier".encode(), "x.csv", "windows-1252").findings
    assert finding.check == "encoding_doubtful"


def test_an_unknown_encoding_is_the_feeds_fault() -> None:
    with pytest.raises(FeedMisconfigured, match=r"format\.encoding.*'latin-99'"):
        decode(b"x", "x.csv", "latin-99")
    with pytest.raises(FeedMisconfigured, match=r"format\.encoding"):
        decode(b"x", "x.csv", "base64")


@pytest.mark.parametrize("declared", ["utf-8", "ascii", "utf-16-le"])
def test_bytes_of_another_encoding_are_unreadable_with_their_line(declared: str) -> None:
    with pytest.raises(Unreadable, match=r"at line 3 is not"):
        decode(
            b"a\nb\nc\xff\xdb\xff\xdb" if declared != "utf-16-le" else "a\nb\nc".encode(declared) + b"\x00\xdb",
            "x.csv",
            declared,
        )


def test_a_fault_deep_in_a_long_utf8_text_is_found() -> None:
    data = b"x" * 5_000_000 + b"\n" + b"y\xff" * 3
    with pytest.raises(Unreadable, match=r"byte 0xFF at line 2"):
        decode(data, "x.csv", "utf-8")
