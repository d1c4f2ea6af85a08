"""An empty file in the shape that a feed expects, for an employer to fill."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from config.clock import utc_now
from config.settings import Settings
from config.tables import load as load_reference
from offers.calendar import SchoolYear, day_of
from offers.errors import FeedMisconfigured
from offers.onboarding.form import Form, form
from offers.wording import Language
from operations.feeds import the_feed
from reports.template import as_csv, as_xlsx
from validation.rulebook import RULES

ENDINGS = (".csv", ".xlsx")


def write_template(settings: Settings, slug: str, out: Path, ours: bool = False) -> Form:
    """Write the form of a feed to `out`, as its ending says; gives what was written. An existing file is replaced.

    Raises FeedMisconfigured for another ending, and for CSV where the feed reads records: then a workbook will do.
    """
    feed, ending = the_feed(settings, slug), out.suffix.lower()
    if ending not in ENDINGS:
        raise FeedMisconfigured(
            f"--out {out}: ends in « {ending} », expected .csv or .xlsx. Give the file that ending."
        )
    if ending == ".csv" and feed.format.of_elements:
        kind = feed.format.kind.upper()
        raise FeedMisconfigured(
            f"{slug} reads {kind}, and beside it our own form as a workbook; CSV it cannot tell from broken {kind}. "
            f"Write --out {out.with_suffix('.xlsx')}."
        )
    made = form(feed, load_reference().sectors, SchoolYear.at(day_of(utc_now())), ours)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(as_csv(made) if ending == ".csv" else as_xlsx(made, refusals()))
    return made


def refusals() -> dict[str, list[str]]:
    """For each of our columns, the titles of the rules that may refuse it, in French."""
    titles: dict[str, list[str]] = defaultdict(list)
    for rule in RULES:
        titles[rule.column].append(Language.FRENCH.pick(rule.title))
    return dict(titles)
