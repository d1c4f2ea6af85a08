"""What the invented answers of partners' systems hold: sound placements, jobs that are none, people to leave out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from testing.servers.http import Asked, Reply

PEOPLE = ("Camille Recruteuse", "camille@acme.example", "0601020304")
TEXT = "Stage d'observation de seconde : découvre nos métiers avec nous pendant deux semaines."
JOB = "Nous cherchons une personne pour trois ans, avec un diplôme d'ingénieur."
STREET, CODE, TOWN, LATITUDE, LONGITUDE = "12 rue des Forges", "35000", "Rennes", "48.1113", "-1.6800"
EMPLOYER = "Ateliers Rivoire"


def is_job(number: int) -> bool:
    """One record in ten is a job, and not meant for us."""
    return number % 10 == 9


def text(number: int) -> str:
    """The description, as HTML."""
    return f"<p>{JOB if is_job(number) else TEXT} Poste {number}.</p>"


def contract(number: int) -> str:
    return "CDI" if is_job(number) else "Stage"


@dataclass(frozen=True)
class Case:
    """One preset: what answers for its system, where, what a partner's file says beside, and what comes of it.

    `blanks` fills `with`; `more` is TOML below the feed, where {base} is the server's address; `secret` says that the
    address is the secret ADDRESS. `values` are those that every kept record has, after cleaning.
    """

    answer: Callable[[Asked], Reply]
    path: str
    blanks: str
    count: int
    total: int | None = None
    more: str = ""
    secret: bool = False
    values: dict[str, str] = field(default_factory=dict)

    @property
    def sound(self) -> int:
        """Records that are placements."""
        return sum(not is_job(number) for number in range(self.count))
