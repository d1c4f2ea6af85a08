"""The bucket connector keeps the promises of every connector: on S3, on the memory of a process, on a disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from testing.contract import ConnectorContract
from testing.servers.bucket_side import BucketSide, bucket_side


class TestBucketOnS3(ConnectorContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[BucketSide]:
        with bucket_side("s3", tmp_path) as side:
            yield side


class TestBucketInMemory(ConnectorContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[BucketSide]:
        with bucket_side("memory", tmp_path) as side:
            yield side


class TestBucketOnDisk(ConnectorContract):
    @pytest.fixture
    def rig(self, tmp_path: Path) -> Iterator[BucketSide]:
        with bucket_side("file", tmp_path) as side:
            yield side
