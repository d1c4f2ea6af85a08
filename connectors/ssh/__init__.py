"""One SFTP connection for plain code: the only package that knows the SSH library (docs/adr/0005)."""

from __future__ import annotations

from offers.errors import Unreachable


class NotNow(Unreachable):
    """Another attempt in this run will not help, the next run may: our disk is full, a file is still being written."""
