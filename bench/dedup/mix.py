"""How much of what: every share that the generator draws by, in one place."""

from __future__ import annotations

from dataclasses import dataclass


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


KINDS = ("original", "seat_row", "resend", "reformat", "repost_edited", "cross_partner")
"""How a record came about, as positions and in the order of the copies' shares above."""
