"""The landing on an S3-compatible server, as workers on several machines share it."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import fsspec
import pytest

from offers.errors import CannotKeep
from offers.model import Drop
from testing.servers.bucket_side import files, s3_port
from testing.servers.proxy import Proxy
from warehouse.landing import Landing

NOW = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
BYTES = b"reference;titre\r\n1;\xc9t\xe9\r\n"
CHECKSUM = sha256(BYTES).hexdigest()
SECRET, TOKEN = "sec/5ecret+9999", "tok-5ecret-7777"


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket, and an environment that says where it is and who we are."""
    port, name = s3_port(), f"landing-{uuid4().hex[:12]}"
    files(port).mkdir(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA5ECRET")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    elsewhere(monkeypatch, port)
    return name


def elsewhere(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{port}")
    fsspec.get_filesystem_class("s3").clear_instance_cache()


def drop(folder: Path, name: str = "offres.csv", content: bytes = BYTES) -> Drop:
    path = folder / name
    path.write_bytes(content)
    return Drop("a/b", name, path, len(content), NOW, "the inbox")


def held(bucket: str) -> list[str]:
    return sorted(files(s3_port()).find(bucket))


def test_bytes_are_kept_found_and_kept_once(bucket: str, tmp_path: Path) -> None:
    landing = Landing(f"s3://{bucket}/drops", tmp_path)
    landed = landing.keep(drop(tmp_path))
    assert landed.uri == f"s3://{bucket}/drops/{CHECKSUM[:2]}/{CHECKSUM}"
    assert landing.fetch(landed).read_bytes() == BYTES
    again = Landing(f"s3://{bucket}/drops", tmp_path).keep(drop(tmp_path, "encore.csv"))
    assert (again.sha256, again.uri) == (landed.sha256, landed.uri)
    assert landing.about(CHECKSUM)["name"] == "offres.csv"
    at = f"{bucket}/drops/{CHECKSUM[:2]}/{CHECKSUM}"
    assert held(bucket) == [at, f"{at}.json"]


def test_workers_that_keep_the_same_drop_at_once_keep_it_once_and_whole(bucket: str, tmp_path: Path) -> None:
    def worker(number: int) -> str:
        fresh = Landing(f"s3://{bucket}/drops", tmp_path)
        return fresh.keep(drop(tmp_path, f"{number}.csv")).sha256

    with ThreadPoolExecutor(4) as workers:
        assert set(workers.map(worker, range(4))) == {CHECKSUM}
    assert len(held(bucket)) == 2
    assert files(s3_port()).cat_file(held(bucket)[0]) == BYTES


def test_what_another_machine_kept_in_the_meantime_is_found(bucket: str, tmp_path: Path) -> None:
    here = Landing(f"s3://{bucket}/drops", tmp_path)
    with pytest.raises(CannotKeep, match="no drop is kept under this checksum"):
        here.fetch(CHECKSUM)
    other = files(s3_port())
    other.pipe_file(f"{bucket}/drops/{CHECKSUM[:2]}/{CHECKSUM}", BYTES)
    assert here.fetch(CHECKSUM).read_bytes() == BYTES


def test_bytes_that_are_no_longer_those_of_their_checksum_are_refused(bucket: str, tmp_path: Path) -> None:
    landing = Landing(f"s3://{bucket}/drops", tmp_path)
    landing.keep(drop(tmp_path))
    files(s3_port()).pipe_file(f"{bucket}/drops/{CHECKSUM[:2]}/{CHECKSUM}", b"other")
    with pytest.raises(CannotKeep, match="not those of this checksum"):
        landing.fetch(CHECKSUM)


def test_a_bucket_that_is_missing_is_said_and_not_made(bucket: str, tmp_path: Path) -> None:
    with pytest.raises(CannotKeep, match=r"no-such-bucket-here.*set QUAI_LANDING to another place"):
        Landing("s3://no-such-bucket-here/drops", tmp_path).keep(drop(tmp_path))
    assert "no-such-bucket-here" not in files(s3_port()).ls("")


def test_a_server_that_is_gone_is_one_sentence_without_secrets(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with Proxy(s3_port()) as proxy:
        gone = proxy.port
    elsewhere(monkeypatch, gone)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(fsspec.get_filesystem_class("s3"), "retries", 1)
    with pytest.raises(CannotKeep, match="cannot keep or find a drop") as told:
        Landing(f"s3://{bucket}/drops", tmp_path).keep(drop(tmp_path))
    everything = f"{told.value!r} {told.value.__cause__!r} {caplog.text}"
    assert not [value for value in (SECRET, TOKEN) if value in everything]


def test_a_store_whose_library_is_not_here_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotKeep, match="QUAI_LANDING"):
        Landing("gs://acme/drops", tmp_path)
