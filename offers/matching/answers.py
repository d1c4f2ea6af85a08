"""What is said of a pair of sketches, and the rules that say it."""

from __future__ import annotations

from enum import StrEnum

PAIR_COLUMNS = ("a", "b", "score", "description", "title", "employer", "answer", "rule")
"""Of judged pairs: positions of the two sketches, score and its three parts (0 to 100, NaN where a veto came first),
the answer and the rule that gave it."""


class Answer(StrEnum):
    """What is said of a pair."""

    SAME = "same"
    REVIEW = "review"
    DISTINCT = "distinct"


class Rule(StrEnum):
    """What made the answer so; the first that holds."""

    ROWS_KEPT_APART = "rows_kept_apart"
    OTHER_SIRET = "other_siret"
    OTHER_TOWN = "other_town"
    OTHER_WEEKS = "other_weeks"
    OTHER_STREET = "other_street"
    OTHER_EMPLOYER = "other_employer"
    OTHER_JOB = "other_job"
    UNLIKE = "unlike"
    NEARLY_LIKE = "nearly_like"
    SOME_WEEKS = "some_weeks"
    TWO_STREETS = "two_streets"
    LITTLE_SAID = "little_said"
    LIKE = "like"

    @property
    def answer(self) -> Answer:
        """What the rule says of a pair."""
        if self is Rule.LIKE:
            return Answer.SAME
        return Answer.REVIEW if self in _DOUBTS else Answer.DISTINCT


_DOUBTS = (Rule.NEARLY_LIKE, Rule.SOME_WEEKS, Rule.TWO_STREETS, Rule.LITTLE_SAID)
RULES = tuple(Rule)
"""Rules by number."""
