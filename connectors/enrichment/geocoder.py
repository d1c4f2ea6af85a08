"""The national geocoder, in bulk: where does an address lie?

`POST {base}/search/csv/`, a form of several parts: `data`, the CSV file, `columns`, once per column that makes the
address. The answer is the same CSV with `latitude`, `longitude`, `result_score` and `result_citycode` (among others)
added, empty where nothing was found. https://adresse.data.gouv.fr/outils/api-doc/adresse
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from io import StringIO
from urllib.parse import urlsplit

from urllib3.filepost import encode_multipart_formdata

from connectors.enrichment.talking import MOST, Manner, not_as_documented, talk
from connectors.http.settings import Pace
from connectors.http.web import Request, Web
from offers.enrichment import ADDRESS, Answer, Question

PACE = Pace(calls=10, per="second")
AT_A_TIME = 1_000
SEARCHED = ("street", "postal_code", "city")
ADDED = {"latitude": "latitude", "longitude": "longitude", "score": "result_score", "citycode": "result_citycode"}


class Geocoder:
    """Asks a thousand addresses at a time; an answer holds latitude, longitude, score and citycode, or nothing."""

    name = "coordinates"

    def __init__(self, base: str, now: Callable[[], datetime], manner: Manner | None = None) -> None:
        self.host = urlsplit(base).hostname or ""
        self._url, self._now, self._manner = f"{base.rstrip('/')}/search/csv/", now, manner or Manner()

    def ask(self, questions: Mapping[str, Question]) -> Iterator[Mapping[str, Answer]]:
        """A thousand answers after another. Raises CannotCollect where it does not answer, or not as documented."""
        with closing(talk("the geocoder", self._url, self._now, self._manner, PACE)) as web:
            items = list(questions.items())
            for start in range(0, len(items), AT_A_TIME):
                yield self._batch(web, dict(items[start : start + AT_A_TIME]))

    def _batch(self, web: Web, questions: Mapping[str, Question]) -> Mapping[str, Answer]:
        body, kind = _form(questions)
        headers = {"Content-Type": kind}
        # requests takes ready bytes where a form may stand
        request = Request("addresses", self._url, "POST", headers=headers, form=body)  # type: ignore[arg-type]  # see above
        text = web.fetch(request, MOST).body.decode("utf-8-sig", "replace")
        rows = csv.DictReader(StringIO(text, newline=""))
        if not {"key", *ADDED.values()} <= set(rows.fieldnames or ()):
            raise not_as_documented(web, f"{len(text)} characters without its columns", ", ".join(ADDED.values()))
        return {row["key"]: _answer(row) for row in rows if row["key"] in questions}


def _answer(row: Mapping[str, str | None]) -> Answer:
    found = {ours: row.get(theirs) or "" for ours, theirs in ADDED.items()}
    return found if all(found.values()) else {}


def _form(questions: Mapping[str, Question]) -> tuple[bytes, str]:
    table = StringIO(newline="")
    writer = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(("key", *ADDRESS))
    writer.writerows((key, *address) for key, address in questions.items())
    parts = [("data", ("addresses.csv", table.getvalue().encode(), "text/csv"))]
    return encode_multipart_formdata([*parts, *(("columns", name) for name in SEARCHED), ("delimiter", ",")])
