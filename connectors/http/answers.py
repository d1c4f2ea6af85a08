"""What a server answers: a body, unpacked by us, counted and known to be whole or not; or its refusal, or silence."""

from __future__ import annotations

import re
import ssl
import zlib
from collections.abc import Iterator

import requests
from urllib3.exceptions import HTTPError, SSLError

from connectors.http.clock import Deadline
from offers.errors import CannotCollect, Refused, Unreachable

CHUNK = 1 << 16
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
_EXCERPT = 200
_REMEDIES = {
    400: "The request is not what the server expects: compare query, body and paging with its documentation",
    401: "The credentials are missing, wrong or expired: check the secrets that `source.auth` names",
    403: "The credentials do not give the right to read this: ask the partner to grant it, or whether we are blocked",
    404: "There is nothing at this address: correct `source.url`, or ask the partner where it moved",
    405: "The server does not take this method here: correct `source.method` or `source.url`",
    406: "The server will not give JSON or the file: look at `source.headers`",
    410: "It is gone for good: ask the partner for its successor",
    413: "What we ask is too large: ask for smaller pages",
    414: "The address is too long: put less into the query",
    416: "The range lies outside of what there is: compare `source.pagination` with the API's documentation",
    451: "It may not be given for legal reasons: ask the partner",
}
_OTHERWISE = "Ask the partner what this answer means"


def chunks(response: requests.Response, most: int, deadline: Deadline, who: str) -> Iterator[bytes]:
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


def _raw(response: requests.Response, deadline: Deadline, who: str) -> Iterator[bytes]:
    stream, total = response.raw.stream(CHUNK, decode_content=False), 0
    while True:
        broken = False
        try:
            raw = next(stream, None)
        except (HTTPError, OSError):
            raw, broken = None, True  # raised inside `except`, ours would carry the fault's text, and so the address
        deadline.check()  # a socket shut at the deadline reads like an end
        if broken:
            raise broken_off(who, total)
        if raw is None:
            return
        total += len(raw)
        yield raw


class _Unpacker:
    """gzip (of one or several members) or zlib, never more than a chunk at a time however small the bomb."""

    def __init__(self, who: str) -> None:
        self._who, self._inflater, self.whole = who, zlib.decompressobj(_GZIP_OR_ZLIB), True

    def pieces(self, raw: bytes) -> Iterator[bytes]:
        while raw:
            if self._inflater.eof:
                self._inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                piece = self._inflater.decompress(raw, CHUNK)
            except zlib.error:
                raise Unreachable(f"{self._who} sent a body that says it is gzip and cannot be unpacked.") from None
            self.whole = self._inflater.eof
            raw = self._inflater.unused_data if self.whole else self._inflater.unconsumed_tail
            if piece:
                yield piece


class StatusError(Refused):
    """The server answered, and said no; `status` is its number."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status

    @property
    def gone(self) -> bool:
        """Whether there is nothing at that address."""
        return self.status in (404, 410)


def refusal(who: str, status: int, said: str) -> StatusError:
    """A status that will not change by asking again; `said` is the server's own text, already free of secrets."""
    words = re.sub(r"<[^<>]*+>|\s+", " ", said).strip()
    excerpt = f" « {words[:_EXCERPT]}{'…' if len(words) > _EXCERPT else ''} »" if words else ""
    return StatusError(f"{who} answered {status}{excerpt}. {_REMEDIES.get(status, _OTHERWISE)}.", status)


def unreachable(who: str, fault: Exception) -> CannotCollect:
    """A conversation that did not come about. The fault's own text is not shown: it may hold the address."""
    if _is_certificate(fault):
        return Refused(
            f"{who} shows a TLS certificate that is not valid for it; expected one that is trusted. Nothing was sent. "
            "Ask the partner to renew it; this check is never switched off."
        )
    if isinstance(fault, requests.ConnectTimeout):
        return Unreachable(f"{who} did not accept a connection in time.")
    if isinstance(fault, requests.Timeout):
        return Unreachable(f"{who} did not answer in time.")
    if isinstance(fault, requests.exceptions.InvalidHeader):
        return Refused(
            f"{who} was not asked: a header holds a line break or a space. Correct `source.headers` or its secret."
        )
    return Unreachable(f"{who} could not be reached, or hung up before it answered ({type(fault).__name__}).")


def _is_certificate(fault: BaseException) -> bool:
    if isinstance(fault, ssl.SSLCertVerificationError):
        return True
    inner = [one for one in (fault.__cause__, fault.__context__, *fault.args) if isinstance(one, BaseException)]
    reason = getattr(fault, "reason", None)
    if isinstance(reason, BaseException):
        inner.append(reason)
    wrapped = isinstance(fault, (requests.RequestException, SSLError)) or reason is not None
    return wrapped and any(_is_certificate(one) for one in inner)
