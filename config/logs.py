"""What is logged, one line an event: feed, delivery and flow run on each, no person's data and no secret on any.

A drop's values are in no sentence that is logged. Should one come from a library all the same, or in a traceback, then
addresses, phone numbers and every secret that this process has used are struck out before the line leaves.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TextIO

from config.keyring import hide
from offers.cleaning.contacts import mask
from offers.model import Counts
from offers.text import visible

OURS = (
    "cli", "config", "connectors", "flows", "offers", "operations", "quai", "reports", "story", "validation",
    "warehouse",
)  # fmt: skip
PREFECTS = ("prefect", "prefect.flow_runs", "prefect.task_runs")
KNOWN = ("feed", "delivery", "flow_run")
_known: ContextVar[dict[str, Any]] = ContextVar("what is known of the run")


@contextmanager
def about(**known: Any) -> Iterator[None]:
    """Every line within the block is about these: `feed`, `delivery`, `flow_run`."""
    token = _known.set({**_known.get({}), **known})
    try:
        yield
    finally:
        _known.reset(token)


def told(counts: Counts) -> str:
    """Where the lines of a drop went, in one line; what is 0 is left out."""
    return ", ".join(f"{name} {count}" for name, count in asdict(counts).items() if count) or "no line"


def clean(text: str) -> str:
    """The text as it may be logged."""
    return visible(mask(hide(text)))


class LineFormatter(logging.Formatter):
    """A record as one line: JSON for machines, or words for people."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the message holds."""
        known = _known.get({})
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": clean(record.getMessage()),
            **{name: known.get(name) for name in KNOWN},
        }
        said["flow_run"] = said["flow_run"] or getattr(record, "flow_run_id", None)
        if record.exc_info:
            said["exception"] = clean(self.formatException(record.exc_info))
        if self._form == "json":
            return json.dumps(said, ensure_ascii=False)
        named = " ".join(f"{name}={said[name]}" for name in KNOWN if said[name] is not None)
        trace = f" | {said['exception']}" if "exception" in said else ""
        return " ".join(f"{said['at']} {said['level']} [{named or '-'}] {said['message']}{trace}".split())


class Scrub(logging.Filter):
    """For handlers that make lines of their own, such as Prefect's to its server: nothing passes that may not."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always; the record is cleaned."""
        record.msg, record.args = clean(record.getMessage()), ()
        return True


def start(form: str | None, stream: TextIO | None = None) -> None:
    """Log in this form from now on, once; None leaves things as Python has them: warnings alone, on standard error."""
    root = logging.getLogger()
    if form is None or any(isinstance(handler.formatter, LineFormatter) for handler in root.handlers):
        return
    ours = logging.StreamHandler(stream or sys.stderr)
    ours.setFormatter(LineFormatter(form))
    root.addHandler(ours)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    for name in PREFECTS:
        logger = logging.getLogger(name)
        logger.handlers = [ours if isinstance(one, logging.StreamHandler) else one for one in logger.handlers]
        for handler in logger.handlers:
            handler.addFilter(Scrub())
