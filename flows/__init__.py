"""What Prefect runs, and how: the only place that knows it."""

from config.keyring import blocks_are_read_by
from flows.blocks import secret_of_block

blocks_are_read_by(secret_of_block)
