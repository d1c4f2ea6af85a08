"""The two outside services, against local servers that answer in their documented shape."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from connectors.enrichment import AT_A_TIME, CompanySearch, Geocoder, Manner
from offers.errors import CannotCollect, Unreachable
from testing.servers.feeds import NOW, Turned
from testing.servers.http import Asked, Reply, Server

OPEN, CLOSED, SEAT = "73282932000074", "73282932000082", "73282932000009"


def manner(turned: Turned | None = None, **more: Any) -> Manner:
    return Manner(clock=(turned or Turned()).clock, **more)


def company(*sites: tuple[str, str], seat: tuple[str, str] = (SEAT, "A")) -> dict[str, Any]:
    def site(siret: str, state: str) -> dict[str, Any]:
        return {"siret": siret, "etat_administratif": state, "commune": "75111", "code_postal": "75011"}

    return {
        "siren": "732829320",
        "nom_complet": "ATELIERS RIVOIRE",
        "etat_administratif": "A",
        "siege": site(*seat),
        "matching_etablissements": [site(*one) for one in sites],
    }


def answered(*results: dict[str, Any]) -> Reply:
    return Reply(json={"results": list(results), "total_results": len(results), "page": 1, "per_page": 10})


def search(server: Server, *sirets: str, turned: Turned | None = None, **more: Any) -> dict[str, Any]:
    service = CompanySearch(server.url("/"), lambda: NOW, manner(turned, **more))
    found: dict[str, Any] = {}
    for answers in service.ask({siret: (siret,) for siret in sirets}):
        found |= answers
    return found


def test_each_siret_is_asked_and_its_own_site_read() -> None:
    with Server(lambda _: answered(company((OPEN, "A"), (CLOSED, "F")))) as server:
        assert search(server, OPEN, CLOSED, SEAT) == {
            OPEN: {"state": "A"}, CLOSED: {"state": "F"}, SEAT: {"state": "A"},
        }  # fmt: skip
    assert [asked.path for asked in server.asked] == ["/search"] * 3
    assert [asked.query for asked in server.asked] == [{"q": OPEN}, {"q": CLOSED}, {"q": SEAT}]


@pytest.mark.parametrize(
    "reply",
    [
        answered(),
        answered(company(("73282932000090", "F"))),
        answered({**company(), "matching_etablissements": None, "siege": None}),
        answered(company((OPEN, "?"))),
    ],
)
def test_a_siret_that_is_not_in_the_answer_is_unknown(reply: Reply) -> None:
    with Server(lambda _: reply) as server:
        assert search(server, OPEN) == {OPEN: {}}


def test_too_many_calls_are_waited_out_as_the_server_says() -> None:
    replies = iter([Reply(429, headers={"Retry-After": "3"}), answered(company((OPEN, "A")))])
    turned = Turned()
    with Server(lambda _: next(replies)) as server:
        assert search(server, OPEN, turned=turned) == {OPEN: {"state": "A"}}
    assert turned.slept == [3.0]


def test_no_more_than_seven_calls_begin_in_a_second() -> None:
    turned = Turned()
    with Server(lambda _: answered()) as server:
        search(server, *(f"732829320{n:05d}" for n in range(15)), turned=turned)
    assert turned.time - 1000 == pytest.approx(2.0)


@pytest.mark.parametrize("reply", [Reply(500), Reply(503), Reply(200, b"<html>"), Reply(json={"erreur": "?"})])
def test_what_is_no_answer_is_unreachable(reply: Reply) -> None:
    with Server(lambda _: reply) as server, pytest.raises(Unreachable):
        search(server, OPEN)


def test_a_refusal_is_a_fault_of_collecting_too() -> None:
    with Server(lambda _: Reply(403, b"no")) as server, pytest.raises(CannotCollect, match="403"):
        search(server, OPEN)


def test_a_server_that_says_nothing_is_left_after_the_time_out() -> None:
    with Server(lambda _: Reply(drip=True, length=False)) as server, pytest.raises(Unreachable):
        search(server, OPEN, attempts=1, read_timeout=0.2, deadline=0.4)


def test_what_came_before_a_failure_is_given() -> None:
    replies = iter([answered(company((OPEN, "A")))])
    with Server(lambda _: next(replies, Reply(500))) as server:
        service = CompanySearch(server.url(), lambda: NOW, manner())
        asked = service.ask({OPEN: (OPEN,), CLOSED: (CLOSED,)})
        assert next(asked) == {OPEN: {"state": "A"}}
        with pytest.raises(Unreachable):
            next(asked)


FORGES = ("12 rue des Forges", "75011", "Paris", "75111")


def parts(asked: Asked) -> list[tuple[str, str]]:
    """The parts of a form, by name, as the server of the national geocoder reads them."""
    boundary = re.search("boundary=(.*)", asked.headers["Content-Type"])
    assert boundary
    found = asked.body.split(b"--" + boundary[1].encode())[1:-1]
    cut = [part.strip(b"\r\n").partition(b"\r\n\r\n") for part in found]
    return [(re.search(r'name="(\w+)"', head.decode())[1], body.decode()) for head, _, body in cut]  # type: ignore[index]  # each has a name


def geocoding(answer: Callable[[Mapping[str, str]], Mapping[str, str]]) -> Callable[[Asked], Reply]:
    added = ("latitude", "longitude", "result_label", "result_score", "result_citycode")

    def reply(asked: Asked) -> Reply:
        rows = list(csv.DictReader(io.StringIO(dict(parts(asked))["data"])))
        out = io.StringIO()
        writer = csv.DictWriter(out, [*rows[0], *added], restval="")
        writer.writeheader()
        writer.writerows({**row, **answer(row)} for row in rows)
        return Reply(200, out.getvalue().encode(), {"Content-Type": "text/csv; charset=utf-8"})

    return reply


FOUND = {"latitude": "48.8534", "longitude": "2.3788", "result_score": "0.97", "result_citycode": "75111"}


def geocode(server: Server, questions: Mapping[str, tuple[str, ...]], **more: Any) -> list[Mapping[str, Any]]:
    return list(Geocoder(server.url("/"), lambda: NOW, manner(**more)).ask(questions))


def test_addresses_are_sent_as_a_file_with_the_columns_to_search() -> None:
    with Server(geocoding(lambda _: FOUND)) as server:
        assert geocode(server, {"k1": FORGES}) == [
            {"k1": {"latitude": "48.8534", "longitude": "2.3788", "score": "0.97", "citycode": "75111"}}
        ]
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/search/csv/")
    assert [value for name, value in parts(asked) if name == "columns"] == ["street", "postal_code", "city"]
    assert dict(parts(asked))["data"].splitlines()[1] == '"k1","12 rue des Forges","75011","Paris","75111"'


def test_an_address_that_is_not_found_is_unknown() -> None:
    with Server(geocoding(lambda row: FOUND if row["key"] == "a" else {})) as server:
        assert geocode(server, {"a": FORGES, "b": ('1 rue « ; " »', "01000", "Bourg-en-Bresse", "01053")})[0]["b"] == {}


def test_a_thousand_are_asked_at_a_time() -> None:
    with Server(geocoding(lambda _: FOUND)) as server:
        answers = geocode(server, {f"k{n}": FORGES for n in range(AT_A_TIME + 1)})
    assert [len(some) for some in answers] == [AT_A_TIME, 1]


def test_an_answer_that_is_no_such_table_is_unreachable() -> None:
    with Server(lambda _: Reply(200, b"<html>")) as server, pytest.raises(Unreachable, match="result_score"):
        geocode(server, {"k": FORGES})


@pytest.mark.parametrize("status", [429, 500, 504])
def test_a_geocoder_that_is_down_is_unreachable(status: int) -> None:
    with Server(lambda _: Reply(status)) as server, pytest.raises(Unreachable, match="Tried 3 times"):
        geocode(server, {"k": FORGES})


def test_nothing_is_asked_when_there_is_no_question() -> None:
    with Server(lambda _: Reply(500)) as server:
        assert (geocode(server, {}), search(server)) == ([], {})
    assert server.asked == []
