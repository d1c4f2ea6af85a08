"""A person who asks to be forgotten is nowhere afterwards: not in a table, a file or a dump, and the proof says so."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import subprocess
import tempfile
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st
from sqlalchemy import text

from offers.feed import ColumnSource
from offers.matching.review import LinkDecision
from offers.model import Decision
from operations.privacy.contacts import erase
from testing.database import copy_of_pattern
from testing.examples import examples
from testing.yard import HEADER, SLUG, Yard, offer, open_yard
from warehouse.alerts import Failure
from warehouse.embedded import programs_folder
from warehouse.matching.schema import metadata
from warehouse.migrate import _address
from warehouse.traces import Act, can_hold, traces

MORE = {
    "employer_description": "Présentation", "employer_website": "Web", "lunch_break": "Repas", "permalink": "Lien",
    "contact_name": "Contact", "contact_email": "Courriel", "contact_phone": "Téléphone",
}  # fmt: skip
UNMAPPED = ("Remarque",)
PLANTED = ("Réf.", "Intitulé", "Description", "Site", "Adresse", "Type", *list(MORE.values())[:5], *UNMAPPED)
LONG = "Tu suivras l'équipe de l'atelier, ses machines et ses métiers. " * 30
"""More than a published description may have: the whole of it is kept beside."""


BESIDE = (
    "insert into alerts (feed, kind, state, sentence) values ('ateliers/offres', 'x', :who, 'entête ' || :who)",
    "insert into answers values ('companies', :who, jsonb_build_object('name', cast(:who as text)), :at, :at)",
    "insert into pledges values ('Rivoire', '2025-2026', 1, 1, 'courrier de ' || :who, :at)",
    "insert into hidden_offers (offer, hidden_at, hidden_by, reason, lifted_at, lifted_why) "
    "values (1, :at, 'anne', 'dit par ' || :who, :at, :who)",
)
"""What comes into being on other occasions than a run."""


@dataclass(frozen=True)
class Someone:
    """Who is searched, ways to write it, and what of it must be found nowhere, in small letters without accents."""

    who: str
    spelled: tuple[str, ...]
    token: str


ADDRESS, NAME, PHONE = "camille.lavergnax@rivoire.example", "Hélène Lavergnax", "01 43 91 73 58"
PEOPLE = (
    Someone(ADDRESS, (ADDRESS, ADDRESS.title()), "lavergnax"),
    Someone(NAME, (NAME, "HELENE LAVERGNAX", "Lavergnax, Hélène", "he\u0301le\u0300ne  lavergnax"), "lavergnax"),
    Someone(PHONE, (PHONE, "+33 (0)1.43.91.73.58", "0143917358", "00 33 1 43-91-73-58"), "143917358"),
)
OWN_COLUMN = {ADDRESS: ["Courriel"], PHONE: ["Téléphone"]}


def plain(said: str) -> str:
    folded = unicodedata.normalize("NFD", said.lower())
    return "".join(char for char in folded if not unicodedata.combining(char) and char not in " .-/()\u00a0")


def packed(content: str, how: str) -> tuple[bytes, str]:
    """The file as it is left, and the end of its name."""
    if how in ("utf-8", "cp1252", "utf-16"):
        return content.encode(how, "replace"), ".csv"
    if how == "gzip":
        return gzip.compress(content.encode(), mtime=0), ".csv.gz"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("offres.csv", content)
    return out.getvalue(), ".csv.zip"


def sheet(rows: list[dict[str, str]], header: str) -> str:
    out = io.StringIO()
    names = (*HEADER, *MORE.values(), *UNMAPPED)
    writer = csv.DictWriter(out, names, delimiter=";", restval="")
    writer.writer.writerow([*names[:-1], header])
    writer.writerows(rows)
    return out.getvalue()


def naming(column: str, said: str, reference: str) -> dict[str, str]:
    """A sound row that names the person in one of its cells."""
    row = offer(reference)
    shown = {
        "Réf.": f"{reference} {said}", "Type": f"Stage {said}", "Description": LONG + f"Écris à {said}, merci.",
        "Web": f"https://ateliers.example/{quote(said)}", "Lien": f"https://ateliers.example/offre?de={quote(said)}",
        "Contact": said, "Courriel": said, "Téléphone": said,
    }.get(column, f"{row.get(column, '')} {said} bis".strip())  # fmt: skip
    return {**row, "Courriel": "accueil@ateliers.example", column: shown}


def night(someone: Someone, spelled: Callable[[], str], changed: str) -> list[dict[str, str]]:
    """One row for each cell that may name the person, two of one offer, and rows that are refused for their words."""
    columns = [*PLANTED, *OWN_COLUMN.get(someone.who, [])]
    rows = [naming(column, spelled(), f"R{number:03d}") for number, column in enumerate(columns, 10)]
    said = f"Tu suivras l'équipe. {changed} Demande {someone.who}, à l'accueil de l'atelier."
    twin = {**offer("R050"), "Description": said}
    rows += [twin, {**twin, "Réf.": "R051"}, offer("R060", CP=f"7500 {spelled()}"), rows[0]]
    rows[2] = {**rows[2], "Intitulé": f"Découverte de l'usinage {changed}"}
    return [*rows, *(offer(f"R{number:03d}") for number in range(100, 130))]


def lived(yard: Yard, someone: Someone, spelled: Callable[[], str], how: str) -> None:
    """Two drops taken, a third held and discarded, a pair decided, a failed run, and what else bears words."""
    more = {ours: ColumnSource.model_validate(theirs) for ours, theirs in MORE.items()}
    yard.feed = yard.feed.model_copy(update={"mapping": {**yard.feed.mapping, **more}})
    for changed in ("", "Lundi."):
        content, end = packed(sheet(night(someone, spelled, changed), f"Remarque {someone.who}"), how)
        yard.leave(content, f"offres de {someone.who}{end}".replace("/", "-"))
        assert [one.verdict for one in yard.run(source=glob(yard))] == ["accepted"]
    content, end = packed(sheet(night(someone, spelled, "Mardi.")[:9], "Remarque"), how)
    yard.leave(content, f"offres{end}")
    (held,) = yard.run(source=glob(yard))
    assert held.verdict == "quarantined"
    store = yard.dock.store
    store.quarantine.discard(Decision(held.id or 0, "anne", f"dit par {someone.who}", yard.at))
    pair = LinkDecision.of((SLUG, "R050"), (SLUG, "R012"), False, "anne", f"{someone.who} le dit", yard.at)
    assert store.matching.decide([pair], yard.at).taken
    store.alerts.failed(Failure(SLUG, yard.at, "Refused", f"le serveur répond {someone.who}"))
    said = {"who": someone.who, "at": yard.at}
    with store.warehouse.transaction() as connection:
        for statement in BESIDE:
            connection.execute(text(statement), said)
    (yard.home / "export.json").write_text(f'{{"who": "{someone.who}"}}', encoding="utf-8")


def glob(yard: Yard) -> Any:
    return yard.feed.source.model_copy(update={"glob": ("*",)})


def cells(yard: Yard) -> Iterator[tuple[str, str]]:
    with yard.dock.store.warehouse.transaction() as connection:
        for name in metadata.tables:
            yield from ((name, row) for row in connection.execute(text(f"select t::text from {name} t")).scalars())


def unpacked(content: bytes) -> Iterator[bytes]:
    yield content
    if content[:2] == b"\x1f\x8b":
        yield gzip.decompress(content)
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield from (archive.read(name) for name in archive.namelist())


def trace_of(yard: Yard, token: str) -> list[str]:
    """Where the token stands: tables, files (unpacked, in several encodings, and their names), and a dump."""
    found = [f"{table}: {row}" for table, row in cells(yard) if token in plain(row)]
    for path in (path for path in yard.home.rglob("*") if path.is_file()):
        texts = (
            part.decode(way, "replace") for part in unpacked(path.read_bytes()) for way in ("utf-8", "cp1252", "utf-16")
        )
        found += [str(path)] if token in plain(path.name) or any(token in plain(said) for said in texts) else []
    url = yard.dock.store.warehouse.engine.url
    dump = subprocess.run(
        [str(programs_folder() / "pg_dump"), f"--dbname={_address(url)}"], capture_output=True, check=True, text=True
    )
    return found + ["the dump"] * (token in plain(dump.stdout))


@examples(1, phases=[Phase.reuse, Phase.generate])  # to shrink takes minutes
@given(
    someone=st.sampled_from(PEOPLE),
    how=st.sampled_from(["utf-8", "cp1252", "utf-16", "gzip", "zip"]),
    order=st.lists(st.integers(0, 3), min_size=1, max_size=9),
)
def test_whoever_is_erased_is_in_no_table_no_file_and_no_dump(server, someone, how, order):
    with tempfile.TemporaryDirectory() as home, copy_of_pattern(server) as url, open_yard(Path(home), url) as yard:
        turns = itertools.cycle(order)
        lived(yard, someone, lambda: someone.spelled[next(turns) % len(someone.spelled)], how)
        held = {one.split(":")[0] for one in trace_of(yard, someone.token)}
        assert held > {one.table for one in traces() if one.act is not Act.OURS} - {"sketches"}
        said = erase(
            yard.dock, {SLUG: yard.feed}, someone.who, drops=True, by="anne", reason=f"lettre de {someone.who}"
        )
        assert trace_of(yard, someone.token) == []
        assert (said["still_found"], said["still_files"], said["drops_kept"], said["left"]) == (0, [], [], [])
        assert said["searched"]["columns"] == len(traces())


def test_every_column_that_can_hold_text_is_in_the_list_and_a_new_one_must_be() -> None:
    told = traces()
    assert {(one.table, one.column) for one in told} == {
        (table.name, column.name) for table in metadata.tables.values() for column in table.columns if can_hold(column)
    }
    assert all(one.why for one in told if one.act is Act.OURS)
    from sqlalchemy import Column, MetaData, Table, Text

    with pytest.raises(LookupError, match=r"drops.note can hold text"):
        traces({"drops": Table("drops", MetaData(), Column("note", Text))})
