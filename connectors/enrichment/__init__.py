"""Outside services that a feed may ask about its offers: one module each, all of them `offers.enrichment.Service`s."""
