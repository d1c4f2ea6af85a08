"""One person's data: found wherever they stand, given out whole, erased everywhere, and no proof says who it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from offers.cleaning.contacts import pseudonym
from offers.errors import Declined
from offers.persons import sign_of
from operations.privacy.contacts import erase, export, what_erasure_would_do
from testing.people import CAMILLE, SACHA, naming, reading_contacts, sheet
from testing.yard import SLUG, Yard

TEXT = "Tu suivras l'équipe de l'atelier. Écris à Camille Exemple, camille@rivoire.example ou 01.40.50.60.70, merci."


@pytest.fixture
def known(yard: Yard) -> Yard:
    """Camille is the contact of one record, was that of another, and stands in a text."""
    reading_contacts(yard)
    yard.take(sheet(naming(CAMILLE, "R001"), naming(CAMILLE, "R002"), naming(SACHA, "R003")))
    yard.take(sheet(naming(CAMILLE, "R001"), naming(SACHA, "R002"), naming(SACHA, "R003", Description=TEXT)))
    return yard


def places(yard: Yard, who: str) -> set[tuple[str, str]]:
    told = export(yard.dock, {SLUG: yard.feed}, who)
    return {(row["table"], row["reference"]) for row in told["rows"] if row["table"].startswith("record")}


def test_a_person_is_found_by_address_number_or_name(known: Yard) -> None:
    here = {("records", "R001"), ("records", "R003"), ("record_versions", "R002")}
    for who in (
        "Camille@Rivoire.example",
        "+33 1 40 50 60 70",
        "0140506070",
        "camille exemple",
        "+33 (0)1 40 50 60 70",
    ):
        assert places(known, who) == here
    for another in ("mille@rivoire.example", "camille@rivoire.exam", "01 40 50 60 7", "Camille Ex"):
        assert places(known, another) == set()


def test_what_is_too_short_to_be_one_person_is_refused() -> None:
    with pytest.raises(Declined, match="too short"):
        sign_of(" a ")


def test_the_export_names_the_drops_that_may_hold_the_person(known: Yard) -> None:
    held = export(known.dock, {SLUG: known.feed}, "camille@rivoire.example")
    assert [drop["delivery"] for drop in held["drops"]] == [1, 2]
    contact = next(row for row in held["rows"] if row.get("reference") == "R001")
    assert contact["columns"] == ["contact_email"]
    assert (contact["said"]["contact_name"], contact["said"]["contact_phone"]) == ("Camille Exemple", "+33140506070")


def test_erasure_is_rehearsed_then_done_everywhere_and_stays_done(known: Yard) -> None:
    feeds = {SLUG: known.feed}
    assert len(what_erasure_would_do(known.dock, feeds, "camille@rivoire.example", drops=False)["rows"]) == 4
    said = erase(known.dock, feeds, "camille@rivoire.example", drops=False, by="anne", reason="asked by letter")
    assert (said["rows"], said["still_found"]) == ({"sketches": 1, "records": 2, "record_versions": 1}, 0)
    assert places(known, "sacha@rivoire.example") >= {("records", "R002"), ("records", "R003")}
    known.take(sheet(naming(CAMILLE, "R001"), naming(SACHA, "R002"), naming(SACHA, "R003", Description=TEXT)))
    assert places(known, "camille@rivoire.example") == set()


def test_the_number_and_the_name_in_texts_are_erased_by_themselves(known: Yard) -> None:
    for who in ("01 40 50 60 70", "Camille Exemple", "camille@rivoire.example"):
        erase(known.dock, {}, who, drops=False, by="anne", reason="asked")
    with known.dock.store.warehouse.transaction() as connection:
        said = connection.execute(text("select description from records where reference = 'R003'")).scalar_one()
    assert (
        said
        == "Tu suivras l'équipe de l'atelier. Écris à [nom masqué], [courriel masqué] ou [téléphone masqué], merci."
    )


def test_with_drops_the_bytes_go_too_and_no_proof_says_who_it_was(known: Yard) -> None:
    said = erase(known.dock, {SLUG: known.feed}, "camille@rivoire.example", drops=True, by="anne", reason="asked")
    assert known.dock.landing.kept() == frozenset()
    proofs = "".join(path.read_text(encoding="utf-8") for path in (known.home / "purges").iterdir())
    assert "camille" not in proofs.lower()
    assert Path(said["proof"]).exists()
    kept = [path.read_bytes() for path in known.home.rglob("*") if path.is_file()]
    assert not any(b"camille@rivoire.example" in content for content in kept)


def test_a_reference_that_names_a_person_becomes_a_pseudonym_by_which_tomorrows_line_is_known(yard: Yard) -> None:
    reading_contacts(yard)
    rows = [naming(SACHA, "R001"), naming(SACHA, "Camille Exemple 7")]
    yard.take(sheet(*rows))
    erase(yard.dock, {SLUG: yard.feed}, "Camille Exemple", drops=True, by="anne", reason="asked")
    stood = {"R001", pseudonym("Camille Exemple 7")}
    assert yard.standing() == stood
    again = yard.take(sheet(*reversed(rows)))
    assert (again.counts.created, again.counts.updated, again.counts.unchanged) == (0, 0, 2)
    changed = yard.take(sheet(rows[0], {**rows[1], "Intitulé": "Découverte de l'usinage"}))
    assert (changed.counts.created, changed.counts.updated, changed.counts.withdrawn) == (0, 1, 0)
    assert yard.standing() == stood


def test_a_drop_that_cannot_be_looked_into_counts_as_one_that_names_the_person_and_is_told(known: Yard) -> None:
    damaged = b"PK\x03\x04" + bytes(60)
    known.leave(damaged)
    known.run()
    said = erase(known.dock, {SLUG: known.feed}, "Camille Exemple", drops=False, by="anne", reason="asked")
    assert said["drops_kept"] == [1, 2, 3]
    assert any("BadZipFile while it was unpacked" in one for one in said["not_searched"])


def test_what_a_partner_left_and_our_own_words_are_told_and_stay(known: Yard) -> None:
    known.leave(sheet(naming(CAMILLE, "R009")), "later.csv")
    said = erase(known.dock, {SLUG: known.feed}, "camille@rivoire.example", drops=True, by="anne", reason="asked")
    assert said["still_files"] == [str(known.inbox / "later.csv")]
    assert said["left"] == [{"what": str(known.inbox / "later.csv"), "why": "told, not touched"}]
