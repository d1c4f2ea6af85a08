"""What a partner's host may stand for."""

from __future__ import annotations

import pytest

from connectors.addresses import resolve, why_forbidden
from offers.errors import Refused, Unreachable


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("10.1.2.3", "private"),
        ("192.168.0.9", "private"),
        ("172.16.0.1", "private"),
        ("100.64.3.4", "private"),
        ("fd12::1", "private"),
        ("169.254.1.1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("169.254.169.254", "metadata"),
        ("168.63.129.16", "metadata"),
        ("0.0.0.0", "no host"),  # noqa: S104  looked at, not bound to
        ("224.0.0.1", "no host"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:169.254.169.254", "metadata"),
        ("2002:7f00:1::", "loopback"),
        ("64:ff9b::a9fe:a9fe", "metadata"),
        ("64:ff9b::a00:1", "private"),
        ("64:ff9b:1::808:808", "private"),
        ("::127.0.0.1", "loopback"),
        ("::ffff:0:10.0.0.1", "private"),
        ("2002:808:808::1", "private"),
        ("2001:0:808:808::f7f7:f7f7", "private"),
        ("2001:db8::1", "private"),
        ("3fff::1", "private"),
        ("5f00::1", "private"),
        ("fec0::1", "private"),
        ("100::1", "private"),
        ("ff02::1", "no host"),
        ("0.1.2.3", "private"),
        ("192.0.0.9", "private"),
        ("192.0.2.1", "private"),
        ("192.88.99.1", "private"),
        ("198.19.255.254", "private"),
        ("203.0.113.7", "private"),
        ("240.0.0.1", "no host"),
        ("255.255.255.255", "no host"),
    ],
)
def test_an_address_inside_is_forbidden_however_it_is_written(address: str, kind: str) -> None:
    assert kind in (why_forbidden(address) or "")


@pytest.mark.parametrize("address", ["185.24.184.1", "2a01:e0a::1", "8.8.8.8", "64:ff9b::8.8.8.8", "::ffff:8.8.8.8"])
def test_a_public_address_is_allowed(address: str) -> None:
    assert why_forbidden(address) is None


def test_a_feed_may_allow_its_own_network_but_never_a_metadata_address() -> None:
    assert why_forbidden("127.0.0.1", allow_private=True) is None
    assert why_forbidden("10.0.0.1", allow_private=True) is None
    for metadata in ("169.254.169.254", "::ffff:0:169.254.169.254", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::"):
        assert "metadata" in (why_forbidden(metadata, allow_private=True) or "")


def test_a_public_name_that_points_inside_is_refused() -> None:
    with pytest.raises(Refused, match=r"laposte/offres: sftp\.laposte\.example stands for 10\.0\.0\.5, a private"):
        resolve(
            "sftp.laposte.example",
            22,
            allow_private=False,
            where="laposte/offres",
            lookup=lambda host, port: ["185.24.184.1", "10.0.0.5"],
        )


def test_a_number_that_means_loopback_is_seen_through() -> None:
    with pytest.raises(Refused, match="loopback"):
        resolve("2130706433", 22, allow_private=False, where="laposte/offres")


def test_a_name_that_does_not_resolve_is_worth_a_retry() -> None:
    def nothing(host: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(Unreachable, match="does not resolve"):
        resolve("sftp.laposte.example", 22, allow_private=True, where="laposte/offres", lookup=nothing)


def test_what_is_allowed_is_given_back_to_connect_to() -> None:
    found = resolve("x.example", 22, allow_private=False, where="x/y", lookup=lambda host, port: ["8.8.8.8"])
    assert found == ("8.8.8.8",)
