"""No bytes that anybody can send break a reader: they are a batch, or unreadable with a sentence, and nothing else."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from connectors.reading import read
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format
from offers.model import Batch
from testing.examples import examples

FORMATS = {
    "csv": Format(kind="csv"),
    "tabs": Format(kind="csv", delimiter="\t", encoding="cp1252", header=2),
    "xlsx": Format(kind="xlsx"),
    "xml": Format(kind="xml", record="offre"),
    "rss": Format(kind="rss"),
    "json": Format(kind="json"),
    "path": Format(kind="json", records="a.b"),
    "jsonl": Format(kind="jsonl"),
}


def workbook() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate((["ref", "places", "jour"], ["R1", 2, "2026-06-15"], ["R2", 1.5, None])):
            sheet.write_row(at, 0, row)
    return out.getvalue()


def zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("offres.csv", data)
    return out.getvalue()


CSV = 'ref;titre;ville\nR1;« Découverte »;Lyon\nR2;"a;b";Évry\nTotal;2;\n'.encode()
XML = b'<?xml version="1.0" encoding="utf-8"?><a xmlns:x="u"><offre id="1"><x:t>a</x:t>b<c/></offre><offre/></a>'
JSON = b'{"a": {"b": [{"ref": "R1", "x": [1, {"y": null}], "z": 1e999}, {"ref": "R2"}]}}'
SOUND = [CSV, XML, JSON, b'{"ref": 1}\n{"ref": "2"}\n', workbook(), gzip.compress(CSV), zipped(CSV), zipped(JSON)]
ODD = [
    b'[{"\\ud800": "\\udfff", "a\\ud83d": {"\\udc00b": 1}}]',
    b'[{"a": ' + b"9" * 5_000 + b"}]",
    b'[{"": {"": ""}}]',
    b"[" * 100_000,
    b'[{"a":' * 20_000,
    b'[{"a": NaN, "a": Infinity}, 1, null]',
    b'{"a": {"b": "x"}}',
    b'{"a": {"b": 3}}',
    b'{"\\ud800": 1}',
    b"[]",
    b"{}",
    b"[[]]",
    b"[1]",
    b"\xed\xa0\x80;\xed\xbf\xbf\n1;2\n",
    b"\x00\x00;\x00\n",
    b"\xff\xfe\x00",
    b"\xff\xfe;\x00\n\x00\xd8",
    b"\xfe\xff\xd8\x00",
    b'"' * 999,
    b'"a\n' * 999,
    b";" * 9_999,
    b"\r\r\n\n\r",
    b"a;a;a;;\n;;;;\n",
    b"\xef\xbb\xbf" * 3,
    b"a\x0bb\x0cc\x1cd\x85e\n1\n",
    b"ref\n" + b"x" * 300_000,
    b"<offre>" * 200,
    b"<a><offre>" + b"<b>" * 90,
    b"<a><offre>&#xD800;</offre></a>",
    b"<a><offre>&#0;</offre></a>",
    b'<?xml version="1.0" encoding="utf-7"?><a/>',
    b'<?xml version="1.0" encoding="idna"?><offre>a</offre>',
    b'<?xml version="1.0" encoding="zlib"?><offre/>',
    b'<?xml version="9"?><offre/>',
    b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
    b"<a:offre/>",
    b"<a xmlns='\x01'><offre/></a>",
    b"PK\x03\x04",
    b"PK\x05\x06" + b"\0" * 18,
    b"PK\x05\x06" + b"\xff" * 18,
    b"\x1f\x8b",
    b"\x1f\x8b\x08\0\0\0\0\0\0\0",
    b"\x1f\x8b\x09",
    gzip.compress(gzip.compress(b"a")),
    zipped(zipped(CSV)),
    zipped(b""),
    gzip.compress(b""),
    workbook()[:900],
]


def taken(folder: Path, data: bytes, format: Format) -> Batch | None:
    """The batch, sound in itself; None where the reader refused the bytes with a sentence."""
    path = folder / "drop"
    path.write_bytes(data)
    try:
        batch = read(path, "offres", format, Limits())
    except Unreadable as told:
        assert str(told).startswith("offres: ")  # noqa: PT017 - whether it is raised is what the bytes decide
        return None
    assert batch.frame.index.is_unique
    assert batch.frame.columns.is_unique
    assert not set(batch.frame.index) & set(batch.malformed["line"])
    assert all(pd.isna(cell) or cell.encode() is not None for cell in batch.frame.to_numpy().ravel())
    assert json.dumps(list(batch.frame.columns)).isascii()
    assert all(name.encode() is not None for name in batch.frame.columns)
    return batch


@pytest.mark.parametrize("kind", FORMATS)
def test_odd_bytes_are_a_batch_or_unreadable(tmp_path: Path, kind: str) -> None:
    for data in (*ODD, *SOUND):
        taken(tmp_path, data, FORMATS[kind])


CHANGE = st.tuples(st.floats(0, 1), st.integers(0, 12), st.one_of(st.binary(max_size=6), st.sampled_from(ODD[:3])))


@examples(15)
@given(
    data=st.sampled_from(SOUND),
    kind=st.sampled_from(list(FORMATS)),
    changes=st.lists(CHANGE, max_size=4),
    end=st.floats(0, 1),
)
def test_bytes_cut_and_changed_anywhere_are_a_batch_or_unreadable(
    tmp_path: Path, data: bytes, kind: str, changes: list[tuple[float, int, bytes]], end: float
) -> None:
    for where, gone, new in changes:
        at = int(where * len(data))
        data = data[:at] + new + data[at + gone :]
    taken(tmp_path, data[: len(data) if end > 0.5 else int(2 * end * len(data))], FORMATS[kind])


@examples(15)
@given(data=st.binary(max_size=200), kind=st.sampled_from(list(FORMATS)))
def test_any_bytes_are_a_batch_or_unreadable(tmp_path: Path, data: bytes, kind: str) -> None:
    taken(tmp_path, data, FORMATS[kind])


def test_half_a_character_in_a_key_is_shown_as_lost_as_it_is_in_a_value(tmp_path: Path) -> None:
    batch = taken(tmp_path, b'[{"ti\\ud800tre": "a\\udfff"}]', FORMATS["json"])
    assert batch is not None
    assert batch.frame.to_dict("list") == {"ti\ufffdtre": ["a\ufffd"]}
