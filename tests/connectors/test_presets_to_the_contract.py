"""Each preset from the partner's server to the contract: paging, credentials, a 429, and an invented placement is kept.

The servers answer in the documented shape, with invented data (`servers.systems`, `servers.exports`); a recruiter's
name, e-mail and phone are in every answer on purpose, and may be in nothing that is mapped. Where real answers lie
beside the repository, they are read too, in place.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from config.partners import load
from config.tables import load as load_tables
from connectors import KINDS
from connectors.reading import read
from offers.calendar import SchoolYear
from offers.cleaning.batch import clean
from offers.feed import Feed
from offers.mapping import map_columns
from offers.model import REJECTION_COLUMNS, Batch, Checked, Drop, Mapped, text_frame
from testing.servers.exports import EXPORTS
from testing.servers.feeds import Turned, place
from testing.servers.http import Asked, Reply, Server
from testing.servers.invented import PEOPLE, Case
from testing.servers.systems import SYSTEMS, FranceTravail
from testing.shared import shared
from validation.contract import check

CASES = {**SYSTEMS, **EXPORTS}
TODAY = date(2026, 3, 2)


def feed_of(name: str, case: Case, server: Server, home: Path) -> Feed:
    source = "[feeds.offres.source]\nallow_http = true\nallow_private = true\n"
    if not case.secret:
        source += f'url = "{server.url(case.path)}"\n'
    more = case.more.replace("{base}", server.url(""))
    text = f'name = "Acme"\n[feeds.offres]\nextends = "{name}"\nwith = {{ {case.blanks} }}\n{source}{more}'
    (home / "acme.toml").write_text(text, encoding="utf-8")
    return load(home, {word: kind.settings for word, kind in KINDS.items()})["acme/offres"]


def collected(name: str, case: Case, home: Path, turned: Turned | None = None) -> tuple[Feed, Drop, Server]:
    with Server(case.answer) as server:
        feed = feed_of(name, case, server, home)
        kind: Any = KINDS[feed.source.kind].open
        here = place(home, ADDRESS=server.url(case.path))
        (drop,) = kind(feed, feed.source, here, (turned or Turned()).clock).collect()
    return feed, drop, server


def mapped(drop: Drop, feed: Feed) -> Mapped:
    return map_columns(read(drop.path, drop.name, feed.format, feed.limits), feed)


def judged(found: Mapped, feed: Feed) -> Checked:
    reference, year = load_tables(), SchoolYear.at(TODAY)
    return check(clean(found, feed, reference, year), found.headers, feed, reference, year)


def busy_once(case: Case) -> Case:
    """The same server, which answers the first request that is not for a token with a 429."""
    seen: list[str] = []

    def answer(asked: Asked) -> Reply:
        if "token" in asked.path or seen:
            return case.answer(asked)
        seen.append(asked.path)
        return Reply(429, headers={"Retry-After": "2"})

    return replace(case, answer=answer)


@pytest.mark.parametrize("name", CASES)
def test_a_preset_brings_invented_placements_to_the_end(name: str, tmp_path: Path) -> None:
    case, turned = CASES[name], Turned()
    feed, drop, _ = collected(name, busy_once(case), tmp_path, turned)
    found = mapped(drop, feed)
    checked = judged(found, feed)
    assert (drop.announced, drop.complete) == (case.total, True)
    assert 2.0 in turned.slept, "the 429 was waited for"
    assert [finding.sentence for finding in found.findings if finding.severity != "note"] == []
    assert checked.rejections.empty, checked.rejections[["line", "column", "rule", "value"]].to_string()
    assert len(checked.kept) == case.sound
    assert set(found.ignored["reason"]) <= {"not_a_placement_for_seconde", "not_a_placement", "not_a_job_posting"}
    for column, value in case.values.items():
        assert set(checked.kept[column]) == {value}, column
    assert checked.kept["reference"].is_unique
    assert checked.kept["title"].str.fullmatch(r"Stage \d+(?: \(H/F\))?").all()
    assert checked.kept["description"].str.contains("Stage d'observation de seconde").all()
    assert checked.kept["permalink"].str.fullmatch(r"https://[^?#]+(?:\?reference=\d+)?").all()


@pytest.mark.parametrize("name", CASES)
def test_no_recruiter_is_mapped(name: str, tmp_path: Path) -> None:
    feed, drop, _ = collected(name, CASES[name], tmp_path)
    sent, seen = drop.path.read_text(encoding="utf-8"), mapped(drop, feed).frame.to_csv()
    for person in PEOPLE:
        assert person in sent, "the answer holds her, or the test shows nothing"
        assert person not in seen


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.secret])
def test_a_secret_address_is_in_no_name_and_no_origin(name: str, tmp_path: Path) -> None:
    _, drop, _ = collected(name, CASES[name], tmp_path)
    assert (drop.origin, "h4rdly" in drop.name) == ("127.0.0.1", False)


def test_france_travail_goes_over_every_departement_and_renews_its_token(tmp_path: Path) -> None:
    system = FranceTravail()
    _, drop, server = collected("francetravail", replace(SYSTEMS["francetravail"], answer=system), tmp_path)
    calls = [one for one in server.asked if one.method == "GET"]
    assert len({one.query["departement"] for one in calls}) == 101
    assert [one.query["range"] for one in calls if one.query["departement"] == "35"] == [
        "0-149", "150-299", "300-449",
    ]  # fmt: skip
    assert system.tokens == 2, "the first one expired midway"
    assert (drop.announced, drop.complete) == (330, True), "a département without offers (204) announces none"


def test_a_next_link_that_talentsoft_leaves_out_is_seen_by_the_total(tmp_path: Path) -> None:
    case = SYSTEMS["talentsoft-front"]

    def answer(asked: Asked) -> Reply:
        reply = case.answer(asked)
        if reply.json and "_pagination" in reply.json:
            reply.json["_pagination"]["links"] = []
        return reply

    feed, drop, _ = collected("talentsoft-front", replace(case, answer=answer), tmp_path)
    found = mapped(drop, feed)
    assert (drop.announced, len(found.frame) + len(found.ignored)) == (230, 100), "so nothing is withdrawn"


def places(name: str, header: str, values: list[str], home: Path) -> Any:
    """What a preset makes of some values of one header."""
    with Server(CASES[name].answer) as server:
        feed = feed_of(name, CASES[name], server, home).model_copy(update={"filter": ()})
    frame = pd.DataFrame({header: values}, dtype="str", index=pd.RangeIndex(1, len(values) + 1, name="line"))
    found = map_columns(Batch(frame, text_frame(REJECTION_COLUMNS)), feed)
    assert "pattern_without_match" not in {finding.check for finding in found.findings}
    return found.frame.fillna("-")


def test_the_place_at_the_end_of_a_successfactors_title_is_told_from_other_brackets(tmp_path: Path) -> None:
    told = {
        "Stage (H/F) (Paris, FR, 75001)": ("Stage (H/F)", "Paris", "75001"),
        "Stage (Rennes, Bretagne, FR)": ("Stage", "Rennes", "-"),
        "Stage (Saint-Denis, RE, 97400) ": ("Stage", "Saint-Denis", "97400"),
        "Stage de seconde (H/F)": ("Stage de seconde (H/F)", "-", "-"),
        "Stage (deux semaines, juin)": ("Stage (deux semaines, juin)", "-", "-"),
        "Stage - Atelier, Rennes": ("Stage - Atelier, Rennes", "-", "-"),
    }
    frame = places("successfactors-rss", "title", list(told), tmp_path)
    assert list(zip(frame["title"], frame["city"], frame["postal_code"], strict=True)) == list(told.values())


def test_the_location_of_talentsoft_gives_a_town_and_its_code_where_it_holds_one(tmp_path: Path) -> None:
    told = {
        "Rennes": ("Rennes", "-"),
        "35000 Rennes": ("Rennes", "35000"),
        "12 rue des Forges, 35000 Rennes": ("Rennes", "35000"),
        "Rennes (35)": ("Rennes", "-"),
        "35 - Rennes": ("Rennes", "-"),
        "Rennes, 35000": ("Rennes", "35000"),
        "12 rue des Forges": ("-", "-"),
    }
    frame = places("talentsoft-front", "location", list(told), tmp_path)
    assert list(zip(frame["city"], frame["postal_code"], strict=True)) == list(told.values())


def the_whole(drop: Drop, feed: Feed) -> Any:
    """Mapped without the filter: the real answers hold jobs, and no placement for seconde."""
    return mapped(drop, feed.model_copy(update={"filter": ()})).frame


@pytest.mark.shared
def test_the_talentsoft_preset_reads_the_real_answer(tmp_path: Path) -> None:
    listed = json.loads(shared("ats/talentsoft_front.json").read_bytes())
    invented = SYSTEMS["talentsoft-front"]

    def answer(asked: Asked) -> Reply:
        if "token" in asked.path:
            return invented.answer(asked)
        here = [{**one, "_links": [{"rel": "detail", "href": f"/api/V2/offers/{n}"}]} for n, one in enumerate(listed)]
        if asked.path != invented.path:
            return Reply(json=here[int(asked.path.rpartition("/")[2])])
        return Reply(json={"data": here, "_pagination": {"total": len(here), "hasMore": False, "links": []}})

    feed, drop, _ = collected("talentsoft-front", replace(invented, answer=answer), tmp_path)
    frame = the_whole(drop, feed)
    assert (len(frame), drop.announced) == (len(listed), len(listed))
    for column in ("reference", "title", "description", "employer_name", "permalink", "published_on"):
        assert frame[column].notna().all(), column


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "file", "count", "given"),
    [
        ("talentsoft-xml", "feeds/edf.xml", 3, ("employer_name", "sector", "city", "published_on", "permalink")),
        ("hellowork", "feeds/hellowork.xml", 5, ("employer_name", "sector", "postal_code", "city", "published_on")),
        ("successfactors-rss", "ats/successfactors.rss", 1, ("postal_code", "city", "permalink", "published_on")),
    ],
)
def test_a_preset_reads_the_real_file(name: str, file: str, count: int, given: tuple[str, ...], tmp_path: Path) -> None:
    body = shared(file).read_bytes()
    feed, drop, _ = collected(name, replace(CASES[name], answer=lambda asked: Reply(body=body)), tmp_path)
    frame = the_whole(drop, feed)
    assert len(frame) == count
    for column in ("reference", "title", "description", *given):
        assert frame[column].notna().all(), column


@pytest.mark.shared
def test_the_title_of_a_real_successfactors_item_gives_job_and_place(tmp_path: Path) -> None:
    body = shared("ats/successfactors.rss").read_bytes()
    case = replace(CASES["successfactors-rss"], answer=lambda asked: Reply(body=body))
    feed, drop, _ = collected("successfactors-rss", case, tmp_path)
    row = the_whole(drop, feed).iloc[0]
    assert (row["title"], row["city"], row["postal_code"]) == ("Principal Research Scientist", "Richardson", "75080")
    assert (row["reference"], "?" in row["permalink"]) == ("1397790900", False)
    read_on = clean(mapped(drop, feed.model_copy(update={"filter": ()})), feed, load_tables(), SchoolYear.at(TODAY))
    assert read_on.frame["published_on"].tolist() == ["2026-10-02"], "sent with an hour of one digit"
