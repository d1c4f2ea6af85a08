"""The story. The only place that knows Prefect."""

import os
import sys

if sys.platform == "linux":
    # Measured on 200 000 offers: a fifth less memory at the peak than Arrow's own choice, at the same speed.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")


def keep_to_ourselves() -> None:
    """From now on this process makes its files for its user and group alone: they hold what persons wrote.

    The group, for a partner fetches its returns through it (deploy/sftp). A stricter umask stays.
    """
    os.umask(os.umask(0o027) | 0o027)
