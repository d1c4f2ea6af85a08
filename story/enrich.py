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
from offers.findings import finding_of
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
        unset = {"feed": feed.slug, "service": name, "setting": SETTING[name]}
        return {}, (finding_of(f"{name}_not_asked", Severity.NOTE, **unset),)
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
    told = {"silent": silent, "asked": asked, "what": what, "host": service.host, "said": said}
    return finding_of(f"{service.name}_not_known", Severity.NOTE, feed=feed.slug, **told)
