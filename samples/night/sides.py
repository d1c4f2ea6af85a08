"""The partners' sides of a night, on loopback: folders, an SFTP server, another that is down tonight, an API."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncssh

from samples.night.partners import Fault, Partner, answer, drop, toml
from testing.servers.http import Asked, Reply, Server
from testing.servers.inprocess import InProcess

AGE, DAY = timedelta(minutes=5), timedelta(days=1)
KEY = "NIGHT_SFTP_KEY"
TOKEN = "NIGHT_API_TOKEN"  # noqa: S105  the name of a variable


@dataclass
class Sides:
    """Everything that partners have: `secrets` is what our side must know of it, as environment variables."""

    home: Path
    partners: Sequence[Partner]
    sftp: InProcess
    own: InProcess
    api: Server
    secrets: dict[str, str]
    night: int = 0

    def write_tomls(self, folder: Path, now: datetime) -> None:
        """A file per partner; `now` in Paris."""
        folder.mkdir(parents=True)
        for partner in self.partners:
            said = toml(partner, self._source(partner), now)
            (folder / f"{partner.slug}.toml").write_text(said, encoding="utf-8")

    def leave(self, night: int) -> None:
        """The evening before a night: files are put where they are fetched; tonight one server is gone.

        They are dated back: what was only just written is taken for unfinished.
        """
        self.night = night
        then = (datetime.now(UTC) - AGE - (1 - night) * DAY).timestamp()
        for partner in self.partners:
            content = drop(partner, night) if partner.access != "api" else None
            if content is not None:
                path = self._inbox(partner) / "offres.csv"
                path.write_bytes(content)
                os.utime(path, (then, then))
        if night:
            self.own.stop()

    def _inbox(self, partner: Partner) -> Path:
        place = self.home / "inbox" if partner.access == "folder" else self._server(partner).root
        inbox = place / partner.slug
        inbox.mkdir(parents=True, exist_ok=True)
        return inbox

    def _server(self, partner: Partner) -> InProcess:
        return self.own if partner.fault is Fault.UNREACHABLE else self.sftp

    def _source(self, partner: Partner) -> dict[str, str | int]:
        if partner.access == "folder":
            return {"path": str(self._inbox(partner)), "glob": "*.csv"}
        if partner.access == "api":
            return {
                "url": self.api.url(f"/{partner.slug}"), "records": "jobs", "total": "total", "allow_private": True,
                "allow_http": True, "auth": f'{{ kind = "bearer", token = {{ env = "{TOKEN}" }} }}',
            }  # fmt: skip
        server = self._server(partner)
        return {
            "host": "127.0.0.1", "port": server.port, "user": server.user, "key": f'{{ env = "{KEY}" }}',
            "host_key": server.host_key, "path": partner.slug, "glob": "*.csv", "allow_private": True,
        }  # fmt: skip


@contextmanager
def sides(home: Path, partners: Sequence[Partner]) -> Iterator[Sides]:
    """Start the servers; stop them at the end."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    public = key.export_public_key().decode().strip()
    secrets = {KEY: key.export_private_key().decode(), TOKEN: "of-a-night-rehearsed"}
    roots = [home / "sftp" / name for name in ("shared", "own")]
    for root in roots:
        root.mkdir(parents=True)
    known = {partner.slug: partner for partner in partners}
    opened: list[Sides] = []

    def reply(asked: Asked) -> Reply:
        if asked.headers.get("Authorization") != f"Bearer {secrets[TOKEN]}":
            return Reply(status=401)
        return Reply(json=answer(known[asked.path.strip("/")], opened[0].night))

    with InProcess(roots[0], public) as shared, InProcess(roots[1], public) as own, Server(reply) as api:
        opened.append(Sides(home, partners, shared, own, api, secrets))
        yield opened[0]
