"""One drop, told on one page: keep, examine, compare, judge, publish or hold, hand back. Knows no Prefect."""
