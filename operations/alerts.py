"""What people are told: at once, through the one door to Apprise, and each night in one digest.

An address is a secret: no message, no log holds one. An alert that cannot be sent never makes a delivery fail; it is
still new when the next is sent.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from config.keyring import resolve
from config.logs import clean
from config.partners import Broken
from config.settings import Settings
from offers.calendar import day_of
from offers.errors import Busy, CannotTell, FeedMisconfigured, QuaiError, Unforeseen, WarehouseUnreachable
from offers.feed import Feed, Secret
from offers.model import VerdictKind
from operations.feeds import the_partners
from operations.matters import BROKEN, NIGHT, all_matters, forget_what_ended, known_and_new, matters, note_told
from reports.ops import IMMEDIATE, Matter, Night, at_once, digest, is_sound
from story.dock import Dock
from story.failures import seen
from validation.gate.night import kept
from validation.rulebook import MALFORMED
from warehouse.alerts import Failure, keep_failure

_log = logging.getLogger("quai.alerts")
_TALKATIVE = ("apprise", "urllib3.connectionpool", "urllib3.util.retry", "requests_oauthlib.oauth1_auth")
"""Libraries that write addresses, or parts of them, into their logs."""


def send(settings: Settings, title: str, body: str) -> bool:
    """Tell all addresses of QUAI_ALERTS; False where there are none.

    Raises CannotTell naming the addresses that refused by their place and kind, FeedMisconfigured for what is none.
    """
    held = [address.get_secret_value() for address in settings.alerts]
    addresses = [one for said in held for one in ([said] if "://" in said else resolve(Secret(env=said)).split())]
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
    dock.store.alerts.recovered(feed.slug, dock.now())
    _tell_quietly(dock, feed)


def _took_nothing(feed: Feed, dock: Dock, fault: QuaiError) -> None:
    _log.error("%s", fault)
    # A partner's server is quoted; what it said may hold a person's address.
    failure = Failure(feed.slug, dock.now(), type(fault).__name__, clean(str(fault)))
    try:
        dock.store.alerts.failed(failure)
    except WarehouseUnreachable:
        keep_failure(dock.settings.home, failure)
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


def _refusal(at: int, address: str, title: str, body: str) -> str | None:
    """None where the address took it; else its place in the list and its kind, which is no secret."""
    from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType  # 0.3 s that a run without alerts need not pay

    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    before = [logger.disabled for logger in loggers]
    try:
        for logger in loggers:
            logger.disabled = True
        teller = Apprise(asset=AppriseAsset(app_id="Quai", app_desc="Quai", app_url="", async_mode=False))
        if not teller.add(address):
            raise FeedMisconfigured(
                f"QUAI_ALERTS: address {at} is none that Apprise knows. Expected e.g. mailto://user:password@host, "
                "slack://…, matrixs://…; see Apprise's list of services."
            )
        done = teller.notify(body=body, title=title, notify_type=NotifyType.WARNING, body_format=NotifyFormat.TEXT)
    finally:
        for logger, was in zip(loggers, before, strict=True):
            logger.disabled = was
    return None if done else f"address {at} ({teller[0].service_name})"


def make(dock: Dock, sending: bool) -> dict[str, Any]:
    """Title, body and matters, JSON-ready; sent and noted as told where asked for.

    Raises CannotTell where an address did not take it; nothing counts as told then.
    """
    partners = the_partners(dock.settings)
    found = all_matters(dock, partners.feeds, partners.broken)
    piles = known_and_new(dock, found)
    night = _night(dock, partners.feeds)
    title, body = digest(night, piles)
    sent = sending and send(dock.settings, title, body)
    if sent:
        note_told(dock, piles.new)
        forget_what_ended(dock, {feed for feed, _ in dock.store.alerts.told()}, found)
    return {
        "title": title,
        "body": body,
        "sent": sent,
        "left_out": [asdict(one) for one in partners.broken],
        "sound": is_sound(night, piles),
        **{name: [matter.as_dict() for matter in getattr(piles, name)] for name in ("new", "folded", "acknowledged")},
    }


def _night(dock: Dock, feeds: Collection[str]) -> Night:
    now = dock.now()
    delivered = dock.store.ledger.deliveries_since(now - NIGHT)
    taken = [d for d in delivered if d.verdict is VerdictKind.ACCEPTED]
    sums = {name: sum(getattr(d.counts, name) for d in taken) for name in ("created", "updated", "withdrawn")}
    looked, unmet = kept(dock.settings.home / "data_docs", {delivery.id or 0 for delivery in delivered})
    known = dock.store.ledger.feeds_summary()
    never = [slug for slug in sorted(feeds) if slug not in known or known[slug].last_accepted_at is None]
    return Night(
        day=day_of(now),
        feeds=len(feeds),
        never=tuple(never),
        taken=len(taken),
        **sums,
        torn=dock.store.ledger.lines_refused(
            [delivery.id or 0 for delivery in taken], [rule.name for rule in MALFORMED]
        ),
        looked=looked,
        unmet=sum(one.known for one in unmet),
        unsaid=tuple(f"{one.check} of {one.feed}, delivery {one.delivery}" for one in unmet if not one.known),
    )
