"""The measure of code pages draws what it says, and what must always be read rightly is."""

from __future__ import annotations

import random

import pytest

from bench.codepages import PAGES, SURE, file, read_rightly, share


@pytest.mark.parametrize("page", PAGES)
def test_a_file_holds_as_many_lines_with_accents_as_asked_in_letters_of_its_page(page: str) -> None:
    text = file(random.Random(1), 3, page)  # noqa: S311 - drawn again the same, no secret
    assert sum(not line.isascii() for line in text.split("\n")) == 3
    assert text.encode(page).decode(page) == text
    assert read_rightly(text, page)


@pytest.mark.parametrize("page", SURE)
def test_windows_and_utf8_are_always_read(page: str) -> None:
    assert share(page, 1, 40, 3) == 1
