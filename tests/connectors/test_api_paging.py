from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.http.documents import parse
from connectors.http.paging import total_of
from offers.errors import Refused
from testing.servers.feeds import SECRETS, Turned, api, only, records
from testing.servers.http import Asked, Reply, Server

ROWS = [{"id": n, "titre": f"Stage {n}"} for n in range(45)]


def cut(start: int, size: int = 20) -> list[dict[str, object]]:
    return ROWS[start : start + size]


def by_page(asked: Asked) -> Reply:
    return Reply(json={"data": cut(20 * int(asked.query["p"])), "hasMore": int(asked.query["p"]) < 2})


def by_cursor(asked: Asked) -> Reply:
    start = int(asked.query.get("after", "0"))
    return Reply(json={"data": cut(start), "meta": {"next": str(start + 20) if start + 20 < len(ROWS) else None}})


def by_link_in_body(asked: Asked) -> Reply:
    start = int(asked.query.get("from", "0"))
    more = [{"rel": "next", "href": f"/jobs?from={start + 20}"}] if start + 20 < len(ROWS) else []
    return Reply(json={"data": cut(start), "links": [{"rel": "self", "href": "/"}, *more]})


def by_link_header(asked: Asked) -> Reply:
    start = int(asked.query.get("from", "0"))
    link = f'</jobs?from={start + 20}>; rel="next", </jobs>; rel="first"' if start + 20 < len(ROWS) else ""
    return Reply(json={"data": cut(start)}, headers={"Link": link})


def by_range(asked: Asked) -> Reply:
    said = asked.query.get("range") or asked.headers["Range"].removeprefix("offres=")
    start, last = map(int, said.split("-"))
    held = cut(start, last - start + 1)
    content = {"Content-Range": f"offres {start}-{start + len(held) - 1}/{len(ROWS)}"}
    return Reply(206 if start + len(held) < len(ROWS) else 200, json={"data": held}, headers=content)


def by_body(asked: Asked) -> Reply:
    assert asked.json["appliedFacets"] == {}
    start = asked.json["offset"]
    # As Workday does: the total stands on the first page only.
    return Reply(json={"total": len(ROWS) if start == 0 else 0, "data": cut(start, asked.json["limit"])})


KINDS = {
    "page": (by_page, {"pagination": {"kind": "page", "param": "p", "start": 0, "more": "hasMore"}}, None),
    "cursor": (by_cursor, {"pagination": {"kind": "cursor", "path": "meta.next", "param": "after"}}, None),
    "next link": (by_link_in_body, {"pagination": {"kind": "next_link", "path": "links[rel=next].href"}}, None),
    "Link header": (by_link_header, {"pagination": {"kind": "link_header"}}, None),
    "range in query": (
        by_range,
        {"pagination": {"kind": "content_range", "size": 20}, "total_header": "Content-Range"},
        45,
    ),
    "range header": (
        by_range,
        {
            "pagination": {"kind": "content_range", "param": "Range", "unit": "offres=", "in": "header", "size": 20},
            "total_header": "Content-Range",
        },
        45,
    ),
    "offset in body": (
        by_body,
        {
            "method": "POST",
            "body": {"appliedFacets": {}, "searchText": ""},
            "pagination": {"kind": "offset", "size": 20, "in": "body"},
            "total": "total",
        },
        45,
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_paging_brings_every_record_once_in_three_calls(tmp_path: Path, kind: str) -> None:
    answer, keys, announced = KINDS[kind]
    with Server(answer) as server:
        drop = only(api(server.url("/jobs"), tmp_path, records="data", **keys))
    assert records(drop) == ROWS
    assert (drop.announced, len(server.asked), server.connections) == (announced, 3, 1)


def test_no_paging_asks_once(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(json=ROWS)) as server:
        assert records(only(api(server.url("/jobs?mode=json"), tmp_path, query={"content": True}))) == ROWS
    assert server.asked[0].query == {"mode": "json", "content": "true"}


def test_no_content_is_no_record_and_not_a_fault(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(204)) as server:
        assert records(only(api(server.url(), tmp_path, records="resultats"))) == []


def test_a_search_beyond_its_reach_is_refused_and_a_split_goes_around_it(tmp_path: Path) -> None:
    def of_department(asked: Asked) -> Reply:
        rows = [row for row in ROWS if asked.query.get("dep") in (None, f"{row['id'] % 2}")]
        start, last = map(int, asked.query["range"].split("-"))
        content = {"Content-Range": f"offres {start}-{last}/{len(rows)}"}
        return Reply(206, json={"data": rows[start : last + 1]}, headers=content)

    paging = {"pagination": {"kind": "content_range", "size": 20}, "total_header": "Content-Range", "reach": 30}
    with Server(of_department) as server:
        with pytest.raises(Refused, match="`split`"):
            only(api(server.url(), tmp_path, records="data", **paging))
        drop = only(api(server.url(), tmp_path, records="data", split={"param": "dep", "values": ["0", "1"]}, **paging))
    assert sorted(row["id"] for row in records(drop)) == list(range(45))
    assert drop.announced == 45


def test_a_split_whose_parameter_is_ignored_is_noticed(tmp_path: Path) -> None:
    with (
        Server(lambda asked: Reply(json=ROWS)) as server,
        pytest.raises(Refused, match="page 1 of dep 35, sent the very records of page 1 of dep 29"),
    ):
        only(api(server.url(), tmp_path, split={"param": "dep", "values": ["29", "35"]}))


def test_a_next_page_elsewhere_is_refused(tmp_path: Path) -> None:
    reply = Reply(json={"data": ROWS, "next": "https://evil.example/jobs?page=2"})
    paging = {"kind": "next_link", "path": "next"}
    with Server(lambda asked: reply) as server, pytest.raises(Refused, match=r"leads to evil\.example:443"):
        only(api(server.url(), tmp_path, records="data", pagination=paging))


WAYS: dict[str, dict[str, Any]] = {
    "page": {"kind": "page", "param": "from", "start": 0, "size_param": "n", "size": 20},
    "page, of an unsaid size": {"kind": "page", "param": "from", "start": 0},
    "page, with a flag": {"kind": "page", "param": "from", "start": 0, "more": "more"},
    "offset": {"kind": "offset", "param": "from", "size": 20},
    "range": {"kind": "content_range", "param": "from", "size": 20},
    "cursor": {"kind": "cursor", "path": "next", "param": "from"},
    "next link": {"kind": "next_link", "path": "link"},
    "Link header": {"kind": "link_header"},
}
"""Sixty records in three full pages."""
ALL = list(range(60))
#    what the server does                        its total      what it gives from 40 on   announced  complete  came
LIES: dict[str, tuple[Any, ...]] = {
    "nothing wrong":                            (lambda at: 60, ALL[40:],                  60,        True,     60),
    "said on the first page only":              (lambda at: None if at else 60, ALL[40:],  60,        True,     60),
    "a total below what comes":                 (lambda at: 40, ALL[40:],                  40,        True,     60),
    "a total of each page":                     (lambda at: 20, ALL[40:],                  20,        True,     60),
    "an agreed total that is gone":             (lambda at: None, ALL[40:],                None,      False,    60),
    "a total above what comes":                 (lambda at: 80, ALL[40:],                  80,        True,     60),
    "half of a page again, with a time stamp":  (lambda at: 60, ALL[30:50],                60,        False,    60),
    "a page again, with a time stamp":          (lambda at: 60, ALL[20:40],                None,      None,     None),
}  # fmt: skip


def lying(way: str, total: Callable[[int], int | None], third: list[int]) -> Callable[[Asked], Reply]:
    def answer(asked: Asked) -> Reply:
        said = asked.query.get("from", "0").partition("-")[0]
        start = int(said) * (20 if way.startswith("page") else 1)
        ids = third if start == 40 else ALL[start : start + 20]
        rows = [{"id": n, "seen": len(server_asked)} for n in ids]
        server_asked.append(asked)
        following, more = f"{start + 20}", start + 20 < len(ALL)
        body = {"data": rows, "total": total(start), "more": more, "next": following if more else None}
        body["link"] = f"/jobs?from={following}" if more else None
        link = {"Link": f'</jobs?from={following}>; rel="next"'} if more else {}
        return Reply(json=body, headers=link)

    server_asked: list[Asked] = []
    return answer


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("lie", LIES)
def test_a_list_that_lies_about_its_length_is_gathered_whole_or_withdraws_nothing(
    tmp_path: Path, lie: str, way: str
) -> None:
    total, third, announced, complete, count = LIES[lie]
    with Server(lying(way, total, third)) as server:
        paging = {"pagination": WAYS[way], "records": "data", "total": "total"}
        connector = api(server.url("/jobs"), tmp_path, reference="id", **paging)
        early = lie == "a total above what comes" and connector.settings.pagination.guesses
        if complete is None or early:
            said = "page 4, sent no record" if early else "page 3, sent the very records of page 2 again"
            with pytest.raises(Refused, match=said):
                only(connector)
            return
        drop = only(connector)
    assert (drop.announced, drop.complete, len(records(drop))) == (announced, complete, count)
    assert bool(drop.lacks) is not complete
    assert len(server.asked) <= 4


@pytest.mark.parametrize(
    "beyond", [Reply(404), Reply(416), Reply(json={"data": []}), Reply(json={"data": [{"id": n} for n in ALL[40:]]})]
)
@pytest.mark.parametrize("way", ["page", "offset", "range"])
def test_a_page_beyond_the_total_may_be_refused_or_be_the_last_again(tmp_path: Path, way: str, beyond: Reply) -> None:
    right = lying(way, lambda at: 60, ALL[40:])

    def answer(asked: Asked) -> Reply:
        if asked.query["from"].partition("-")[0] == ("3" if way == "page" else "60"):
            return beyond
        return right(asked)

    with Server(answer) as server:
        paging = {"pagination": WAYS[way], "records": "data", "total": "total"}
        drop = only(api(server.url("/jobs"), tmp_path, reference="id", **paging))
    assert (drop.complete, [row["id"] for row in records(drop)]) == (True, ALL)


TOLD = ("page, with a flag", "cursor", "next link")
NUMBERED = ("page", "page, of an unsaid size", "offset", "range")
#   how the server answers once it has given all    which ways of paging come to it
ENDS: dict[str, tuple[Callable[[dict[str, Any]], Reply], tuple[str, ...]]] = {
    "an empty page":            (lambda page: Reply(json={**page, "data": []}), NUMBERED),
    "an empty page, and more":  (lambda page: Reply(json={**page, "data": []}), TOLD),
    "null":                     (lambda page: Reply(json={**page, "data": None}), tuple(WAYS)),
    "no list":                  (lambda page: Reply(json={"message": "no more"}), tuple(WAYS)),
    "an empty object":          (lambda page: Reply(json={**page, "data": {}}), tuple(WAYS)),
    "nothing at all":           (lambda page: Reply(json=[]), tuple(WAYS)),
    "404":                      (lambda page: Reply(404), tuple(WAYS)),
    "410":                      (lambda page: Reply(410), tuple(WAYS)),
    "416":                      (lambda page: Reply(416), tuple(WAYS)),
    "204":                      (lambda page: Reply(204), NUMBERED),
}  # fmt: skip


def ending(way: str, end: Callable[[dict[str, Any]], Reply], gives: int, total: Any) -> Callable[[Asked], Reply]:
    """A server that gives so many records and then an end, though it speaks of yet another page for ever."""

    def answer(asked: Asked) -> Reply:
        said = asked.query.get("from", "0").partition("-")[0]
        start = int(said) * (20 if way.startswith("page") else 1)
        page = {"data": [{"id": n} for n in ALL[start : start + 20]], "total": total, "more": True}
        page |= {"next": f"{start + 20}", "link": f"/jobs?from={start + 20}"}
        link = {"Link": f'</jobs?from={start + 20}>; rel="next"'}
        return end(page) if start >= gives else Reply(json=page, headers=link)

    return answer


@pytest.mark.parametrize(("end", "way"), [(end, way) for end in ENDS for way in ENDS[end][1]])
def test_what_is_no_page_ends_what_came_whole_and_nothing_else(tmp_path: Path, end: str, way: str) -> None:
    paging = {"pagination": WAYS[way], "records": "data", "total": "total"}
    with Server(ending(way, ENDS[end][0], 60, 60)) as server:
        drop = only(api(server.url("/jobs"), tmp_path, reference="id", **paging))
        assert (drop.complete, drop.announced, [row["id"] for row in records(drop)]) == (True, 60, ALL)
        assert len(server.asked) <= 14
    with Server(ending(way, ENDS[end][0], 40, 60)) as server:
        with pytest.raises(Refused):
            only(api(server.url("/jobs"), tmp_path, reference="id", **paging))
        assert len(server.asked) <= 14


@pytest.mark.parametrize(
    "way", ["page, with a flag", "offset, with a flag", "range, with a flag", "cursor", "next link"]
)
def test_an_empty_page_goes_on_where_the_server_says_that_there_is_more(tmp_path: Path, way: str) -> None:
    """A filter that runs after the pages were cut leaves holes in the list."""
    kind = {"offset": WAYS["offset"], "range": WAYS["range"]}.get(way.partition(",")[0])
    paging = {**kind, "more": "more"} if kind else WAYS[way]

    def holes(asked: Asked) -> Reply:
        start = int(asked.query.get("from", "0").partition("-")[0]) * (20 if way.startswith("page") else 1)
        more = start + 20 < len(ALL)
        page = {"data": [] if start == 20 else [{"id": n} for n in ALL[start : start + 20]], "more": more}
        return Reply(json=page | {"next": f"{start + 20}", "link": f"/jobs?from={start + 20}"} if more else page)

    with Server(holes) as server:
        drop = only(api(server.url("/jobs"), tmp_path, reference="id", records="data", pagination=paging))
    assert [row["id"] for row in records(drop)] == ALL[:20] + ALL[40:]


@pytest.mark.parametrize(
    ("total", "came", "ends"),
    [(60, 60, True), (None, 60, True), (80, 60, False), (40, 60, False)],
    ids=["as announced", "Solr, nothing announced", "more announced", "less announced"],
)
def test_a_cursor_that_stays_ends_what_came_whole(tmp_path: Path, total: int | None, came: int, ends: bool) -> None:
    def solr(asked: Asked) -> Reply:
        start = int(asked.query.get("from", "0"))
        return Reply(
            json={"data": [{"id": n} for n in ALL[start : start + 20]], "n": total, "next": f"{min(start + 20, 60)}"}
        )

    with Server(solr) as server:
        agreed = {} if total is None else {"total": "n"}
        connector = api(server.url(), tmp_path, reference="id", records="data", pagination=WAYS["cursor"], **agreed)
        if ends:
            assert len(records(only(connector))) == came
        else:
            with pytest.raises(Refused, match="followed before"):
                only(connector)
    assert len(server.asked) <= 4


def test_a_cursor_that_is_the_same_for_all_pages_is_followed_until_all_has_come(tmp_path: Path) -> None:
    """As a scroll's is, which the server itself moves on."""
    with Server(lambda asked: Reply(json={"data": [ROWS[len(server.asked) - 1]], "n": 5, "next": "scroll"})) as server:
        paging = {"pagination": WAYS["cursor"], "records": "data", "total": "n"}
        assert records(only(api(server.url(), tmp_path, **paging))) == ROWS[:5]


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("60", 60), ("1 025", 1025), ("1,025", 1025), ("1.025", 1025), ("1\u00a0025", 1025), ("1\u202f025", 1025),
        ("1 234 567", 1234567), ("60 offres", 60), (" 60 ", 60), ("10 of 60", None), ("12,5", None), ("many", None),
        (60.0, 60), (1.025, None), (True, None), (None, None), ("items 0-19/60", 60), ("items 0-19/1 025", 1025),
        ("items 0-19/*", None),
    ],
)  # fmt: skip
def test_a_total_is_read_as_the_number_that_it_is(said: object, number: int | None) -> None:
    document = parse(json.dumps({"n": said}).encode(), "", "")
    assert total_of({}, document, "n", None) == number
    if isinstance(said, str):
        assert total_of({"X-Total": said}, [], None, "X-Total") == number


@pytest.mark.parametrize("way", WAYS)
def test_a_total_of_pages_is_seen_and_withdraws_nothing(tmp_path: Path, way: str) -> None:
    with Server(lying(way, lambda at: 3, ALL[40:])) as server:
        paging = {"pagination": WAYS[way], "records": "data", "total": "total"}
        drop = only(api(server.url("/jobs"), tmp_path, reference="id", **paging))
    assert (len(records(drop)), drop.announced, drop.complete) == (60, None, False)
    assert "« total ») counts pages" in drop.lacks


@pytest.mark.parametrize("way", WAYS)
def test_a_total_below_what_came_ends_nothing(tmp_path: Path, way: str) -> None:
    """Short pages do not, and an error is no end though more than the total came."""
    right = lying(way, lambda at: 15, ALL[40:])

    def short(asked: Asked) -> Reply:
        reply = right(asked)
        return Reply(json={**reply.json, "data": reply.json["data"][:-1]}, headers=reply.headers)

    paging = {"pagination": WAYS[way], "records": "data", "total": "total"}
    with Server(short) as server:
        drop = only(api(server.url("/jobs"), tmp_path, reference="id", **paging))
    assert len({row["id"] for row in records(drop)}) >= 57
    with Server(ending(way, lambda page: Reply(404), 40, 15)) as server, pytest.raises(Refused, match="404"):
        only(api(server.url("/jobs"), tmp_path, reference="id", **paging))


def test_a_list_that_php_wrote_as_an_object_is_that_list(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(json={"data": {"0": {"id": 0}, "2": {"id": 2}, "5": {"id": 5}}})) as server:
        assert [row["id"] for row in records(only(api(server.url(), tmp_path, records="data")))] == [0, 2, 5]
    with (
        Server(lambda asked: Reply(json={"data": {"0": 1, "id": 2}})) as server,
        pytest.raises(Refused, match="no list"),
    ):
        only(api(server.url(), tmp_path, records="data"))


def test_rows_of_one_page_that_share_a_reference_are_that_many_records(tmp_path: Path) -> None:
    """A list with a line per site is what the partner means, and is as long as it says."""
    rows = [{"id": n // 2, "site": n} for n in range(40)]
    with Server(lambda asked: Reply(json={"data": rows, "total": 40})) as server:
        drop = only(api(server.url("/jobs"), tmp_path, reference="id", records="data", total="total"))
    assert (drop.announced, drop.complete, len(records(drop))) == (40, True, 40)


def detailed(asked: Asked) -> Reply:
    if asked.path == "/v1/postings":
        return Reply(json={"content": ROWS})
    number = int(asked.path.rpartition("/")[2])
    return Reply(404) if number in (7, 8) else Reply(json={"ad": {"id": number, "texte": f"Venez {number}"}})


def test_details_are_fetched_together_and_kept_in_order(tmp_path: Path) -> None:
    detail = {"path": "postings/{id}", "records": "ad", "under": "detail"}
    with Server(detailed) as server:
        drop = only(api(server.url("/v1/postings"), tmp_path, records="content", detail=detail))
    assert [row["id"] for row in records(drop)] == list(range(45))
    assert records(drop)[3] == {**ROWS[3], "detail": {"id": 3, "texte": "Venez 3"}}
    assert records(drop)[7] == ROWS[7], "gone between list and detail: kept as the list gave it"
    assert drop.complete is False, "so nothing may be withdrawn on its account"
    assert server.connections <= 4


def test_a_detail_without_a_key_is_laid_over_its_record(tmp_path: Path) -> None:
    with Server(detailed) as server:
        detail = {"path": "postings/{id}", "records": "ad", "concurrency": 1}
        drop = only(api(server.url("/v1/postings"), tmp_path, records="content", detail=detail))
    assert records(drop)[0] == {**ROWS[0], "texte": "Venez 0"}


def test_a_detail_that_fails_for_good_takes_nothing(tmp_path: Path) -> None:
    def forbidden(asked: Asked) -> Reply:
        return Reply(403) if asked.path.endswith("/30") else detailed(asked)

    with Server(forbidden) as server, pytest.raises(Refused, match="detail of a record, answered 403"):
        only(
            api(
                server.url("/v1/postings"),
                tmp_path,
                records="content",
                detail={"path": "postings/{id}", "records": "ad"},
            )
        )
    assert len(server.asked) < len(ROWS) + 1


def test_a_detail_path_that_no_record_fills_is_said(tmp_path: Path) -> None:
    with Server(detailed) as server, pytest.raises(Refused, match=r"nothing for `postings/\{uuid\}`.*found: id, titre"):
        only(api(server.url("/v1/postings"), tmp_path, records="content", detail={"path": "postings/{uuid}"}))


def test_details_that_are_all_gone_are_a_wrong_path(tmp_path: Path) -> None:
    def gone(asked: Asked) -> Reply:
        return detailed(asked) if asked.path == "/v1/postings" else Reply(404)

    with Server(gone) as server, pytest.raises(Refused, match="not one of 45 records"):
        only(api(server.url("/v1/postings"), tmp_path, records="content", detail={"path": "postings/{id}"}))


class Tokens:
    """An OAuth2 server that hands out t1, t2, …; only the last is good, and for `calls` calls."""

    def __init__(self, calls: int = 1000, lasts: int = 3600) -> None:
        self.given, self.calls, self.lasts, self.left = 0, calls, lasts, 0
        self.forms: list[Asked] = []

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/token":
            self.forms.append(asked)
            self.given, self.left = self.given + 1, self.calls
            return Reply(json={"access_token": f"t0ken-{self.given}", "expires_in": self.lasts})
        self.left -= 1
        if self.left < 0 or asked.headers.get("Authorization") != f"Bearer t0ken-{self.given}":
            return Reply(401, b"expired t0ken")
        start = int(asked.query["offset"])
        return Reply(json={"total": len(ROWS), "data": cut(start, 5)})


def with_tokens(server: Server, home: Path, turned: Turned | None = None, **keys: object):
    auth = {
        "kind": "oauth2",
        "token_url": server.url("/token"),
        "client_id": "quai",
        "client_secret": {"env": "CLIENT"},
        "scope": "offres",
        **keys,
    }
    paging = {"kind": "offset", "size": 5}
    return api(server.url("/jobs"), home, turned, records="data", total="total", pagination=paging, auth=auth)


def test_one_token_serves_all_pages(tmp_path: Path) -> None:
    tokens = Tokens()
    with Server(tokens) as server:
        assert records(only(with_tokens(server, tmp_path))) == ROWS
    (form,) = tokens.forms
    assert (
        form.body.decode()
        == f"grant_type=client_credentials&scope=offres&client_id=quai&client_secret={SECRETS['CLIENT']}"
    )


def test_a_token_that_expires_midway_is_renewed_once_and_the_page_asked_again(tmp_path: Path) -> None:
    tokens = Tokens(calls=4)
    with Server(tokens) as server:
        assert records(only(with_tokens(server, tmp_path))) == ROWS
    assert tokens.given == 3


def test_a_token_is_renewed_before_its_stated_end(tmp_path: Path) -> None:
    tokens, turned = Tokens(lasts=40), Turned()

    def slow(asked: Asked) -> Reply:
        turned.time += 8 if asked.path == "/jobs" else 0
        return tokens(asked)

    with Server(slow) as server:
        assert records(only(with_tokens(server, tmp_path, turned))) == ROWS
    assert tokens.given == 4, "20 s of each token of 40 s are used: three calls of 8 s begin in them, of ten"


def test_credentials_that_are_never_accepted_are_refused_and_not_hammered(tmp_path: Path) -> None:
    with Server(Tokens(calls=0)) as server, pytest.raises(Refused, match="answered 401"):
        only(with_tokens(server, tmp_path))
    assert len(server.asked) == 4, "a token, a 401, another token, a 401"


def test_a_client_may_name_itself_by_basic(tmp_path: Path) -> None:
    tokens = Tokens()
    with Server(tokens) as server:
        only(with_tokens(server, tmp_path, send="basic"))
    assert tokens.forms[0].headers["Authorization"].startswith("Basic ")
    assert b"client_secret" not in tokens.forms[0].body


def test_a_token_answer_without_a_token_is_said(tmp_path: Path) -> None:
    with Server(lambda asked: Reply(json={"error": "nope"})) as server, pytest.raises(Refused, match="access_token"):
        only(with_tokens(server, tmp_path))
