"""Records of internship offers with their truth: `generate(count, seed)`. All invented but the communes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bench.dedup.masking import Masking
from bench.dedup.naming import Names, city_forms, name_all
from bench.dedup.texts import chance, describe, entitle, filled
from bench.dedup.world import KINDS, MIX, SMALL, World, build
from config.tables import load
from offers.places.locating import locate

COLUMNS = ("feed", "trust", "reference", "title", "description", "employer_name", "siret", "street", "postal_code",
           "city", "insee_code", "department", "weeks", "seats", "permalink", "published_on")  # fmt: skip
TRUTH = ("truth", "kind", "negative", "network", "employer", "site", "template", "service")
WEEKS = ("2026-W25 2026-W26", "2026-W25", "2026-W26")
CHUNK = 100_000
ORIGINAL, SEAT_ROW, RESEND, REFORMAT, REPOST, CROSS = range(6)


def generate(count: int, seed: int) -> pd.DataFrame:
    """`count` records in no order, COLUMNS (text, missing where absent) and TRUTH.

    `truth`: the real offer (int64); `kind`: how the record came about (MIX.KINDS); `negative`: which hard negative its
    offer was made as, "" for none; `network`, `employer`, `site`, `template`, `service`: what the offer is made of, so
    that evaluate.negative_of can say what two records of different offers share.
    """
    rng = np.random.default_rng(seed)
    offer, kind = _records(count, rng)
    places = load().places
    world = build(int(offer.max()) + 1, rng, places)
    names = name_all(world, rng)
    frame = _structured(world, names, offer, kind, rng)
    masking = Masking(frame, rng)
    posts = Posts(world, names, seed)
    frame["title"] = masking.title(posts.texts(entitle, offer), frame)
    frame["description"] = masking.description(posts.texts(describe, offer))
    frame = masking.lost(frame)
    located = locate(frame[["postal_code", "city"]], {}, places).frame
    frame = frame.assign(**{name: located[name] for name in ("postal_code", "city", "insee_code", "department")})
    return frame[[*COLUMNS, *TRUTH]]


def _records(count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Of each record its offer and its kind (a position in KINDS), shuffled."""
    copies = np.where(rng.random(count) < MIX.singletons, 0, rng.geometric(1 - MIX.another_copy, count))
    seats = (copies > 0) & (rng.random(count) < MIX.seat_row)
    rows = np.minimum(rng.zipf(2.5, count), MIX.most_seats - 1)
    copies = np.where(seats, rows, copies)
    offer = np.repeat(np.arange(count), copies + 1)[:count]
    first = np.r_[True, offer[1:] != offer[:-1]]
    shares = np.array([MIX.resend, MIX.reformat, MIX.repost_edited, MIX.cross_partner])
    kind = RESEND + np.searchsorted(np.cumsum(shares / shares.sum()), rng.random(count))
    kind = np.where(first, ORIGINAL, np.where(seats[offer], SEAT_ROW, np.minimum(kind, CROSS)))
    order = rng.permutation(count)
    return offer[order], kind[order]


def _structured(
    world: World, names: Names, offer: np.ndarray, kind: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Everything but the texts, as the offer's own source would write it, and the truth."""
    made = world.offers.take(offer).reset_index(drop=True)
    site = made["site"].to_numpy()
    sites = world.sites.take(site).reset_index(drop=True)
    feed, trust = names.feeds.of(sites["network"].to_numpy(), kind, rng)
    number = rng.permutation(len(offer))
    forms = city_forms(world.towns)
    own = kind < REFORMAT
    other = (rng.random(len(offer)) < MIX.other_city_form) & np.where(kind == CROSS, True, ~own & (trust != "employer"))
    form = np.where(other, rng.integers(1, forms.shape[1], size=len(offer)), names.city_form[sites["network"]])
    published = np.datetime64("2026-01-05") + names.published[offer] + np.where(own, 0, rng.integers(0, 40, len(offer)))
    frame = pd.DataFrame(
        {
            "feed": feed, "trust": trust,
            "reference": [f"{one[:3].upper()}-{at:07d}" for one, at in zip(feed, number, strict=True)],
            "employer_name": names.employer[site], "siret": names.siret[site], "street": names.street[site],
            "postal_code": names.postal_code[site], "city": forms[sites["place"], form],
            "weeks": np.array(WEEKS, dtype=object)[made["weeks"]], "seats": names.seats[offer],
            "permalink": [_link(one, at) for one, at in zip(feed, number, strict=True)],
            "published_on": np.datetime_as_string(published, unit="D"),
        },
        dtype="str",
    )  # fmt: skip
    truth = {"truth": offer.astype("int64"), "kind": np.array(KINDS, dtype=object)[kind]}
    frame = frame.assign(**truth, negative=made["negative"], network=sites["network"], employer=sites["employer"],
                         site=site, template=made["template"], service=made["service"])  # fmt: skip
    return frame.astype({"kind": "str", "negative": "str"})


def _link(feed: str, number: int) -> str:
    return f"https://www.{feed.partition('/')[0]}.example/o/{number}"


class Posts:
    """The distinct texts of a world: one per template and service, which all its sites share."""

    def __init__(self, world: World, names: Names, seed: int) -> None:
        offers, networks, self.seed = world.offers, world.networks, seed
        network = world.sites["network"].to_numpy()[offers["site"]]
        keys = pd.DataFrame({"template": offers["template"], "network": np.where(offers["public"], -1, network),
                             "service": offers["service"], "sector": networks["sector"].to_numpy()[network],
                             "position": offers["position"]})  # fmt: skip
        self.post = keys.groupby(list(keys), sort=False).ngroup().to_numpy()
        first = np.unique(self.post, return_index=True)[1]
        posts = keys.take(first).reset_index(drop=True)
        draw = chance(seed, "generic", posts["template"].to_numpy())
        same = draw < MIX.same_title_siblings
        self.posts = posts.assign(
            small=networks["style"].to_numpy()[network[first]] == SMALL,
            public=posts["network"] < 0,
            brand=np.where(posts["network"] < 0, "l'entreprise", names.brand[network[first]]),
            generic=(draw < MIX.generic_title) & ((posts["position"] == 0) | same),
        )
        self.city = world.towns["city"].to_numpy(object)[world.sites["place"].to_numpy()[offers["site"]]]

    def texts(self, make: Callable[[pd.DataFrame, int], Any], offer: np.ndarray) -> Any:
        """The text of each of these offers, with its city in its place; large strings."""
        # Some rows at a time: a million descriptions at once, before and after, would take gigabytes.
        text, parts = make(self.posts, self.seed), []
        for start in range(0, len(offer), CHUNK):
            some = offer[start : start + CHUNK]
            parts.append(filled(text.take(pa.array(self.post[some])), "{city}", pa.array(self.city[some])))
        return pa.concat_arrays(parts)
