"""The employer's commands: check with its languages and its watch, template, new-partner."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from testing.commands import PROGRAM, ROOT, Place, environment, quai
from testing.yard import SLUG, TOML, offer, offers, table


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """The environment of a place with one feed and no database."""
    (tmp_path / "partners").mkdir()
    (tmp_path / "partners" / "ateliers.toml").write_text(TOML, encoding="utf-8")
    return environment(QUAI_HOME=str(tmp_path), QUAI_PARTNERS=str(tmp_path / "partners"))


def test_check_tells_in_english_when_asked(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "offres.csv"
    file.write_bytes(table([*offers(1), offer("R002", CP="7500")]) + b"R003;too;few\n")
    _, out, _ = quai(place, "check", str(file), "--feed", SLUG, "--lang", "en", "--json")
    first, second = json.loads(out)["rejections"]
    assert first["sentence"].startswith("Line 3, column “CP”: ")
    assert second["sentence"] == "Line 4: only 3 cells, and the header has 9."
    _, out, _ = quai(place, "check", str(file), "--feed", SLUG, "--lang", "en", "--report", str(tmp_path / "back"))
    assert "3 lines read, taken: 1, 2 lines to correct" in out.replace("\u00a0", " ")
    assert 'lang="en"' in (tmp_path / "back" / "offres.csv.retour.html").read_text(encoding="utf-8")


def test_check_tells_in_french_by_default(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "offres.csv"
    file.write_bytes(table([*offers(1), offer("R002", CP="7500")]))
    status, out, _ = quai(place, "check", str(file), "--feed", SLUG)
    assert status == 1
    assert "2 lignes lues, prises : 1, 1 ligne à corriger" in out.replace("\u00a0", " ")


def test_check_shows_the_rows_as_they_would_be_published_and_what_was_mended(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "offres.csv"
    file.write_bytes(table([offer("R001", CP="1000", Ville="Bourg-en-Bresse"), *offers(3)[1:]]))
    _, out, _ = quai(place, "check", str(file), "--feed", SLUG, "--show", "2")
    assert "01000*" in out
    assert "2 lignes montrées sur 3" in out
    _, out, _ = quai(place, "check", str(file), "--feed", SLUG, "--show", "1", "--json")
    seen = json.loads(out)
    assert [(row["line"], row["postal_code"]) for row in seen["rows"]] == [(2, "01000")]
    assert ("CP", "1000", "01000") in {(one["column"], one["before"], one["after"]) for one in seen["repairs"]}


def test_the_partners_files_are_checked_all_at_once(place: Place, tmp_path: Path) -> None:
    status, out, _ = quai(place, "partners", "check")
    assert (status, out.splitlines()[-1]) == (0, "1 files, 1 feeds; none with faults.")
    (tmp_path / "partners" / "autre.toml").write_text('name = "Autre"\n[feeds.x]\nscope = "ful"\n', encoding="utf-8")
    status, out, _ = quai(place, "partners", "check", "--json")
    first, second = json.loads(out)["partners"]
    assert (status, first["feeds"], first["faults"], second["feeds"]) == (2, [SLUG], [], [])
    assert any("feeds.x.scope" in fault for fault in second["faults"])
    status, _, _ = quai(place, "partners", "schema", "--out", str(tmp_path / "s.json"))
    assert (status, json.loads((tmp_path / "s.json").read_bytes())["title"]) == (0, "A partner of Quai")


def test_check_of_a_folder_asks_for_watch(place: Place, tmp_path: Path) -> None:
    status, _, err = quai(place, "check", str(tmp_path), "--feed", SLUG)
    assert status != 0
    assert "--watch" in err


def test_watch_checks_what_is_there_and_what_comes_until_it_is_interrupted(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    (folder / "a.csv").write_bytes(table(offers(2)))
    words = ("check", str(folder), "--feed", SLUG, "--watch", "--json", "--report", str(folder))
    # A suite that a shell runs in the background ignores Ctrl-C, and so would what it starts: the test never ended.
    had = signal.signal(signal.SIGINT, signal.default_int_handler)
    watching = subprocess.Popen(
        [*PROGRAM, *words], env=place, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    signal.signal(signal.SIGINT, had)
    assert watching.stdout is not None
    first = json.loads(watching.stdout.readline())
    (folder / "b.csv").write_bytes(table([offer("R001", CP="7500"), *offers(3)[1:]]))
    second = json.loads(watching.stdout.readline())
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate()
    assert (Path(first["file"]).name, first["kept"]) == ("a.csv", 2)
    assert (Path(second["file"]).name, second["kept"], second["rejected"]) == ("b.csv", 2, 1)
    assert (watching.returncode, "Traceback" in err) == (0, False)
    assert {path.suffix for path in folder.glob("b.csv.retour.*")} == {".html", ".csv", ".xlsx"}


def test_a_template_is_written_checked_and_told_in_french(place: Place, tmp_path: Path) -> None:
    out = tmp_path / "modele.xlsx"
    status, said, _ = quai(place, "template", SLUG, "--out", str(out))
    assert status == 0
    assert "Colonnes obligatoires : Réf." in said
    status, said, _ = quai(place, "check", str(out), "--feed", SLUG, "--json")
    assert [one["rule"] for one in json.loads(said)["rejections"]] == ["example_row_left_in"]


def test_a_partner_is_begun_from_a_sample_and_the_next_command_is_told(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "offres.csv"
    file.write_bytes(table(offers(3)))
    status, said, _ = quai(place, "new-partner", "Maison Exemple", "--sample", str(file))
    assert status == 0
    assert "8 of 8 required columns found." in said
    assert f"quai check {file} --feed maison-exemple/offres" in said
    status, said, _ = quai(place, "check", str(file), "--feed", "maison-exemple/offres", "--json")
    assert (status, json.loads(said)["kept"]) == (0, 3)
    status, _, err = quai(place, "new-partner", "Maison Exemple", "--sample", str(file))
    assert (status, "--force" in err) == (2, True)
