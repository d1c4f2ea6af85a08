"""From the last of the eleven migrations before it (0011) to what `warehouse.migrate` makes in one go.

They had numbered four keys that Quai numbers itself, by sequences that nothing ever asked, named one check twice, and
said of two columns where they come from by names of then.
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the four sequences away, give the check its name, say the two columns anew; no row changes."""
    for table, column in (("golden", "offer"), ("offer_aliases", "alias"), ("offer_ids", "id"), ("sketches", "id")):
        op.alter_column(table, column, server_default=None)
        op.execute(f"drop sequence {table}_{column}_seq")
    op.execute("comment on column links.rule is 'offers.matching.comparison.MatchRule'")
    op.execute("comment on column sketches.version is 'offers.matching.sketches.VERSION that made it'")
    op.execute("alter table quarantine rename constraint quarantine_quarantine_state_known to quarantine_state_known")
