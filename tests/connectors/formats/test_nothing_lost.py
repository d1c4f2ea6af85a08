"""Whatever nested records hold is in the batch, in the line that is refused, or in a finding: as JSON and as XML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.json import read_json
from connectors.formats.xml import read_xml
from offers.cleaning.characters import REPEAT
from offers.feed import Limits
from offers.format import ReadingPlan
from offers.model import Batch
from testing.examples import examples

ACCIDENTS = ["&nbsp;", "&", "R&D", "<", "a < b", "&inconnu;", "<p>", "é", "  ", "x", "12", "\n"]
TEXT = st.lists(st.sampled_from(ACCIDENTS), min_size=1, max_size=3).map("".join)
KEY = st.sampled_from(["nom", "cp", "lieu", "note"])
PART = st.recursive(
    TEXT, lambda inner: st.dictionaries(KEY, inner, max_size=3) | st.lists(inner, max_size=3), max_leaves=8
)
RECORD = st.dictionaries(KEY, PART, max_size=3)
EMPLOYER = st.tuples(st.dictionaries(KEY, PART, max_size=2), st.lists(RECORD, max_size=3))


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)


def said(batch: Batch) -> set[str]:
    """All texts of a batch, refused lines too."""
    cells = [cell for column in batch.frame for cell in batch.frame[column].dropna()]
    return {one for cell in cells for one in cell.split(REPEAT)} | set(batch.torn.split(" "))


def of_those_with_records(document: list[tuple[dict[str, Any], list[dict[str, Any]]]]) -> set[str]:
    """The texts of all records, and of what encloses one that is not refused."""
    taken = [employer for employer, offers in document if any("&inconnu;" not in str(one) for one in offers)]
    return {text for text in leaves([taken, [offers for _, offers in document]]) if text}


@given(st.lists(EMPLOYER, min_size=1, max_size=3))
@examples(25)
def test_every_text_of_json_is_in_a_record_or_in_what_encloses_it(document: Any) -> None:
    data = json.dumps({"r": [{**employer, "postes": offers} for employer, offers in document]}).encode()
    batch = read_json(data, "o.json", ReadingPlan(kind="json", records="r.postes", all_above=True), Limits())
    assert batch.read == sum(len(offers) for _, offers in document)
    assert of_those_with_records(document) <= said(batch)


def element(tag: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(element(tag, one) for one in value)
    inside = "".join(element(key, one) for key, one in value.items()) if isinstance(value, dict) else value
    return f"<{tag}>{inside}</{tag}>"


def sound(value: Any) -> Any:
    """What stands in XML as it is: signs that could be a tag are escaped, entities and ampersands are not."""
    if isinstance(value, dict):
        return {key: sound(one) for key, one in value.items()}
    if isinstance(value, list):
        return [one for part in value for one in (sound(part) if isinstance(part, list) else [sound(part)])]
    return value.replace("<p>", escape("<p>")).replace("<", "< ")


def meant(text: str) -> str:
    return text.replace("&nbsp;", "\xa0").replace("<", "< ").replace("< p>", "<p>")


@given(st.lists(EMPLOYER, min_size=1, max_size=3))
@examples(25)
def test_every_text_of_xml_is_in_a_record_in_what_encloses_it_or_refused_with_it(document: Any) -> None:
    employers = "".join(
        element("e", sound(employer) | {"postes": [{"offre": [sound(one) or "" for one in offers]}]})
        for employer, offers in document
    )
    if not any(offers for _, offers in document):
        return
    reading = ReadingPlan(kind="xml", record="offre", all_above=True)
    batch = read_xml(f"<r>{employers}</r>".encode(), "o.xml", reading, Limits())
    assert batch.read == sum(len(offers) for _, offers in document)
    texts = {text for one in of_those_with_records(document) if not (text := meant(one)).isspace()}
    everything = " ".join(said(batch)) + batch.torn
    assert {text for text in texts if text not in everything} == set()
    if any("&" in text or "< " in text for text in texts):
        assert "xml_not_well_formed" in {finding.check for finding in batch.findings}
