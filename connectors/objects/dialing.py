"""The addresses behind a store's name, checked each time a connection is made, and connected to as checked."""

from __future__ import annotations

import asyncio
import socket
from functools import partial

from aiohttp.abc import AbstractResolver, ResolveResult

from connectors.addresses import resolve


class CheckedResolver(AbstractResolver):
    """Resolves names for the store's HTTP client; raises Refused for an address that the feed does not allow."""

    def __init__(self, where: str, allow_private: bool) -> None:
        self._where, self._allow_private = where, allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The allowed addresses of a host."""
        checked = partial(resolve, host, port, allow_private=self._allow_private, where=self._where)
        addresses = await asyncio.get_running_loop().run_in_executor(None, checked)
        return [_result(host, port, address) for address in addresses]

    async def close(self) -> None:
        """Nothing is held open."""


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=flags)
