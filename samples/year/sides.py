"""The partners' sides of a year, on loopback: folders, an SFTP server, and one HTTP server for downloads and APIs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncssh

from samples.year.employers import Access, Employer
from samples.year.partners import toml
from testing.servers.http import Asked, Reply, Server
from testing.servers.inprocess import InProcess

BEFORE = timedelta(minutes=30)
"""How long before it is fetched a file is written: what was only just written is taken for unfinished."""
KEY = "YEAR_SFTP_KEY"
TOKEN = "YEAR_API_TOKEN"  # noqa: S105  the name of a variable


@dataclass
class Sides:
    """Everything that partners have. `secrets`: what our side must know of it, as environment variables.

    `served` is what the HTTP server gives, by partner; `faults` what it answers instead, by partner.
    """

    home: Path
    employers: Sequence[Employer]
    sftp: InProcess
    web: Server
    secrets: dict[str, str]
    served: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, Reply] = field(default_factory=dict)

    def write_tomls(self, folder: Path) -> None:
        """A file per partner."""
        folder.mkdir(parents=True, exist_ok=True)
        for employer in self.employers:
            self.toml(employer, folder).write_text(toml(employer, self._source(employer)), encoding="utf-8")

    @staticmethod
    def toml(employer: Employer, folder: Path) -> Path:
        """Where its file lies."""
        return folder / f"{employer.slug}.toml"

    def give(self, employer: Employer, content: bytes, at: datetime) -> None:
        """Its export of a day, dated by the clock of the rehearsal."""
        if employer.access in (Access.DOWNLOAD, Access.API):
            self.served[employer.slug] = content
            return
        path = self.inbox(employer) / "offres.csv"
        path.write_bytes(content)
        then = (at - BEFORE).timestamp()
        os.utime(path, (then, then))

    def inbox(self, employer: Employer) -> Path:
        """Where a folder's or an SFTP server's files lie."""
        place = self.home / "inbox" if employer.access is Access.FOLDER else self.sftp.root
        inbox = place / employer.slug
        inbox.mkdir(parents=True, exist_ok=True)
        return inbox

    def reply(self, asked: Asked) -> Reply:
        """What the HTTP server answers."""
        slug = asked.path.strip("/").removesuffix("/offres.csv")
        if asked.headers.get("Authorization") != f"Bearer {self.secrets[TOKEN]}":
            return Reply(status=401)
        return self.faults.get(slug) or Reply(body=self.served[slug], headers={"Content-Type": _kind(slug)})

    def _source(self, employer: Employer) -> dict[str, Any]:
        auth = f'{{ kind = "bearer", token = {{ env = "{TOKEN}" }} }}'
        lenient = {"allow_private": True, "allow_http": True, "attempts": 1, "auth": auth}
        if employer.access is Access.FOLDER:
            return {"path": str(self.inbox(employer)), "glob": "*.csv"}
        if employer.access is Access.DOWNLOAD:
            return {"url": self.web.url(f"/{employer.slug}/offres.csv"), **lenient}
        if employer.access is Access.API:
            return {"url": self.web.url(f"/{employer.slug}"), "records": "jobs", "total": "total", **lenient}
        return {
            "host": "127.0.0.1", "port": self.sftp.port, "user": self.sftp.user, "key": f'{{ env = "{KEY}" }}',
            "host_key": self.sftp.host_key, "path": self.inbox(employer).name, "glob": "*.csv", "allow_private": True,
            "look_again_seconds": 0,
        }  # fmt: skip


def _kind(slug: str) -> str:
    return "application/json" if slug.startswith(Access.API) else "text/csv"


@contextmanager
def sides(home: Path, employers: Sequence[Employer]) -> Iterator[Sides]:
    """Start the servers; stop them at the end."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    secrets = {KEY: key.export_private_key().decode(), TOKEN: "of-a-year-rehearsed"}
    root = home / "sftp"
    root.mkdir(parents=True)
    opened: list[Sides] = []
    with ExitStack() as stack:
        sftp = stack.enter_context(InProcess(root, key.export_public_key().decode().strip()))
        web = stack.enter_context(Server(lambda asked: opened[0].reply(asked)))
        opened.append(Sides(home, employers, sftp, web, secrets))
        yield opened[0]
