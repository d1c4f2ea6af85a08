"""Hand the employer's return back: three files beside her drop, so that she knows line by line what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import Settings
from offers.changes import OVER_COLUMNS
from offers.copies import Copies
from offers.feed import Feed
from offers.model import (
    IGNORED_COLUMNS,
    REJECTION_COLUMNS,
    REPAIR_COLUMNS,
    REPEATED_COLUMNS,
    Delivery,
    VerdictKind,
    text_frame,
)
from reports.returns.content import Return, acknowledgement, acknowledgement_name, csv
from story.examine import Examined
from validation.rulebook import TITLES

if TYPE_CHECKING:  # the dock knows the database, and a check has none
    from connectors.source import Connector
    from story.dock import Dock

Put = Callable[[str, bytes], str]


def hand_back(feed: Feed, dock: Dock, connector: Connector, delivery: Delivery, examined: Examined | None) -> Delivery:
    """Write the return into the feed's outbox; gives the delivery with where its HTML lies."""
    untold = None if examined is not None else _never_told(dock, delivery)
    told = told_to(feed, untold or delivery, examined, dock.settings)
    if untold is not None:
        told = _as_then(told, dock, untold)
    elif examined is not None and delivery.verdict is VerdictKind.ACCEPTED:
        told = replace(told, copies=told.copies.published(examined.kept, dock.store.shared_offers(feed.slug)))
    elif delivery.verdict is VerdictKind.UNCHANGED:
        last = dock.store.last_accepted(feed.slug)
        if last is not None:
            told = replace(told, rejections=dock.store.rejections(last.id), repairs=dock.store.repairs(last.id))
            told = replace(told, delivery=replace(told.delivery, sheets=_sheets(dock, last.id)))
    files = write(told, connector.put)
    connector.put(acknowledgement_name(delivery.drop), acknowledgement(told.delivery, files))
    if untold is not None:
        dock.store.close(replace(untold, report=files[-1]))
    return replace(delivery, report=files[-1])


def _never_told(dock: Dock, delivery: Delivery) -> Delivery | None:
    """The delivery that took the same bytes, where its run was killed before the employer got her return of it."""
    last = dock.store.last_accepted(delivery.feed) if delivery.verdict is VerdictKind.UNCHANGED else None
    taken = dock.store.delivery(last.id) if last is not None else None
    return taken if taken is not None and taken.report is None and taken.sha256 == delivery.sha256 else None


def _sheets(dock: Dock, number: int) -> tuple[str, ...]:
    taken = dock.store.delivery(number)
    return taken.sheets if taken is not None else ()


def _as_then(told: Return, dock: Dock, taken: Delivery) -> Return:
    """What was done with the lines then, as the ledger has it; the partner's rows themselves are not in it."""
    store, number = dock.store, taken.id or 0
    return replace(
        told,
        headers=store.headers(number),
        rejections=store.rejections(number),
        repairs=store.repairs(number),
        ignored=store.ignored(number),
        repeated=store.repeated(number),
    )


def told_to(feed: Feed, delivery: Delivery, examined: Examined | None, settings: Settings) -> Return:
    """What the employer is told about one drop, ready to be rendered."""
    return Return(
        title=feed.title,
        delivery=delivery,
        headers=examined.headers if examined else {},
        rejections=examined.rejections if examined else text_frame(REJECTION_COLUMNS),
        repairs=examined.repairs if examined else text_frame(REPAIR_COLUMNS),
        ignored=examined.ignored if examined else text_frame(IGNORED_COLUMNS),
        repeated=examined.repeated if examined else text_frame(REPEATED_COLUMNS),
        copies=examined.copies if examined else Copies(),
        over=(examined.over if examined else text_frame(OVER_COLUMNS)).rename_axis("line").reset_index(),
        batch=examined.batch.frame if examined else None,
        contact=settings.contact or "",
        rule_titles=TITLES,
        sheet=feed.format.own_sheet,
        header_row=feed.format.header or 1,
    )


def write(told: Return, put: Put) -> list[str]:
    """Render the return and put each file; gives where each went, the HTML last."""
    from reports.returns.page import html  # here: a check that writes no return does not wait for what draws one
    from reports.returns.workbook import xlsx

    workbook = [put(told.file_name("xlsx"), xlsx(told))] if told.has_workbook else []
    return [*workbook, put(told.file_name("csv"), csv(told)), put(told.file_name("html"), html(told).encode())]


def into(folder: Path) -> Put:
    """Put files into a local folder, made where it is missing."""

    def put(name: str, content: bytes) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / name
        path.write_bytes(content)
        return str(path)

    return put
