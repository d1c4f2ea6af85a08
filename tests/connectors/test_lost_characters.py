"""Characters that were lost before a drop came are reported, and never break the reading."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from connectors.reading import read
from offers.cleaning.characters import lost_in
from offers.cleaning.dates import read_date
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format

JSON, LINES = Format(kind="json"), Format(kind="jsonl")


def test_half_a_character_in_json_is_marked_and_reported(tmp_path: Path) -> None:
    drop = tmp_path / "offres.json"
    drop.write_text('[{"titre": "\\ud83d abc"}, {"titre": "entier"}]', encoding="ascii")
    batch = read(drop, drop.name, JSON, Limits())
    assert batch.frame["titre"].tolist() == ["\ufffd abc", "entier"]
    assert [finding.check for finding in batch.findings] == ["character_lost"]


@pytest.mark.parametrize(
    "text",
    [
        "Lyc?e Victor Hugo", "d?partement", "l'?quipe", "Bureau d'?tudes", "LYC?E", "?COLE", "rez-de-chauss?e",
        "Accueil ? la réception", "Activit? de plein air", "?? Rejoins-nous", "Super stage ! ???? Viens", "?????",
        "Métiers du fran?ais.", "d\x1apartement", "d¿partement", "Fran\ufffdais",
    ],
)  # fmt: skip
def test_a_letter_that_became_a_question_mark_is_told(text: str) -> None:
    assert told(text)


@pytest.mark.parametrize(
    "text",
    [
        "Envie de découvrir ? Viens !", "Prêt à aider ?", "Motivé?", "C'est où ? À Lyon.", "Quoi ??? Un stage !",
        "https://exemple.fr/offre?id=12&lang=fr", "https://exemple.fr/mon-offre?apply", "Prêt?Partez", "« Pourquoi ? »",
        "voir exemple.fr/stage?ref=a-b", "Qui ?\nNous", "Êtes-vous prêts ?! Oui", "Prêt ?",
    ],
)  # fmt: skip
def test_a_question_or_an_address_is_none(text: str) -> None:
    assert not told(text)


def told(text: str) -> bool:
    return [one.check for one in lost_in(pd.DataFrame({"t": ["Réunion", text]}, dtype="str"))] == ["character_lost"]


def test_json_lines_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    drop = tmp_path / "offres.jsonl"
    drop.write_bytes(b'\xef\xbb\xbf{"a": "1"}\n{"a": "2"}\n')
    assert read(drop, drop.name, LINES, Limits()).frame["a"].tolist() == ["1", "2"]


def test_a_file_of_nothing_but_a_byte_order_mark_is_empty(tmp_path: Path) -> None:
    drop = tmp_path / "offres.csv"
    drop.write_bytes(b"\xef\xbb\xbf")
    with pytest.raises(Unreadable, match="no text"):
        read(drop, drop.name, Format(kind="csv"), Limits())


@pytest.mark.parametrize("text", ["2026-01-01 25:00", "22-05-2025 99:99:99", "2026-01-01T12:60:00Z"])
def test_a_time_that_no_clock_shows_is_no_date(text: str) -> None:
    assert read_date(text) == (text, None)
