"""The Prefect server, asked: whatever keeps it from answering becomes one sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from httpx import HTTPError
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import DeploymentFilter
from prefect.client.schemas.responses import DeploymentResponse

from offers.errors import QuaiError


@contextmanager
def asked() -> Iterator[SyncPrefectClient]:
    """A client of the server that PREFECT_API_URL names. Raises QuaiError where it does not answer, or refuses."""
    try:
        with get_client(sync_client=True) as client:
            _hello(client)
            yield client
    except HTTPError as fault:
        # Of the address, host and port alone: a password may stand in the rest.
        named = urlsplit(os.environ.get("PREFECT_API_URL", "")).netloc.rpartition("@")[2] or "the Prefect server"
        raise QuaiError(
            f"{named}: the Prefect server does not answer as it should ({type(fault).__name__}). Start it, or correct "
            "PREFECT_API_URL (and PREFECT_API_KEY or PREFECT_API_AUTH_STRING), then run this again."
        ) from fault


def _hello(client: SyncPrefectClient) -> None:
    """Ask first whether it is there: the engine of flows makes a traceback of a server that is gone."""
    deaf = client.api_healthcheck()
    if isinstance(deaf, Exception):
        raise deaf if isinstance(deaf, HTTPError) else QuaiError(f"the Prefect server is unwell ({deaf}).")


def deployments(client: SyncPrefectClient, of: DeploymentFilter) -> list[DeploymentResponse]:
    """Every page of them: a server gives 200 at most at once."""
    found: list[DeploymentResponse] = []
    while page := client.read_deployments(deployment_filter=of, limit=200, offset=len(found)):
        found += page
    return found
