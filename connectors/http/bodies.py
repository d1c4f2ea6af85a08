"""The bytes of an answer, unpacked by us, counted against a cap, and known to be whole or not."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from requests import Response
from urllib3.exceptions import HTTPError

from connectors.http.clock import Deadline
from offers.errors import Refused, Unreachable

CHUNK = 1 << 16
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


def chunks(response: Response, most: int, deadline: Deadline, who: str) -> Iterator[bytes]:
    """The body, unpacked. Raises Unreachable where it breaks off, Refused where it is packed unasked or over `most`."""
    coding = response.headers.get("Content-Encoding", "identity").strip().lower() or "identity"
    if coding not in ("identity", "gzip", "x-gzip", "deflate"):
        raise Refused(f"{who} sent a body packed as « {coding[:20]} », which was not asked for; expected gzip or none.")
    unpack = None if coding == "identity" else _Unpacker(who)
    total = 0
    for raw in _raw(response, deadline, who):
        for piece in unpack.pieces(raw) if unpack else (raw,):
            total += len(piece)
            if total > most:
                raise Refused(
                    f"{who} sent more than {most} bytes unpacked (`source.max_bytes`); the rest was not read. "
                    "Ask the partner whether this is meant; if so, raise the cap in the feed's TOML."
                )
            yield piece
    if unpack and not unpack.whole:
        raise broken_off(who, total)


def broken_off(who: str, after: int) -> Unreachable:
    """The body ended before its end."""
    return Unreachable(f"{who} broke off after {after} bytes of its answer.")


def _raw(response: Response, deadline: Deadline, who: str) -> Iterator[bytes]:
    stream = response.raw.stream(CHUNK, decode_content=False)
    total = 0
    while True:
        raw = _next(stream)
        deadline.check()  # a socket shut at the deadline reads like an end
        if isinstance(raw, Exception):
            raise broken_off(who, total)
        if raw is None:
            return
        total += len(raw)
        yield raw


def _next(stream: Iterator[bytes]) -> bytes | Exception | None:
    # The fault is handed on as a value: raised inside `except`, ours would carry its text, which holds the address.
    try:
        return next(stream, None)
    except (HTTPError, OSError) as error:
        return error


class _Unpacker:
    """gzip (of one or several members) or zlib, never more than a chunk at a time however small the bomb."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
        self.whole = True

    def pieces(self, raw: bytes) -> Iterator[bytes]:
        while raw:
            if self._inflater.eof:
                self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
            piece = self._inflate(raw)
            self.whole = self._inflater.eof
            raw = self._inflater.unused_data if self.whole else self._inflater.unconsumed_tail
            if piece:
                yield piece

    def _inflate(self, raw: bytes) -> bytes:
        try:
            return self._inflater.decompress(raw, CHUNK)
        except zlib.error:
            pass
        raise Unreachable(f"{self._who} sent a body that says it is gzip and cannot be unpacked.")
