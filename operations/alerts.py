"""The one door to Apprise, and what goes through it at once. An address is a secret: no message, no log holds one.

An alert that cannot be sent never makes a delivery fail; it is still new when the next is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from config.keyring import resolve
from config.logs import clean
from config.partners import Broken
from config.settings import Settings
from offers.errors import Busy, CannotTell, FeedMisconfigured, QuaiError, Unforeseen, WarehouseUnreachable
from offers.feed import Feed, Secret
from operations.matters import BROKEN, forget_what_ended, known_and_new, matters, note_told
from reports.ops import IMMEDIATE, Matter, at_once
from story.dock import Dock
from story.failures import seen
from warehouse.alerts import Failure
from warehouse.unreached import keep

_log = logging.getLogger("quai.alerts")
_TALKATIVE = ("apprise", "urllib3.connectionpool", "urllib3.util.retry", "requests_oauthlib.oauth1_auth")
"""Libraries that write addresses, or parts of them, into their logs."""


def send(settings: Settings, title: str, body: str) -> bool:
    """Tell all addresses of QUAI_ALERTS; False where there are none.

    Raises CannotTell naming the addresses that refused by their place and kind, FeedMisconfigured for what is none.
    """
    addresses = _addresses(settings)
    if not addresses:
        return False
    failed = [said for at, address in enumerate(addresses, start=1) if (said := _refusal(at, address, title, body))]
    if failed:
        raise CannotTell(
            f"QUAI_ALERTS: {', '.join(failed)} of {len(addresses)} did not take the alert. Check that service and its "
            "address; what was to be told is told again with the next alert."
        )
    return True


@contextmanager
def watched(feed: Feed, dock: Dock) -> Iterator[None]:
    """Write down a run that could take nothing in, end the row of failures after one that could, and tell at once."""
    alarms = dock.store.alerts
    try:
        yield
    except Busy:
        raise
    except QuaiError as fault:
        _took_nothing(feed, dock, fault)
        raise
    except Exception as fault:
        ours = Unforeseen(f"{feed.slug}: a fault of Quai's own ({seen(fault)}). The next run tries again; report this.")
        _took_nothing(feed, dock, ours)
        raise ours from fault
    alarms.recovered(feed.slug, dock.now())
    _tell_quietly(dock, feed)


def _took_nothing(feed: Feed, dock: Dock, fault: QuaiError) -> None:
    _log.error("%s", fault)
    # A partner's server is quoted; what it said may hold a person's address.
    failure = Failure(feed.slug, dock.now(), type(fault).__name__, clean(str(fault)))
    try:
        dock.store.alerts.failed(failure)
    except WarehouseUnreachable:
        keep(dock.settings.home, failure)
    else:
        _tell_quietly(dock, feed)


def tell_at_once(dock: Dock, feeds: Mapping[str, Feed], broken: Sequence[Broken] | None = None) -> tuple[Matter, ...]:
    """Send what is new and does not wait for the digest, and note it; gives what was sent.

    `broken`: the partners' files that are left out; None where only these feeds were looked at.
    """
    found = matters(dock, feeds, broken or ())
    told = dock.store.alerts.told() if broken is not None else ()
    forget_what_ended(dock, {*feeds, *(file for file, kind in told if kind == BROKEN)}, found)
    new = known_and_new(dock, [matter for matter in found if matter.kind in IMMEDIATE]).new
    if not new or not send(dock.settings, *at_once(new)):
        return ()
    note_told(dock, new)
    return new


def _tell_quietly(dock: Dock, feed: Feed) -> None:
    if not dock.settings.alerts:
        return
    try:
        tell_at_once(dock, {feed.slug: feed})
    except QuaiError as fault:
        _log.warning("%s: %s", feed.slug, fault)


def _addresses(settings: Settings) -> list[str]:
    held = [address.get_secret_value() for address in settings.alerts]
    return [one for said in held for one in ([said] if "://" in said else resolve(Secret(env=said)).split())]


def _refusal(at: int, address: str, title: str, body: str) -> str | None:
    """None where the address took it; else its place in the list and its kind, which is no secret."""
    from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType  # 0.3 s that a run without alerts need not pay

    with _silence():
        teller = Apprise(asset=AppriseAsset(app_id="Quai", app_desc="Quai", app_url="", async_mode=False))
        if not teller.add(address):
            raise FeedMisconfigured(
                f"QUAI_ALERTS: address {at} is none that Apprise knows. Expected e.g. mailto://user:password@host, "
                "slack://…, matrixs://…; see Apprise's list of services."
            )
        done = teller.notify(body=body, title=title, notify_type=NotifyType.WARNING, body_format=NotifyFormat.TEXT)
    return None if done else f"address {at} ({teller[0].service_name})"


@contextmanager
def _silence() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger, was in zip(loggers, before, strict=True):
            logger.disabled = was
