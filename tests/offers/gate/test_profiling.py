"""The figures of a delivery, on small drops drawn beside them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pytest

from offers.examined import Examined
from offers.feed import Feed
from offers.gate.profile import Past, Profile
from offers.gate.profiling import SAMPLE, column_profile, profile, shift
from offers.model import IGNORED_COLUMNS, REJECTION_COLUMNS, REPEATED_COLUMNS, Batch, Changes, text_frame

TODAY = date(2026, 3, 10)
FEED = Feed.model_validate(
    {
        "partner": "rivoire",
        "name": "offres",
        "title": "Rivoire",
        "source": None,
        "format": {"kind": "csv"},
        "mapping": {"reference": "Réf", "title": "Intitulé", "published_on": "Publiée"},
        "filter": [{"column": "Type", "keep": ["Stage"], "reason": "not_a_placement"}],
    }
)


def text(*values: str | None) -> pd.Series[str]:
    return pd.Series(list(values), dtype="str")


def material(**changed: Any) -> Examined:
    """Four lines: two kept, one ignored, one refused for a word that no lookup knows."""
    raw = {"Réf": ["a", "b", "c", "d"], "Intitulé": ["x", "y", "z", None], "Publiée": ["02/03/2026"] * 4}
    frame = pd.DataFrame({**raw, "Type": ["Stage", "Stage", "CDI", "Stage"]}).astype("str")
    frame.index = pd.Index(range(2, 6), name="line")
    mapped = frame.drop(4)[["Réf", "Intitulé", "Publiée"]].set_axis(["reference", "title", "published_on"], axis=1)
    kept = pd.DataFrame(
        {
            "reference": ["a", "b"],
            "sector": ["s1", "s2"],
            "department": ["75", "75"],
            "weeks": ["2026-W25", "2026-W25"],
            "published_on": ["2026-03-02", "2026-03-01"],
            "seats": ["2", "3"],
        },
        index=pd.Index([2, 3], name="line"),
    ).astype("str")
    refused = text_frame(REJECTION_COLUMNS, [(5, "sector", "Secteur", "sector_unknown", "Dragons", None, "…", "…")])
    parts = {
        "batch": Batch(frame, text_frame(REJECTION_COLUMNS)),
        "mapped": mapped,
        "kept": kept,
        "ignored": text_frame(IGNORED_COLUMNS, [(4, "not_a_placement")]),
        "rejections": refused,
        "repeated": text_frame(REPEATED_COLUMNS),
    }
    return Examined(**{**parts, **changed})


def figures(history: tuple[Past, ...] = (), **changed: Any) -> Profile:
    made = material(**changed)
    changes = Changes(made.kept.iloc[:1], made.kept.iloc[1:], 0, ("old", "older"))
    return profile(made, FEED, changes, 4, 5, TODAY, history)


def test_every_line_is_counted_where_it_went() -> None:
    p = figures()
    assert (p.read, p.ignored, p.kept, p.rejected, p.repeated) == (4, 1, 2, 1, 0)
    assert (p.created_share, p.updated_share, p.withdrawn_share) == (0.25, 0.25, 0.5)
    assert (p.rejected_share, p.ignored_share, p.ratio_to_standing) == (  # type: ignore[comparison-overlap]  # approx
        pytest.approx(1 / 3),
        0.25,
        0.5,
    )
    assert (p.ignored_by, p.rejected_by) == ({"not_a_placement": 1}, {"sector_unknown": 1})
    assert p.announced == 5


def test_shares_dates_and_seats_are_of_the_kept_records() -> None:
    p = figures()
    assert (p.sectors, p.departments, p.weeks) == ({"s1": 0.5, "s2": 0.5}, {"75": 1.0}, {"2026-W25": 1.0})
    assert (p.newest, p.newest_age, p.seats) == ("2026-03-02", 8, 5)


def test_words_that_lookups_and_filters_meet_are_counted() -> None:
    p = figures()
    assert p.unknown == {"sector": {"Dragons": 1}}
    assert p.words == {"Type": {"Stage": 3, "CDI": 1}}


def test_titles_that_a_filter_reads_are_no_vocabulary() -> None:
    feed = FEED.model_copy(update={"filter": (FEED.filter[0].model_copy(update={"columns": ("Intitulé",)}),)})
    frame = pd.DataFrame({"Intitulé": [f"Atelier {n}" for n in range(50)]}, dtype="str")
    made = material(batch=Batch(frame, text_frame(REJECTION_COLUMNS)))
    nothing = Changes(made.kept.iloc[:0], made.kept.iloc[:0], 2, ())
    assert profile(made, feed, nothing, 2, None, TODAY).words == {}


def test_a_column_is_profiled_as_sent_with_its_headers() -> None:
    column = figures().columns["title"]
    assert (column.headers, column.distinct) == (("Intitulé",), 2)
    assert column.null_share == pytest.approx(1 / 3)
    assert figures().columns["published_on"].shapes == {"99/99/9999": 1.0}


def test_the_history_gives_what_is_usual_and_the_headers_that_came_and_went() -> None:
    last = Profile(feed="rivoire/offres", kept=8, headers=("Réf", "Intitulé", "Publiée", "Contrat"))
    pasts = tuple(Past(n, datetime(2026, 3, n, tzinfo=UTC), "", last) for n in (3, 2, 1))
    p = figures(pasts)
    assert (p.usual, p.ratio_to_usual) == (8, 0.25)
    assert (p.headers_added, p.headers_gone) == (("Type",), ("Contrat",))


def test_a_drop_without_rows_has_a_profile() -> None:
    nothing = material().kept.iloc[:0]
    frame = material().batch.frame.iloc[:0]
    p = figures(
        kept=nothing,
        mapped=material().mapped.iloc[:0],
        batch=Batch(frame, text_frame(REJECTION_COLUMNS)),
        ignored=text_frame(IGNORED_COLUMNS),
        rejections=text_frame(REJECTION_COLUMNS),
    )
    assert (p.read, p.kept, p.newest, p.seats, p.sectors) == (0, 0, None, 0, {})


def test_a_profile_goes_to_json_and_back() -> None:
    p = figures()
    said = json.loads(json.dumps(p.as_dict()))
    assert said["withdrawn_share"] == 0.5
    assert Profile.from_dict(said) == p
    assert Profile.from_dict({"feed": "a/b", "of a newer Quai": 1}) == Profile(feed="a/b")


def test_distinct_values_are_exact_until_they_are_many_and_then_estimated() -> None:
    several = pd.Series([f"v{n % 500}" for n in range(SAMPLE * 2)], dtype="str")
    unlike = pd.Series([f"v{n}" for n in range(SAMPLE * 2 + 7)], dtype="str")
    assert column_profile(several).distinct == 500
    assert column_profile(unlike).distinct == len(unlike)


def test_lengths_are_quantiles_of_characters() -> None:
    assert column_profile(text("é", "éé", "ééé", None)).lengths == pytest.approx((1, 1.2, 2, 2.8, 3))
    assert column_profile(text(None, None)) == column_profile(text(None))
    assert column_profile(text(None)).null_share == 1


def test_the_same_values_are_known_again_whatever_their_order_and_header() -> None:
    one = column_profile(pd.Series([f"rue {n}" for n in range(200)], dtype="str"))
    most = column_profile(pd.Series([f"rue {n}" for n in range(199, 5, -1)], dtype="str"))
    other = column_profile(pd.Series([f"place {n}" for n in range(200)], dtype="str"))
    assert one.overlap(most) > 0.8
    assert one.overlap(other) == 0


def test_a_shift_is_nothing_for_the_same_shares_and_one_for_none_in_common() -> None:
    assert shift({"a": 0.5, "b": 0.5}, [{"a": 0.5, "b": 0.5}]) == 0
    assert shift({"a": 1.0}, [{"b": 1.0}, {"b": 1.0}]) == 1
    assert shift({"a": 1.0}, []) == 0
