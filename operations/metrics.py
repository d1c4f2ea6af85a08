"""The one door to Prometheus: the ledger's figures as metrics, made anew each time somebody asks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from offers.errors import QuaiError, WarehouseUnreachable
from offers.model import VerdictKind
from operations.checkup import Backlog
from operations.feeds import the_partners
from operations.orphans import orphans_of
from story.dock import Dock
from warehouse.metering import OUTCOMES, Figures, figures

PORT = 9464
Runs = Callable[[datetime], Backlog]
"""What looks at the Prefect server (`flows.server.backlog`)."""
_log = logging.getLogger("quai.metrics")


def serve(
    dock: Dock, feeds: Collection[str], address: str, port: int, runs: Runs | None = None
) -> tuple[WSGIServer, threading.Thread]:
    """Answer `/metrics` there, in a thread, as the one who asks wants it: Prometheus text or OpenMetrics."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Harbour(dock, feeds, runs))
    return start_http_server(port, address, registry)


class Harbour(Collector):
    """What Prometheus is told. A part that does not answer is told as such, and does not silence the others."""

    def __init__(self, dock: Dock, feeds: Collection[str], runs: Runs | None = None) -> None:
        self._dock, self._feeds, self._runs = dock, feeds, runs

    def collect(self) -> Iterator[Metric]:
        """All metrics, as they are now."""
        up, partners, now = {"database": 0}, the_partners(self._dock.settings), self._dock.now()
        try:
            found, gone = figures(self._dock.store.warehouse), orphans_of(self._dock, partners)
        except WarehouseUnreachable:
            pass
        else:
            up["database"] = 1
            yield from of_figures(found, self._feeds, now)
            stand = {one.slug: one.held.standing for one in gone}
            yield _gauge("quai_orphaned_records", "Of feeds that no partner's file names any more.", "feed", stand)
        if self._runs is not None:
            try:
                yield from of_backlog(self._runs(now))
                up["prefect"] = 1
            except QuaiError as fault:
                _log.warning("%s", fault)
                up["prefect"] = 0
        yield _gauge("quai_up", "Whether a part answers.", "part", up)
        files = dict.fromkeys((f"{feed.partner}.toml" for feed in partners.feeds.values()), 1)
        files |= dict.fromkeys((one.file for one in partners.broken), 0)
        yield _gauge("quai_partner_file_sound", "0: it holds a fault, and is left out.", "file", files)


def of_figures(found: Figures, feeds: Collection[str], now: datetime) -> Iterator[Metric]:
    """The figures as metrics; every feed and verdict has a line, so that what never happened is 0, not absent."""
    of_feeds = sorted({*feeds, *(feed for feed, _ in found.deliveries)})
    verdicts = {
        (feed, one.value): found.deliveries.get((feed, one.value), 0) for feed in of_feeds for one in VerdictKind
    }
    yield _counter("quai_deliveries", "Attempts at drops.", ("feed", "verdict"), verdicts)
    rows = {(feed, one): found.rows.get((feed, one), 0) for feed in of_feeds for one in OUTCOMES}
    said = "Rows of accepted and unchanged deliveries, by what became of them."
    yield _counter("quai_rows", said, ("feed", "outcome"), rows)
    stages = {(stage,): seconds for stage, seconds in sorted(found.stages.items())}
    yield _counter("quai_stage_seconds", "Seconds that deliveries spent in each stage.", ("stage",), stages)
    ages = {feed: max(0.0, (now - at).total_seconds()) for feed, at in sorted(found.last_accepted.items())}
    yield _gauge("quai_last_accepted_age_seconds", "Since a drop was last accepted or unchanged.", "feed", ages)
    waiting = {feed: found.waiting.get(feed, 0) for feed in of_feeds}
    yield _gauge("quai_quarantine_waiting", "Deliveries that wait for a person.", "feed", waiting)
    failures = {feed: found.failures.get(feed, 0) for feed in of_feeds}
    yield _gauge("quai_failures_open", "Runs in a row that could take nothing in.", "feed", failures)
    yield GaugeMetricFamily("quai_offers_online", "Offers that are online.", value=found.online)


def of_backlog(seen: Backlog) -> Iterator[Metric]:
    """What Prefect has before it. Absent, not 0, where it does not answer: nobody knows then."""
    yield _gauge("quai_flow_runs", "Flow runs that are due and not done.", "state", seen.states)
    yield GaugeMetricFamily("quai_schedules_active", "Deployments whose runs are to be planned.", value=seen.active)
    yield GaugeMetricFamily("quai_runs_planned", "Runs that are planned for later.", value=seen.planned)
    yield GaugeMetricFamily("quai_runs_overdue", "Runs that are due and that no worker took.", value=seen.overdue)


def _counter(name: str, said: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, said, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _gauge(name: str, said: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, said, labels=[label])
    for key, value in values.items():
        family.add_metric([key], value)
    return family
