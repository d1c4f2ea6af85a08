"""The story. The only place that knows Prefect."""

import os
import sys

if sys.platform == "linux":
    # Measured on 200 000 offers: a fifth less memory at the peak than Arrow's own choice, at the same speed.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "jemalloc")
