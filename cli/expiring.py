"""`quai expire`: offers whose last day is over are closed."""

from __future__ import annotations

from cli.shared import Json, show, this_dock
from operations.expiry import close_what_expired, closed


def expire(as_json: Json = False) -> None:
    """Close the offers whose last day is over, and say how many. Made to be run each hour."""
    with this_dock() as dock:
        count = close_what_expired(dock)
    show({"closed": count}, as_json, lambda: print(closed(count)))
