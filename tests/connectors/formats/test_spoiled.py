"""A byte that is none of the letters of the rest costs its record; a cut is told; headers are as they are seen."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from connectors.formats.delimited import read_csv
from connectors.formats.json import read_json, read_jsonl
from connectors.formats.xml import read_xml
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format
from offers.model import Batch

READERS: dict[str, Callable[..., Batch]] = {"csv": read_csv, "xml": read_xml, "json": read_json, "jsonl": read_jsonl}
NAMES = ("métier", "réunion", "été")


def written(kind: str, *texts: str, key: str = "t") -> bytes:
    if kind == "csv":
        return "\n".join([f"id;{key}", *(f"{at};{text}" for at, text in enumerate(texts))]).encode()
    if kind == "xml":
        return (
            f"<o>{''.join(f'<r><id>{at}</id><{key}>{text}</{key}></r>' for at, text in enumerate(texts))}</o>".encode()
        )
    objects = [json.dumps({"id": str(at), key: text}, ensure_ascii=False) for at, text in enumerate(texts)]
    return (f"[{','.join(objects)}]" if kind == "json" else "\n".join(objects)).encode()


def read(kind: str, data: bytes) -> Batch:
    return READERS[kind](data, f"offres.{kind}", Format(kind=kind, record="r" if kind == "xml" else None), Limits())


@pytest.mark.parametrize("kind", READERS)
def test_one_bad_byte_costs_its_record_and_no_other(kind: str) -> None:
    data = written(kind, *NAMES, "@quipe", "à").replace(b"@", b"\xe9")
    batch = read(kind, data)
    assert batch.frame["t"].tolist() == [*NAMES, "à"]
    assert batch.read == 5
    (told,) = batch.malformed.to_dict("records")
    assert (told["rule"], told["value"]) == ("row_in_another_encoding", "3; équipe")
    fields = json.loads(told["fields"])
    assert (fields["byte"], fields["around"]) == ("0xE9", "3; équipe")
    assert "équipe" in batch.torn
    assert [one.check for one in batch.findings] == ["bytes_of_another_encoding"]


def test_in_lines_the_byte_is_named_by_its_place() -> None:
    (told,) = read("csv", written("csv", *NAMES, "l@ et l@").replace(b"@", b"\xe9")).malformed.to_dict("records")
    assert (told["line"], json.loads(told["fields"])["at"]) == (5, "4")


def test_in_a_record_of_several_lines_the_byte_is_named_with_its_own_line() -> None:
    data = 'a;b\n1;été\n2;"deux\nlignes d@but"\n3;z\n'.encode().replace(b"@", b"\xe9")
    (told,) = read("csv", data).malformed.to_dict("records")
    fields = json.loads(told["fields"])
    assert (told["line"], fields["at"], fields["below"]) == (3, "9", "4")
    assert "deux lignes début" in fields["around"]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_lines_before_the_letter_where_a_file_is_cut_are_read_and_the_drop_is_held(kind: str) -> None:
    data = written(kind, *NAMES, "l’é")
    batch = read(kind, data[: data.rindex("é".encode()) + 1])
    assert batch.frame["t"].tolist() == list(NAMES)
    assert [one.check for one in batch.findings] == ["cut_off"]
    assert batch.malformed["rule"].tolist() == ["row_is_cut_off" if kind == "csv" else "line_is_not_json"]


def test_a_line_of_too_few_cells_that_is_cut_within_a_letter_is_told_as_cut() -> None:
    batch = read("csv", "id;t;u\n1;é;x\n2;é".encode()[:-1])
    assert batch.malformed["rule"].tolist() == ["row_is_cut_off"]


@pytest.mark.parametrize("kind", ["xml", "json"])
def test_a_document_that_is_cut_within_a_letter_is_unreadable_with_the_place(kind: str) -> None:
    data = written(kind, *NAMES)
    with pytest.raises(Unreadable, match=r"ends within a letter, at line 1, byte \d+ \(0xC3\): it is cut off"):
        read(kind, data[: data.rindex("é".encode()) + 1])


APART = ("Re\u0301f", "Réf")
NO_NAMES = (("\u200bzip", "zip"), ("\ufeffzip", "zip"), ("z\u00adip\u200e", "zip"), ("RÃ©f", "Réf"))
"""Which no element of XML may bear."""


@pytest.mark.parametrize("kind", READERS)
def test_headers_lose_what_nobody_sees(kind: str) -> None:
    for came, seen in (APART, *(() if kind == "xml" else NO_NAMES)):
        assert seen in read(kind, written(kind, "x", key=came)).frame.columns


def test_a_key_that_comes_with_a_mark_in_one_record_is_the_same_in_all() -> None:
    data = '{"\ufeffid": "1", "code\u00a0postal": "2"}\n\ufeff{"id": "3"}'.encode()
    frame = read("jsonl", data).frame
    assert frame["id"].tolist() == ["1", "3"]
    assert list(frame.columns) == ["id", "code postal"]


def test_two_headers_that_look_the_same_are_told() -> None:
    batch = read("csv", "zip;\u200bzip\n1;2\n".encode())
    assert list(batch.frame.columns) == ["zip", "zip (2)"]
    assert [one.check for one in batch.findings] == ["header_duplicate"]
