"""Which drops are read by our own labels."""

from __future__ import annotations

from typing import Any

from offers.columns import BY_NAME, REQUIRED
from offers.feed import ColumnSource, Feed, Filter
from offers.onboarding.form import as_sent
from testing import drawing


def feed(**keys: Any) -> Feed:
    return drawing.feed().model_copy(update=keys)


LABELS = [BY_NAME[name].fr for name in REQUIRED]
THEIRS = {name: ColumnSource.model_validate(f"leur {name}") for name in REQUIRED}


def test_a_drop_of_the_feed_s_own_shape_is_read_as_the_feed_says() -> None:
    agreed = feed(mapping=THEIRS)
    assert as_sent([f"leur {name}" for name in REQUIRED], agreed) is agreed


def test_a_drop_with_our_labels_is_read_by_them_and_by_no_filter_or_constant_that_they_answer() -> None:
    one = Filter.model_validate({"column": "leur type", "keep": ["stage"], "reason": "not_a_placement"})
    agreed = feed(mapping=THEIRS, filter=(one,), constants={"weeks": "both", "grades": "seconde"})
    read = as_sent([*LABELS, "semaines"], agreed)
    assert read.mapping["title"].headers == ("Intitulé",)
    assert read.mapping["weeks"].headers == ("semaines",)
    assert (read.filter, read.constants, read.slug) == ((), {"grades": "seconde"}, agreed.slug)


def test_a_required_column_that_the_feed_has_nothing_for_is_read_from_our_label() -> None:
    agreed = feed(mapping={name: source for name, source in THEIRS.items() if name != "street"})
    headers = [f"leur {name}" for name in REQUIRED if name != "street"]
    assert as_sent([*headers, "Rue"], agreed).mapping["street"].headers == ("Rue",)
    assert "street" not in as_sent(headers, agreed).mapping


def test_our_label_never_overrules_what_the_feed_maps() -> None:
    agreed = feed(mapping=THEIRS)
    read = as_sent([*(f"leur {name}" for name in REQUIRED), "Secteur", "Rue"], agreed)
    assert read.mapping["sector"].headers == ("leur sector",)


def test_a_feed_whose_headers_are_our_labels_keeps_its_filter() -> None:
    one = Filter.model_validate({"column": "Type", "keep": ["stage"], "reason": "not_a_placement"})
    agreed = feed(mapping={name: ColumnSource.model_validate(BY_NAME[name].fr) for name in REQUIRED}, filter=(one,))
    assert as_sent(LABELS, agreed).filter == (one,)
