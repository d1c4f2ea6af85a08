"""The Prefect server, asked: whatever keeps it from answering becomes one sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from httpx import HTTPError
from prefect.client.orchestration import SyncPrefectClient, get_client

from offers.errors import QuaiError


@contextmanager
def asked() -> Iterator[SyncPrefectClient]:
    """A client of the server that PREFECT_API_URL names. Raises QuaiError where it does not answer, or refuses."""
    try:
        with get_client(sync_client=True) as client:
            yield client
    except HTTPError as fault:
        # Of the address, the host alone: a password may stand in the rest.
        host = urlsplit(os.environ.get("PREFECT_API_URL", "")).hostname or "the Prefect server"
        raise QuaiError(
            f"{host}: the Prefect server does not answer as it should ({type(fault).__name__}). Start it, or correct "
            "PREFECT_API_URL (and PREFECT_API_KEY or PREFECT_API_AUTH_STRING), then run this again."
        ) from fault
