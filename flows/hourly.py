"""What Prefect runs each hour: offers whose last day is over are closed."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from flows.place import house_name, read
from operations.expiry import close_what_expired, closed
from story.dock import open_dock


@flow(name="close-expired", flow_run_name=house_name, persist_result=False)
def close_expired() -> int:
    """Close the offers whose last day in Paris is over; the result is their count. Made to be scheduled each hour."""
    with open_dock(read()) as dock:
        count = close_what_expired(dock)
    create_markdown_artifact(closed(count), key="close-expired", description="Offers whose last day is over")
    return count
