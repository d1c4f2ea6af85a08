"""Which addresses a partner's host may stand for: not our own network, unless the feed says so.

The check is on what the name resolves to, and callers connect to the address that was checked, never to the name again:
a name that points at 127.0.0.1, or that changes between two look-ups, gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

from offers.errors import Refused, Unreachable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str, int], list[str]]

METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in (
        "169.254.169.254",  # AWS, Google, Azure, OpenStack
        "169.254.42.42",  # Scaleway
        "169.254.170.2",  # AWS containers
        "169.254.170.23",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "100.100.100.200",  # Alibaba
        "168.63.129.16",  # Azure's own server: a public address that only its machines reach
    )
)
"""Where clouds hand out credentials to whoever asks from inside: never a partner, whatever the feed says."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_CARRIERS = (
    _NAT64,
    ipaddress.ip_network("64:ff9b:1::/48"),  # NAT64 within a network of one's own
    ipaddress.ip_network("::/96"),  # once « IPv4-compatible »
    ipaddress.ip_network("::ffff:0:0:0/96"),  # « IPv4-translated »
)
"""IPv6 addresses whose last four bytes are the IPv4 address that they lead to."""

_NOBODY_S = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocols
        "192.88.99.0/24",  # relays to 6to4
        "2001::/23",  # protocols, Teredo among them
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
"""What the registries of IANA call not globally reachable, and Python, in one release or another, does."""
_PUBLIC_6 = ipaddress.ip_network("2000::/3")
"""All that is given out of IPv6 to be reached by everyone."""


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, in the system's order of preference. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def why_forbidden(address: str, allow_private: bool = False) -> str | None:
    """What speaks against connecting to an IP address (`a loopback address`), or None. Raises ValueError for a name."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    looked_at: list[Address] = [parsed]
    if isinstance(parsed, ipaddress.IPv6Address):  # and where it leads: by mapping, 6to4, Teredo, translation or NAT64
        led_to = (parsed.ipv4_mapped, parsed.sixtofour, *(parsed.teredo or ())[1:])
        looked_at[:0] = [one for one in led_to if one is not None]
        if int(parsed) > 1 and any(parsed in network for network in _CARRIERS):
            looked_at.insert(-1, ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF))
    for one in looked_at:
        if one in METADATA:
            return "a cloud's metadata address"
        if one.is_unspecified or one.is_multicast or (one.version == 4 and one.is_reserved):
            return "no host's address"
        if not allow_private and not _is_public(one):
            return f"a {'loopback' if one.is_loopback else 'link-local' if one.is_link_local else 'private'} address"
    return None


def resolve(host: str, port: int, *, allow_private: bool, where: str, lookup: Lookup = look_up) -> tuple[str, ...]:
    """The addresses to connect to, each of them allowed; `where` (the feed) begins the messages.

    Raises Unreachable where the name does not resolve, Refused where any of its addresses is not allowed: a name with
    one public and one private address is either a mistake or a trick.
    """
    try:
        found = lookup(host, port)
    except (OSError, UnicodeError) as fault:
        why = getattr(fault, "strerror", None) or type(fault).__name__
        raise Unreachable(
            f"{where}: the name {host} does not resolve ({why}); expected a host on the network. "
            "Check the host's name in the feed's TOML, and this machine's DNS."
        ) from None
    for address in found:
        if kind := why_forbidden(address, allow_private):
            raise Refused(
                f"{where}: {host} stands for {address}, {kind}; expected a public address. If this partner really is "
                "reached inside our network, say allow_private = true in the feed's source (never for metadata)."
            )
    return tuple(found)


def _is_public(address: Address) -> bool:
    """Whether everyone can reach it; not left to Python alone, whose tables differ between its releases."""
    if address in _NAT64 or (isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped):
        return True  # as far as the IPv4 address is that it leads to
    if address.version == 6 and address not in _PUBLIC_6:
        return False
    return address.is_global and not any(address in network for network in _NOBODY_S)
