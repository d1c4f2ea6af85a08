"""Outside services that a feed may ask about its offers, all of them `offers.enrichment.Service`s."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from urllib3.filepost import encode_multipart_formdata

from connectors.http.clock import Clock
from connectors.http.web import Request, Web
from connectors.settings import HttpSettings, Pace
from connectors.source import Workspace
from offers.enrichment import ADDRESS, Answer, Question
from offers.errors import FeedMisconfigured, Unreachable
from offers.feed import Secret

MOST = 50_000_000
"""Bytes of one answer, unpacked."""
AT_A_TIME, _SITES = 1_000, "matching_etablissements"
SEARCHED = ("street", "postal_code", "city")
ADDED = {"latitude": "latitude", "longitude": "longitude", "score": "result_score", "citycode": "result_citycode"}


@dataclass(frozen=True)
class Manner:
    """How patiently a service is asked; seconds. `deadline` bounds what one delivery spends on it."""

    connect_timeout: float = 5
    read_timeout: float = 30
    deadline: float = 300
    attempts: int = 3
    clock: Clock = field(default_factory=Clock)


class _Service:
    """One conversation after another with a service at `base`, an address that the place itself named."""

    called: str
    path: str
    pace: Pace

    def __init__(self, base: str, now: Callable[[], datetime], manner: Manner | None = None) -> None:
        self.host = urlsplit(base).hostname or ""
        self._url, self._now, self._manner = f"{base.rstrip('/')}/{self.path}", now, manner or Manner()

    def _talk(self) -> closing[Web]:
        manner = self._manner
        settings = HttpSettings(
            url=self._url,
            allow_private=True,  # it may be inside our own network
            allow_http=self._url.startswith("http://"),
            connect_timeout=manner.connect_timeout,
            read_timeout=manner.read_timeout,
            deadline=manner.deadline,
            attempts=manner.attempts,
        )
        return closing(Web(self.called, settings, Workspace(Path(), _no_secret, self._now), manner.clock, self.pace))

    def _otherwise(self, web: Web, seen: str, expected: str) -> Unreachable:
        """It answered, and not in its own shape: perhaps with a page that says it is being repaired."""
        return Unreachable(f"{self.called}: {web.host} answered with {seen}, expected {expected}.")


def _no_secret(secret: Secret) -> NoReturn:
    raise FeedMisconfigured(f"no outside service needs a secret, and {secret.where} was asked for")


class CompanySearch(_Service):
    """The national company search: is the establishment of a SIRET still open? {"state": "A"}, {"state": "F"} or {}.

    `GET {base}/search?q=<siret>` gives `results`, each a company with its `siege` and `matching_etablissements`; each
    of these has `siret` and `etat_administratif`, A or F. Beyond 7 calls a second it answers 429. Companies that keep
    their data to themselves are not in it, so that a SIRET it does not find is unknown, not wrong.
    https://recherche-entreprises.api.gouv.fr/docs
    """

    name, called, path, pace = "companies", "the company search", "search", Pace(calls=7, per="second")

    def ask(self, questions: Mapping[str, Question]) -> Iterator[Mapping[str, Answer]]:
        """One answer after another. Raises CannotCollect where the search does not answer, or not as documented."""
        with self._talk() as web:
            for key, (siret, *_) in questions.items():
                body = web.fetch(Request("a SIRET", self._url, query={"q": siret}), MOST).body
                try:
                    results = json.loads(body)["results"]
                except (ValueError, KeyError, TypeError):
                    results = None
                if not isinstance(results, list):
                    seen = f"{len(body)} bytes without `results`"
                    raise self._otherwise(web, seen, "a JSON document that holds them")
                companies = [company for company in results if isinstance(company, dict)]
                sites = [one for company in companies for one in (company.get("siege"), *(company.get(_SITES) or ()))]
                here = [one for one in sites if isinstance(one, dict) and one.get("siret") == siret]
                states = [one["etat_administratif"] for one in here if one.get("etat_administratif") in ("A", "F")]
                yield {key: {"state": states[0]} if states else {}}


class Geocoder(_Service):
    """The national geocoder, in bulk: where does an address lie? latitude, longitude, score and citycode, or nothing.

    `POST {base}/search/csv/`, a form of several parts: `data`, the CSV file, `columns`, once per column that makes the
    address. The answer is the same CSV with `latitude`, `longitude`, `result_score` and `result_citycode` (among
    others) added, empty where nothing was found. https://adresse.data.gouv.fr/outils/api-doc/adresse
    """

    name, called, path, pace = "coordinates", "the geocoder", "search/csv/", Pace(calls=10, per="second")

    def ask(self, questions: Mapping[str, Question]) -> Iterator[Mapping[str, Answer]]:
        """A thousand answers after another. Raises CannotCollect where it does not answer, or not as documented."""
        items = list(questions.items())
        with self._talk() as web:
            for start in range(0, len(items), AT_A_TIME):
                asked = items[start : start + AT_A_TIME]
                table = StringIO(newline="")
                writer = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
                writer.writerow(("key", *ADDRESS))
                writer.writerows((key, *address) for key, address in asked)
                data = ("data", ("addresses.csv", table.getvalue().encode(), "text/csv"))
                columns = [("columns", one) for one in SEARCHED]
                body, kind = encode_multipart_formdata([data, *columns, ("delimiter", ",")])
                headers = {"Content-Type": kind}
                # requests takes ready bytes where a form may stand
                request = Request("addresses", self._url, "POST", headers=headers, form=body)  # type: ignore[arg-type]  # see above
                text = web.fetch(request, MOST).body.decode("utf-8-sig", "replace")
                rows = csv.DictReader(StringIO(text, newline=""))
                if not {"key", *ADDED.values()} <= set(rows.fieldnames or ()):
                    seen = f"{len(text)} characters without its columns"
                    raise self._otherwise(web, seen, ", ".join(ADDED.values()))
                points = {row["key"]: {ours: row.get(theirs) or "" for ours, theirs in ADDED.items()} for row in rows}
                yield {key: point if all(point.values()) else {} for key, _ in asked if (point := points.get(key))}
