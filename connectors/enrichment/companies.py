"""The national company search: is the establishment of a SIRET still open?

`GET {base}/search?q=<siret>` gives `results`, each a company with its `siege` and `matching_etablissements`; each of
these has `siret` and `etat_administratif`, A or F. Beyond 7 calls a second it answers 429. Companies that keep their
data to themselves are not in it, so that a SIRET it does not find is unknown, not wrong.
https://recherche-entreprises.api.gouv.fr/docs
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from connectors.enrichment.talking import MOST, Manner, not_as_documented, talk
from connectors.http.settings import Pace
from connectors.http.web import Request, Web
from offers.enrichment import Answer, Question

PACE = Pace(calls=7, per="second")


class CompanySearch:
    """Asks one SIRET at a time; an answer is {"state": "A"}, {"state": "F"} or {}."""

    name = "companies"

    def __init__(self, base: str, now: Callable[[], datetime], manner: Manner | None = None) -> None:
        self.host = urlsplit(base).hostname or ""
        self._url, self._now, self._manner = f"{base.rstrip('/')}/search", now, manner or Manner()

    def ask(self, questions: Mapping[str, Question]) -> Iterator[Mapping[str, Answer]]:
        """One answer after another. Raises CannotCollect where the search does not answer, or not as documented."""
        with closing(talk("the company search", self._url, self._now, self._manner, PACE)) as web:
            for key, (siret, *_) in questions.items():
                yield {key: _answer(self._results(web, siret), siret)}

    def _results(self, web: Web, siret: str) -> list[Any]:
        body = web.fetch(Request("a SIRET", self._url, query={"q": siret}), MOST).body
        try:
            results = json.loads(body)["results"]
        except (ValueError, KeyError, TypeError):
            results = None
        if not isinstance(results, list):
            raise not_as_documented(web, f"{len(body)} bytes without `results`", "a JSON document that holds them")
        return results


def _answer(results: list[Any], siret: str) -> Answer:
    companies = [company for company in results if isinstance(company, dict)]
    sites = [
        site for one in companies for site in (one.get("siege"), *(one.get("matching_etablissements") or ()))
    ]  # fmt: skip
    states = [site.get("etat_administratif") for site in sites if isinstance(site, dict) and site.get("siret") == siret]
    known = next((state for state in states if state in ("A", "F")), None)
    return {"state": known} if known else {}
