"""What evaluate() finds, with the ratios that the targets are stated in, and as a markdown table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

NEGATIVES = (
    "another_site",
    "another_week",
    "sibling_service",
    "shared_boilerplate",
    "same_template_other_employer",
    "other",
)
SIZES = {"1": (1, 1), "2": (2, 2), "3": (3, 3), "4": (4, 4), "5-8": (5, 8), "9-16": (9, 16), "17-32": (17, 32),
         "33-": (33, 1 << 60)}  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """Counts of records, offers (groups) and pairs of records; each mapping's values are counts, too.

    `truths`: real offers; `offers`: offers found. `found_by_kind`: kind of copy -> how many, how many linked to their
    original, how many when every review is answered rightly. `false_by_negative`: false pairs within the offers found.
    `review_by_negative`: review pairs that are not the same offer.
    """

    records: int
    truths: int
    offers: int
    true_pairs: int
    linked_pairs: int
    right_pairs: int
    right_after_review: int
    covered_pairs: int
    candidates: int
    review: int
    review_same: int
    found_by_kind: Mapping[str, tuple[int, int, int]]
    false_by_negative: Mapping[str, int]
    review_by_negative: Mapping[str, int]
    sizes: Mapping[str, int]
    true_sizes: Mapping[str, int]

    @property
    def precision(self) -> float:
        """Of the linked pairs those that are right."""
        return self.right_pairs / self.linked_pairs if self.linked_pairs else 1.0

    @property
    def recall(self) -> float:
        """Of the true pairs those that are linked."""
        return self.right_pairs / self.true_pairs if self.true_pairs else 1.0

    @property
    def recall_with_review(self) -> float:
        """The same, once every review that is the same offer has been answered so."""
        return self.right_after_review / self.true_pairs if self.true_pairs else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0

    @property
    def completeness(self) -> float:
        """Of the true pairs those that blocking lets through."""
        return self.covered_pairs / self.true_pairs if self.true_pairs else 1.0

    @property
    def candidates_per_offer(self) -> float:
        """Candidate pairs per record."""
        return self.candidates / self.records if self.records else 0.0

    @property
    def review_per_100(self) -> float:
        """Review pairs per hundred offers found."""
        return 100 * self.review / self.offers if self.offers else 0.0

    def row(self) -> dict[str, str]:
        """The headline figures, as text by heading."""
        return {
            "records": f"{self.records:,}",
            "offers": f"{self.offers:,} ({self.truths:,})",
            "precision": f"{self.precision:.4f}",
            "recall": f"{self.recall:.4f}",
            "with review": f"{self.recall_with_review:.4f}",
            "F1": f"{self.f1:.4f}",
            "completeness": f"{self.completeness:.4f}",
            "candidates per record": f"{self.candidates_per_offer:.1f}",
            "review per 100 offers": f"{self.review_per_100:.2f}",
            "of these the same": f"{self.review_same / self.review:.0%}" if self.review else "-",
        }

    def table(self) -> str:
        """Everything as markdown: headline, false links, copies by kind, sizes of offers."""
        negatives = [
            {"hard negative": name, "false pairs": f"{self.false_by_negative[name]:,}",
             "sent to review": f"{self.review_by_negative[name]:,}"} for name in NEGATIVES
        ]  # fmt: skip
        kinds = [
            {
                "copy": name,
                "records": f"{count:,}",
                "linked": f"{linked / count:.2%}",
                "with review": f"{then / count:.2%}",
            }
            for name, (count, linked, then) in self.found_by_kind.items()
        ]
        sizes = [{"records of one offer": name, "found": f"{self.sizes[name]:,}", "true": f"{self.true_sizes[name]:,}"}
                 for name in SIZES]  # fmt: skip
        return "\n\n".join(markdown(rows) for rows in ([self.row()], negatives, kinds, sizes) if rows)


def markdown(rows: list[dict[str, str]]) -> str:
    """Rows of one heading as a markdown table, the first column left, the others right."""
    heads = list(rows[0])
    rule = ["---", *("---:" for _ in heads[1:])]
    lines = [heads, rule, *([row[head] for head in heads] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
