"""What outside services may add: whether a site is closed, and where an address lies. Pure: frames and answers in.

A service that does not know, or was not reached, changes nothing: a SIRET stays unknown, coordinates stay empty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

import numpy as np
import pandas as pd
from stdnum.fr import siret as stdnum_siret

from offers.columns import BY_NAME
from offers.findings import finding_of
from offers.model import REPAIR_COLUMNS, Cleaned, Finding, Severity, text_frame
from offers.places.gazetteer import commune_of, in_france
from offers.sheets import named
from offers.text import fold_word

Question = tuple[str, ...]
Answer = Mapping[str, Any]
"""What a service said, in our words, JSON-ready; empty where it said that it knows nothing."""

ADDRESS = ("street", "postal_code", "city", "insee_code")
LEAST_SCORE = 0.6
LINES_NAMED = 10
CLOSED = "F"
"""`etat_administratif` of an establishment: A (actif) or F (fermé), INSEE's own letters."""
KEPT = {"companies": timedelta(days=30), "coordinates": timedelta(days=180)}
NOTHING_KEPT = timedelta(days=7)


class Service(Protocol):
    """One outside service. `name` is one of KEPT's; `host` is said in findings."""

    name: str
    host: str

    def ask(self, questions: Mapping[str, Question]) -> Iterator[Mapping[str, Answer]]:
        """Answers by the questions' keys, a few at a time. Raises CannotCollect; what came before it holds."""
        ...


def kept_for(service: str, answer: Answer) -> timedelta:
    """How long an answer holds before the service is asked again: less where it knew nothing."""
    return KEPT[service] if answer else NOTHING_KEPT


def sirets_to_ask(frame: pd.DataFrame) -> dict[str, Question]:
    """Each distinct sound SIRET of the frame, as its own key."""
    return {siret: (siret,) for siret in frame["siret"].dropna().unique() if stdnum_siret.is_valid(siret)}


def closed_sites(
    frame: pd.DataFrame, answers: Mapping[str, Answer], slug: str, sheets: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """A finding that names the lines whose SIRET is a closed site's; none where there are none."""
    closed = [siret for siret, answer in answers.items() if answer.get("state") == CLOSED]
    lines = frame.index[frame["siret"].isin(closed)].tolist()
    if not lines:
        return ()
    which = {"first": [named(line, sheets) for line in lines[:LINES_NAMED]], "of": len(lines)}
    return (finding_of("site_is_closed", Severity.WARN, feed=slug, count=len(lines), lines=which),)


def addresses_to_ask(frame: pd.DataFrame) -> dict[str, Question]:
    """Each distinct address (ADDRESS) of the rows that have a settled commune and no coordinates, by its key."""
    without = frame["latitude"].isna() & frame["longitude"].isna() & frame[list(ADDRESS)].notna().all(axis=1)
    distinct = frame.loc[without, list(ADDRESS)].drop_duplicates()
    return {address_key(row): row for row in distinct.itertuples(index=False, name=None)}


def address_key(address: Sequence[str]) -> str:
    """A checksum of the address but for case, accents and punctuation: the cache needs no second copy of addresses."""
    return hashlib.sha256("\x1f".join(map(fold_word, address)).encode()).hexdigest()


def with_coordinates(cleaned: Cleaned, answers: Mapping[str, Answer], headers: Mapping[str, str]) -> Cleaned:
    """The frame with the coordinates that hold (`point_of`), each recorded as a repair, `geocoded`."""
    frame = cleaned.frame
    asked = {row: answers.get(key, {}) for key, row in addresses_to_ask(frame).items()}
    points = {row: point for row, answer in asked.items() if (point := point_of(row[3], answer))}
    if not points:
        return cleaned
    without = (frame["latitude"].isna() & frame["longitude"].isna()).to_numpy()
    rows = np.flatnonzero(without)
    addresses = frame.iloc[rows][list(ADDRESS)].itertuples(index=False, name=None)
    found = {int(at): points[address] for at, address in zip(rows, addresses, strict=True) if address in points}
    places = list(found)
    columns, noted = {}, []
    for which, name in enumerate(("latitude", "longitude")):
        values, degrees = frame[name].to_numpy(object, copy=True), [point[which] for point in found.values()]
        values[places] = degrees
        columns[name] = pd.Series(values, index=frame.index, dtype="str", name=name)
        header = headers.get(name) or BY_NAME[name].fr
        told = {"line": frame.index[places], "field": name, "column": header, "after": degrees, "why": "geocoded"}
        noted.append(text_frame(REPAIR_COLUMNS, pd.DataFrame(told)))
    repairs = pd.concat([cleaned.repairs, *noted], ignore_index=True)
    repairs = repairs.sort_values("line", kind="stable", ignore_index=True)
    return replace(cleaned, frame=frame.assign(**columns), repairs=repairs)


def point_of(insee: str, answer: Answer) -> tuple[str, str] | None:
    """Latitude and longitude as text, where the answer is sure enough (LEAST_SCORE) and of the same commune."""
    try:
        score, latitude, longitude = (float(answer[name]) for name in ("score", "latitude", "longitude"))
    except (KeyError, TypeError, ValueError):
        return None
    same = commune_of(str(answer.get("citycode", ""))) == commune_of(insee)
    if not (score >= LEAST_SCORE and same and in_france(np.array([latitude]), np.array([longitude])).all()):
        return None
    # Six decimals are a tenth of a metre.
    return f"{latitude:.6f}".rstrip("0").rstrip("."), f"{longitude:.6f}".rstrip("0").rstrip(".")
