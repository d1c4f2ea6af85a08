"""Ask outside services about a cleaned batch, where feed and place both want it. Never a reason for a delivery to fail.

What is known from before is not asked again; what a service does not answer stays unknown, and a finding says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from config.settings import Settings
from connectors.enrichment import CompanySearch, Geocoder
from offers.enrichment import (
    Answer,
    Question,
    Service,
    addresses_to_ask,
    closed_sites,
    kept_for,
    sirets_to_ask,
    with_coordinates,
)
from offers.errors import CannotCollect
from offers.feed import Feed
from offers.model import Cleaned, Finding, Severity
from warehouse.answers import Answers

SETTING = {"companies": "QUAI_COMPANY_SEARCH_URL", "coordinates": "QUAI_GEOCODER_URL"}


@dataclass(frozen=True)
class Services:
    """The services that this place has, the answers it keeps, and its clock."""

    known: Mapping[str, Service]
    answers: Answers
    now: Callable[[], datetime]


def services(settings: Settings, answers: Answers, now: Callable[[], datetime]) -> Services:
    """Those whose address is set. Nothing is asked yet."""
    known: dict[str, Service] = {}
    if settings.company_search_url:
        known["companies"] = CompanySearch(settings.company_search_url, now)
    if settings.geocoder_url:
        known["coordinates"] = Geocoder(settings.geocoder_url, now)
    return Services(known, answers, now)


def enrich(cleaned: Cleaned, headers: Mapping[str, str], feed: Feed, outside: Services) -> Cleaned:
    """The batch with what the services know of it: coordinates as repairs, closed sites and silences as findings."""
    findings: tuple[Finding, ...] = ()
    if feed.enrich.companies:
        answers, silence = _asked("companies", sirets_to_ask(cleaned.frame), feed, outside)
        findings += silence + closed_sites(cleaned.frame, answers, feed.slug, cleaned.sheets)
    if feed.enrich.coordinates:
        answers, silence = _asked("coordinates", addresses_to_ask(cleaned.frame), feed, outside)
        findings += silence
        cleaned = with_coordinates(cleaned, answers, headers)
    return replace(cleaned, findings=(*cleaned.findings, *findings)) if findings else cleaned


def _asked(
    name: str, questions: Mapping[str, Question], feed: Feed, outside: Services
) -> tuple[Mapping[str, Answer], tuple[Finding, ...]]:
    """What is known of the questions by now, and a note where some are left without an answer."""
    service = outside.known.get(name)
    if service is None:
        unset = f"{SETTING[name]} is not set"
        sentence = (
            f"{feed.slug}: the feed asks for {name} (`enrich.{name}`), and this place names no service for them: "
            f"{unset}. Nothing was asked. Set it, or take the key out of the partner's file."
        )
        expected = f"the service's address, for the feed says enrich.{name} = true"
        return {}, (Finding(f"{name}_not_asked", Severity.NOTE, unset, expected, sentence),)
    known = outside.answers.known(name, questions, outside.now())
    left = {key: question for key, question in questions.items() if key not in known}
    fault: CannotCollect | None = None
    try:
        for answers in service.ask(left) if left else ():
            outside.answers.keep(name, answers, outside.now(), kept_for)
            known |= answers
    except CannotCollect as error:
        fault = error
    silent = len(questions) - len(known)
    return known, (_silence(service, feed, silent, len(questions), fault),) if silent else ()


def _silence(service: Service, feed: Feed, silent: int, asked: int, fault: CannotCollect | None) -> Finding:
    what = {"companies": "SIRETs", "coordinates": "addresses"}[service.name]
    said = f" ({str(fault).split('. ')[0].rstrip('.')})" if fault else ""
    seen = f"{silent} of {asked} {what} without an answer of {service.host}{said}"
    sentence = (
        f"{feed.slug}: {service.host} did not answer for {silent} of {asked} {what}{said}. They stay unknown, and "
        "nothing was refused or changed on their account. The next drop asks again."
    )
    return Finding(f"{service.name}_not_known", Severity.NOTE, seen, "an answer to each", sentence)
