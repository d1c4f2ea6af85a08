"""Imported once by the process from which `commands.quai` forks: what each command would otherwise build anew.

The reference tables and the contract take longer than most commands.
"""

from __future__ import annotations

import gc

from config.tables import load
from offers.cleaning.batch import clean
from testing.drawing import YEAR, feed, mapped
from validation.contract import check

check(clean(mapped({}), feed(), load(), YEAR), {}, feed(), load(), YEAR)
gc.freeze()  # no child looks through what all share, nor makes a copy of it by looking
