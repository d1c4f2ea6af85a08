"""What a server's refusal or silence means, and what a person can do about it."""

from __future__ import annotations

import re
import ssl

import requests
from urllib3.exceptions import SSLError

from offers.errors import CannotCollect, Refused, Unreachable

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


class Declined(Refused):
    """The server answered, and said no; `status` is its number."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status

    @property
    def gone(self) -> bool:
        """Whether there is nothing at that address."""
        return self.status in (404, 410)


def refusal(who: str, status: int, said: str) -> Declined:
    """A status that will not change by asking again; `said` is the server's own text, already free of secrets."""
    words = re.sub(r"<[^<>]*+>|\s+", " ", said).strip()
    excerpt = f" « {words[:_EXCERPT]}{'…' if len(words) > _EXCERPT else ''} »" if words else ""
    return Declined(f"{who} answered {status}{excerpt}. {_REMEDIES.get(status, _OTHERWISE)}.", status)


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
    if isinstance(fault, (ssl.SSLCertVerificationError,)):
        return True
    inner = [one for one in (fault.__cause__, fault.__context__, *fault.args) if isinstance(one, BaseException)]
    reason = getattr(fault, "reason", None)
    if isinstance(reason, BaseException):
        inner.append(reason)
    wrapped = isinstance(fault, (requests.RequestException, SSLError)) or reason is not None
    return wrapped and any(_is_certificate(one) for one in inner)
