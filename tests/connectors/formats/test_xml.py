"""XML and RSS: records flattened to dotted paths, and what is refused."""

from __future__ import annotations

import pandas as pd
import pytest

from connectors.formats.xml import read_xml
from offers.errors import Unreadable
from offers.feed import Limits
from offers.format import Format, ReadingPlan
from offers.model import Batch

OFFERS = Format(kind="xml", record="offre")


def read(text: str | bytes, format: Format = OFFERS, **limits: int) -> Batch:
    return read_xml(text.encode() if isinstance(text, str) else text, "offres.xml", format, Limits(**limits))


def first(batch: Batch) -> dict[str, str]:
    return {str(path): value for path, value in batch.frame.iloc[0].items() if not pd.isna(value)}


def test_nested_elements_and_attributes_become_dotted_paths() -> None:
    batch = read(
        '<offres><offre id="7"><job><title>Atelier</title></job><entity clientcode="ENE">CC</entity>'
        "<vide/><blanc>\n  </blanc><zip>01000</zip></offre></offres>"
    )
    assert first(batch) == {
        "@id": "7",
        "job.title": "Atelier",
        "entity.@clientcode": "ENE",
        "entity": "CC",
        "zip": "01000",
    }


def test_records_are_numbered_from_one_and_columns_stand_in_order_of_first_sight() -> None:
    batch = read("<offres><offre><a>1</a></offre><autre/><offre><b>2</b><a>3</a></offre></offres>")
    assert list(batch.frame.index) == [1, 2]
    assert batch.frame.index.name == "line"
    assert list(batch.frame.columns) == ["a", "b"]


def test_repeated_elements_are_joined_in_order() -> None:
    batch = read("<o><offre><ville>Lyon</ville><x/><ville/><ville>Nice</ville></offre></o>")
    assert first(batch) == {"ville": "Lyon\x1fNice"}


def test_text_is_kept_as_it_is() -> None:
    batch = read("<o><offre><d> <![CDATA[<p>A & B</p>]]> c&#233; &lt;\n</d></offre></o>")
    assert first(batch) == {"d": " <p>A & B</p> cé <\n"}


def test_mixed_content_gives_all_its_text() -> None:
    assert first(read("<o><offre><d>Un <b>bon</b> <i>stage</i>.</d></offre></o>")) == {"d": "Un bon stage."}


@pytest.mark.parametrize(
    ("inside", "read_as"),
    [
        ("<p>Tu suis l&apos;équipe.</p>\n<p>R&amp;D &lt;3</p>", "<p>Tu suis l'équipe.</p>\n<p>R&amp;D &lt;3</p>"),
        ("Missions :<ul><li>Accueil</li><li><b>Vente</b></li></ul>", None),
        ("Ligne 1<br/>Ligne 2", "Ligne 1<br>Ligne 2"),
        ('<P class="x">a</P>', "<p>a</p>"),
        ("<b>Tout en gras</b>", "Tout en gras"),
        ("Un <mission>bel</mission>atelier", "Un  bel atelier"),
        ("<h:p xmlns:h='http://www.w3.org/1999/xhtml'>a</h:p>", "<p>a</p>"),
    ],
)
def test_markup_inside_an_element_is_the_html_that_it_would_be_in_cdata(inside: str, read_as: str | None) -> None:
    assert first(read(f"<o><offre><d>{inside}</d></offre></o>")) == {"d": read_as or inside}


def test_elements_that_only_share_a_name_with_html_are_data() -> None:
    batch = read(
        "<o><offre><adresse><code>75011</code><address>x</address></adresse><t><a>lien</a></t>"
        "<l><li><ville>Lyon</ville></li></l></offre></o>"
    )
    assert set(first(batch)) == {"adresse.code", "adresse.address", "t.a", "l.li.ville"}


def test_what_a_feed_asks_for_within_an_element_is_data() -> None:
    asked = ReadingPlan(kind="xml", record="offre", asked=("d.p", "d"))
    assert first(read("<o><offre><d><p>a</p><p>b</p></d></offre></o>", asked)) == {"d.p": "a\x1fb"}


NESTED = (
    "<export date='2026'><etab id='E1'><nom>A</nom><stages><stage ref='1'/></stages><ville>Lyon</ville></etab>"
    "<etab id='E2'><nom>B</nom><note>x</note><stages><stage ref='2'/><stage ref='3'/></stages></etab>"
    "<autre><nom>Z</nom></autre></export>"
)


def test_what_encloses_a_record_is_in_reach_wherever_it_stands() -> None:
    asked = ReadingPlan(kind="xml", record="stage", asked=("@ref", "^.nom", "^.^.ville", "^.^.^.@date"))
    frame = read(NESTED, asked).frame
    assert frame.astype(object).where(frame.notna(), None).to_dict("list") == {
        "@ref": ["1", "2", "3"],
        "^.nom": ["A", "B", "B"],  # <stages> holds nothing of its own, and is no level
        "^.^.ville": ["Lyon", None, None],
        "^.^.^.@date": ["2026"] * 3,
    }


def test_nothing_of_what_encloses_records_is_kept_where_nobody_asks() -> None:
    assert list(read(NESTED, Format(kind="xml", record="stage")).frame.columns) == ["@ref"]


def test_all_that_encloses_records_is_there_for_a_sample() -> None:
    frame = read(NESTED, ReadingPlan(kind="xml", record="stage", all_above=True)).frame
    assert {"^.^.@id", "^.^.nom", "^.^.note", "^.^.^.autre.nom"} < set(frame.columns)


def test_a_record_is_named_by_a_path_or_by_either_key() -> None:
    assert read(NESTED, Format(kind="xml", record="etab.stages.stage")).read == 3
    assert read(NESTED, Format(kind="xml", records="export.etab")).read == 2
    with pytest.raises(Unreadable, match=r"no <autre\.stage> element"):
        read(NESTED, Format(kind="xml", record="autre.stage"))


def test_what_very_many_records_share_is_bounded() -> None:
    offers = "<offre><a>1</a></offre>" * 400
    text = f"<o><e><nom>{'x' * 200_000}</nom>{offers}</e></o>"
    with pytest.raises(Unreadable, match="records share"):
        read(text, ReadingPlan(kind="xml", record="offre", asked=("^.nom",)))


def test_a_tag_is_known_under_a_new_prefix_of_its_namespace() -> None:
    batch = read('<w:o xmlns:w="urn:v"><w:offre><w:a>1</w:a></w:offre></w:o>', Format(kind="xml", record="v:offre"))
    assert first(batch) == {"w:a": "1"}
    two = '<o xmlns:v="urn:v" xmlns:w="urn:w"><v:offre><a>1</a></v:offre><w:offre><a>2</a></w:offre></o>'
    assert read(two, Format(kind="xml", record="v:offre")).read == 1


def test_the_text_of_a_bare_record_is_kept() -> None:
    assert first(read("<o><offre>Atelier</offre></o>")) == {"#text": "Atelier"}


def test_a_single_record_that_is_the_document_is_a_list_of_one() -> None:
    assert read("<offre><a>1</a></offre>").read == 1


def test_namespaces_are_written_as_in_the_document() -> None:
    batch = read(
        '<rss xmlns:dc="urn:dc" xmlns="urn:main"><offre><dc:date>2026</dc:date>'
        '<titre dc:lang="fr">x</titre></offre></rss>'
    )
    assert first(batch) == {"dc:date": "2026", "titre.@dc:lang": "fr", "titre": "x"}


def test_rss_has_items() -> None:
    batch = read("<rss><channel><title>t</title><item><title>x</title></item></channel></rss>", Format(kind="rss"))
    assert first(batch) == {"title": "x"}


@pytest.mark.parametrize("encoding", ["windows-1252", "iso-8859-1", "utf-16"])
def test_the_documents_own_encoding_is_followed(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><o><offre><t>métier</t></offre></o>'
    assert first(read(text.encode(encoding))) == {"t": "métier"}


def test_the_feed_overrules_a_wrong_declaration() -> None:
    data = '<?xml version="1.0" encoding="utf-8"?><o><offre><t>métier</t></offre></o>'.encode("cp1252")
    assert first(read(data, Format(kind="xml", record="offre", encoding="windows-1252"))) == {"t": "métier"}


def test_bytes_that_contradict_the_documents_declaration_are_read_as_what_they_are_and_told() -> None:
    batch = read('<?xml version="1.0" encoding="utf-8"?><o><offre><t>métier</t></offre></o>'.encode("cp1252"))
    assert (first(batch), [one.check for one in batch.findings]) == ({"t": "métier"}, ["encoding_guessed"])
    unheard_of = '<?xml version="1.0" encoding="latin-99"?><o><offre><t>métier</t></offre></o>'
    assert first(read(unheard_of)) == {"t": "métier"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<html><body>Erreur</body></html>", r"no <offre> element in 32 bytes \(found: <html>, <body>\).*error page"),
        ("<!DOCTYPE html><html><br></html>", r"no <offre> element in 32 bytes \(found: <html>\).*error page"),
        ("<jobs><job><t>x</t></job></jobs>", r"found: <jobs>, <job>, <t>\).*format\.record"),
        ("<o><offre><a>1</a></offre><offre><a>", r"line 1, column \d+ \(no element found\), after 1 whole record"),
        ("<o><offre><a>1</b></offre></o>", r"broken XML at line 1, column 17 .mismatched tag"),
        ('<!DOCTYPE o [<!ENTITY a "b">]><o><offre>&a;</offre></o>', "DOCTYPE"),
        ('<!DOCTYPE o SYSTEM "http://x.example/o.dtd"><o><offre/></o>', "DOCTYPE"),
        ("ref;titre\n1;x", "broken XML"),
        ('{"offres": []}', "a JSON document"),
        ("<offre>" + "<a>" * 70 + "</a>" * 70 + "</offre>", "64 levels"),
        ("<offre>" + "<b/>" * 100_001 + "</offre>", "100 000 elements"),
    ],
)
def test_what_is_not_the_feeds_xml_is_unreadable(text: str, says: str) -> None:
    with pytest.raises(Unreadable, match=says) as caught:
        read(text)
    assert str(caught.value).startswith("offres.xml: ")


def test_more_records_than_the_limit_are_unreadable() -> None:
    with pytest.raises(Unreadable, match=r"more than 2 records.*limits\.rows"):
        read("<o>" + "<offre><a>1</a></offre>" * 3 + "</o>", rows=2)
