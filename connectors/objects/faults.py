"""What went wrong at an object store, in our words: worth a retry or not, and what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from botocore.exceptions import (  # type: ignore[import-untyped]  # it has no annotations
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)

from connectors.attempts import NotNow
from offers.errors import CannotCollect, Refused, Unreachable

_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, ProfileNotFound)
_ELSEWHERE = getattr(errno, "EREMCHG", errno.ENOENT)


def explained(fault: Exception, head: str, doing: str) -> CannotCollect:
    """What to raise instead of an error of the library. `head` is the feed and the store, `doing` what we wanted.

    Nothing of what the server said is repeated but its code: its sentences may hold what we sent.
    """
    chain = list(_chain(fault))
    ours = next((one for one in chain if isinstance(one, CannotCollect)), None)
    if ours is not None:
        return ours
    code = next((_code(one) for one in chain if isinstance(one, ClientError)), "")
    said = code or _said(fault)
    if any(isinstance(one, _NO_CREDENTIALS) for one in chain):
        return Refused(
            f"{head}: no credentials were found in this machine's environment when asked {doing}. Set "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name `key` and `secret` in the feed's source."
        )
    if isinstance(fault, PermissionError):
        return Refused(
            f"{head} does not allow us {doing} ({said}): wrong key, or a right that is missing. It was asked once. "
            "Check the secrets that the feed's source names, and with the partner which rights were granted (where it "
            "is only to be read, say read_only = true)."
        )
    told = _of_the_object(fault, head, doing, said) or _of_the_address(fault, head, doing, said)
    return told or _passing(head, doing, said)


def _of_the_object(fault: Exception, head: str, doing: str, said: str) -> CannotCollect | None:
    if said == "PreconditionFailed" or type(fault).__name__ == "FileExpired":
        return NotNow(
            f"{head}: it was replaced while it was read. Nothing of it was taken; the next run takes the new one."
        )
    if isinstance(fault, FileNotFoundError) and said != "NoSuchBucket" and doing.startswith("to read"):
        return NotNow(
            f"{head} no longer has what it listed, when asked {doing}. Nothing of it was taken. If the partner did not "
            "take it back, the next run finds it."
        )
    return None


def _of_the_address(fault: Exception, head: str, doing: str, said: str) -> Refused | None:
    number = getattr(fault, "errno", None)
    if isinstance(fault, FileNotFoundError):
        return Refused(f"{head} says there is no such place when asked {doing}. Correct `url` in the feed's source.")
    if number == _ELSEWHERE:
        return Refused(f"{head} lies elsewhere ({said}). Correct `region` or `endpoint` in the feed's source.")
    if isinstance(fault, ValueError | TypeError) or number in (errno.EINVAL, errno.EPERM):
        return Refused(f"{head} does not take what we ask, {doing} ({said}). Correct `url`, `region` or `endpoint`.")
    return None


def _passing(head: str, doing: str, said: str) -> Unreachable:
    return Unreachable(
        f"{head} did not let us finish: {said}, when asked {doing}. Nothing was changed. The next run tries again; if "
        "it stays so, ask the partner whether the store is up and lets this machine through."
    )


def _chain(fault: BaseException | None) -> Iterator[BaseException]:
    seen = set[int]()
    while fault is not None and id(fault) not in seen:
        seen.add(id(fault))
        yield fault
        wrapped = getattr(fault, "kwargs", None)
        inner = wrapped.get("error") if isinstance(wrapped, dict) else None
        fault = inner if isinstance(inner, BaseException) else (fault.__cause__ or fault.__context__)


def _code(fault: ClientError) -> str:
    code = str(fault.response.get("Error", {}).get("Code", ""))
    return code if code.isalnum() and len(code) < 40 else ""


def _said(fault: Exception) -> str:
    if isinstance(fault, TimeoutError):
        return "no answer in time"
    number = getattr(fault, "errno", None)
    return errno.errorcode.get(number, type(fault).__name__) if number else type(fault).__name__
