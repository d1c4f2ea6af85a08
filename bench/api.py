"""How fast an API is paged through: 10 000 records in pages of 100 from a server in a process of its own, on loopback.

Beside us, the same calls made by hand with `requests` and json, which is the floor that the library sets.
"""

from __future__ import annotations

import json
import multiprocessing
import statistics
import tempfile
from datetime import UTC, datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

from bench import kit
from connectors.http.api import ApiConnector
from connectors.settings import ApiSettings
from connectors.source import Workspace
from offers.feed import Feed
from offers.format import Format

RECORDS, SIZE = 10_000, 100


def record(number: int) -> dict[str, object]:
    return {
        "id": f"REF-{number:06d}",
        "title": f"Stage de seconde {number}",
        "description": f"Découvrir le métier numéro {number} au sein de nos équipes. " * 8,
        "location": {"city": "Rennes", "postalCode": "35000", "latitude": 48.1173, "longitude": -1.6778},
        "employer": {"name": "Atelier Exemple", "siret": "73282932000074"},
        "tags": ["seconde", "juin", "observation"],
    }


def serve(pipe: Connection) -> None:
    jobs = [[record(n) for n in range(start, start + SIZE)] for start in range(0, RECORDS, SIZE)]
    pages = [json.dumps({"total": RECORDS, "jobs": page}, ensure_ascii=False).encode() for page in [*jobs, []]]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_GET(self) -> None:
            body = pages[int(parse_qs(urlsplit(self.path).query)["offset"][0]) // SIZE]
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pipe.send(server.server_address[1])
    server.serve_forever()


def ours(url: str, home: Path) -> None:
    settings = ApiSettings.model_validate(
        {"url": url, "records": "jobs", "total": "total", "pagination": {"kind": "offset", "size": SIZE},
         "allow_http": True, "allow_private": True}
    )  # fmt: skip
    feed = Feed(partner="bench", name="api", title="Bench", source=settings, format=Format(kind="jsonl"), mapping={})
    (drop,) = ApiConnector(feed, settings, Workspace(home, lambda _secret: "", lambda: datetime.now(UTC))).collect()
    assert drop.announced == RECORDS == drop.path.read_bytes().count(b"\n")


def by_hand(url: str, home: Path) -> None:
    seen = 0
    with requests.Session() as session, (home / "by-hand.jsonl").open("w") as out:
        session.trust_env = False
        while seen < RECORDS:
            jobs = session.get(url, params={"offset": seen, "limit": SIZE}, timeout=30).json()["jobs"]
            out.writelines(json.dumps(job, ensure_ascii=False) + "\n" for job in jobs)
            seen += len(jobs)


def main() -> None:
    rounds = kit.parser(__doc__, rounds=5).parse_args().rounds
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(there,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{here.recv()}/jobs"
    with tempfile.TemporaryDirectory() as folder:
        for name, run in (("by hand", by_hand), ("ours", ours)):
            middle = statistics.median(kit.seconds(partial(run, url, Path(folder))) for _ in range(rounds))
            print(f"{name:>8}: {RECORDS / middle:8.0f} records/s, {middle / (RECORDS / SIZE) * 1000:.2f} ms a page")
    server.terminate()


if __name__ == "__main__":
    main()
