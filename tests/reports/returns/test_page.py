from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import pytest

from offers.examined import Examined
from offers.model import IGNORED_COLUMNS, REJECTION_COLUMNS, Counts, Finding, Severity, VerdictKind, text_frame
from offers.wording import Language
from reports.returns.content import Return
from reports.returns.page import SHOWN, html

Make = Callable[..., Return]
VOID = {"meta", "rect", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """What a reader who does not see the page has of it: elements, their attributes, their text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(source)
        self.close()
        assert self.open == [], f"elements left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            return
        self.text += data
        for tag in set(self.open):
            self.texts[tag][-1] += data

    def all(self, *tags: str) -> Iterator[dict[str, str | None]]:
        return (attributes for tag, attributes in self.elements if tag in tags)

    def plain(self) -> str:
        return re.sub(r"\s+", " ", self.text)


STOPPED = Finding("withdraws_too_much", Severity.STOP, "", "", "tech words", {"withdrawn": 4, "standing": 6})
KINDS: dict[str, dict[str, object]] = {
    "accepted": {},
    "english": {"lang": Language.ENGLISH},
    "quarantined": {"kind": VerdictKind.QUARANTINED, "findings": (STOPPED,)},
    "unreadable": {
        "kind": VerdictKind.UNREADABLE,
        "counts": Counts(),
        "findings": (Finding("unreadable", Severity.STOP, "", "", "no <offre> element in 12 bytes"),),
        "rejections": text_frame(REJECTION_COLUMNS),
        "batch": Examined().batch,
    },
    "unchanged": {"kind": VerdictKind.UNCHANGED, "counts": Counts(), "rejections": text_frame(REJECTION_COLUMNS)},
    "aside": {"ignored": text_frame(IGNORED_COLUMNS, [(3, "Pas un stage de seconde")])},
}


@pytest.fixture(params=list(KINDS))
def source(request: pytest.FixtureRequest, make: Make) -> str:
    return html(make(**KINDS[request.param]))


def test_the_verdict_is_the_one_main_heading(make: Make) -> None:
    def heading(**more: object) -> str:
        more = {"rejections": text_frame(REJECTION_COLUMNS)} | more
        return Page(html(make(**more))).texts["h1"][0]

    many = Counts(read=2000, rejected=38, created=1962)
    assert heading(counts=many) == "1\u202f962\u00a0offres prises, 38\u00a0lignes à corriger"
    assert heading(counts=many, lang=Language.ENGLISH) == "1,962\u00a0offers taken, 38\u00a0lines to correct"
    assert heading(counts=Counts(read=1, created=1)) == "1\u00a0offre prise, 1\u00a0ligne en double"
    assert heading(counts=Counts(read=1, rejected=1)) == "Aucune offre prise, 1\u00a0ligne à corriger"
    assert heading(**KINDS["unreadable"]) == "Votre fichier n’a pas pu être lu\u00a0: aucune offre n’a été prise"
    assert heading(**KINDS["unchanged"]) == "Ce fichier est identique au précédent\u00a0: rien à faire"


def test_the_same_bytes_again_with_lines_still_refused_say_so(make: Make) -> None:
    page = Page(html(make(kind=VerdictKind.UNCHANGED, counts=Counts())))
    assert page.texts["h1"] == ["Ce fichier est identique au précédent\u00a0: il reste 2\u00a0lignes à corriger"]
    assert "n’a que 4 chiffres" in page.text


def test_a_file_on_hold_says_why_whom_to_call_and_that_nothing_was_withdrawn(make: Make) -> None:
    text = Page(html(make(**KINDS["quarantined"]))).plain()
    assert "Il y manque 4 des 6 offres que vous avez en ligne" in text
    assert "Aucune de vos offres déjà en ligne n’a été modifiée ni retirée" in text
    assert "stages@quai.example" in text


def test_a_finding_that_nobody_put_in_french_shows_no_english_and_what_is_ours_alone_nothing(make: Make) -> None:
    def page(kind: VerdictKind, check: str, severity: Severity, **more: object) -> str:
        return Page(html(make(kind, findings=(Finding(check, severity, "seen", "", "In English."),), **more))).plain()

    stopped = page(VerdictKind.QUARANTINED, "never_heard_of", Severity.STOP)
    assert "Un de nos contrôles l’a arrêté" in stopped
    for check in ("never_heard_of", "encoding_doubtful"):
        assert "Remarques" not in page(VerdictKind.ACCEPTED, check, Severity.WARN)
    assert "In English." not in stopped
    assert "In English." in page(VerdictKind.ACCEPTED, "never_heard_of", Severity.WARN, lang=Language.ENGLISH)


def test_each_refusal_is_told_with_its_line_column_value_and_remedy(make: Make) -> None:
    text = Page(html(make())).plain()
    assert "4A-3Code postal7500« 7500 » n’a que 4 chiffres.Mettez la colonne au format Texte." in text


def test_refusals_are_grouped_by_fault_with_how_many_lines(make: Make) -> None:
    many = text_frame(
        REJECTION_COLUMNS,
        [
            (n, "siret", "SIRET", "siret_lost", f"{n},5E+13", "", f"Ligne {n} : arrondi.", "Format Texte.")
            for n in (2, 3, 5)
        ]
        + [(4, "title", "Intitulé", "required", None, "", "Ligne 4 : vide.", "Un titre.")],
    )
    page = Page(html(make(rejections=many, rule_titles={"siret_lost": ("SIRET arrondi par Excel", "SIRET rounded")})))
    assert page.texts["h3"] == ["SIRET SIRET arrondi par Excel", "Intitulé Vide."]
    assert "3\u00a0lignes" in page.text
    assert "2,5E+13 3,5E+13 5,5E+13" in page.plain()


def test_cosmetic_repairs_are_told_to_nobody_and_the_others_are_shown(make: Make) -> None:
    text = Page(html(make())).plain().replace("\u00a0", " ")
    assert "la commune le confirme.Code postal1Ligne 2 : 1000 devient 01000" in text
    assert "Rayon frais" not in text.split("Réparé pour vous")[1]


def test_a_file_of_which_only_the_writing_was_changed_is_perfect(make: Make, nothing: dict[str, pd.DataFrame]) -> None:
    cosmetic = {**nothing, "repairs": make().repairs.iloc[1:]}
    text = Page(html(make(counts=Counts(read=60, created=60), **cosmetic))).plain()
    assert "60 offres prises, rien à corriger" in text.replace("\u00a0", " ")
    assert "toutes vos lignes sont en ordre" in text
    assert "Réparé pour vous" not in text


def test_what_folds_together_is_never_said_to_be_in_order(make: Make, nothing: dict[str, pd.DataFrame]) -> None:
    counts = Counts(read=30, repeated=29, created=1)
    text = Page(html(make(counts=counts, **{**nothing, "repeated": make().repeated}))).plain().replace("\u00a0", " ")
    assert "1 offre prise, 1 ligne en double" in text
    assert "rien à corriger" not in text
    assert "en ordre" not in text


def test_repairs_of_refused_lines_are_not_counted_as_mended(make: Make) -> None:
    repairs = make().repairs.assign(line=4)
    assert "Réparé pour vous" not in html(make(repairs=repairs))


def test_the_first_thousand_are_shown_and_the_rest_is_said_to_be_in_the_csv(make: Make) -> None:
    row = make().rejections.iloc[[0]]
    many = pd.concat([row] * (SHOWN + 1), ignore_index=True).assign(line=range(2, SHOWN + 3))
    source = html(make(rejections=many, drop="offres de juin.csv"))
    page = Page(source)
    assert source.count('class="why"') == SHOWN
    assert "Les 1 000 premières sont montrées, sur 1 001." in page.plain().replace("\u202f", " ")
    assert "./offres%20de%20juin.csv.retour.csv" in source


def test_a_long_value_is_cut_and_its_length_is_said(make: Make) -> None:
    long = make().rejections.head(1).assign(value="x" * 1832)
    assert "(1\u202f832 caractères)" in html(make(rejections=long))


def test_an_excerpt_is_not_given_a_length_that_is_not_its_own(make: Make) -> None:
    excerpt = make().rejections.head(1).assign(value="x" * 499 + "…")
    assert "caractères)" not in html(make(rejections=excerpt))


def test_persons_are_masked(make: Make) -> None:
    source = html(make())
    assert "anne@@x.fr" not in source
    assert "a…@…" in source


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "a\x00b\x1fc"]
)
def test_what_strangers_wrote_is_text_and_nothing_else(make: Make, evil: str) -> None:
    hostile = text_frame(REJECTION_COLUMNS, [(4, "title", evil, evil, evil, evil, evil, evil)])
    findings = tuple(
        Finding(check, Severity.WARN, evil, evil, evil, dict.fromkeys(("old", "new", "header"), evil))
        for check in ("header_renamed", "header_empty")
    )
    source = html(replace(make(rejections=hostile, findings=findings, drop=evil, contact=evil), title=evil))
    page = Page(source)
    assert not list(page.all("script", "img"))
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert "\x00" not in source
    assert "49" not in page.text


def test_the_page_needs_nothing_from_elsewhere(source: str) -> None:
    page = Page(source)
    assert not list(page.all("script", "link", "iframe", "object", "form"))
    assert not re.search(r"url\(|@import|https?://", source)
    assert all((a["href"] or "").startswith(("#", "./")) for a in page.all("a"))


def test_the_structure_serves_a_reader_who_hears_it(source: str) -> None:
    page = Page(source)
    (root,) = page.all("html")
    assert root["lang"] in ("fr", "en")
    assert page.texts["title"][0].strip()
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert [len(list(page.all(tag))) for tag in ("main", "header", "footer")] == [1, 1, 1]


def test_tables_have_captions_and_scopes(source: str) -> None:
    page = Page(source)
    assert len(page.texts.get("caption", [])) == len(list(page.all("table")))
    assert all(caption.strip() for caption in page.texts.get("caption", []))
    assert all(cell.get("scope") in ("col", "row") for cell in page.all("th"))


def test_pictures_have_words_and_ids_are_unique(source: str) -> None:
    page = Page(source)
    assert all(svg.get("role") == "img" and svg.get("aria-label") for svg in page.all("svg"))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {(a["href"] or "")[1:] for a in page.all("a") if (a["href"] or "").startswith("#")}
    assert targets <= set(ids)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("ink", ["ink", "soft", "link", "refused"])
@pytest.mark.parametrize("paper", ["paper", "ground", "wash"])
def test_every_ink_stands_out_on_every_paper(make: Make, ink: str, paper: str) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", html(make())))
    assert contrast(colours[ink], colours[paper]) >= 4.5


@pytest.mark.parametrize("part", ["taken", "mended", "refused", "aside"])
def test_each_part_of_the_bar_stands_out_on_the_paper(make: Make, part: str) -> None:
    """WCAG 2.2, 1.4.11: at least 3 to 1 for what is not text."""
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", html(make())))
    assert contrast(colours[part], colours["paper"]) >= 3


def test_the_bar_is_as_wide_as_its_lines_and_shows_the_smallest_part(make: Make) -> None:
    source = html(make(counts=Counts(read=100_000, rejected=1, ignored=499, created=99_500)))
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([\d.]+)"', source)]
    assert sum(widths) == pytest.approx(100, abs=0.05)
    assert min(widths) >= 0.5
