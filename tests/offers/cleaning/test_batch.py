"""What cleaning mends, what it leaves, and what it writes down."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.tables import load
from offers.cleaning.batch import clean
from offers.cleaning.dates import read_date
from offers.cleaning.mending import LONGEST
from offers.cleaning.nothing import is_nothing
from offers.cleaning.repairs import COSMETIC, REPAIRS
from offers.columns import BY_NAME, NAMES
from offers.feed import ColumnSource
from offers.mapping import map_columns
from offers.model import REJECTION_COLUMNS, Batch, Cleaned, Mapped, text_frame
from offers.text import normalized
from testing.drawing import YEAR, column, feed, mapped
from testing.examples import examples

BOTH = "2026-W25 2026-W26"
HALVES = "09:00-12:00,13:30-17:00"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")


def cleaned(batch: Mapped, **feed_keys: object) -> Cleaned:
    return clean(batch, feed(**feed_keys), load(), YEAR)


def values(name: str, *seen: str | None, **feed_keys: object) -> list[str | None]:
    frame = cleaned(column(name, *seen), **feed_keys).frame
    return [None if pd.isna(value) else str(value) for value in frame[name]]


def whys(name: str, seen: str, **feed_keys: object) -> list[str]:
    repairs = cleaned(column(name, seen), **feed_keys).repairs
    return list(repairs.loc[repairs["field"] == name, "why"])


def each(*cells: tuple[str, str | None]) -> Iterator[tuple[str | None, list[str]]]:
    """What becomes of each cell, each in a line of one batch, and what is written down of it."""
    result = cleaned(mapped(*({name: seen} for name, seen in cells)))
    for line, (name, _) in enumerate(cells, start=2):
        value, repairs = result.frame.loc[line, name], result.repairs.query("line == @line and field == @name")
        yield None if pd.isna(value) else str(value), list(repairs["why"])


MENDED = [
    ("title", "  Stage \u00a0 atelier ", "Stage atelier", "white_space"),
    ("title", "Stage\x07 atelier\u200b", "Stage atelier", "control_characters"),
    ("title", "SociÃ©tÃ© gÃ©nÃ©rale", "Société générale", "mojibake"),
    ("title", "Ate\u0301lier", "Atélier", "unicode_form"),
    ("title", "Caf&amp;eacute; <b>Rivoire</b>", "Café Rivoire", "html_to_text"),
    ("street", "null PLACE BESSIERES", "PLACE BESSIERES", "null_prefix"),
    ("title", "Soci├®t├® g├®n├®rale", "Société générale", "mojibake"),
    ("title", "L\x92atelier \x96 10 \x80", "L’atelier – 10 €", "windows_1252"),
    ("employer_website", "https://exemple.fr/l\x92offre", "https://exemple.fr/l’offre", "windows_1252"),
    ("lunch_break", "caf\u200d\u00e9\ufff9", "café", "control_characters"),
    ("reference", "R\u2800-1", "R -1", "control_characters"),
    ("street", "néant ", None, "placeholder"),
    ("siret", "N/A", None, "placeholder"),
    ("reference", "1001.0", "1001", "number_form"),
    ("reference", "1001,00", "1001", "number_form"),
    ("handicap_accessible", "1.0", "true", "number_form"),
    ("weeks", "1.0", "2026-W25", "number_form"),
    ("reference", "'01234", "01234", "excel_apostrophe"),
    ("title", "'Stage à l'atelier", "Stage à l'atelier", "excel_apostrophe"),
    ("siret", "732 829 320 00074", "73282932000074", "siret_form"),
    ("siret", "732.829.320\u00a000074", "73282932000074", "siret_form"),
    ("siret", "73282932000074.0", "73282932000074", "siret_form"),
    ("siret", "6363828208906", "06363828208906", "siret_lost_zero"),
    ("siret", "6363828208906.0", "06363828208906", "siret_lost_zero"),
    ("seats", "2,0", "2", "number_form"),
    ("is_public", "VRAI ", "true", "yes_no_word"),
    ("contact_email", "mailto:RH@Exemple.FR", "RH@exemple.fr", "email_form"),
    ("contact_email", "Service RH <rh@exemple.fr>", "rh@exemple.fr", "email_form"),
    ("contact_email", "mailto:rh@exemple.fr", "rh@exemple.fr", "email_form"),
    ("contact_email", "<rh@exemple.fr>", "rh@exemple.fr", "email_form"),
    ("contact_phone", "140506070.0", "+33140506070", "phone_form"),
    ("contact_phone", "01 40.50-60 70", "+33140506070", "phone_form"),
    ("contact_phone", "+33 (0)1 40 50 60 70", "+33140506070", "phone_form"),
    ("employer_website", "www.exemple.fr", "https://www.exemple.fr", "url_scheme"),
    ("permalink", "https://exemple.fr/?a=1&amp;b=2", "https://exemple.fr/?a=1&b=2", "entities"),
    ("published_on", "22-05-2025 00:11:19", "2025-05-22", "date_form"),
    ("published_on", "20260101", "2026-01-01", "date_form"),
    ("published_on", "1er mars 2026", "2026-03-01", "date_form"),
    ("published_on", "2026-06-14T22:00:00Z", "2026-06-15", "date_instant"),
    ("published_on", "Wed, 26 Feb 2025 16:40:27 +0100", "2025-02-26", "date_form"),
    ("published_on", "45992", "2025-12-01", "date_serial"),
    ("published_on", "1767225600000", "2026-01-01", "date_epoch"),
]


def test_a_certain_fault_is_mended_and_said() -> None:
    found = each(*(case[:2] for case in MENDED))
    for (name, seen, after, why), (value, whys) in zip(MENDED, found, strict=True):
        assert (value, why in whys) == (after, True), (name, seen, whys)


UNCERTAIN = [
    ("title", "Stage < 18 ans chez R&D"),
    ("title", "#REF!"),
    ("title", "L’atelier – « été » 🎉"),
    ("title", "'Forge' et 'Fonderie'"),
    ("title", "'t Hof"),
    ("title", "Aucun prérequis, néant"),
    ("title", "👨\u200d👩\u200d👧 en famille"),
    ("lunch_break", "pas de pause"),
    ("seats", "aucune"),
    ("seats", "#N/A"),
    ("reference", "1,000"),
    ("reference", "-42/7"),
    ("siret", "4,51321E+13"),
    ("siret", "7328293200007"),
    ("seats", "2 places"),
    ("contact_phone", "01 40 50 60 70 / 01 40 50 60 71"),
    ("published_on", "31/02/2026"),
    ("published_on", "75011"),
    ("published_on", "06/25/2027"),
    ("published_on", "27-06-01"),
    ("published_on", "juin 2027"),
    ("weeks", "juin"),
    ("weeks", "Semaine 2 : du 15 au 19 juin"),
    ("daily_hours", "horaires de bureau"),
    ("grades", "terminale"),
    ("is_public", "peut-être"),
    ("sector", "Mécano"),
]


def test_what_is_not_certain_stays_as_it_was_sent() -> None:
    assert list(each(*UNCERTAIN)) == [(seen, []) for _, seen in UNCERTAIN]


NOTHING = (
        r"\N", "(null)", "[NULL]", "<null>", "<NA>", "NaT", "nan", "None", "#N/A", "n/a", "N.A", r"N\A", "s.o.", "S/O",
        "Aucun", "aucune", "(aucun)", "(blank)", "(vide)", "à compléter", "A COMPLETER", "à définir", "xxx",
        "Non applicable", "non renseigné", "nil", "undefined", "[object Object]", "<empty>", "{}", "[]",
        "''", '""', "'", "\u200b", "\u2800", "TBC", "#", "~", "*", "-", "--", "—", ".", "…", "?", "« Néant »",
        "- sans objet -", "0",
)  # fmt: skip


def test_a_word_for_nothing_is_nothing_and_noted() -> None:
    for word, found in zip(NOTHING, each(*(("lunch_break", word) for word in NOTHING)), strict=True):
        assert found == (None, ["placeholder"]), word


def test_a_word_for_nothing_is_nothing_in_every_column_but_where_it_says_something() -> None:
    sent = [name for name in NAMES if not BY_NAME[name].derived and BY_NAME[name].default is None]
    meant = [name for name in sent if name not in ("city", "latitude", "longitude")]
    assert [
        name for name, (value, _) in zip(meant, each(*((name, "Aucune") for name in meant)), strict=True) if value
    ] == []
    known = {str(name) for name in load().places.communes["name"] if is_nothing(str(name))}
    assert known == {"Aucun"}
    assert values("city", "Aucun") == ["Aucun"]
    assert values("reference", "1.0", "1.5") == ["1.0", "1.5"]


def test_html_keeps_its_paragraphs_and_lists() -> None:
    seen = (
        "<p>Bonjour &amp;nbsp;!</p>\r\n<ul><li><p>Un</p></li> <li>Deux</li></ul><script>x()</script><p>Fin<br/>ici</p>"
    )
    assert values("description", seen) == ["Bonjour !\n\n- Un\n\n- Deux\n\nFin\nici"]


def test_line_breaks_of_a_plain_text_stay_beside_inline_tags() -> None:
    assert values("description", "Une <b>ligne</b>\n\n\n\net une autre") == ["Une ligne\n\net une autre"]


@pytest.mark.parametrize(
    ("seen", "after"),
    [
        ("Un<br>deux<br/><br />trois", "Un\ndeux\n\ntrois"),
        ("<div>Un<br></div><div>Deux</div>Fin", "Un\nDeux\nFin"),
        ("a<b et c>d", "a<b et c>d"),
        ("moins de <p ou 3> places", "moins de <p ou 3> places"),
        ('<p _ngcontent-c1 class="x">Un</p><a href>b</a>', "Un\n\nb"),
    ],
)
def test_what_follows_a_tags_name_is_an_attribute_or_the_text_is_none(seen: str, after: str) -> None:
    assert values("description", f"{seen}. Suis l'équipe.") == [f"{after}. Suis l'équipe."]


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        (
            ["Au menu :\n- voir\n- suivre", "<p>Être <b>curieux</b>.</p>"],
            "Au menu :\n- voir\n- suivre\n\nÊtre curieux.",
        ),
        (["<ul><li>Un</li></ul>", "Deux"], "- Un\n\nDeux"),
        (["<script>x()", "Ce texte reste."], "Ce texte reste."),
        (["Un <!-- deux", "trois --> quatre"], "Un <!-- deux\n\ntrois --> quatre"),
    ],
)
def test_joined_parts_become_text_each_before_they_are_joined(parts: list[str], whole: str) -> None:
    join = {"from": ["a", "b"], "join": "\n\n"}
    own = feed(kind="json").model_copy(update={"mapping": {"description": ColumnSource.model_validate(join)}})
    frame = pd.DataFrame([parts], columns=["a", "b"], index=pd.Index([1], name="line"), dtype="str")
    batch = map_columns(Batch(frame, text_frame(REJECTION_COLUMNS)), own)
    found = clean(batch, own, load(), YEAR)
    assert found.frame["description"].tolist() == [whole]
    assert found.seen is not None
    assert found.seen["description"].tolist() == ["\n\n".join(parts)]
    assert found.repairs["before"].tolist() in ([], ["\n\n".join(parts)])


def test_over_long_prose_ends_with_a_sentence_and_the_whole_is_kept() -> None:
    whole = " ".join(["Tu découvriras le métier de M. Rivoire."] * 60)
    frame = cleaned(column("description", whole)).frame
    assert len(frame["description"].iloc[0]) <= 1500
    assert frame["description"].iloc[0].endswith("Rivoire.")
    assert frame["description_full"].iloc[0] == whole
    assert whys("description", whole) == ["shortened"]


def test_a_text_without_sentences_is_cut_between_words() -> None:
    (short,) = values("employer_description", "atelier " * 60)
    assert short is not None
    assert short.endswith("atelier…")
    assert len(short) <= 275


WEEKS = [
    ("semaine 1", "2026-W25"),
    ("2", "2026-W26"),
    ("1 et 2", BOTH),
    ("les deux", BOTH),
    ("both", BOTH),
    ("2 semaines", BOTH),
    ("oui|non", "2026-W25"),
    ("✓|☐", "2026-W25"),
    ("|x", "2026-W26"),
    ("S25-S26", BOTH),
    ("du 15 au 19 juin 2026", "2026-W25"),
    ("du lundi 15 juin au vendredi 26 juin", BOTH),
    ("15/06/2026 - 19/06/2026", "2026-W25"),
    ("2026-06-15/2026-06-26", BOTH),
    ("Semaine 1 : du 15 au 19 juin 2026", "2026-W25"),
    ("semaine 27", "2026-W27"),
]


def test_weeks_are_read_in_every_agreed_form_without_a_repair() -> None:
    assert list(each(*(("weeks", seen) for seen, _ in WEEKS))) == [(weeks, []) for _, weeks in WEEKS]
    unsaid = cleaned(column("weeks", None))
    assert (list(unsaid.frame["weeks"]), len(unsaid.repairs)) == ([BOTH], 0)


HOURS = [
    ("9h-12h / 13h30-17h", " ".join(f"{day}={HALVES}" for day in WEEKDAYS)),
    ("lundi au vendredi de 9 h à midi et de 13 h 30 à 17 h", " ".join(f"{day}={HALVES}" for day in WEEKDAYS)),
    ("lundi, jeudi 09:00-12:00;13:30-17:00", f"mon={HALVES} thu={HALVES}"),
    ("lundi 9h-12h 14h-17h mardi 9h-12h", "mon=09:00-12:00,14:00-17:00 tue=09:00-12:00"),
    ('{"lundi": ["09:00", "17:00"], "mardi": []}', "mon=09:00-17:00"),
    ("17h-9h", "17h-9h"),
]


def test_hours_are_read_by_weekday() -> None:
    assert values("daily_hours", *(seen for seen, _ in HOURS)) == [hours for _, hours in HOURS]


GRADES = [
    ("2nde", "seconde"),
    ("Seconde GT", "seconde"),
    ("seconde_only", "seconde"),
    ("troisieme_or_quatrieme", "quatrieme troisieme"),
    ("seconde_troisieme_or_quatrieme", "quatrieme troisieme seconde"),
    (None, "seconde"),
]


def test_grades_are_read_in_school_order() -> None:
    assert values("grades", *(seen for seen, _ in GRADES)) == [grades for _, grades in GRADES]


@pytest.mark.parametrize(
    ("latitude", "longitude", "after", "why"),
    [
        ("48,8534", "2,3788", ("48.8534", "2.3788"), "decimal_comma"),
        ("48.8534,2.3788", None, ("48.8534", "2.3788"), "coordinate_pair"),
        ("48,8534 ; 2,3788", "48,8534 ; 2,3788", ("48.8534", "2.3788"), "coordinate_pair"),
        ("2.3788", "48.8534", ("48.8534", "2.3788"), "coordinates_swapped"),
        ("0.0", "0", (None, None), "coordinates_zero"),
        ("40.4", "-3.7", ("40.4", "-3.7"), None),
    ],
)
def test_coordinates_are_mended_together(
    latitude: str, longitude: str | None, after: tuple[str | None, ...], why: str | None
) -> None:
    result = cleaned(mapped({"latitude": latitude, "longitude": longitude}))
    point = result.frame[["latitude", "longitude"]].astype(object)
    assert tuple(point.where(point.notna(), None).iloc[0]) == after
    assert (why in set(result.repairs["why"])) if why else result.repairs.empty


ONE_DAY = (
    "2027-06-01", "01/06/2027", "1/6/27", "01-06-27", "01.06.27", "01-JUN-27", "01-juin-2027", "1er juin 2027",
    "mardi 1er juin 2027", "le 1er juin 2027", "01/juin/2027", "01JUN2027", "1 Jun 2027", "June 1, 2027",
    "1st of June 2027", "2027-6-1", "2027/6/1", "01 06 2027", "01062027", "20270601", "20270601101500",
    "20270601T101500Z", "01/06/2027 à 10h30", "01-JUN-27 12.00.00.000000 AM", "01/06/2027 00:00:00,000000",
    "2027-06-01T24:00:00", "2027-06-01T00:00:00.000+0200", "2027-06-01T00:00:00+02:00[Europe/Paris]",
    "Tue Jun 01 00:00:00 CEST 2027", "Tue Jun 01 2027 00:00:00 GMT+0200 (heure d’été)", "46539,5", "1811800800.0",
    "/Date(1811800800000+0200)/",
)  # fmt: skip


@pytest.mark.parametrize("seen", ONE_DAY)
def test_a_day_is_read_in_whatever_form_a_program_or_a_person_writes_it(seen: str) -> None:
    assert read_date(seen)[0] == "2027-06-01"


NO_DAY = (
    "9999-12-31", "31/12/9999", "9999-12-31T23:59:59.9999999Z", "31 décembre 9999", "31/12/99", "2999-12-31",
    "31/12/2099", "99991231", "253402300799", "2958465", "1900-01-01", "00/01/1900", "01/01/1900", "1899-12-30",
    "0001-01-01T00:00:00Z", "01/01/0001", "-62135596800", "0000-00-00", "0000-00-00 00:00:00", "00/00/0000",
    "1970-01-01", "01/01/1970", "1969-12-31T23:00:00Z", "0", "-1",
)  # fmt: skip


def test_a_date_that_stands_for_none_is_none_in_every_spelling_and_said() -> None:
    result = cleaned(mapped(*({"published_on": seen, "expires_on": seen} for seen in NO_DAY)))
    assert result.frame[["published_on", "expires_on"]].isna().all(axis=None)
    assert list(result.repairs["why"]) == ["date_none"] * 2 * len(NO_DAY)


def test_a_date_with_two_readings_is_read_day_first_though_no_feed_says_so() -> None:
    result = cleaned(column("expires_on", "03/04/2026", "25/04/2026"))
    assert list(result.frame["expires_on"]) == ["2026-04-03", "2026-04-25"]
    assert result.findings == ()


@pytest.mark.parametrize(
    ("seen", "day_first", "severity"),
    [
        (["03/04/2026", "04/25/2026"], None, "stop"),
        (["06/25/2027"] * 3, True, "stop"),
        (["03/04/2026", "25/04/2026"], False, "stop"),
        (["25/04/2026", "04/25/2026"], None, "warn"),
        (["03/04/2026"] * 19 + ["04/25/2026"], None, None),  # a slip of the hand
        (["03/04/2026", "2026-04-25"], None, None),
    ],
)
def test_a_column_that_proves_another_order_stops_the_drop_and_is_never_turned(
    seen: list[str], day_first: bool | None, severity: str | None
) -> None:
    result = cleaned(column("expires_on", *seen), day_first=day_first)
    assert [finding.severity for finding in result.findings] == ([severity] if severity else [])
    ambiguous = result.frame["expires_on"].iloc[seen.index("03/04/2026")] if "03/04/2026" in seen else None
    assert ambiguous in (None, "2026-03-04" if day_first is False else "2026-04-03")


def test_the_feed_says_in_which_order_days_and_months_stand() -> None:
    assert values("expires_on", "03/04/2026", day_first=True) == ["2026-04-03"]
    assert values("expires_on", "03/04/2026", day_first=False) == ["2026-03-04"]


def test_contacts_in_public_texts_are_told_and_stay_unless_the_feed_masks_them() -> None:
    text = "Écrivez à jean.dupont@exemple.fr ou au 06 12 34 56 78."
    told = cleaned(column("description", text, "Rien à signaler ici."))
    assert told.frame["description"].iloc[0] == text
    assert [finding.check for finding in told.findings] == ["contact_in_public_text"]
    assert "dupont" not in told.findings[0].sentence
    masked = cleaned(column("description", text), mask_contacts=True)
    assert masked.frame["description"].iloc[0] == "Écrivez à [courriel masqué] ou au [téléphone masqué]."
    assert not masked.repairs["before"].str.contains("dupont|34 56").any()


def test_repairs_of_personal_columns_are_masked() -> None:
    repairs = cleaned(column("contact_phone", "01 40 50 60 70")).repairs
    assert list(repairs["before"]) == ["0…"]


def test_every_column_is_there_and_defaults_are_filled_without_a_repair() -> None:
    result = cleaned(mapped({}))
    assert tuple(result.frame.columns) == NAMES
    filled = result.frame[["is_public", "seats", "grades", "weeks"]].iloc[0]
    assert list(filled) == ["false", "1", "seconde", BOTH]
    assert result.repairs.empty


def test_a_default_does_not_fill_what_the_feed_requires() -> None:
    assert values("seats", None, require=("seats",)) == [None]


def test_every_repair_made_has_its_sentence() -> None:
    assert not COSMETIC - set(REPAIRS)
    assert all(french and english for french, english in REPAIRS.values())


SEEN = {
    "title": ["Stage", " a  b ", "<b>x</b>yz", "&amp;lt;p&amp;gt;", "Ã©tÃ©", "null x", '="75"', "-", "\x1f", "R&D <3",
              "null null", "a\u00adb &nb\x00sp; c", "&#38;#233;"],
    "description": ["Une phrase. " * 200, "<p>a<p>b", "x\n\n\n\ny", "mot " * 600, "<ul><li>", "&lt;script&gt;a", "]]>",
                    "é" * 2000],
    "siret": ["732 829 320 00074", "1E+13", "00000000000000", "73282932000074.0"],
    "postal_code": ["1000", "75011", "07019", "98825.0", "2A004", "abc"],
    "city": ["PARIS 11", "Bourg-en-Bresse", "AUBENAS", "paris", "Lyon"],
    "latitude": ["48,1", "48.1,2.3", "0", "2.3", "x"],
    "longitude": ["2,3", "48.1,2.3", "0", "48.1"],
    "weeks": ["1", "both", "oui|non", "2026-W24", "du 15 au 19 juin", "?x"],
    "daily_hours": ["9h-12h", "lundi 9h-17h", "mon=09:00-10:00", "x"],
    "grades": ["2nde", "3e", "seconde", "z"],
    "published_on": ["03/04/2026", "25/04/2026", "04/25/2026", "45992", "2026-02-30", "20260101"],
    "expires_on": ["03/04/2026", "30-04-2026", "2026-06-01T23:00:00Z"],
    "seats": ["2.0", "0", "02", "deux"],
    "is_public": ["VRAI", "x", "oui", "bof"],
    "contact_phone": ["01 40 50 60 70", "140506070", "x"],
    "permalink": ["www.a.fr", "http://a.fr/?b&amp;amp;c", "x"],
    "sector": ["Mécanique", "s1", "25.62B", "zz"],
}  # fmt: skip
ROWS = st.lists(
    st.fixed_dictionaries({}, optional={name: st.sampled_from(seen) for name, seen in SEEN.items()}),
    min_size=1,
    max_size=5,
)
PIECES = st.lists(
    st.sampled_from(
        ["&", "amp;", "<p>", "</p>", "<", ">", " ", "\n", "é", "Ã", "©", "null ", "#", "x", "&#60;", "p>", "\x00", "."]
    ),
    max_size=12,
)


@given(ROWS)
@examples(7)
def test_cleaning_the_cleaned_changes_nothing(rows: list[dict[str, str]]) -> None:
    once = cleaned(mapped(*rows))
    again = cleaned(Mapped(once.frame, {}, mapped({}).ignored))
    pd.testing.assert_frame_equal(once.frame, again.frame)
    assert again.repairs.empty


@given(PIECES)
@examples(10)
def test_texts_cleaned_twice_are_as_cleaned_once(pieces: list[str]) -> None:
    once = cleaned(mapped({"title": "".join(pieces), "description": "".join(pieces)}))
    again = cleaned(Mapped(once.frame, {}, mapped({}).ignored))
    pd.testing.assert_frame_equal(once.frame, again.frame)


@given(ROWS, st.randoms(use_true_random=False))
@examples(5)
def test_the_order_of_rows_never_matters(rows: list[dict[str, str]], chance: object) -> None:
    batch = mapped(*rows)
    lines = list(batch.frame.index)
    chance.shuffle(lines)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    shuffled = cleaned(Mapped(batch.frame.loc[lines], {}, batch.ignored))
    straight = cleaned(batch)
    pd.testing.assert_frame_equal(straight.frame, shuffled.frame.sort_index())
    assert straight.findings == shuffled.findings
    key = ["line", "field", "why"]
    pd.testing.assert_frame_equal(
        straight.repairs.sort_values(key, ignore_index=True), shuffled.repairs.sort_values(key, ignore_index=True)
    )


@given(st.text(max_size=400))
@examples(8)
def test_prose_never_exceeds_its_limit(text: str) -> None:
    limit = BY_NAME["employer_description"].most or 0
    (short,) = values("employer_description", text)
    assert short is None or len(short) <= limit


@pytest.mark.parametrize("name", ["seats", "siret", "contact_email", "contact_phone", "published_on", "daily_hours"])
def test_a_code_or_a_number_is_looked_at_up_to_a_length_that_none_has(name: str) -> None:
    long = "0" * (LONGEST - 1) + "2"
    cells = clean(column(name, long, "0" + long), feed(), load(), YEAR).frame[name].tolist()
    assert cells[1] == "0" + long
    assert cells[0] == ("2" if name == "seats" else long)


def test_a_long_text_is_normalized_piece_by_piece_as_it_would_be_whole() -> None:
    text = ("e\u0301t" + "\u1112\u1161\u11ab" * 30 + " Ate\u0301lier, " + "a\u0327\u0301" * 40) * 20
    assert normalized("NFC", text) == unicodedata.normalize("NFC", text)
    assert normalized("NFKD", text) == unicodedata.normalize("NFKD", text)
