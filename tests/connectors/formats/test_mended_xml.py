"""XML that is not well formed, and is read as what it certainly means; what it does not say costs its record alone."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.formats.xml import read_xml
from connectors.formats.xml.mended import mended
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format
from offers.model import Batch
from testing.examples import examples


def read(text: str | bytes) -> Batch:
    data = text.encode() if isinstance(text, str) else text
    return read_xml(data, "o.xml", Format(kind="xml", record="offre"), Limits())


def texts(batch: Batch) -> list[str | None]:
    return [None if pd.isna(text) else text for text in batch.frame["t"]] if len(batch.frame) else []


def offre(text: str) -> str:
    return f"<o><offre><t>{text}</t></offre></o>"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a&nbsp;b", "a\xa0b"),
        ("l&rsquo;&eacute;quipe &hellip;", "l’équipe …"),
        ("R&D", "R&D"),
        ("R & D", "R & D"),
        ("?a=1&copy=2", "?a=1&copy=2"),
        ("places < 3, âge <= 14", "places < 3, âge <= 14"),
        ("a\x0bb\x00c", "a b c"),
        ("a&#11;b&#x1F;", "a b "),
        ("&#55357;&#56832; &#xD83D;&#xDE00;", "😀 😀"),
        ("&#55357; seul", "\ufffd seul"),
        ("&amp;nbsp; &lt;b&gt; &#233;&nbsp;", "&nbsp; <b> é\xa0"),
        ("<![CDATA[R&D &nbsp; a < b]]>&nbsp;", "R&D &nbsp; a < b\xa0"),
        ("<!-- R&D -->a&nbsp;", "a\xa0"),
    ],
)
def test_what_certainly_means_something_is_read_as_that_and_told(written: str, meant: str) -> None:
    batch = read(offre(written))
    assert texts(batch) == [meant]
    assert [finding.check for finding in batch.findings] == ["xml_not_well_formed"]


def test_the_signs_are_told_with_their_lines() -> None:
    (told,) = read(
        "\n\n<?xml version='1.0'?>\n<o><offre><t>R&D</t></offre>\n<offre><t>a&nbsp;b&nbsp;c</t></offre></o>"
    ).findings
    assert told.seen == "3 signs that XML forbids: & (4), &nbsp; (5)"


def test_sound_xml_is_not_touched_and_nothing_is_told() -> None:
    assert read(offre("R&amp;D &#233;")).findings == ()


def test_a_name_that_nobody_declared_costs_its_record_and_no_other() -> None:
    batch = read(f"<o><offre><id>A1</id><t>&societe; recrute</t></offre>{offre('b')[3:-4]}</o>")
    assert (texts(batch), list(batch.frame.index), batch.read) == (["b"], [2], 2)
    (refused,) = batch.malformed.to_dict("records")
    assert (refused["line"], refused["rule"], refused["value"]) == (1, "record_has_an_unknown_entity", "&societe;")
    assert "A1" in batch.torn  # what stands under that reference is not missing


@pytest.mark.parametrize("before", ["\n", "\r\n \n", "\ufeff\ufeff", "\ufeff\n", "\n\ufeff"])
def test_blank_lines_and_a_second_mark_before_the_declaration_are_nothing(before: str) -> None:
    batch = read(before + '<?xml version="1.0" encoding="UTF-8"?>' + offre("é"))
    assert (texts(batch), batch.findings) == (["é"], ())


@pytest.mark.parametrize(
    "after", ["<!-- fin --><p>Généré en 0,3 s</p>", "\nPHP Warning: x & y", "</o>", "<?xml version='1.0'?><x/>"]
)
def test_what_comes_after_a_whole_document_is_left_aside_and_told(after: str) -> None:
    batch = read(offre("a") + after)
    assert texts(batch) == ["a"]
    assert [finding.check for finding in batch.findings] == ["xml_junk_after"]


def test_blanks_and_what_a_mainframe_ends_with_are_no_junk() -> None:
    assert read(offre("a") + "\n\x1a\0").findings == ()


def test_records_after_the_end_of_a_document_are_records() -> None:
    batch = read(offre("a") + "\n<?xml version='1.0'?>\n" + offre("b"))
    assert (texts(batch), list(batch.frame.index), batch.findings) == (["a", "b"], [1, 2], ())
    with pytest.raises(Unreadable, match="broken XML"):
        read(offre("a") + "<o><offre><t>b</t></offre>")
    with pytest.raises(Unreadable, match="more than 20 documents"):
        read("<offre><t>a</t></offre>" * 30)


@pytest.mark.parametrize(
    ("broken", "remedy"), [("<o><offre><t>a", "broke off"), ("<o><offre><t>a</offre>", "XML library")]
)
def test_what_stays_broken_says_its_true_cause(broken: str, remedy: str) -> None:
    with pytest.raises(Unreadable, match=remedy):
        read(broken)


SIGNS = st.sampled_from(
    ["&", "&nbsp;", "&#1;", "&x;", "<", "< ", "<![CDATA[", "]]>", "<!--", "-->", "<?", "?>", "a", "\x01"]
)


@given(st.lists(SIGNS, max_size=30).map("".join))
@examples(50)
def test_mending_the_mended_changes_nothing(text: str) -> None:
    once = mended(text.encode()).data
    assert mended(once).data == once
    assert len(once) <= 20 * len(text) + 20
