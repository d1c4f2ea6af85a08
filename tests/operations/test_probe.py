"""`quai probe`: the source is reached, what waits and how it is mapped are shown, and nothing is changed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from offers.errors import FeedMisconfigured, Refused, Unreachable, Unreadable
from operations.probe import MASK, probe
from testing.servers.http import Asked, Reply, Server
from testing.servers.sftp_side import sftp_side
from testing.yard import SLUG, TOML, offer, offers, table

FOLDER = 'kind = "folder"\npath = "inbox"\nglob = "*.csv"\n'
LOCAL = "allow_private = true\nallow_http = true\nattempts = 1\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder in ("inbox", "partners"):
        (tmp_path / folder).mkdir()
    monkeypatch.setenv("QUAI_HOME", str(tmp_path))
    monkeypatch.setenv("QUAI_PARTNERS", str(tmp_path / "partners"))
    describe(tmp_path)
    return tmp_path


def describe(home: Path, source: str = FOLDER, toml: str = TOML) -> None:
    assert FOLDER in toml
    (home / "partners" / "ateliers.toml").write_text(toml.replace(FOLDER, source), encoding="utf-8")


def everything(home: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(home)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in home.rglob("*")
        if path.is_file()
    }


def test_what_waits_and_three_records_as_they_are_mapped_are_shown_and_nothing_is_changed(home: Path) -> None:
    for name in ("b.csv", "a.csv"):
        (home / "inbox" / name).write_bytes(table([offer("R000", Type="CDI"), *offers(5)]))
    before = everything(home)
    seen = probe(SLUG)
    assert sorted(one.name for one in seen.waiting) == ["a.csv", "b.csv"]
    assert [one.size for one in seen.waiting] == [len(table([offer("R000", Type="CDI"), *offers(5)]))] * 2
    assert (seen.read, seen.ignored, seen.exit_status) == (6, 1, 0)
    assert [line for line, _ in seen.records] == [3, 4, 5]
    title = seen.records[0][1][1]
    assert (title.ours, title.theirs, title.value) == ("title", "Intitulé", "Découverte de l'atelier R001")
    assert everything(home) == before
    assert not list(home.glob("scratch")) + list(home.glob("state")) + list(home.glob("landing"))


def test_persons_are_masked(home: Path) -> None:
    describe(home, toml=TOML.replace('city = "Ville"', 'city = "Ville"\ncontact_name = "Type"'))
    (home / "inbox" / "a.csv").write_bytes(table([offer("R001", Description="Écrivez à lea.martin@example.fr !")]))
    seen = probe(SLUG)
    values = {one.ours: one.value for one in seen.records[0][1]}
    assert values["contact_name"] == MASK
    assert "lea.martin" not in json.dumps(seen.as_dict())


def test_nothing_that_waits_is_said_so(home: Path) -> None:
    assert (probe(SLUG).waiting, probe(SLUG).exit_status) == ((), 0)


def test_a_required_header_that_is_not_there_exits_3(home: Path) -> None:
    (home / "inbox" / "a.csv").write_bytes(b"a;b\n1;2\n")
    assert probe(SLUG).exit_status == 3


def test_what_cannot_be_read_is_said(home: Path) -> None:
    (home / "inbox" / "a.csv").write_bytes(b"<!DOCTYPE html><html></html>")
    with pytest.raises(Unreadable, match=r"a\.csv"):
        probe(SLUG)


def test_every_secret_that_is_missing_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROBE_ID", raising=False)
    describe(
        home,
        'kind = "download"\nurl = { env = "PROBE_URL" }\nheaders = { "X-Id" = { env = "PROBE_ID" } }\n'
        'auth = { kind = "bearer", token = { env = "PROBE_TOKEN" } }\n',
    )
    monkeypatch.setenv("PROBE_TOKEN", "set")
    with pytest.raises(FeedMisconfigured, match=r"PROBE_URL is not set.* PROBE_ID is not set"):
        probe(SLUG)


def test_a_download_is_shown_again_though_it_was_taken_and_nothing_of_a_run_is_cleared(home: Path) -> None:
    with Server(lambda asked: Reply(body=table(offers(2)), headers={"ETag": '"1"'})) as server:
        describe(home, f'kind = "download"\nurl = "{server.url("/offres.csv")}"\n{LOCAL}')
        running = home / "scratch" / "ateliers" / "offres" / "drop"
        running.parent.mkdir(parents=True)
        running.write_bytes(b"of a run that is on")
        before = everything(home)
        assert [one.name for one in probe(SLUG).waiting] == ["offres.csv"]
        assert everything(home) == before


def test_an_api_is_asked_for_its_first_page_alone(home: Path) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(json=[offer(f"R{asked.query['page']}{place:02d}") for place in range(50)])

    paging = 'pagination = { kind = "page", param = "page" }\n'
    with Server(answer) as server:
        source = f'kind = "api"\nurl = "{server.url("/jobs")}"\n{paging}{LOCAL}'
        describe(home, source, TOML.replace('kind = "csv"', 'kind = "jsonl"'))
        seen = probe(SLUG)
        assert len(server.asked) == 1
    assert (seen.read, len(seen.records)) == (20, 3)


def test_an_sftp_inbox_is_listed_and_left(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with sftp_side("in-process", tmp_path / "side") as side:
        monkeypatch.setenv("PROBE_KEY", side.values["SFTP_KEY"])
        side.leave("a.csv", table(offers(1)))
        side.leave("b.csv", table(offers(2)))
        describe(
            home,
            f'kind = "sftp"\nhost = "127.0.0.1"\nport = {side.server.port}\nuser = "{side.server.user}"\n'
            f'key = {{ env = "PROBE_KEY" }}\nhost_key = "{side.server.host_key}"\npath = "inbox"\n'
            "allow_private = true\nlook_again_seconds = 0\n",
        )
        before = everything(side.root)
        seen = probe(SLUG)
        assert [one.name for one in seen.waiting] == ["a.csv", "b.csv"]
        assert (seen.first, seen.read) == ("a.csv", 1)
        assert everything(side.root) == before


def test_a_source_that_refuses_is_told_as_a_run_would_tell_it(home: Path) -> None:
    with Server(lambda asked: Reply(403 if asked.path == "/403" else 503)) as server:
        describe(home, f'kind = "download"\nurl = "{server.url("/403")}"\n{LOCAL}')
        with pytest.raises(Refused):
            probe(SLUG)
        describe(home, f'kind = "download"\nurl = "{server.url("/503")}"\n{LOCAL}')
        with pytest.raises(Unreachable):
            probe(SLUG)


def test_the_command_prints_what_it_saw(home: Path) -> None:
    (home / "inbox" / "a.csv").write_bytes(table([offer("R[1]\x1b[31m")]))
    run = CliRunner()
    shown = run.invoke(app, ["probe", SLUG])
    assert shown.exit_code == 0
    assert "a.csv" in shown.output
    assert "Intitulé" in shown.output
    assert "R[1] [31m" in shown.output
    told = run.invoke(app, ["probe", SLUG, "--json"])
    assert json.loads(told.stdout)["records"][0]["values"][0] == {
        "ours": "reference",
        "theirs": "Réf.",
        "value": "R[1]\x1b[31m",
    }
