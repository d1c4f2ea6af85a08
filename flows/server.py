"""The Prefect server, asked: whatever keeps it from answering becomes one sentence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
from httpx import HTTPError
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import DeploymentFilter
from prefect.client.schemas.responses import DeploymentResponse

from offers.errors import QuaiError

PATIENCE = 10.0


@contextmanager
def asked() -> Iterator[SyncPrefectClient]:
    """A client of the server that PREFECT_API_URL names. Raises QuaiError where it does not answer, or refuses."""
    try:
        with get_client(sync_client=True) as client:
            _hello(client)
            yield client
    except HTTPError as fault:
        raise QuaiError(_sentence(fault)) from fault


def _sentence(fault: HTTPError) -> str:
    # Of the address, the host alone: a password may stand in the rest.
    host = urlsplit(os.environ.get("PREFECT_API_URL", "")).hostname or "the Prefect server"
    if isinstance(fault, httpx.HTTPStatusError) and fault.response.status_code == httpx.codes.UNAUTHORIZED:
        return (
            f"{host}: the Prefect server wants another key. Set PREFECT_API_AUTH_STRING (PREFECT_API_KEY for Prefect "
            "Cloud) as the server has it; after `quai up`: . QUAI_HOME/prefect/env. Then run this again."
        )
    return (
        f"{host}: the Prefect server does not answer as it should ({type(fault).__name__}). Start it, or correct "
        "PREFECT_API_URL (and PREFECT_API_KEY or PREFECT_API_AUTH_STRING), then run this again."
    )


def open_to_all() -> bool:
    """Whether the server of PREFECT_API_URL answers somebody who gives no key: who can ask can run any command."""
    try:
        return httpx.get(f"{os.environ['PREFECT_API_URL']}/admin/settings", timeout=PATIENCE).is_success
    except HTTPError:
        return False


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
