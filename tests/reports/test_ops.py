"""The artifact beside a flow run."""

from __future__ import annotations

from datetime import UTC, datetime

from offers.model import REJECTION_COLUMNS, Counts, Delivery, Finding, Severity, VerdictKind, text_frame
from reports.ops import markdown

AT = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)


def delivery(findings: tuple[Finding, ...] = ()) -> Delivery:
    counts = Counts(read=3, rejected=1, created=2)
    return Delivery("a/b", "offres.csv", "0" * 64, VerdictKind.ACCEPTED, counts, findings, AT, AT, "f", id=7)


def test_a_summary_gives_counts_findings_and_the_first_rejections() -> None:
    finding = Finding("headers_unused", Severity.NOTE, "2", "0", "Two headers are not used.")
    rows = [(4, "city", "Ville", "city_missing", None, None, "Ligne 4 : vide.", "Écrivez la commune.")]
    said = markdown(delivery((finding,)), text_frame(REJECTION_COLUMNS, rows))
    assert "| 3 | 0 | 1 | 0 | 2 |" in said
    assert "Two headers are not used." in said
    assert "- line 4, Ville, `city_missing`: Ligne 4 : vide." in said


def test_a_partners_text_is_no_markup() -> None:
    rows = [(4, "city", "a|b_c", "city_missing", None, None, "<script>\n- [x](javascript:y) `z`", None)]
    said = markdown(delivery(), text_frame(REJECTION_COLUMNS, rows))
    assert said.strip().splitlines()[-1] == (
        r"- line 4, a\|b\_c, `city_missing`: \<script\> - \[x\](javascript:y) \`z\`"
    )


def test_the_return_is_a_link_and_its_absence_is_said() -> None:
    said = markdown(delivery(), text_frame(REJECTION_COLUMNS), "file:///quai/outbox/offres du 1er.retour.html")
    assert "[offres du 1er.retour.html](<file:///quai/outbox/offres du 1er.retour.html>)" in said
    assert "No return was written." in markdown(delivery(), text_frame(REJECTION_COLUMNS))
