"""A night's logs: feed, delivery and flow run on every line, and nobody's data and no secret on any."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from config.keyring import remember
from config.logs import LineFormatter, Scrub, about, start
from offers.errors import Refused
from operations.feeds import the_feed
from operations.ingest import ingest
from testing.people import CAMILLE, SACHA, naming, reading_contacts, sheet
from testing.servers.http import Reply, Server
from testing.yard import SLUG, TOML, Yard

SECRET = "hush-hush-token"  # noqa: S105  # invented, and looked for in every line
PERSONS = [*CAMILLE.values(), *SACHA.values(), "0140506070", "+33140506070", "zoe@famille.example"]
DOWNLOAD = """kind = "download"
allow_private = true
allow_http = true
attempts = 1
auth = {{ kind = "bearer", token = {{ env = "A_TOKEN" }} }}
url = "{url}"
"""


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """All that is logged as JSON from now on."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    start("json", stream)
    root.setLevel(logging.DEBUG)
    yield stream
    root.handlers, root.level = handlers, level


def told(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def refused(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that says no, and quotes what it was sent."""
    monkeypatch.setenv("A_TOKEN", SECRET)
    with Server(lambda asked: Reply(status=401, body=f"no {SECRET} for {CAMILLE['Courriel']}".encode())) as server:
        path = yard.dock.settings.partners / "ateliers.toml"
        source = DOWNLOAD.format(url=server.url("/offres.csv"))
        path.write_text(TOML.replace('kind = "folder"\npath = "inbox"\nglob = "*.csv"\n', source), encoding="utf-8")
        with pytest.raises(Refused):
            ingest(the_feed(yard.dock.settings, SLUG), yard.dock, flow_run="run-5")


def test_a_night_s_logs_name_the_run_and_nobody(
    yard: Yard, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading_contacts(yard)
    text = {"Description": "Tu suivras l'équipe. Écris à zoe@famille.example pour convenir de ta venue chez nous."}
    sound = [naming(CAMILLE, f"R{number:03d}") for number in range(1, 8)]
    wrong = naming(SACHA, "R008", CP="7500", Site="camille@rivoire.example")
    for content in (
        sheet(*sound, naming(SACHA, "R009", **text), wrong),
        sheet(*sound, naming(SACHA, "R009", **text), wrong),
        sheet(sound[0]),
        b"<html>camille@rivoire.example</html>",
    ):
        yard.leave(content)
        ingest(yard.feed, yard.dock, flow_run="run-1")
    refused(yard, monkeypatch)
    said = told(lines)
    ours = [line for line in said if line["logger"].startswith(("operations", "story", "quai"))]
    assert [line["message"].split(": ")[1].split(",")[0] for line in ours[:4]] == [
        "accepted",
        "unchanged",
        "quarantined",
        "unreadable",
    ]
    assert [(line["feed"], line["delivery"], line["flow_run"]) for line in ours] == [
        *((SLUG, number, "run-1") for number in (1, 2, 3, 4)),
        (SLUG, None, "run-5"),
    ]
    assert all({"at", "level", "logger", "message", "feed", "delivery", "flow_run"} <= set(line) for line in said)
    logged = lines.getvalue()
    assert [word for word in (*PERSONS, SECRET) if word in logged] == []


def test_what_a_library_says_of_a_person_or_a_secret_is_struck_out(lines: io.StringIO) -> None:
    remember(SECRET)
    try:
        int(f"{SECRET} of zoe@famille.example")
    except ValueError:
        logging.getLogger("some.library").exception("sent %s to %s, 01 40 50 60 70", SECRET, "zoe@famille.example")
    (line,) = told(lines)
    assert line["message"] == "sent [hidden] to [courriel masqué], [téléphone masqué]"
    assert "'[hidden] of [courriel masqué]'" in line["exception"]


def test_as_text_an_event_is_one_line_whatever_it_holds() -> None:
    record = logging.LogRecord("flows", logging.INFO, "", 0, "a\nb %s", ("c",), None)
    with about(feed=SLUG, flow_run="run-1"):
        assert LineFormatter("text").format(record).endswith(f"info [feed={SLUG} flow_run=run-1] a b c")


def test_lines_that_others_make_are_scrubbed_too() -> None:
    remember(SECRET)
    record = logging.LogRecord("prefect", logging.INFO, "", 0, "token %s", (SECRET,), None)
    assert Scrub().filter(record)
    assert record.getMessage() == "token [hidden]"
