"""How a drop reaches us. KINDS is the registry: the word in a feed's TOML, and what opens it."""

from __future__ import annotations

from connectors import api, bucket, download, folder, sftp
from connectors.source import ConnectorKind

KINDS: dict[str, ConnectorKind] = {
    "folder": folder.KIND,
    "sftp": sftp.KIND,
    "download": download.KIND,
    "api": api.KIND,
    "bucket": bucket.KIND,
}
