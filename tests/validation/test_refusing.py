"""Repairs that a feed refuses: the line is rejected, says what we would have written, and bears the repair no more."""

from __future__ import annotations

import pandas as pd
import pytest
from pydantic import ValidationError

from config.tables import load
from offers.cleaning.batch import clean
from offers.model import Checked, Mapped
from testing.drawing import YEAR, feed, mapped
from validation.contract import check
from validation.rulebook import TITLES

METZ = {"postal_code": "57463", "city": "Metz"}


def checked(batch: Mapped, *refuse: str, **keys: object) -> Checked:
    agreed = feed(refuse_repairs=refuse, **keys)
    return check(clean(batch, agreed, load(), YEAR), batch.headers, agreed, load(), YEAR)


def test_without_the_key_the_repair_is_made() -> None:
    found = checked(mapped(METZ))
    assert found.kept["postal_code"].tolist() == ["57000"]
    assert found.repairs["why"].tolist() == ["main_postal_code"]
    assert found.rejections.empty


def test_a_line_that_bears_a_refused_repair_is_rejected_with_what_we_would_have_written() -> None:
    found = checked(mapped(METZ, {}, headers={"postal_code": "CP"}), "main_postal_code", "former_commune")
    assert found.kept.index.tolist() == [3]
    assert found.repairs.empty
    said = found.rejections.iloc[0]
    assert said[["line", "field", "column", "rule", "value", "detail"]].tolist() == [
        2, "postal_code", "CP", "repair_refused", "57463", "main_postal_code",
    ]  # fmt: skip
    assert said["sentence"] == (
        "Ligne 2, colonne «\u00a0CP\u00a0»\u00a0: «\u00a057463\u00a0» n'est pas pris tel quel\u00a0: nous aurions "
        "écrit «\u00a057000\u00a0», et il est convenu avec vous de ne pas le faire."
    )
    assert said["remedy"] == "Écrivez «\u00a057000\u00a0» si c'est juste, sinon la bonne valeur."


def test_other_repairs_of_other_lines_still_count() -> None:
    found = checked(mapped(METZ, {"city": "PARIS"}), "main_postal_code")
    assert found.repairs[["line", "why"]].values.tolist() == [[3, "official_spelling"]]
    assert found.kept.index.tolist() == [3]


def test_a_value_that_would_have_been_removed_is_said_so() -> None:
    found = checked(mapped({"latitude": "0", "longitude": "0"}), "coordinates_zero")
    assert set(found.rejections["field"]) == {"latitude", "longitude"}
    assert found.rejections["sentence"].str.contains("nous l'aurions retiré").all()


def test_a_cell_is_told_of_once() -> None:
    found = checked(mapped({"postal_code": " 00000", "city": "  Nulle part "}), "white_space")
    assert not found.rejections.duplicated(["line", "field"]).any()
    assert "postal_code_unknown" in set(found.rejections["rule"])


def test_rejections_stay_in_the_order_of_lines_and_columns() -> None:
    found = checked(mapped(METZ, {"title": ""}, {**METZ, "title": ""}), "main_postal_code")
    assert found.rejections[["line", "field"]].values.tolist() == [
        [2, "postal_code"], [3, "title"], [4, "title"], [4, "postal_code"],
    ]  # fmt: skip
    assert found.kept.empty


def test_a_personal_value_is_masked_as_everywhere() -> None:
    found = checked(mapped({"contact_phone": "01 40 50 60 70"}), "phone_form")
    told = " ".join(found.rejections.iloc[0].astype(str))
    assert "40" not in told.replace("repair_refused", "")


def test_what_is_left_of_several_feeds_repairs_is_a_frame_of_its_own() -> None:
    found = checked(mapped({"city": "PARIS"}, METZ), "official_spelling")
    assert isinstance(found.repairs.index, pd.RangeIndex)


def test_the_fault_has_a_title() -> None:
    assert all(TITLES["repair_refused"])


def test_an_unknown_repair_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValidationError, match="is no repair that we make; did you mean `former_commune`"):
        feed(refuse_repairs=("former_comune",))
