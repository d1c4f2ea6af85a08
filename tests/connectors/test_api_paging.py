from __future__ import annotations

from pathlib import Path

import pytest

from offers.errors import Refused
from servers.feeds import SECRETS, Turned, api, only, records
from servers.http import Asked, Reply, Server

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
    assert tokens.given == 3, "20 s of each token of 40 s are used: three calls of 8 s begin in them"


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
