"""Small files that kill or hang a reader that trusts them: made here, checked with `quai check`, and measured.

    make bench-killers

Each must be refused, or read, within SECONDS of a processor (the start of the program taken off) and BYTES of memory,
of whichever process. Prints a table; ends with 1 where one takes more. `--only xlsx`: those whose name holds the word.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import xlsxwriter  # type: ignore[import-untyped]  # has no annotations

ROOT = Path(__file__).resolve().parents[1]
QUAI = ROOT / ".venv" / "bin" / "quai"
SECONDS, BYTES = 10.0, 1_500_000_000
HEADERS = ("reference", "title", "description", "seats", "daily_hours", "weeks", "expires_on", "contact_email", "siret")
MAPPING = "".join(f'{name} = "{name}"\n' for name in HEADERS)
KINDS = {"csv": "", "xlsx": "", "xml": 'record = "o"\n', "json": "", "jsonl": ""}
MB = 1_000_000
Maker = Callable[[], bytes]
ROWS = "".join(f"R{n};Stage {n};Un stage;1\n" for n in range(3))


def partner() -> str:
    """A partner's file with one feed of each format."""
    feeds = "".join(
        f'[feeds.{kind}]\ntitle = "{kind}"\n[feeds.{kind}.source]\nkind = "folder"\npath = "inbox/{kind}"\nglob = "*"\n'
        f'[feeds.{kind}.format]\nkind = "{kind}"\n{more}[feeds.{kind}.mapping]\n{MAPPING}'
        for kind, more in KINDS.items()
    )
    return f'name = "Banc"\n{feeds}'


def zipped(*members: tuple[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def book(sheet: str, shared: str = "", styles: str = "", after: str = "") -> bytes:
    """A workbook of one sheet, given the inside of its sheetData, of its shared texts and of its cellXfs."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as made:
        made.add_worksheet().write(0, 0, "x")
    with zipfile.ZipFile(out) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    for name, tag, inside in (
        ("xl/worksheets/sheet1.xml", "sheetData", sheet),
        ("xl/sharedStrings.xml", "sst", shared),
        ("xl/styles.xml", "cellXfs", styles),
    ):
        if inside:
            lead, _, rest = members[name].partition(f"<{tag}")
            head, _, tail = rest.partition(">")
            members[name] = f"{lead}<{tag}{head}>{inside}</{tag}>{tail.partition(f'</{tag}>')[2]}"
    name, end = "xl/worksheets/sheet1.xml", "</sheetData>"
    members[name] = members[name].replace(end, end + after)
    return zipped(*((name, content.encode()) for name, content in members.items()))


def row(number: int, *texts: str) -> str:
    """A row of inline texts."""
    cells = "".join(f'<c r="{chr(65 + n)}{number}" t="inlineStr"><is><t>{t}</t></is></c>' for n, t in enumerate(texts))
    return f'<row r="{number}">{cells}</row>'


MERGED = '<mergeCell ref="A1:XFD1048576"/>'
KEY = "k" * 100_000
HEAD = row(1, *HEADERS[:4])


def corner(column: str, number: int) -> bytes:
    """Headers, and one cell far below and right of them."""
    return book(f'{HEAD}<row r="{number}"><c r="{column}{number}"><v>1</v></c></row>')


def keyed() -> bytes:
    """600 000 records that share 2 000 keys."""
    return json.dumps([{f"k{n % 2000}": "1"} for n in range(600_000)]).encode()


def spaces() -> bytes:
    """A namespace of its own in each record."""
    records = (f"<o xmlns:n{n}='u{n}'><n{n}:t>x</n{n}:t></o>" for n in range(100_000))
    return f"<a>{''.join(records)}</a>".encode()


def shared(cells: int, length: int) -> bytes:
    """One long text, shared by many cells."""
    said = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, cells + 2))
    return book(HEAD + said, f"<si><t>{'a' * length}</t></si>")


def lying() -> bytes:
    """A workbook whose sheet says that it unpacks to little."""
    data = bytearray(book(HEAD + row(2, "R1", "a", "b", "1") + " " * 300 * MB))
    at = data.rindex(b"xl/worksheets/sheet1.xml") - 46
    data[at + 16 : at + 20] = struct.pack("<I", zlib.crc32(b"<?xml vers"))
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    return bytes(data)


def overlapping() -> bytes:
    """Fifty entries of a zip that all say they lie where the first one does."""
    data = bytearray(zipped(*((f"{n:02}.csv", b"a" * 3 * MB if not n else b"") for n in range(50))))
    first = data.index(b"PK\x01\x02")
    at = first
    while (at := data.find(b"PK\x01\x02", at + 4)) > 0:
        data[at + 16 : at + 28] = data[first + 16 : first + 28]
        data[at + 42 : at + 46] = bytes(4)
    return bytes(data)


def csv_of(**cells: str) -> bytes:
    """One row with these cells, the others sound."""
    sound = {"reference": "R1", "title": "Stage", "description": "Un stage", "seats": "1"} | cells
    return f"{';'.join(HEADERS)}\n{';'.join(sound.get(name, '') for name in HEADERS)}\n".encode()


def capitals() -> bytes:
    """An ordinary list in capitals, in Windows-1252: few lines hold an accent."""
    line = "R{};STAGE DE DECOUVERTE;" + "ACCUEIL DES CLIENTS, MISE EN RAYON ET CAISSE " * 10 + ";1\n"
    body = "".join(line.format(n) for n in range(17_000))
    return (f"{';'.join(HEADERS[:4])}\n{body}RX;ÉTÉ À LA FERME;DÉCOUVERTE;2\n").encode("cp1252")


def faulty() -> bytes:
    """50 000 lines of which no cell is sound, each told in a sentence of its own."""
    lines = (f"R{n};;;{n}x;{n}h;z{n};{n}y;w{n};s{n}\n" for n in range(50_000))
    return f"{';'.join(HEADERS)}\n{''.join(lines)}".encode()


def wide(kind: str, count: int) -> bytes:
    """A name of its own in each record."""
    if kind == "xml":
        return f"<a>{''.join(f'<o><t{n}>x</t{n}></o>' for n in range(count))}</a>".encode()
    return json.dumps([{f"k{n}": "x"} for n in range(count)]).encode()


SOUND = "one sound row"
KILLERS: dict[str, tuple[str, Maker]] = {
    SOUND: ("csv", csv_of),
    "zip, bzip2 member": ("csv", lambda: zipped(("a.csv", bytes(400 * MB)), packing=zipfile.ZIP_BZIP2)),
    "zip, xz member": ("csv", lambda: zipped(("a.csv", bytes(100 * MB)), packing=zipfile.ZIP_LZMA)),
    "zip bomb": ("csv", lambda: zipped(("a.csv", bytes(400 * MB)))),
    "zip of 60 000 members": ("csv", lambda: zipped(*((f"{n}.csv", b"") for n in range(60_000)))),
    "zip, entries that overlap": ("csv", overlapping),
    "zip in a zip": ("csv", lambda: zipped(("a.zip", zipped(("b.csv", bytes(9 * MB)))))),
    "gzip in a zip": ("csv", lambda: zipped(("a.gz", gzip.compress(bytes(200 * MB))))),
    "gzip bomb": ("csv", lambda: gzip.compress(b";" * 450 * MB, 1)),
    "gzip of blank lines": ("csv", lambda: gzip.compress(f"{';'.join(HEADERS)}\n{ROWS}".encode() + b"\n" * 9 * MB)),
    "bzip2": ("csv", lambda: bz2.compress(bytes(50 * MB))),
    "xlsx, 3 000 cells share 100 kB": ("xlsx", lambda: shared(3_000, 100_000)),
    "xlsx, 50 000 cells share 100 kB": ("xlsx", lambda: shared(50_000, 100_000)),
    "xlsx, a sheet that lies": ("xlsx", lying),
    "xlsx, a cell at XFD1048576": ("xlsx", lambda: corner("XFD", 1_048_576)),
    "xlsx, a cell at AL1000000": ("xlsx", lambda: corner("AL", 1_000_000)),
    "xlsx, `<c r=A1 ` repeated": ("xlsx", lambda: book(HEAD + '<c r="A1" ' * 100_000)),
    "xlsx, `<c t=s ` repeated": ("xlsx", lambda: book(HEAD + '<c t="s" ' * 100_000, "<si><t>abc</t></si>" * 99)),
    "xlsx, quotes never closed": ("xlsx", lambda: book(HEAD + "<c r='" * 150_000)),
    "xlsx, merged over all": (
        "xlsx",
        lambda: book(
            HEAD + row(2, "R1", "a", "b", "1"),
            after=f"<mergeCells>{MERGED * 99_000}</mergeCells>",
        ),
    ),
    "xlsx, a million styles": (
        "xlsx",
        lambda: book(HEAD + row(2, "R1", "a", "b", "1"), styles=f"<cellXfs>{'<xf/>' * MB}</cellXfs>"),
    ),
    "ods": ("xlsx", lambda: zipped(("content.xml", b" " * 300 * MB))),
    "xls": ("xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(MB)),
    "xml, a tag of its own in each record": ("xml", lambda: wide("xml", 40_000)),
    "json, a key of its own in each record": ("json", lambda: wide("json", 60_000)),
    "json, 2 000 keys over 600 000 records": ("json", keyed),
    "xml, one element 300 000 times": ("xml", lambda: f"<a><o>{'<t>abcdefgh</t>' * 300_000}</o></a>".encode()),
    "json, one list of a million": ("json", lambda: json.dumps([{"t": ["x"] * MB}]).encode()),
    "xml, an attribute of 50 MB": ("xml", lambda: b'<a><o t="' + b"a" * 50 * MB + b'">x</o></a>'),
    "xml, a million attributes": (
        "xml",
        lambda: ("<a><o " + " ".join(f"a{n}='x'" for n in range(MB)) + ">x</o></a>").encode(),
    ),
    "xml, a tag of 10 MB": ("xml", lambda: b"<a><" + b"t" * 10 * MB + b"/></a>"),
    "xml, a million levels": ("xml", lambda: b"<a>" * MB),
    "xml, a comment of 50 MB": ("xml", lambda: b"<a><!--" + b"-a" * 25 * MB + b"--><o>x</o></a>"),
    "xml, entities in entities": (
        "xml",
        lambda: b'<!DOCTYPE a [<!ENTITY b "bbbb">' + b'<!ENTITY c "&b;&b;">' * 999 + b"]><a>&c;</a>",
    ),
    "xml, 25 MB of lone ampersands": ("xml", lambda: b"<a><o><title>" + b"&" * 25 * MB + b"</title></o></a>"),
    "xml, 5 MB of `&nbsp;`, broken after": ("xml", lambda: b"<a><o><t>" + b"&nbsp;" * 800_000 + b"</t></o>"),
    "xml, 20 MB of documents in a row": ("xml", lambda: b"<o><t>x</t></o>" * 1_300_000),
    "xml, 8 MB of markup in an element": ("xml", lambda: b"<a><o><title>" + b"<p>x</p>" * MB + b"</title></o></a>"),
    "xml, 100 000 namespaces": ("xml", spaces),
    "json, a path of 60 keys of 100 kB": (
        "json",
        lambda: (f'{{"{KEY}":' * 60 + '"x"' + "}" * 60).encode(),
    ),
    "json, 100 000 keys in one record": ("json", lambda: json.dumps({f"k{n}": "x" for n in range(100_000)}).encode()),
    "json, a million levels": ("json", lambda: b"[" * MB),
    "json, a number of 10 MB": ("json", lambda: b'[{"seats": ' + b"9" * 10 * MB + b"}]"),
    "json lines, one line of 60 MB": ("jsonl", lambda: b'{"a": "' + b"x" * 60 * MB + b'"}'),
    "json lines, 60 MB never closed": ("jsonl", lambda: b'{"a": [' + b"[1]," * 15 * MB),
    "json, 15 MB of empty objects": ("json", lambda: b"[" + b"{}," * 5 * MB + b"{}]"),
    "csv, a header of 280 MB": ("csv", lambda: b"a" * 280 * MB + b";b\n1;2\n"),
    "csv, a million columns": ("csv", lambda: b";".join([b"c%d" % n for n in range(MB)]) + b"\n1;2\n"),
    "csv, capitals in cp1252": ("csv", capitals),
    "csv, 50 000 lines, each cell at fault": ("csv", faulty),
    "csv, quotes never closed": ("csv", lambda: f"{';'.join(HEADERS)}\n".encode() + b'R1;"a\n' * MB),
    "csv, quotes never closed, long lines": (
        "csv",
        lambda: f"{';'.join(HEADERS)}\n".encode() + (b'R1;"' + b"a" * 20_000 + b"\n") * 2_000,
    ),
    "csv, 50 MB of delimiters": ("csv", lambda: f"{';'.join(HEADERS)}\n{ROWS}".encode() + b";" * 50 * MB),
    "csv, 80 MB of short lines": ("csv", lambda: f"{';'.join(HEADERS)}\n{ROWS}".encode() + b"a\n" * 40 * MB),
    "csv, 50 MB of NUL": ("csv", lambda: b"a;b\n1;2\n" + bytes(50 * MB)),
    "csv, NUL after the head": ("csv", lambda: b"a;b;c;d\n" + b"a;b;c;1\n" * 9_999 + bytes(50 * MB)),
    "cell, text of 100 kB without @": ("csv", lambda: csv_of(description="a" * 100_000 + " 0@a")),
    "cell, 20 kB of zeros for seats": ("csv", lambda: csv_of(seats="0" * 20_000 + "x")),
    "cell, 2 MB of digits for seats": ("csv", lambda: csv_of(seats="9" * 2 * MB)),
    "cell, 1 MB for hours": ("csv", lambda: csv_of(daily_hours="lundi " * 200_000)),
    "cell, 1 MB for weeks": ("csv", lambda: csv_of(weeks="1 " * 500_000)),
    "cell, 1 MB for a date": ("csv", lambda: csv_of(expires_on="1" * MB)),
    "cell, 1 MB for an address": ("csv", lambda: csv_of(contact_email="a@" * 500_000)),
    "cell, 1 MB for a siret": ("csv", lambda: csv_of(siret="0." * 500_000)),
    "cell, 1 MB of `<p `": ("csv", lambda: csv_of(description="<p " * 300_000)),
    "cell, 1 MB of `<!--`": ("csv", lambda: csv_of(description="<!--" * 250_000)),
    "cell, 1 MB of `&amp;`": ("csv", lambda: csv_of(description="&amp" + "%3B" + "&amp;" * 200_000)),
    "cell, 100 000 divs in divs": ("csv", lambda: csv_of(description="<div>" * 100_000)),
    "cell, 1 MB of mojibake": ("csv", lambda: csv_of(description="Ã©" * 500_000)),
    "cell, 1 MB of accents to compose": ("csv", lambda: csv_of(description="a" + "\u0301\u0327" * 250_000)),
    "cell, 1 MB that unfolds": ("csv", lambda: csv_of(title="\ufdfa" * 300_000)),
    "cell, 1 MB of lone dashes": ("csv", lambda: csv_of(description="<br>-" + " " * MB + "<br>")),
}  # fmt: skip


def measured(title: str, folder: Path) -> tuple[int, float, float, float, str]:
    """Bytes of the file, seconds on the clock and of a processor, peak memory in bytes, what `quai check` said.

    The file is made by another process: what this one holds would count as the memory of whatever it starts.
    """
    kind = KILLERS[title][0]
    drop = folder / f"killer.{kind}"
    subprocess.run([sys.executable, "-m", "bench.killers", "--make", title, str(drop)], cwd=ROOT, check=True)
    environment = {**os.environ, "QUAI_PARTNERS": str(folder / "partners"), "QUAI_HOME": str(folder / "home")}
    with (folder / "out").open("w+") as out, (folder / "errors").open("w+") as errors:
        start = time.perf_counter()
        command = [str(QUAI), "check", str(drop), "--feed", f"banc/{kind}", "--json"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        out.seek(0)
        said = _said(out.read()) if os.waitstatus_to_exitcode(status) in (0, 1, 3) else f"ENDED: {status}"
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return drop.stat().st_size, wall, usage.ru_utime + usage.ru_stime, peak, said


def _apart(title: str, folder: Path) -> tuple[int, float, float, float, str]:
    command = [sys.executable, "-m", "bench.killers", "--measure", title, str(folder)]
    size, *rest = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    return (size, *rest)


def _said(printed: str) -> str:
    outcome = json.loads(printed)
    stops = [one["sentence"] for one in outcome["findings"] if one["check"] in ("unreadable", "reader_ended")]
    return stops[0].partition(": ")[2] if stops else f"read {outcome['read']}, kept {outcome['kept']}"


def main() -> int:
    """Make each file, check it, print its line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="")
    parser.add_argument("--make", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.make:
        Path(asked.make[1]).write_bytes(KILLERS[asked.make[0]][1]())
        return 0
    if asked.measure:
        print(json.dumps(measured(asked.measure[0], Path(asked.measure[1]))))
        return 0
    over = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "partners").mkdir()
        (folder / "partners" / "banc.toml").write_text(partner())
        start = min(_apart(SOUND, folder)[2] for _ in range(2))
        print(f"one sound row takes {start:.1f} s of a processor; taken off below\n")
        print(f"{'file':40}{'bytes':>12}{'processor':>11}{'clock':>8}{'peak':>9}")
        for title in KILLERS:
            if asked.only not in title:
                continue
            size, wall, processor, peak, said = _apart(title, folder)
            bad = processor - start > SECONDS or peak > BYTES or said.startswith("ENDED")
            over += bad
            print(
                f"{title:40}{size:12,}{max(0.0, processor - start):9.1f} s{wall:6.1f} s{peak / 1e6:6.0f} MB  "
                f"{'OVER  ' if bad else ''}{said[:120]}",
                flush=True,
            )
    print(f"\n{over} over {SECONDS:.0f} s or {BYTES / 1e6:.0f} MB")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
