"""An installation lives: what is scheduled starts by itself, and every other part does what it is there for.

One installation for all tests of this module, in their order; they look at what its own processes did meanwhile. What
else the house does by itself, and a server that is killed, are nightly trials.
"""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from config.clock import utc_now
from flows.place import index_of
from operations.feeds import the_feed
from operations.ingest import ingest
from story.dock import open_dock
from testing.commands import told
from testing.database import home_of_its_own
from testing.living import Installation, installed, until
from testing.servers.smtp import MailServer
from testing.yard import TOML, aged, offer, table

NIGHT = {
    "digest": "WantsAPerson",
    "close-expired": "Completed",
    "data-docs": "Completed",
    "rebuild-duplicates": "NoDrift",
}
"""What else the house does, and how each ends here."""
TOWNS = {
    "H001": ("59000", "Lille"),
    "H002": ("44000", "Nantes"),
    "G001": ("35000", "Rennes"),
    "G002": ("21000", "Dijon"),
    "G003": ("57000", "Metz"),
    "M001": ("06000", "Nice"),
    "M002": ("76000", "Rouen"),
}
"""A town for each record, so that none is taken for another."""
TONIGHT = timedelta(minutes=5)
LONG_AGO = timedelta(days=100)
LATE = "muette/offres"


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture(scope="module")
def here(mail: MailServer) -> Iterator[Installation]:
    """A feed that is due, one that is watched, and one that is late; a worker and a watch."""
    due = datetime.now(UTC) - timedelta(hours=5)
    with home_of_its_own() as home, installed(home, QUAI_ALERTS=mail.address) as place:
        feed(place, "horaire", 'schedule = "0 4 * * *"\njitter = "0m"')
        feed(place, "guette", 'every = "1m"')
        feed(place, "muette", f'schedule = "{due.minute} {due.hour} * * *"', 'expires_on = "Type"\n')
        yesterday = str(date.today() - timedelta(days=1))
        history(place, "muette", [named("M001"), named("M002")], LONG_AGO)
        history(place, "muette", [named("M001", yesterday), named("M002")], timedelta(days=2))
        place.quai("deploy")
        place.begin("worker")
        place.begin("watch")
        leave(place, "horaire", "H001", "H002")
        leave(place, "guette", "G001")
        place.fall_due("ingest/horaire.offres", "alerts/house", "purge/house")
        yield place


def feed(here: Installation, partner: str, keys: str, columns: str = "") -> None:
    """A partner's file, and its inbox."""
    (here.home / "inbox" / partner).mkdir(parents=True)
    said = TOML.replace('path = "inbox"', f'path = "inbox/{partner}"').replace("[[feeds", f"{columns}[[feeds")
    here.partner(partner, said.replace("[feeds.offres]\n", f"[feeds.offres]\n{keys}\n"))


def history(here: Installation, partner: str, rows: list[dict[str, str]], ago: timedelta) -> None:
    """A delivery of long ago, by the plain story at its own hour."""
    drop(here, partner, rows, ago + TONIGHT)
    with open_dock(here.settings, now=lambda: utc_now() - ago) as dock:
        ingest(the_feed(here.settings, f"{partner}/offres"), dock)


def leave(here: Installation, partner: str, *references: str) -> None:
    """The partner leaves a file."""
    drop(here, partner, [named(reference) for reference in references], TONIGHT)


def named(reference: str, until: str = "") -> dict[str, str]:
    """Its row; `until`: its last day."""
    code, town = TOWNS[reference]
    return offer(reference, CP=code, Ville=town, Type=until)


def drop(here: Installation, partner: str, rows: list[dict[str, str]], ago: timedelta) -> None:
    path = here.home / "inbox" / partner / "offres.csv"
    path.write_bytes(table(rows))
    aged(path, utc_now() - ago)


def test_a_schedule_plans_and_starts_a_run_by_itself_and_its_worker_loads_the_drop(here: Installation) -> None:
    until(lambda: {"H001", "H002"} <= here.online(), "the drop of the scheduled feed, online")
    until(lambda: "Accepted" in {run.state_name for run in here.ended("ingest/horaire.offres")}, "the end of its run")


def test_a_file_that_comes_while_a_watch_looks_is_taken_in(here: Installation) -> None:
    until(lambda: "G001" in here.online(), "the drop of the watched feed, online")
    assert here.planned("ingest/guette.offres") == []


def test_the_alerts_that_are_scheduled_tell_of_a_late_feed_by_mail(here: Installation, mail: MailServer) -> None:
    (letter,) = until(lambda: mail.letters, "a letter")
    assert (letter["Subject"], letter["To"]) == (f"Quai: {LATE} late", "ops@quai.example")
    assert [run.state_name for run in here.ended("alerts/house")] == ["Completed"]


def test_the_purge_that_is_scheduled_takes_away_what_is_kept_too_long_and_writes_it_down(here: Installation) -> None:
    (run,) = until(lambda: here.ended("purge/house"), "a run of the purge")
    (proof,) = (here.home / "purges").iterdir()
    assert (run.state_name, [drop["feed"] for drop in json.loads(proof.read_text())["drops"]]) == ("Purged", [LATE])


def test_doctor_finds_schedules_and_workers_sound(here: Installation) -> None:
    _, said = told(here.place, "doctor")
    states = {check["part"]: check["state"] for check in said["checks"]}
    assert (states["prefect"], states["schedules"], states["workers"]) == ("sound", "sound", "sound"), said


@pytest.fixture(scope="module")
def night(here: Installation) -> Installation:
    """The rest of the house falls due, once the alert is told: whoever comes first tells it."""
    here.begin("metrics", "--port", "0")
    here.fall_due(*(f"{name}/house" for name in NIGHT))
    return here


@pytest.mark.nightly
@pytest.mark.parametrize(("name", "state"), NIGHT.items())
def test_each_flow_of_the_house_starts_by_itself_and_ends_well(night: Installation, name: str, state: str) -> None:
    (run,) = until(lambda: night.ended(f"{name}/house"), f"a run of {name}")
    assert run.state_name == state


@pytest.mark.nightly
def test_what_the_house_did_by_itself_is_done(night: Installation, mail: MailServer) -> None:
    assert mail.letters[-1]["Subject"].endswith(": nothing new")
    closed = "select r.reference from offer_ids o join records r on r.offer_id = o.id where o.closed_at is not null"
    assert night.query(closed) == [("M001",)]
    assert index_of(night.settings).is_file()


@pytest.mark.nightly
def test_metrics_answer_over_http_with_what_is_planned_and_that_nothing_is_overdue(night: Installation) -> None:
    log = night.home / "metrics.log"
    url = until(lambda: log.read_text().strip(), "the address of the metrics")
    figures = dict(line.rsplit(" ", 1) for line in ask(url).splitlines() if not line.startswith("#"))
    assert float(figures["quai_runs_planned"]) > 0
    assert float(figures["quai_schedules_active"]) == 4 + len(NIGHT)
    assert (figures['quai_up{part="prefect"}'], figures["quai_runs_overdue"]) == ("1.0", "0.0")
    assert float(figures["quai_offers_online"]) >= 4


def ask(url: str) -> str:
    with urllib.request.urlopen(url) as answer:  # noqa: S310  # our own loopback address
        return str(answer.read().decode())


@pytest.mark.nightly
def test_servers_that_are_killed_under_serve_come_back_and_it_goes_on(here: Installation) -> None:
    here.rest()
    here.begin("serve")
    leave(here, "guette", "G001", "G002")
    until(lambda: "G002" in here.online(), "what serve took in")
    server = json.loads((here.home / "prefect" / "running.json").read_text())["pid"]
    database = int((here.home / "postgres" / "postmaster.pid").read_text().split()[0])
    for pid in (server, database):
        os.kill(pid, signal.SIGKILL)
    leave(here, "guette", "G001", "G002", "G003")
    said = here.home / "serve.log"
    until(lambda: "the Prefect server was killed" in said.read_text(), "a new Prefect server")
    until(lambda: "G003" in here.online(), "what serve took in after that")
    assert "PostgreSQL was killed" in said.read_text()
