"""`quai expire`: offers whose last day is over are closed."""

from __future__ import annotations

from cli.quarantine import Json, show


def expire(as_json: Json = False) -> None:
    """Close the offers whose last day is over, and say how many. Made to be run each hour."""
    from config.settings import read
    from flows.dock import open_dock
    from flows.expiry import close_what_expired

    with open_dock(read()) as dock:
        count = close_what_expired(dock)
    show({"closed": count}, as_json, lambda: print(f"{count:,} offers closed: their last day is over."))
