"""What Prefect runs, and how: the only place that knows it."""

from __future__ import annotations

from typing import Any

from config.keyring import blocks_are_read_by
from offers.errors import FeedMisconfigured


def secret_of_block(name: str) -> str:
    """The value that the block of that name holds. Raises FeedMisconfigured naming the block, never a value."""
    from prefect.blocks.system import Secret  # here: most secrets lie in none, and need no Prefect

    try:
        found: Any = Secret.load(name, _sync=True)  # type: ignore[call-arg]  # Prefect's own switch, in no signature
        value = str(found.get())
    except Exception as fault:
        # Prefect raises what its HTTP client raises; its texts may quote the answer, which may hold the block.
        why = "there is none of that name" if isinstance(fault, ValueError) else type(fault).__name__
    else:
        return value
    raise FeedMisconfigured(
        f"the Prefect Secret block {name} cannot be read ({why}), and a partner's file names it. Make it on Prefect's "
        "page of blocks, or correct the `block` key that names it."
    )


blocks_are_read_by(secret_of_block)
