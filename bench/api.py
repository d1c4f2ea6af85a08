"""How fast an API is paged through: 10 000 records in pages of 100 from a server in a process of its own, on loopback.

    .venv/bin/python bench/api.py [--rounds 5]

Beside us, the same calls made by hand with `requests` and json, which is the floor that the library sets. "Ours" is the
time spent neither in waiting for the server nor in requests and urllib3.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import multiprocessing
import pstats
import statistics
import tempfile
import time
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

from connectors.http.api import ApiConnector
from connectors.settings import ApiSettings
from connectors.source import Place
from offers.feed import Feed
from offers.format import Format

RECORDS, SIZE = 10_000, 100
OURS = "ours and the rest"


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
    pages = [
        json.dumps(
            {"total": RECORDS, "jobs": [record(n) for n in range(start, start + SIZE)]}, ensure_ascii=False
        ).encode()
        for start in range(0, RECORDS, SIZE)
    ]

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


def ours(url: str, home: Path) -> int:
    settings = ApiSettings.model_validate(
        {
            "url": url,
            "records": "jobs",
            "total": "total",
            "pagination": {"kind": "offset", "size": SIZE},
            "allow_http": True,
            "allow_private": True,
        }
    )
    feed = Feed(partner="bench", name="api", title="Bench", source=settings, format=Format(kind="jsonl"), mapping={})
    place = Place(home, lambda secret: "", lambda: datetime.now(UTC))
    (drop,) = ApiConnector(feed, settings, place).collect()
    assert drop.announced == RECORDS
    return drop.path.read_bytes().count(b"\n")


def by_hand(url: str, home: Path) -> int:
    seen = 0
    with requests.Session() as session, (home / "by-hand.jsonl").open("w") as out:
        session.trust_env = False
        while seen < RECORDS:
            jobs = session.get(url, params={"offset": seen, "limit": SIZE}, timeout=30).json()["jobs"]
            out.writelines(json.dumps(job, ensure_ascii=False) + "\n" for job in jobs)
            seen += len(jobs)
    return seen


def shares(url: str, home: Path) -> dict[str, float]:
    """Where the time of one run goes, by who wrote the code that spends it; C functions count for their callers."""
    profile = cProfile.Profile()
    profile.runcall(ours, url, home)
    spent = {
        "waiting for the server": 0.0,
        "requests, urllib3, http.client": 0.0,
        "json": 0.0,
        "ours and the rest": 0.0,
    }
    for (file, _, name), (_, _, own, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined] # typeshed leaves it out
        if file != "~" or _whose(file, name) != OURS:
            spent[_whose(file, name)] += own
            continue
        for (calling, _, by), (_, _, part, _) in callers.items():
            spent[_whose(calling, by)] += part
    total = sum(spent.values())
    return {who: seconds / total for who, seconds in spent.items()}


def _whose(file: str, name: str) -> str:
    if "recv_into" in name or "sendall" in name or "socket.create_connection" in name:
        return "waiting for the server"
    if "json" in file or "_json" in name or "json" in name:
        return "json"
    libraries = ("requests", "urllib3", "http/", "email/", "urllib/", "socket.py", "cookie", "idna", "_collections_abc")
    if any(part in file.rpartition("python3")[2] for part in libraries) and "connectors" not in file:
        return "requests, urllib3, http.client"
    return OURS


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(there,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{here.recv()}/jobs"
    with tempfile.TemporaryDirectory() as folder:
        for name, run in (("by hand", by_hand), ("ours", ours)):
            taken = []
            for _ in range(rounds):
                started = time.perf_counter()
                assert run(url, Path(folder)) == RECORDS
                taken.append(time.perf_counter() - started)
            middle = statistics.median(taken)
            print(f"{name:>8}: {RECORDS / middle:8.0f} records/s, {middle / (RECORDS / SIZE) * 1000:.2f} ms a page")
        for who, share in shares(url, Path(folder)).items():
            print(f"{share:8.0%}  {who}")
    server.terminate()


if __name__ == "__main__":
    main()
