"""A partner begun from a sample: what is found without help, and a file that loads."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from config.partners import load
from config.presets import FOLDER, names, recognised
from config.settings import PARTNERS, Settings
from config.tables import load as load_reference
from connectors import KINDS
from connectors.sample import read_sample
from offers.calendar import SchoolYear
from offers.columns import REQUIRED, SENT
from offers.errors import FeedMisconfigured, Unreachable, Unreadable
from offers.feed import ColumnSource, Feed
from offers.onboarding.guessing import Guesses, guess
from offers.onboarding.synonyms import SYNONYMS, named
from offers.text import fold_word, plain
from operations.check import check_file
from operations.feeds import the_feed
from operations.onboarding import Begun, begin
from samples.make_samples import write_drop
from story.examine import examine
from testing.servers.exports import EXPORTS
from testing.servers.http import Asked, Reply
from testing.servers.systems import Talentsoft, digitalrecruiters, json_feed
from testing.servers.systems import offer as france_travail
from testing.shared import shared

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples" / "partners"
TODAY = date(2026, 3, 2)
REAL = {
    "apec": "apec.xml", "edf": "edf.xml", "fonctionpublique": "pass.rss", "hellowork": "hellowork.xml",
    "jobteaser": "jobteaser.xml", "laposte": "laposte.xml", "leboncoin": "leboncoin.csv",
}  # fmt: skip
INVENTED = {"bellerive": (25, 8), "rivoire": (14, 8), "orme": (13, 7)}
"""Partner -> columns and required columns found, of those that its own file maps."""


def feeds(folder: Path) -> dict[str, Feed]:
    kinds = {word: kind.settings for word, kind in KINDS.items()}
    return {feed.partner: feed for feed in load(folder, kinds).values()}


def guessed(path: Path, blind: bool = False) -> Guesses:
    """The guesses on a sample; `blind` calls its headers `colonne 1`, `colonne 2`, so that only values tell."""
    sample = read_sample(path)
    frame, empty = sample.batch.frame, sample.empty
    if blind:
        frame = frame.set_axis([f"{at}:{name}" for at, name in enumerate(frame.columns)], axis=1)
        names = {f"colonne {at}": str(name) for at, name in enumerate(sample.batch.frame.columns)}
        found = guess(frame.set_axis(list(names), axis=1), (), load_reference(), SchoolYear(2026))
        return _renamed(found, names)
    return guess(frame, empty, load_reference(), SchoolYear(2026))


def _renamed(found: Guesses, names: dict[str, str]) -> Guesses:

    mapping = {
        name: replace(one, headers=tuple(names[header] for header in one.headers))
        for name, one in found.mapping.items()
    }
    return replace(found, mapping=mapping)


def agreeing(found: Guesses, feed: Feed) -> set[str]:
    """The columns whose first guessed header is one of those that a person mapped."""
    told = {**found.mapping, **found.personal}
    right = {name: {plain(header) for header in source.headers} for name, source in feed.mapping.items()}
    return {name for name, headers in right.items() if name in told and plain(told[name].headers[0]) in headers}


@pytest.mark.shared
def test_of_the_seven_real_feeds_every_required_column_is_found_without_help() -> None:
    required = columns = found_required = found = 0
    by_hand = feeds(PARTNERS)
    for partner, file in REAL.items():
        right = agreeing(guessed(shared(f"feeds/{file}")), by_hand[partner])
        mapped = set(by_hand[partner].mapping)
        required, columns = required + len(mapped & set(REQUIRED)), columns + len(mapped)
        found_required, found = found_required + len(right & set(REQUIRED)), found + len(right)
    assert (found_required, required) == (46, 46)
    assert (found, columns) == (68, 69)


SYSTEMS = {
    "greenhouse": "greenhouse.json", "lever": "lever.json", "recruitee": "recruitee.json", "workday": "workday.json",
    "smartrecruiters": "smartrecruiters.json", "successfactors-rss": "successfactors.rss",
    "talentsoft-front": "talentsoft_front.json",
}  # fmt: skip


@pytest.mark.nightly
@pytest.mark.shared
def test_of_all_real_feeds_and_answers_the_written_file_maps_nearly_every_required_column_rightly(tmp_path):
    """What people wrote, in config/partners and in the presets, is the truth; a column they leave out is left out."""
    by_hand = feeds(PARTNERS)
    truth = {f"feeds/{file}": by_hand[partner].mapping for partner, file in REAL.items()}
    for name, file in SYSTEMS.items():
        said = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))["mapping"]
        truth[f"ats/{file}"] = {column: ColumnSource.model_validate(source) for column, source in said.items()}
    right = wrong = 0
    wanted = sum(len(set(mapped) & set(REQUIRED)) for mapped in truth.values())
    for number, (file, mapped) in enumerate(truth.items()):
        made = begun(tmp_path, shared(file), out=tmp_path / f"p{number}.toml")
        found = feeds_in(made.path).mapping
        for column in set(REQUIRED) & set(found):
            heads = {plain(header) for header in mapped[column].headers} if column in mapped else set()
            right, wrong = (right + 1, wrong) if plain(found[column].headers[0]) in heads else (right, wrong + 1)
    assert (right, wrong, wanted) == (84, 0, 84)


def feeds_in(path: Path) -> Feed:
    return the_feed(Settings.model_validate({"partners": path.parent}), f"{path.stem}/offres")


@pytest.mark.nightly
@pytest.mark.shared
def test_of_the_seven_real_feeds_the_values_alone_tell_some(request: pytest.FixtureRequest) -> None:
    """Without headers, on two to seven records: what is left for feeds whose words are in no list of ours."""
    by_hand = feeds(PARTNERS)
    found = sum(
        len(agreeing(guessed(shared(f"feeds/{file}"), blind=True), by_hand[partner]) & set(REQUIRED))
        for partner, file in REAL.items()
    )
    assert found >= 15


@pytest.mark.parametrize("partner", INVENTED)
def test_of_the_invented_feeds_nearly_all_is_found(tmp_path: Path, partner: str) -> None:
    feed = feeds(SAMPLES)[partner]
    right = agreeing(guessed(write_drop(partner, tmp_path, "first", TODAY)), feed)
    assert (len(right), len(right & set(REQUIRED))) >= INVENTED[partner]


def test_values_alone_tell_the_columns_of_a_whole_file(tmp_path: Path) -> None:
    feed = feeds(SAMPLES)["bellerive"]
    right = agreeing(guessed(write_drop("bellerive", tmp_path, "first", TODAY), blind=True), feed)
    assert right >= {"reference", "description", "siret", "postal_code", "city", "permalink"}


def begun(tmp_path: Path, sample: Path, name: str = "Maison Exemple", **more: object) -> Begun:
    settings = Settings.model_validate({"partners": tmp_path / "partners"})
    return begin(settings, name, sample, **more)  # type: ignore[arg-type]  # the keywords of begin


CSV = """\
N° de l'offre;Titre;Missions;Entreprise;Secteur;Adresse;CP;Ville;Type de contrat;Courriel
A1;Au fournil;Tu prépareras le pain avec l'équipe du matin.;Maison;Fournil;1 rue du Four;69003;Lyon;Stage;a@a.example
A2;Vente;Tu accueilleras les clients à la boutique, avec nous.;Maison;Santé;2 rue du Four;69003;Lyon;Stage;a@a.example
A3;Livreur;Tournées du matin en camionnette, permis exigé.;Maison;Fournil;3 rue du Four;69003;Lyon;CDI;a@a.example
"""


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "offres.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def test_the_file_that_is_written_reads_the_sample_it_came_from(tmp_path: Path, sample: Path) -> None:
    made = begun(tmp_path, sample)
    assert made.path == tmp_path / "partners" / "maison-exemple.toml"
    assert made.next_command.endswith(f"quai check {sample} --feed maison-exemple/offres")
    assert made.missing == ()
    feed = the_feed(Settings.model_validate({"partners": made.path.parent}), "maison-exemple/offres")
    seen = examine(sample, sample.name, feed, load_reference(), TODAY)
    assert seen.ignored["line"].tolist() == [4]
    assert seen.rejections["rule"].tolist() == ["sector_unknown"]


IN_XML = (
    "<reseau>{}</reseau>",
    "<etablissement siret='73282932000074'><nom>{nom}</nom><adresse><rue>12 rue des Forges</rue><cp>75011</cp>"
    "<ville>Paris</ville></adresse><stages>{stages}</stages></etablissement>",
    "<stage id='{ref}'><intitule>Découverte de l'atelier</intitule><mission>Suivre l'équipe.</mission></stage>",
)
SITE = {"rue": "12 rue des Forges", "cp": "75011", "ville": "Paris"}


@pytest.mark.parametrize("kind", ["xml", "json"])
def test_offers_inside_their_employers_are_found_with_what_encloses_them(tmp_path: Path, kind: str) -> None:
    employers = {"Rivoire": ("A1", "A2"), "Rivoire Lyon": ("B1",)}
    whole, employer, stage = IN_XML
    inside = {nom: "".join(stage.format(ref=ref) for ref in refs) for nom, refs in employers.items()}
    text = whole.format("".join(employer.format(nom=nom, stages=stages) for nom, stages in inside.items()))
    if kind == "json":
        offer = {"intitule": "Découverte de l'atelier", "mission": "Suivre l'équipe.", "lieux": [SITE, SITE]}
        results = [
            {"id": nom, "name": nom, "description": nom, "postes": [{"id": ref, **offer} for ref in refs]}
            for nom, refs in employers.items()
        ]
        text = json.dumps({"total": 3, "results": results})
    path = tmp_path / f"offres.{kind}"
    path.write_text(text, encoding="utf-8")
    made = begun(tmp_path, path)
    assert made.missing == ("sector",)
    feed = feeds(tmp_path / "partners")["maison-exemple"]
    assert feed.format.path == {"xml": "etablissement.stages.stage", "json": "results.postes"}[kind]
    examined = examine(path, path.name, feed, load_reference(), TODAY)
    assert examined.mapped["reference"].tolist() == ["A1", "A2", "B1"]
    assert examined.mapped["employer_name"].tolist() == ["Rivoire", "Rivoire", "Rivoire Lyon"]
    assert examined.mapped["street"].tolist() == ["12 rue des Forges"] * 3


def test_what_is_still_for_a_person_to_say_stands_in_comments(tmp_path: Path, sample: Path) -> None:
    text = begun(tmp_path, sample).path.read_text(encoding="utf-8")
    assert re.search(r'# "Fournil" = "s…"  # 2 in the sample', text)
    assert '# contact_email = "Courriel"' in text
    assert 'keep = ["Stage"]' in text
    assert "Stage (2), CDI (1)" in text
    assert tomllib.loads(text)["feeds"]["offres"]["constants"] == {"weeks": "both", "grades": "seconde"}


def test_a_word_that_is_completed_is_a_lookup(tmp_path: Path, sample: Path) -> None:
    made = begun(tmp_path, sample)
    text = made.path.read_text(encoding="utf-8").replace('# "Fournil" = "s…"', '"Fournil" = "s28"')
    made.path.write_text(text, encoding="utf-8")
    feed = the_feed(Settings.model_validate({"partners": made.path.parent}), made.slug + "/offres")
    assert feed.lookups == {"sector": {"Fournil": "s28"}}


def test_a_file_that_is_there_is_never_overwritten_unless_it_is_forced(tmp_path: Path, sample: Path) -> None:
    made = begun(tmp_path, sample)
    made.path.write_text("# by hand\n", encoding="utf-8")
    with pytest.raises(FeedMisconfigured, match="--force"):
        begun(tmp_path, sample)
    assert made.path.read_text(encoding="utf-8") == "# by hand\n"
    assert begun(tmp_path, sample, force=True).path.read_text(encoding="utf-8") != "# by hand\n"


def test_a_stranger_s_headers_cannot_break_out_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        '"Titre ""]\n[feeds.x]";Ré\\f;" CP #"\nAu fournil;A1;69003\nÀ la vente;A2;69003\n', encoding="utf-8"
    )
    made = begun(tmp_path, path)
    assert list(tomllib.loads(made.path.read_text(encoding="utf-8"))["feeds"]) == ["offres"]


def test_a_sample_that_is_missing_or_no_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no file at"):
        begun(tmp_path, tmp_path / "none.csv")
    picture = tmp_path / "x.csv"
    picture.write_bytes(b"%PDF-1.7\n1 0 obj")
    with pytest.raises(Unreadable, match="a PDF document"):
        begun(tmp_path, picture)
    assert not (tmp_path / "partners").exists()


FORMATS: list[tuple[str, str, dict[str, str]]] = [
    (
        "x.xml",
        "<r><meta><a>1</a></meta>" + "<job><a>1</a><b>2</b><c/></job>" * 2 + "</r>",
        {"kind": "xml", "record": "job"},
    ),
    ("x.xml", "<r><job><a>1</a><b>2</b><c>3</c></job></r>", {"kind": "xml", "record": "job"}),
    ("x.xml", "<rss><channel><title>x</title><item><a>1</a><b>2</b><c>3</c></item></channel></rss>", {"kind": "rss"}),
    (
        "x.json",
        json.dumps({"meta": {}, "data": {"jobs": [{"a": 1}, {"a": 2}]}}),
        {"kind": "json", "records": "data.jobs"},
    ),
    ("x.json", json.dumps([{"a": [{"b": 1}]}]), {"kind": "json", "records": ""}),
    ("x.json", '{"a": 1}\n{"a": 2}\n', {"kind": "jsonl"}),
    ("x.txt", "a\tb\n1\t2\n", {"kind": "csv"}),
]


@pytest.mark.parametrize(("name", "content", "expected"), FORMATS)
def test_the_format_is_told_from_the_bytes(tmp_path: Path, name: str, content: str, expected: dict[str, str]) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    found = read_sample(path).format.model_dump(exclude_none=True)
    assert {key: found.get(key) for key in expected} == expected


def test_an_element_that_no_record_fills_is_known_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "x.xml"
    path.write_text("<r>" + "<o><ref>1</ref><ville>Lyon</ville><lieu><rue/></lieu></o>" * 2 + "</r>", encoding="utf-8")
    sample = read_sample(path)
    assert sample.empty == ("lieu.rue",)
    found = guess(sample.batch.frame, sample.empty, load_reference(), SchoolYear(2026))
    assert found.mapping["street"].headers == ("lieu.rue",)


def test_a_sample_of_headers_alone_is_mapped_by_them(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(
        "Référence;Intitulé;Missions;Établissement;Secteur;Rue;CP;Ville;Semaines;Contact\n", encoding="utf-8"
    )
    made = begun(tmp_path, path)
    assert made.missing == ()
    assert "no row to guess from" in made.path.read_text(encoding="utf-8")
    assert {one.doubt for one in made.guesses.doubtful} == {"no value to tell by"}


def test_two_values_stand_beside_each_guess_but_persons(tmp_path: Path, sample: Path) -> None:
    text = begun(tmp_path, sample).path.read_text(encoding="utf-8")
    assert re.search(r'title = "Titre"  # called « titre »: « Au fournil », « Vente »', text)
    assert "a@a.example" not in text


def test_doubts_are_ranked_the_weakest_first() -> None:
    frame = pd.DataFrame({"Référence": ["A1", "A2"], "Poste": ["Vente en rayon", "Fournil"], "Ref": ["B1", "B2"]})
    found = guess(frame.astype("str"), (), load_reference(), SchoolYear(2026))
    assert [(one.column, one.doubt) for one in found.doubtful] == [("reference", "« Ref » would do nearly as well")]
    weak = guess(
        frame[["Poste"]].rename(columns={"Poste": "Offre (poste)"}).astype("str"),
        (),
        load_reference(),
        SchoolYear(2026),
    )
    assert [one.doubt for one in weak.doubtful] == ["little speaks for it"]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("adresse.region", ["Bretagne", "Normandie", "Corse"]),
        ("Adresse", ["Bretagne", "Île-de-France", "Corse"]),
        ("address.country", ["France", "France", "Belgique"]),
        ("region.code", ["4162", "4156", "1000"]),
        ("country.label", ["Paris", "Lyon", "Nice"]),
        ("Ville", ["France", "France", "FR"]),
        ("id", ["7", "7", "8"]),
        ("reference", ["A1", "A1", "A1"]),
    ],
)
def test_what_a_header_or_its_values_exclude_is_left_out(column: str, values: list[str]) -> None:
    frame = pd.DataFrame({column: values}, dtype="str").rename_axis("line")
    assert not guess(frame, (), load_reference(), SchoolYear(2026)).mapping


@pytest.mark.parametrize(
    ("values", "tells"),
    [
        (["Stage", "CDI"], True),
        (["Stage", "Stage"], False),
        (["1", "2"], False),
        (["true", "false"], False),
        (["oui", "non"], False),
    ],
)
def test_a_filter_is_made_of_words_that_differ(values: list[str], tells: bool) -> None:
    frame = pd.DataFrame({"Type de contrat": values}, dtype="str").rename_axis("line")
    assert guess(frame, (), load_reference(), SchoolYear(2026)).contract == ("Type de contrat" if tells else None)


OTHERS = {
    "shortcode": "reference", "job_req_id": "reference", "identifier.partner_job_id": "reference",
    "ID annonce": "reference", "jobOpeningName": "title", "offer.title": "title", "Intitulé de l'annonce": "title",
    "postingTitle": "title", "descriptionHtml": "description", "offer.description": "description",
    "Descriptif du poste": "description", "company.display_name": "employer_name", "workplace.name": "employer_name",
    "subcompany": "employer_name", "Nom de l'employeur": "employer_name", "hiringOrganization.name": "employer_name",
    "address.addressLocality": "city", "Ville du poste": "city", "office.city": "city",
    "location.display_name": "city", "office.zip_code": "postal_code", "Code postal du lieu": "postal_code",
    "address.postalCode": "postal_code", "office.address": "street", "Adresse de l'établissement": "street",
    "address.streetAddress": "street", "redirect_url": "permalink", "Lien de l'annonce": "permalink",
    "PostedDate": "published_on", "expires_at": "expires_on",
}  # fmt: skip
"""Headers of other systems (their documentation), and the column that each is."""


@pytest.mark.parametrize("header", OTHERS)
def test_headers_of_other_systems_are_called_as_theirs(header: str) -> None:
    assert max(SENT, key=lambda name: named(name, header)[0]) == OTHERS[header]


def test_a_known_system_is_recognised_and_the_file_extends_its_preset_and_nothing_else(tmp_path, monkeypatch):
    ads = [
        {"reference": f"R{n}", "title": "Stage", "apply_url": f"https://a.example/{n}", "contract_type": "Stage",
         "published_at": "2026-03-01T10:18:17+00:00", "entity": {"public_name": "Siège"}, "brand": None}
        for n in range(2)
    ]  # fmt: skip
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"count": 2, "ads": ads}), encoding="utf-8")
    made = begun(tmp_path, path)
    assert tomllib.loads(made.path.read_text(encoding="utf-8")) == {
        "name": "Maison Exemple",
        "feeds": {"offres": {"extends": "digitalrecruiters", "with": {"address": "MAISON_EXEMPLE_ADDRESS"}}},
    }
    assert (made.preset, made.missing) == ("digitalrecruiters", ("sector",))
    monkeypatch.setenv("QUAI_PARTNERS", str(made.path.parent))
    examined = check_file("maison-exemple/offres", path).examined
    assert examined.batch.read == 2, "the answer as it was saved is read as its pages would be"


ASKED = Asked("GET", "/export/job-ads/h4rdly-guessable", {"locale": "fr_FR"}, {"Host": "x"}, b"")
TALEEZ = {
    "id": 1,
    "label": "Stage",
    "jobDescription": "…",
    "companyLabel": "Acme",
    "dateFirstPublish": 1,
    "contract": "X",
}
TEAMTAILOR = {
    "id": "1",
    "links": {"careersite-job-url": "https://a.example/1"},
    "attributes": {"title": "Stage", "body": "<p>…</p>"},
}
ANSWERS: dict[str, tuple[str, Callable[[], Reply]]] = {
    **{name: ("x.xml", partial(case.answer, replace(ASKED, path="/feeds/"))) for name, case in EXPORTS.items()},
    "digitalrecruiters": ("x.json", partial(digitalrecruiters, ASKED)),
    "jobposting-feed": ("x.json", partial(json_feed, ASKED)),
    "francetravail": ("x.json", lambda: Reply(json={"resultats": [france_travail(0), france_travail(1)]})),
    "talentsoft-front": ("x.json", lambda: Reply(json={"data": [Talentsoft().summary(n, "http://x") for n in (0, 1)]})),
    "taleez": ("x.json", lambda: Reply(json={"list": [TALEEZ, {**TALEEZ, "id": 2}]})),
    "teamtailor": ("x.json", lambda: Reply(json={"data": [TEAMTAILOR, {**TEAMTAILOR, "id": "2"}]})),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_a_system_answers_is_known_as_its_own_and_no_other_s(tmp_path: Path, name: str) -> None:
    file, answer = ANSWERS[name]
    reply = answer()
    (tmp_path / file).write_bytes(reply.body or json.dumps(reply.json).encode())
    sample = read_sample(tmp_path / file)
    assert recognised(sample.batch.frame, sample.format.kind) == name


@pytest.mark.shared
def test_real_answers_are_known_as_their_system_s_and_other_feeds_as_nobody_s() -> None:
    known = {"edf.xml": "talentsoft-xml", "hellowork.xml": "hellowork"}
    files = [f"feeds/{file}" for file in REAL.values()] + [f"ats/{file}" for file in SYSTEMS.values()]
    samples = {file: read_sample(shared(file)) for file in files}
    told = {file: recognised(sample.batch.frame, sample.format.kind) for file, sample in samples.items()}
    systems = {file: name for name, file in SYSTEMS.items()}
    assert told == {file: (known | systems).get(file.partition("/")[2]) for file in files}


def test_every_preset_says_how_it_is_known() -> None:
    assert {*ANSWERS, *SYSTEMS} == set(names())


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("x", ["73282932000074", "35600000049837", "552 100 554 00025"], {"siret"}),
        ("x", ["69003", "75011", "13006"], {"postal_code"}),
        ("x", ["83126 LA SEYNE SUR MER", "07019 AUBENAS", "2A004 AJACCIO"], {"postal_code", "city"}),
        ("geo", ["48.85,2.35", "45.76,4.83"], {"latitude", "longitude"}),
        ("x", ["62.02A", "10.71C", "4633Z"], {"sector"}),
        ("logo_url", ["https://a.example/1.png", "https://a.example/2.png"], set()),
        ("Adresse mail", ["a@exemple.example", "b@exemple.example"], {"contact_email"}),
    ],
)
def test_values_tell_a_column(column: str, values: list[str], expected: set[str]) -> None:
    frame = pd.DataFrame({column: values}, dtype="str").rename_axis("line")
    found = guess(frame, (), load_reference(), SchoolYear(2026))
    assert {*found.mapping, *found.personal} == expected


def test_a_header_whose_values_contradict_it_is_not_taken() -> None:
    frame = pd.DataFrame({"Code postal": ["à voir", "idem"], "SIRET": ["oui", "non"]}, dtype="str")
    assert not guess(frame, (), load_reference(), SchoolYear(2026)).mapping


def test_every_column_has_synonyms_and_they_are_folded() -> None:
    assert set(SYNONYMS) == set(SENT)
    assert [word for words in SYNONYMS.values() for word in words if fold_word(word) != word] == []


@pytest.mark.parametrize(("header", "published"), [("Date", True), ("offre.date", True), ("Date de début", False)])
def test_the_day_on_which_a_placement_begins_is_not_the_day_of_publication(header: str, published: bool) -> None:
    assert (named("published_on", header)[0] > 0) == published
