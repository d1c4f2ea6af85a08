"""How a drop reaches us. KINDS is the registry: the word in a feed's TOML, and what opens it."""

from __future__ import annotations

from connectors.settings import ApiSettings, BucketSettings, DownloadSettings, FolderSettings, SftpSettings
from connectors.source import ConnectorKind

KINDS: dict[str, ConnectorKind] = {
    "folder": ConnectorKind(FolderSettings, "connectors.folder:FolderConnector"),
    "sftp": ConnectorKind(SftpSettings, "connectors.sftp:SftpConnector"),
    "download": ConnectorKind(DownloadSettings, "connectors.http.download:DownloadConnector"),
    "api": ConnectorKind(ApiSettings, "connectors.http.api:ApiConnector"),
    "bucket": ConnectorKind(BucketSettings, "connectors.bucket:BucketConnector"),
}
