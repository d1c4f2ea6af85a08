"""The Prefect server of `quai up` asks whoever comes who they are: at each endpoint, each socket, from each origin."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets import ConnectionClosed, Subprotocol
from websockets.sync.client import connect

from flows.local import AUTH, HOST, Server, shell
from flows.local import environment as asks
from flows.server import open_to_all
from operations import checkup
from testing.commands import environment, quai

OPEN = {("get", "/health"), ("get", "/ready")}
ELSEWHERE = "http://page.example"
NOBODY = 65534


@pytest.fixture(scope="module")
def api(prefect_api: dict[str, str]) -> str:
    return prefect_api["PREFECT_API_URL"]


@pytest.fixture(scope="module")
def knows(prefect_api: dict[str, str]) -> Iterator[httpx.Client]:
    user, _, word = prefect_api[AUTH].partition(":")
    with httpx.Client(base_url=prefect_api["PREFECT_API_URL"], auth=(user, word), timeout=60) as client:
        yield client


def endpoints(knows: httpx.Client) -> list[tuple[str, str]]:
    """Every method and path that the server has, as it says itself."""
    said = knows.get("/openapi.json").json()
    return [(method, path) for path, methods in said["paths"].items() for method in methods]


@pytest.mark.parametrize("key", [None, ("quai", "guessed"), ("", "")])
def test_no_endpoint_answers_who_gives_no_key(api: str, knows: httpx.Client, key: tuple[str, str] | None) -> None:
    found = [one for one in endpoints(knows) if one not in OPEN]
    assert len(found) > 150
    with httpx.Client(base_url=api, auth=key, timeout=60) as stranger:
        answers = {(method, path): stranger.request(method, path, json={}).status_code for method, path in found}
    assert {one: status for one, status in answers.items() if status not in (401, 403)} == {}


@pytest.mark.parametrize("path", ["/events/in", "/events/out", "/logs/out"])
@pytest.mark.parametrize("key", [None, "guessed"])
def test_no_socket_answers_who_gives_no_key(api: str, path: str, key: str | None) -> None:
    with connect(api.replace("http", "ws") + path, subprotocols=[Subprotocol("prefect")]) as socket:
        socket.send(json.dumps({"type": "auth", "token": key}))
        with pytest.raises(ConnectionClosed):
            socket.recv(30)


def test_a_page_of_another_origin_may_not_ask_even_where_the_browser_knows_the_key(knows: httpx.Client) -> None:
    preflight = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "POST"}
    answers = [
        knows.options("/flow_runs/filter", headers=preflight),
        knows.get("/health", headers={"Origin": ELSEWHERE}),
    ]
    assert [answer.headers.get("access-control-allow-origin") for answer in answers] == [None, None]
    assert knows.post("/flow_runs/count", json={}).status_code == 403  # no token against forged requests
    own = {**preflight, "Origin": f"http://{HOST}:{knows.base_url.port}"}
    assert knows.options("/flow_runs/filter", headers=own).headers["access-control-allow-origin"] == own["Origin"]


def test_the_key_is_its_owners_alone_and_stands_in_no_command_line(server: Path, prefect_api: dict[str, str]) -> None:
    key = server / "prefect" / "auth"
    assert [path.stat().st_mode & 0o777 for path in (key, shell(server))] == [0o600, 0o600]
    assert key.read_text() == prefect_api[AUTH]
    assert not [process.pid for process in psutil.process_iter() if prefect_api[AUTH] in " ".join(_words(process))]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_another_user_can_neither_read_the_key_nor_the_environment_of_the_server(server, prefect_api):
    note = json.loads((server / "prefect" / "running.json").read_text())
    wanted = [str(server / "prefect" / "auth"), str(shell(server)), f"/proc/{note['pid']}/environ"]
    said = subprocess.run(["cat", *wanted], user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, text=True)
    assert (said.stdout, said.stderr.count("Permission denied")) == ("", 3)


def test_a_command_of_the_same_home_knows_the_key_and_one_of_another_says_that_it_does_not(server, tmp_path, api):
    place = environment(QUAI_HOME=str(server), PREFECT_API_URL=api)
    status, out, err = quai(place, "doctor")
    assert "answers those alone who know its key" in out + err
    status, _, err = quai({**place, "QUAI_HOME": str(tmp_path)}, "deploy")
    assert (status, "wants another key" in err) == (3, True)


def test_a_server_that_asks_nobody_is_a_fault(api: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", api)
    assert not open_to_all()
    assert checkup.guarded("127.0.0.1", open_to_all=True).state is checkup.Health.FAULT
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    assert not open_to_all()


def test_an_environment_that_has_a_key_keeps_it(server: Path, prefect_api: dict[str, str]) -> None:
    assert asks(server, Server(1, 4200))[AUTH] == prefect_api[AUTH]


def _words(process: Any) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
