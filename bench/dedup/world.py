"""How much of what, and who exists before anybody writes of it: employers, sites in real communes, their offers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bench.dedup.texts import sectors, services_of
from offers.places.gazetteer import Places, department_of


@dataclass(frozen=True)
class Mix:
    """Shares in [0, 1] unless said otherwise. The defaults are those of docs/dedup.md's figures."""

    singletons: float = 0.82
    """Offers of one record only."""
    another_copy: float = 0.30
    """A copied offer is copied once more, and again (but see `most_seats`)."""
    seat_row: float = 0.07
    resend: float = 0.13
    reformat: float = 0.15
    repost_edited: float = 0.20
    cross_partner: float = 0.45
    """What a copied offer's copy is; they sum to 1. A `seat_row` offer has one row per seat and no other copies."""
    most_seats: int = 32
    """Rows that one offer may have, one per seat; most have two."""

    chain: float = 0.58
    regional: float = 0.22
    """Sites that belong to national chains and to employers of one département; the rest are small employers'."""
    franchised: float = 0.30
    """Chains whose sites are employers of their own, with the chain's template."""
    public_text: float = 0.08
    """Small employers that take over a text made for everybody."""
    same_commune: float = 0.08
    """A site is in the commune of the site before it, beyond what chance does."""
    head_office_siret: float = 0.01
    """Chains that write their head office's SIRET for every site."""
    no_siret: float = 0.10
    """Employers that send no SIRET at all."""

    single_post: float = 0.62
    """Sites with one post; each further post comes with `another_post`."""
    another_post: float = 0.50
    another_week: float = 0.30
    sibling_service: float = 0.45
    """What a further post of a site is beside the one before: the same opened for the other week, the same template
    for another service, or else another template of the employer (shared boilerplate)."""
    generic_title: float = 0.20
    """Templates whose first service's title does not say the service."""
    same_title_siblings: float = 0.02
    """Templates whose services all have one generic title: only a part of the text tells them apart."""
    both_weeks: float = 0.55

    cut_at_500: float = 0.85
    ellipsis: float = 0.60
    employer_missing: float = 0.25
    siret_missing: float = 0.85
    weeks_missing: float = 0.20
    postal_code_missing: float = 0.15
    other_city_form: float = 0.75
    street_missing_multiposter: float = 0.10
    street_missing_aggregator: float = 0.35
    street_rewritten: float = 0.50
    title_reworded: float = 0.30
    """What a copy through a multiposter or an aggregator loses or alters."""
    elsewhere: float = 0.40
    """Reformatted and reposted copies that come through another feed of trust `ats` or `multiposter`."""
    weeks_widened: float = 0.01
    """Reposts whose weeks have changed from one to both: still the same offer, and for review."""


MIX = Mix()


KINDS = ("original", "seat_row", "resend", "reformat", "repost_edited", "cross_partner")
"""How a record came about, as positions and in the order of the copies' shares above."""


CHAIN, FRANCHISE, REGIONAL, SMALL = range(4)
BOTH, FIRST, SECOND = range(3)
MOST_POSTS, MOST_TEMPLATES, PUBLIC_TEXTS = 12, 8, 12


@dataclass
class World:
    """Frames of integers, each with a default index that the others refer to.

    `networks`: style (CHAIN …), sector, services and templates (how many), shift (where in its sector's list it
    begins). `sites`: network, employer, place (row of `towns`). `offers`: site, template, service, weeks, position (of
    the service among the site's), negative (text: how it resembles another on purpose). `towns`: the gazetteer's
    communes that have postal codes, with weight.
    """

    networks: pd.DataFrame
    sites: pd.DataFrame
    offers: pd.DataFrame
    towns: pd.DataFrame


def build(count: int, rng: np.random.Generator, places: Places) -> World:
    """At least `count` offers."""
    posts_a_site = 1 + (1 - MIX.single_post) / (1 - MIX.another_post)
    networks = _networks(int(count / posts_a_site * 1.25) + 50, rng)
    towns = _towns(places)
    while True:
        sites = _sites(networks, towns, rng)
        offers = _offers(sites, networks, rng)
        if len(offers) >= count:
            return World(networks, sites, offers.head(count), towns)
        networks = pd.concat([networks, _networks(len(sites) // 4 + 50, rng)], ignore_index=True)


def _networks(sites: int, rng: np.random.Generator) -> pd.DataFrame:
    """Employers of so many sites in all, in random order."""
    parts = [
        _sized(np.minimum(60 * (1 + rng.pareto(0.8, sites // 60 + 2)), max(80, min(4000, sites * 0.03))),
               sites * MIX.chain, CHAIN),
        _sized(2 + rng.geometric(0.12, sites // 4 + 2), sites * MIX.regional, REGIONAL),
        _sized(1.0 + (rng.random(sites + 2) < 0.08), sites * (1 - MIX.chain - MIX.regional), SMALL),
    ]  # fmt: skip
    table = pd.concat(parts, ignore_index=True)
    table = table.take(rng.permutation(len(table))).reset_index(drop=True)
    style, count = table["style"].to_numpy().copy(), len(table)
    style[(style == CHAIN) & (rng.random(count) < MIX.franchised)] = FRANCHISE
    sector = rng.integers(len(sectors()), size=count)
    known = np.array([len(services_of(at)) for at in range(len(sectors()))])[sector]
    most = np.where(style == SMALL, np.minimum(known, 4), known)
    table = table.assign(style=style, sector=sector, services=1 + (rng.random(count) * most).astype("int64"))
    templates = 1 + (rng.random(count) * np.where(style == SMALL, 2, 5)).astype("int64")
    return table.assign(templates=templates, shift=rng.integers(16, size=count))


def _sized(sizes: np.ndarray, wanted: float, style: int) -> pd.DataFrame:
    size = sizes.astype("int64")
    size = size[: int(np.searchsorted(np.cumsum(size), wanted)) + 1]
    return pd.DataFrame({"size": size, "style": style})


def _towns(places: Places) -> pd.DataFrame:
    """Communes with a postal code, by département, with their share of the population (a hamlet has some, too)."""
    table = places.communes.assign(city=places.city).dropna(subset="postal_codes")
    weight = pd.to_numeric(table["population"]).fillna(0).to_numpy("float64") + 20
    department = [department_of(str(code)) for code in table["insee"]]
    table = table.assign(department=department, weight=weight / weight.sum())
    return table.sort_values(["department", "insee"], ignore_index=True)


def _sites(networks: pd.DataFrame, towns: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    network = np.repeat(np.arange(len(networks)), networks["size"])
    style, count = networks["style"].to_numpy()[network], len(network)
    place = _placed(network, style, towns, rng)
    begins = np.r_[True, network[1:] != network[:-1]]
    stays = (rng.random(count) < MIX.same_commune) & ~begins
    place = place[np.maximum.accumulate(np.where(stays, 0, np.arange(count)))]
    own = np.where(style == FRANCHISE, len(networks) + np.arange(count), network)
    return pd.DataFrame({"network": network, "employer": own, "place": place})


def _placed(network: np.ndarray, style: np.ndarray, towns: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """A town for each site by population; a regional employer's all in one département."""
    ends = np.cumsum(towns["weight"].to_numpy())
    draw = rng.random(len(network))
    code = pd.factorize(towns["department"])[0]
    home = np.searchsorted(ends, rng.random(network[-1] + 1) * ends[-1])[network]
    first = np.searchsorted(code, code[np.minimum(home, len(code) - 1)], side="left")
    last = np.searchsorted(code, code[np.minimum(home, len(code) - 1)], side="right") - 1
    low = np.where(first > 0, ends[first - 1], 0.0)
    draw = np.where(style == REGIONAL, low + draw * (ends[last] - low), draw * ends[-1])
    place: np.ndarray = np.minimum(np.searchsorted(ends, draw), len(towns) - 1)
    return place


def _offers(sites: pd.DataFrame, networks: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Site by site one post after the other, each some way like the one before it."""
    count = len(sites)
    of = networks.take(sites["network"].to_numpy()).reset_index(drop=True)
    more = np.where(rng.random(count) < MIX.single_post, 0, rng.geometric(1 - MIX.another_post, count))
    start = np.where(rng.random(count) < 0.6, 0, rng.integers(16, size=count))
    template = (rng.random(count) ** 2 * of["templates"]).astype("int64").to_numpy()
    used, single = np.zeros(count, dtype="int64"), np.zeros(count, dtype=bool)
    rounds: list[pd.DataFrame] = []
    before = np.full(count, -1)
    for turn in range(MOST_POSTS):
        how = _how(rng.random(count), single) if turn else np.full(count, "", dtype=object)
        template = template + (how == "shared_boilerplate")
        used = used + (how == "sibling_service")
        there = (more >= turn) & (used < of["services"].to_numpy()) & (template < of["templates"].to_numpy())
        weeks = np.where(rng.random(count) < MIX.both_weeks, BOTH, rng.integers(1, 3, size=count))
        again = how == "another_week"
        weeks = np.where(again, FIRST + SECOND - before, weeks)
        single, before = (weeks != BOTH) & ~again, weeks
        position = (start + used) % of["services"].to_numpy()
        post = {"site": np.arange(count), "turn": turn, "template": template, "position": position}
        rounds.append(pd.DataFrame(post | {"weeks": weeks, "negative": how})[there])
    offers = pd.concat(rounds, ignore_index=True).sort_values(["site", "turn"], ignore_index=True)
    return _named(offers, sites, of, rng)


def _how(draw: np.ndarray, single: np.ndarray) -> np.ndarray:
    """How a further post is like the one before; one that is for both weeks cannot be opened for the other."""
    sibling = draw < MIX.another_week + MIX.sibling_service
    how = np.where(sibling, "sibling_service", "shared_boilerplate").astype(object)
    how[(draw < MIX.another_week) & single] = "another_week"
    return how


def _named(offers: pd.DataFrame, sites: pd.DataFrame, of: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Template numbers that hold for all employers, services as positions in texts.services(), and the first posts'
    likeness."""
    site = offers["site"].to_numpy()
    style, network = of["style"].to_numpy()[site], sites["network"].to_numpy()[site]
    public = ((of["style"].to_numpy() == SMALL) & (rng.random(len(of)) < MIX.public_text))[site]
    text = rng.integers(PUBLIC_TEXTS, size=len(of))[site]
    own = offers["template"].to_numpy()
    template = np.where(public, -1 - text - PUBLIC_TEXTS * own, network * MOST_TEMPLATES + own)
    known = [services_of(sector) for sector in range(len(sectors()))]
    width = max(len(one) for one in known)
    table = np.array([np.resize(one, width) for one in known])
    size = np.array([len(one) for one in known])
    sector, shift = of["sector"].to_numpy()[site], of["shift"].to_numpy()[site]
    service = table[sector, (offers["position"].to_numpy() + shift) % size[sector]]
    negative = offers["negative"].to_numpy(object)
    first = np.select([public | (style == FRANCHISE), style != SMALL],
                      ["same_template_other_employer", "another_site"], "")  # fmt: skip
    negative = np.where(negative == "", first, negative)
    return offers.drop(columns="turn").assign(template=template, service=service, negative=negative, public=public)
