"""TLS on the pinned connection: the certificate is checked under the host's name, whatever the address."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from offers.errors import Refused, Unreachable
from testing.servers.feeds import download, only
from testing.servers.http import Reply, Server

BODY = b"reference;titre\n1;Stage\n"


def certificate(folder: Path, name: str) -> Path:
    """A certificate for a name, signed by itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


def served(path: Path) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return Server(lambda asked: Reply(body=BODY), context)


def test_a_trusted_certificate_of_the_hosts_name_is_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = certificate(tmp_path, "localhost")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    with served(path) as server:
        drop = only(download(f"https://localhost:{server.port}/o.csv", tmp_path, allow_http=False))
    assert drop.path.read_bytes() == BODY


def test_a_certificate_of_another_name_is_refused_and_nothing_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path, "ailleurs.example")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))
    with served(path) as server, pytest.raises(Refused, match="TLS certificate"):
        only(download(f"https://localhost:{server.port}/o.csv", tmp_path))
    assert server.asked == []


def test_a_certificate_that_nobody_trusts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with served(certificate(tmp_path, "localhost")) as server, pytest.raises(Refused, match="TLS certificate"):
        only(download(f"https://localhost:{server.port}/o.csv", tmp_path))
    assert server.asked == []


def test_a_handshake_that_never_ends_is_left_at_the_deadline(tmp_path: Path) -> None:
    from testing.servers.proxy import Proxy

    path = certificate(tmp_path, "localhost")
    with (
        served(path) as server,
        Proxy(server.port, silent=True) as hung,
        pytest.raises(Unreachable, match="deadline"),
    ):
        only(download(f"https://localhost:{hung.port}/o.csv", tmp_path, deadline=0.2, attempts=1))


def test_the_environments_proxy_and_netrc_are_not_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password nobody-asked\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with Server(lambda asked: Reply(body=BODY)) as server:
        only(download(server.url(), tmp_path))
    assert "Authorization" not in server.asked[0].headers
