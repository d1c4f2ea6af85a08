"""Gzip and zip around anything, told by their first bytes; within budgets of bytes, ratio and members."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import IO

from connectors.formats.bounds import TooHeavy
from connectors.formats.refusal import is_archive, other_bytes, refusal, workbook_kind, zipped_document
from offers.feed import Limits
from offers.findings import finding_of
from offers.model import Finding, Severity
from offers.text import quote
from offers.wording import number

MOST_RATIO = 200
RATIO_FREE = 10_000_000
"""Bytes unpacked before the ratio counts: a small file of repetitions packs better than 200 to 1, and harms nobody."""
MOST_MEMBERS = 100
_MOST_DIRECTORY = 1_000_000
_AGAIN = "The upload probably broke off; ask the partner to send it again"
_CHUNK = 1 << 20
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
"""A file that holds a byte order mark holds nothing else."""
_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_LITTER = ("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "$recycle.bin")
_BESIDE = re.compile(
    "asc|conf|crc|ct(?:l|r|rl)|dic|docx?|done|dtd|eml|end|err|fin|flag|gif|gpg|html?|ico|ini|jpe?g|key|lck|lnk|lock|log|"
    "md5?|msg|nfo|odt|ok|p7s|pdf|png|pptx?|rng|rtf|sem|sfv|sha(?:1|256|384|512)?|sig|svg|tag|te?mp|trg|trigger|url|wsdl|"
    "xsd|xslt?"
)
"""Endings of files that hold no offers in any format that is read here."""
_EXPLAINS = (
    "lisezmoi", "lisez moi", "a lire", "à lire", "readme", "read me", "licence", "license", "notice", "changelog",
    "copying", "md5sum", "md5sums", "sha1sums", "sha256sum", "sha256sums", "checksum", "checksums", "manifest",
    "manifeste", "metadata", "datapackage", "schema", "dictionnaire", "documentation",
)  # fmt: skip
_SIGNS = re.compile(r"[\W_]+")
_SYMLINK = 0o120000
_BAD_PACKING = (EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True)
class Unpacked:
    """The bytes of the one data file, what was around them: `""`, `gzip`, `zip`, and what lay beside it."""

    data: bytes
    around: str = ""
    findings: tuple[Finding, ...] = ()


def unpack(path: Path, name: str, limits: Limits, *, workbook: bool = False, here: int | None = None) -> Unpacked:
    """The data file in `path`. A workbook is itself a zip: it is handed back whole, its members checked.

    Raises Unreadable, in bounded time and memory, for what is empty, too large, damaged, nested or not safe to unpack;
    TooHeavy for what has more than `here` bytes, packed or unpacked.
    """
    size = path.stat().st_size
    if size > limits.bytes:
        raise _too_large(name, f"{number(size)} bytes", limits)
    if here is not None and size > here:
        raise TooHeavy
    budget, data = _Budget(name, size, limits, here), path.read_bytes()
    if not data or data in _MARKS:
        raise refusal(name, f"{len(data)} bytes and no text", "a file with offers", _AGAIN)
    unpacked = Unpacked(data)
    if data.startswith(_GZIP):
        out = io.BytesIO()
        with _whole("gzip", budget), gzip.GzipFile(fileobj=io.BytesIO(data)) as stream:
            _pump(stream, out, budget)
        unpacked = Unpacked(out.getvalue(), "gzip")
    elif data.startswith(_ZIP) and not (workbook and _is_workbook(data, budget)):
        unpacked = _unzip(data, budget)
    if not unpacked.data:
        remedy = "The export probably found no offers or broke off; ask the partner to send it again"
        raise refusal(name, f"0 bytes inside the {unpacked.around} archive", "a file with offers", remedy)
    if workbook and unpacked.data.startswith(_ZIP) and _is_workbook(unpacked.data, budget):
        # Unpack each member to nowhere, so that no reader ever meets a bomb.
        archive = _open(unpacked.data, budget)
        for member in archive.infolist():
            _refuse_unsafe(member, name)
            _read_within(archive, member, budget, None)
    elif unpacked.around and is_archive(unpacked.data[:300]):
        remedy = "Ask the partner to pack the data file once"
        raise refusal(name, f"an archive inside the {unpacked.around} archive", "one data file", remedy)
    return unpacked


class _Budget:
    """What may still be unpacked from one drop."""

    def __init__(self, name: str, packed: int, limits: Limits, here: int | None) -> None:
        self.name, self.packed, self.limits, self.here, self.unpacked = name, packed, limits, here, 0

    def take(self, count: int) -> None:
        """Count what was unpacked. Raises Unreadable beyond the feed's bytes or the ratio, TooHeavy beyond ours."""
        self.unpacked += count
        if self.unpacked > self.limits.bytes:
            raise _too_large(self.name, f"more than {number(self.limits.bytes)} bytes once unpacked", self.limits)
        if self.unpacked > RATIO_FREE and self.unpacked > MOST_RATIO * self.packed:
            seen = f"{number(self.packed)} bytes that unpack to more than {MOST_RATIO} times as many"
            remedy = "This is how a zip bomb looks; ask the partner what they sent"
            raise refusal(self.name, seen, f"at most {MOST_RATIO} to 1", remedy)
        if self.here is not None and self.unpacked > self.here:
            raise TooHeavy


@contextmanager
def _whole(kind: str, budget: _Budget) -> Iterator[None]:
    """What unpacks an archive that may be damaged. Raises Unreadable."""
    try:
        yield
    except _BAD_PACKING as error:
        why = str(error) or type(error).__name__
        seen = f"a damaged {kind} archive, broken after {number(budget.unpacked)} bytes unpacked ({why})"
        raise refusal(budget.name, seen, "a whole one", _AGAIN) from error


def _unzip(data: bytes, budget: _Budget) -> Unpacked:
    name = budget.name
    with _open(data, budget) as archive:
        members = [member for member in archive.infolist() if not _entry(member).endswith("/")]
        if any(_entry(member).startswith("xl/") for member in members):
            remedy = 'Write kind = "xlsx" under `format` in the feed\'s TOML, or ask the partner for that format'
            raise refusal(name, "an Excel workbook", "the format that the feed's TOML names", remedy)
        for member in members:
            _refuse_unsafe(member, name)
        paths = [(member, PurePosixPath(_entry(member))) for member in members]
        litter = {at for _, at in paths if at.name.startswith(".") or at.name.lower() in _LITTER}
        solid = [one for one, at in paths if at not in litter and "__MACOSX" not in at.parts]
        wanted = [member for member in solid if not _is_beside(_entry(member))]
        if not wanted and len(solid) == 1:
            wanted = solid  # what alone is there is no companion
        if len(wanted) != 1:
            held = ", ".join(member.filename for member in wanted[:5]) or "none"
            remedy = "Ask the partner for one file per archive"
            raise refusal(name, f"{len(wanted)} data files in the zip archive ({held})", "exactly one", remedy)
        out = io.BytesIO()
        _read_within(archive, wanted[0], budget, out)
    unpacked, aside = Unpacked(out.getvalue(), "zip"), [_entry(one) for one in members if one is not wanted[0]]
    if not aside:
        return unpacked
    names = ", ".join(quote(one, 100) for one in aside[:5]) + (", …" if len(aside) > 5 else "")
    read = quote(_entry(wanted[0]), 100)
    told = finding_of("companions_left_aside", Severity.NOTE, files=names, read=read)
    return replace(unpacked, findings=(told,))


def _read_within(archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: _Budget, out: IO[bytes] | None) -> None:
    with _whole("zip", budget), archive.open(member) as stream:
        _pump(stream, out, budget)


def _pump(stream: IO[bytes] | gzip.GzipFile, out: IO[bytes] | None, budget: _Budget) -> None:
    while chunk := stream.read(_CHUNK):
        budget.take(len(chunk))
        if out is not None:
            out.write(chunk)


def _open(data: bytes, budget: _Budget) -> zipfile.ZipFile:
    end = data.rfind(b"PK\x05\x06", -66_000)
    directory = int.from_bytes(data[end + 12 : end + 16], "little") if end >= 0 else 0
    members = int.from_bytes(data[end + 10 : end + 12], "little") if end >= 0 else 0
    # Read before zipfile does: it would build an object for each of millions of members.
    if directory <= _MOST_DIRECTORY and members <= MOST_MEMBERS:
        with _whole("zip", budget):
            archive = zipfile.ZipFile(io.BytesIO(data))
        members = len(archive.infolist())
        if members <= MOST_MEMBERS:
            return archive
    seen, remedy = f"a zip archive of {number(members)} members", "Ask the partner for one file per archive"
    raise refusal(budget.name, seen, f"at most {MOST_MEMBERS}", remedy)


def _is_workbook(data: bytes, budget: _Budget) -> bool:
    with _open(data, budget) as archive:
        entries = {_entry(member).lower() for member in archive.infolist()}
    what = zipped_document(entries)
    if "content.xml" in entries and "mimetype" in entries and workbook_kind(data) != "ods":
        what = "odt"
    if what is not None:
        raise other_bytes(budget.name, data, what, "an XLSX workbook", "Ask the partner to save it as .xlsx")
    return "xl/workbook.xml" in entries or ("content.xml" in entries and workbook_kind(data) == "ods")


def _refuse_unsafe(member: zipfile.ZipInfo, name: str) -> None:
    entry = PurePosixPath(member.filename.replace("\\", "/"))
    fault = None
    if entry.is_absolute() or ".." in entry.parts or ":" in member.filename:
        fault = "a name that leaves its folder"
    elif (member.external_attr >> 16) & 0o170000 == _SYMLINK:
        fault = "a symbolic link"
    elif member.flag_bits & 1:
        fault = "a password"
    elif member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # What unpacks the others holds what it unpacks at once, whatever is asked of it: gigabytes of five kilobytes.
        fault = f"a packing that is neither stored nor deflated (number {member.compress_type})"
    if fault:
        remedy = "Ask the partner for a plain archive of one data file"
        raise refusal(name, f"a zip member with {fault} ({member.filename!r})", "a plain file", remedy)


def _entry(member: zipfile.ZipInfo) -> str:
    """Its path in the archive; some programs of Windows write backslashes."""
    return member.filename.replace("\\", "/")


def _is_beside(entry: str) -> bool:
    """What explains, seals or announces a data file, told by its name."""
    stem, _, ending = PurePosixPath(entry).name.lower().rpartition(".")
    words = _SIGNS.sub(" ", stem or ending).strip()
    return (bool(stem) and _BESIDE.fullmatch(ending) is not None) or any(
        words == one or words.startswith(f"{one} ") for one in _EXPLAINS
    )


def _too_large(name: str, seen: str, limits: Limits) -> Exception:
    remedy = "Ask the partner whether this is meant; if so, raise `limits.bytes` in the feed's TOML"
    return refusal(name, seen, f"at most {number(limits.bytes)} (`limits.bytes`)", remedy)
