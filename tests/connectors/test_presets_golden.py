"""Each preset against a server that answers in the documented shape: paging, credentials, a 429, and what is mapped.

The answers are invented; where real ones lie beside the repository, they are read too, in place. What a recruiter's
name or e-mail could come from is in the answers on purpose: nothing of it may be in what is mapped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config.partners import load
from config.presets import names
from connectors import KINDS
from connectors.http.api import ApiConnector
from connectors.reading import read
from offers.feed import Feed
from offers.mapping import map_columns
from offers.model import Drop
from testing.servers.exports import EXPORTS
from testing.servers.feeds import SECRETS, Turned, place
from testing.servers.http import Asked, Reply, Server
from testing.servers.systems import SYSTEMS
from testing.shared import shared

PERSON = ("Camille Recruteuse", "camille@acme.example", "0601020304")
TEXT = "Stage d'observation de seconde : découvrez nos métiers pendant deux semaines."


def described(number: int) -> str:
    return f"<p>{TEXT} Poste {number}.</p>"


def greenhouse(asked: Asked) -> Reply:
    assert (asked.path, asked.query["content"]) == ("/v1/boards/acme/jobs", "true")
    jobs = [
        {
            "id": 8_000_000_000 + n,
            "title": f"Stage {n}",
            "content": described(n).replace("<", "&lt;").replace(">", "&gt;"),
            "company_name": "Acme",
            "location": {"name": "Rennes, Bretagne, France"},
            "absolute_url": f"https://boards.example/acme/{n}",
            "first_published": "2026-03-01T11:55:32-04:00",
            "metadata": [{"name": "Recruiter", "value": PERSON[0]}],
        }
        for n in range(3)
    ]
    return Reply(json={"jobs": jobs, "meta": {"total": 3}})


def lever(asked: Asked) -> Reply:
    skip, limit = int(asked.query["skip"]), int(asked.query["limit"])
    assert (asked.path, asked.query["mode"]) == ("/v0/postings/acme", "json")
    postings = [
        {
            "id": f"a24ec4e5-{n:04d}",
            "text": f"Stage {n}",
            "descriptionPlain": TEXT,
            "additionalPlain": "Encadré.",
            "categories": {"location": "Rennes, FR", "commitment": "Stage"},
            "createdAt": 1_772_300_000_000 + n,
            "hostedUrl": f"https://jobs.lever.example/acme/{n}",
            "owner": PERSON[0],
        }
        for n in range(120)
    ]
    return Reply(json=postings[skip : skip + limit])


def smartrecruiters(asked: Asked) -> Reply:
    base = "/v1/companies/acme/postings"
    if asked.path == base:
        offset = int(asked.query["offset"])
        content = [
            {
                "id": f"{n}",
                "refNumber": f"REF{n}",
                "name": f"Stage {n}",
                "company": {"name": "Acme"},
                "location": {"city": "Rennes", "postalCode": "35000", "address": "1 rue Exemple"},
                "releasedDate": "2026-03-01T02:11:28.000Z",
                "typeOfEmployment": {"label": "Stage"},
                "creator": {"name": PERSON[0]},
            }
            for n in range(130)
        ]
        return Reply(
            json={"offset": offset, "limit": 100, "totalFound": 130, "content": content[offset : offset + 100]}
        )
    number = asked.path.removeprefix(base + "/")
    sections = {"jobDescription": {"text": described(int(number))}, "companyDescription": {"text": "Acme."}}
    return Reply(json={"jobAd": {"sections": sections}, "postingUrl": f"https://jobs.example/{number}"})


def workday(asked: Asked) -> Reply:
    base = "/wday/cxs/acme/Careers"
    if asked.method == "POST":
        said = asked.json
        assert (asked.path, said["limit"], said["appliedFacets"]) == (f"{base}/jobs", 20, {})
        postings = [
            {
                "title": f"Stage {n}",
                "externalPath": f"/job/Rennes/Stage--{n}_R{n}",
                "locationsText": "Rennes",
                "postedOn": "Posted 3 Days Ago",
                "bulletFields": [f"R{n}"],
            }
            for n in range(50)
        ]
        offset = said["offset"]
        return Reply(json={"total": 0 if offset else 50, "jobPostings": postings[offset : offset + 20]})
    number = asked.path.rpartition("_R")[2]
    assert asked.path.startswith(f"{base}/job/Rennes/")
    info = {"jobReqId": f"R{number}", "jobDescription": described(int(number)), "location": "Rennes, France"}
    more = {"startDate": "2026-06-15", "externalUrl": f"https://acme.example/{number}", "recruiter": PERSON[1]}
    return Reply(json={"jobPostingInfo": {**info, **more}})


def recruitee(asked: Asked) -> Reply:
    assert asked.path == "/api/offers/"
    offers = [
        {
            "id": n,
            "title": f"Stage {n}",
            "description": described(n),
            "requirements": "<p>Aucun.</p>",
            "company_name": "Acme",
            "postal_code": "35000",
            "city": "Rennes",
            "locations": [{"street": "1 rue Exemple"}, {"street": "2 rue Exemple"}],
            "careers_url": f"https://jobs.example/o/{n}",
            "published_at": "2026-03-01 10:10:39 UTC",
            "close_at": None,
            "mailbox_email": PERSON[1],
        }
        for n in range(3)
    ]
    return Reply(json={"offers": offers})


def taleez(asked: Asked) -> Reply:
    if asked.headers.get("X-taleez-api-key") != SECRETS["TOKEN"]:
        return Reply(401)
    page, size = int(asked.query["page"]), int(asked.query["pageSize"])
    assert asked.query["status"] == "PUBLISHED"
    jobs = [
        {
            "id": n,
            "label": f"Stage {n}",
            "contract": "INTERNSHIP",
            "jobDescription": TEXT,
            "companyLabel": "Acme",
            "postalCode": "35000",
            "city": "Rennes",
            "url": f"https://acme.taleez.example/{n}",
            "dateFirstPublish": 1_772_300_000,
            "who": PERSON[0],
        }
        for n in range(230)
    ][page * size : page * size + size]
    return Reply(json={"page": page, "pageSize": size, "listSize": len(jobs), "totalSize": 230, "list": jobs})


def teamtailor(asked: Asked) -> Reply:
    if asked.headers.get("Authorization") != f"Token token={SECRETS['TOKEN']}":
        return Reply(401)
    assert asked.headers["X-Api-Version"] == "20240404"
    page = int(asked.query.get("page[number]", 1))
    first = 30 * page - 30
    numbers = range(first, min(first + 30, 70))
    data = [
        {
            "id": f"{n}",
            "type": "jobs",
            "links": {"careersite-job-url": f"https://acme.example/jobs/{n}"},
            "attributes": {"title": f"Stage {n}", "body": described(n), "created-at": "2026-03-01T10:00:00.000+01:00"},
            "relationships": {"locations": {"data": [{"type": "locations", "id": "9"}]}},
        }
        for n in numbers
    ]
    location = {"address": "1 rue Exemple", "zip": "35000", "city": "Rennes", "email": PERSON[1]}
    links = {"next": f"/v1/jobs?page%5Bnumber%5D={page + 1}&include=locations"} if first + 30 < 70 else {}
    included = [{"type": "locations", "id": "9", "attributes": location}]
    return Reply(json={"data": data, "included": included, "links": links, "meta": {"record-count": 70}})


class Case:
    """One preset: its server, where it answers, what fills its blanks, how many records it announces."""

    def __init__(self, answer: Callable[[Asked], Reply], path: str, blanks: str, count: int, total: int | None) -> None:
        self.answer, self.path, self.blanks, self.count, self.total = answer, path, blanks, count, total


CASES = {
    "greenhouse": Case(greenhouse, "/v1/boards/acme/jobs", 'board = "acme"', 3, 3),
    "lever": Case(lever, "/v0/postings/acme", 'site = "acme"', 120, None),
    "smartrecruiters": Case(smartrecruiters, "/v1/companies/acme/postings", 'company = "acme"', 130, 130),
    "workday": Case(workday, "/wday/cxs/acme/Careers/jobs", 'host = "h", tenant = "acme", site = "Careers"', 50, 50),
    "recruitee": Case(recruitee, "/api/offers/", 'company = "acme"', 3, None),
    "taleez": Case(taleez, "/0/jobs", 'key = "TOKEN"', 230, 230),
    "teamtailor": Case(teamtailor, "/v1/jobs", 'key = "TOKEN"', 70, 70),
}


def opened(name: str, server: Server, home: Path, turned: Turned) -> tuple[Feed, ApiConnector]:
    case = CASES[name]
    source = f'[feeds.offres.source]\nurl = "{server.url(case.path)}"\nallow_http = true\nallow_private = true\n'
    text = f'name = "Acme"\n[feeds.offres]\nextends = "{name}"\nwith = {{ {case.blanks} }}\n{source}'
    (home / "acme.toml").write_text(text, encoding="utf-8")
    feed = load(home, {word: kind.settings for word, kind in KINDS.items()})["acme/offres"]
    return feed, ApiConnector(feed, feed.source, place(home), turned.clock)


def mapped(drop: Drop, feed: Feed) -> Any:
    found = map_columns(read(drop.path, drop.name, feed.format, feed.limits), feed)
    assert [finding.sentence for finding in found.findings if finding.severity == "stop"] == []
    return found


@pytest.mark.parametrize("name", CASES)
def test_a_preset_brings_every_record_through_paging_credentials_and_a_429(name: str, tmp_path: Path) -> None:
    case, turned = CASES[name], Turned()

    def busy_once(asked: Asked) -> Reply:
        return Reply(429, headers={"Retry-After": "2"}) if len(server.asked) == 1 else case.answer(asked)

    with Server(busy_once) as server:
        feed, connector = opened(name, server, tmp_path, turned)
        (drop,) = connector.collect()
    found = mapped(drop, feed)
    assert (drop.announced, drop.complete) == (case.total, True)
    assert len(found.frame) + len(found.ignored) == case.count
    assert 2.0 in turned.slept, "the 429 was waited for"
    assert len(found.ignored) == 0
    assert found.frame["reference"].is_unique
    assert found.frame["title"].tolist() == [f"Stage {n}" for n in range(case.count)]
    assert found.frame["description"].str.contains("observation de seconde").all()
    assert (found.frame["city"] == "Rennes").all()
    assert found.frame["permalink"].str.startswith("https://").all()
    assert found.frame["published_on"].notna().all()
    if "postal_code" in feed.mapping:
        assert (found.frame["postal_code"] == "35000").all()
    text = found.frame.to_csv()
    assert not [one for one in PERSON if one in text], "what is not mapped goes no further than the drop"


def test_every_preset_has_its_golden_test() -> None:
    assert set(names()) == set(CASES) | set(SYSTEMS) | set(EXPORTS)


REAL = {
    "greenhouse": ("greenhouse.json", "jobs"),
    "lever": ("lever.json", ""),
    "recruitee": ("recruitee.json", "offers"),
    "smartrecruiters": ("smartrecruiters.json", "content"),
}


@pytest.mark.shared
@pytest.mark.parametrize("name", REAL)
def test_a_preset_reads_the_real_answer(name: str, tmp_path: Path) -> None:
    file, path = REAL[name]
    document = json.loads(shared(f"ats/{file}").read_bytes())
    listed = document[path] if path else document
    detail = {"jobAd": {"sections": {"jobDescription": {"text": "x" * 40}}}, "postingUrl": "https://e.example/1"}

    def answer(asked: Asked) -> Reply:
        if asked.path != CASES[name].path:
            return Reply(json=detail)
        return Reply(json=document if asked.query.get("skip", "0") == "0" else [])

    with Server(answer) as server:
        feed, connector = opened(name, server, tmp_path, Turned())
        (drop,) = connector.collect()
    frame = map_columns(
        read(drop.path, drop.name, feed.format, feed.limits), feed.model_copy(update={"filter": ()})
    ).frame
    assert len(frame) == len(listed)
    for column in ("reference", "title", "description", "city", "permalink"):
        assert frame[column].notna().all(), column


@pytest.mark.shared
def test_the_workday_preset_reads_a_real_page_and_its_detail(tmp_path: Path) -> None:
    page = json.loads(shared("ats/workday_page.json").read_bytes())
    page["total"] = len(page["jobPostings"])  # of 1 264: the sample is all there is
    detail = shared("ats/workday_detail.json").read_bytes()

    def answer(asked: Asked) -> Reply:
        if asked.method != "POST":
            return Reply(body=detail)
        return Reply(json=page if asked.json["offset"] == 0 else {"total": 0, "jobPostings": []})

    with Server(answer) as server:
        feed, connector = opened("workday", server, tmp_path, Turned())
        (drop,) = connector.collect()
    frame = map_columns(
        read(drop.path, drop.name, feed.format, feed.limits), feed.model_copy(update={"filter": ()})
    ).frame
    assert (len(frame), drop.announced) == (12, 12)
    assert frame["reference"].is_unique
    assert frame["description"].str.contains("At Accenture").all()
