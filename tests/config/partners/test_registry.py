"""The partners that exist: what holds for every file, and which of their records are meant for us."""

from __future__ import annotations

import pandas as pd
import pytest

from config.partners import load
from config.settings import PARTNERS
from connectors import KINDS
from offers.columns import PERSONAL, REQUIRED
from offers.feed import Feed
from offers.mapping import map_columns
from offers.model import REJECTION_COLUMNS, Batch, Mapped, text_frame

FEEDS = load(PARTNERS, {word: kind.settings for word, kind in KINDS.items()})
SLUGS = ("apec", "edf", "fonctionpublique", "hellowork", "jobteaser", "laposte", "leboncoin")


def mapped(slug: str, *records: dict[str, str | None]) -> Mapped:
    frame = pd.DataFrame(list(records), dtype="str", index=pd.RangeIndex(1, len(records) + 1, name="line"))
    return map_columns(Batch(frame, text_frame(REJECTION_COLUMNS)), FEEDS[slug])


def fate(slug: str, record: dict[str, str | None]) -> str:
    """Why a record is left aside, or `taken`."""
    ignored = mapped(slug, record).ignored
    return ignored["reason"].iloc[0] if len(ignored) else "taken"


def test_the_seven_partners_are_there() -> None:
    assert set(FEEDS) >= {f"{partner}/offres" for partner in SLUGS}


@pytest.mark.parametrize("feed", FEEDS.values(), ids=list(FEEDS))
def test_no_file_takes_a_recruiter_s_name_e_mail_or_phone(feed: Feed) -> None:
    assert not set(PERSONAL) & set(feed.carried)
    for source in feed.mapping.values():
        for header in source.headers:
            assert not any(word in header.lower() for word in ("supervisor", "mail", "phone", "dc:creator"))


@pytest.mark.parametrize("feed", FEEDS.values(), ids=list(FEEDS))
def test_each_file_reads_its_own_folder_and_keeps_placements_alone(feed: Feed) -> None:
    assert feed.source.path == f"inbox/{feed.partner}"
    assert feed.filter[0].reason == "not_a_placement"
    assert {"weeks", "grades"} <= set(feed.constants)


LACKS = {
    "apec/offres": {"street"},
    "edf/offres": set(),
    "fonctionpublique/offres": {"street", "postal_code"},
    "hellowork/offres": set(),
    "jobteaser/offres": {"street", "postal_code", "sector"},
    "laposte/offres": {"street"},
    "leboncoin/offres": {"street", "sector"},
}


@pytest.mark.parametrize("slug", sorted(LACKS))
def test_a_file_maps_every_required_column_that_its_kind_of_feed_can_hold(slug: str) -> None:
    assert set(REQUIRED) - set(FEEDS[slug].carried) == LACKS[slug]


LEBONCOIN_RESUME = (
    "Résumé\nVendeur F/H, 37540 Saint Cyr Sur Loire, {contract}, Temps plein.\n\nDescription du poste\n{text}"
)
EDF = "jobDescription.contract"


@pytest.mark.parametrize(
    ("slug", "record", "expected"),
    [
        ("laposte/offres", {"type-de-contrat": "Stage"}, "taken"),
        ("laposte/offres", {"type-de-contrat": "Stage de seconde"}, "taken"),
        ("laposte/offres", {"type-de-contrat": "STAGE D’OBSERVATION"}, "taken"),
        ("laposte/offres", {"type-de-contrat": "Stage", "niveau-de-formation-requis": "Bac+3"}, "not_for_seconde"),
        ("laposte/offres", {"type-de-contrat": "Stage 2de", "niveau-de-formation-requis": "Bac+3"}, "taken"),
        ("laposte/offres", {"type-de-contrat": "Alternance"}, "not_a_placement"),
        ("laposte/offres", {"type-de-contrat": "CDI", "intitule-du-poste": "Maître de stage"}, "not_a_placement"),
        ("laposte/offres", {"type-de-contrat": None, "reference": "1"}, "not_a_placement"),
        ("edf/offres", {EDF: "Stage", "jobDescription.country": "France"}, "taken"),
        ("edf/offres", {f"{EDF}.@clientcode": "CONTRAT_STAGE", "jobDescription.country": "La Réunion"}, "taken"),
        ("edf/offres", {EDF: "Stage", "jobDescription.country": "Royaume-Uni"}, "abroad"),
        ("edf/offres", {EDF: "Stage", "jobDescription.country": None}, "taken"),
        ("edf/offres", {EDF: "Stage", "jobDescription.title": "Stage Bac +5 - Ingénieur"}, "not_for_seconde"),
        ("edf/offres", {EDF: "VIE", "jobDescription.country": "Royaume-Uni"}, "not_a_placement"),
        ("fonctionpublique/offres", {"dc:identifier": "S-2026-1", "title": "Au greffe"}, "taken"),
        ("fonctionpublique/offres", {"dc:identifier": "A-2026-1", "title.a": "Stage de 2nde au greffe"}, "taken"),
        ("fonctionpublique/offres", {"dc:identifier": "A-2026-1", "title.a": "Apprenti juriste"}, "not_a_placement"),
        ("fonctionpublique/offres", {"dc:identifier": "S-2026-1", "title": "Stage de 3ème"}, "not_for_seconde"),
        ("fonctionpublique/offres", {"title": "Stage", "dc:type": "Niveau 7 – (Bac+5 et plus)"}, "not_for_seconde"),
        ("leboncoin/offres", {"titre": "Stage de seconde en boulangerie", "description": "Deux semaines"}, "taken"),
        ("leboncoin/offres", {"titre": "Vendeur F/H",
                              "description": LEBONCOIN_RESUME.format(contract="Stage", text="Accueil")}, "taken"),
        ("leboncoin/offres", {"titre": "Vendeur F/H",
                              "description": LEBONCOIN_RESUME.format(contract="CDI", text="après un stage")},
         "not_a_placement"),
        ("leboncoin/offres", {"titre": "Stage", "description": "Durée : 6 mois, fin d'études"}, "not_for_seconde"),
        ("hellowork/offres", {"contract": "Stage"}, "taken"),
        ("hellowork/offres", {"contract": "Stage", "education": "RJ/Qualif/Ingenieur_B5"}, "not_for_seconde"),
        ("hellowork/offres", {"contract": "CDI"}, "not_a_placement"),
        ("jobteaser/offres", {"job_details.contract_type": "Internship",
                              "job_locations.location_country_code": "fr"}, "taken"),
        ("jobteaser/offres", {"job_details.contract_type": "Internship",
                              "job_locations.location_country_code": "de"}, "abroad"),
        ("jobteaser/offres", {"job_details.contract_type": "Apprenticeship"}, "not_a_placement"),
        ("jobteaser/offres", {"job_details.contract_type": "Internship",
                              "job_details.title": "Stage - Bac+4/5"}, "not_for_seconde"),
        ("apec/offres", {"Contrat.Type_contrat": "Stage"}, "taken"),
        ("apec/offres", {"Contrat.Type_contrat": "CDD - Alternance - Contrat d'apprentissage"}, "not_a_placement"),
    ],
)  # fmt: skip
def test_which_records_are_meant_for_us(slug: str, record: dict[str, str | None], expected: str) -> None:
    assert fate(slug, record) == expected


def test_la_poste_s_place_is_a_code_and_a_town() -> None:
    places = ["83126 LA SEYNE SUR MER", "07019 AUBENAS", "2A004 AJACCIO", " 75015  PARIS 15 ", "Aubenas", None]
    records = [{"type-de-contrat": "Stage", "localite": place, "localisation-du-poste": "Ici"} for place in places]
    frame = mapped("laposte/offres", *records).frame
    assert frame["postal_code"].fillna("-").tolist() == ["83126", "07019", "2A004", "75015", "-", "-"]
    assert frame["city"].tolist() == ["LA SEYNE SUR MER", "AUBENAS", "AJACCIO", "PARIS 15", "Aubenas", "Ici"]


@pytest.mark.parametrize(
    ("address", "street"),
    [
        ("12 rue des Forges, Lyon, 69003", "12 rue des Forges"),
        ("Rivoire,12 bis rue des Forges,69003", "12 bis rue des Forges"),
        ("Rivoire SA, Avenue Foch, Lyon", "Avenue Foch"),
        ("12, rue des Forges, Lyon", "12, rue des Forges"),
        ("4 Grande Rue", "4 Grande Rue"),
        ("Rivoire,Lyon,69003", None),
        ("69003 Lyon", None),
    ],
)
def test_hellowork_s_address_gives_a_street_only_where_it_holds_one(address: str, street: str | None) -> None:
    result = mapped("hellowork/offres", {"contract": "Stage", "address": address})
    found = result.frame["street"].iloc[0]
    assert (None if pd.isna(found) else found) == street
    assert "pattern_without_match" not in {finding.check for finding in result.findings}


@pytest.mark.parametrize(
    ("geoloc", "pair"),
    [("48.8471,2.4391", ("48.8471", "2.4391")), ("-21.1, 55.5", ("-21.1", "55.5")), ("48,85;2,35", ("48,85", "2,35"))],
)
def test_hellowork_s_pair_is_latitude_then_longitude(geoloc: str, pair: tuple[str, str]) -> None:
    frame = mapped("hellowork/offres", {"contract": "Stage", "geoloc": geoloc}).frame
    assert (frame["latitude"].iloc[0], frame["longitude"].iloc[0]) == pair


def test_hellowork_s_public_sectors_are_public() -> None:
    sectors = ["Serv_public_etat", "BTP", None]
    frame = mapped("hellowork/offres", *({"contract": "Stage", "sector": sector} for sector in sectors)).frame
    assert frame["is_public"].fillna("-").tolist() == ["oui", "-", "-"]


def test_a_counter_s_address_is_no_permalink() -> None:
    urls = ["https://www.hellowork.com/fr-fr/emplois/1.html?utm=x", "https://r.counter.example/redirect?from=x"]
    result = mapped("hellowork/offres", *({"contract": "Stage", "url": url} for url in urls))
    assert result.frame["permalink"].fillna("-").tolist() == ["https://www.hellowork.com/fr-fr/emplois/1.html", "-"]
    assert "pattern_without_match" not in {finding.check for finding in result.findings}


def test_the_public_service_s_author_is_an_administration_and_never_an_address() -> None:
    records = [
        {"dc:identifier": "S-2026-1", "author": "DGFIP", "dc:publisher": "Trésor public"},
        {"dc:identifier": "S-2026-2", "author": "camille@exemple.example", "dc:publisher": "Trésor public"},
    ]
    frame = mapped("fonctionpublique/offres", *records).frame
    assert frame["employer_name"].tolist() == ["DGFIP", "Trésor public"]
