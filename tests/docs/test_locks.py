"""What is installed, and what images are built of: pinned, nothing for development among it, and audited."""

from __future__ import annotations

import json
import re
import runpy
import tomllib
from pathlib import Path

from testing.servers.http import Asked, Reply, Server

ROOT = Path(__file__).resolve().parents[2]
AUDIT = ROOT / ".ci" / "audit.py"
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


def pinned(lock: str) -> dict[str, list[str]]:
    """Each package with its pins and hashes, as the lock has them."""
    text = re.sub(r"^ *#.*\n", "", (ROOT / lock).read_text(encoding="utf-8"), flags=re.MULTILINE)
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\S)", text):
        name = block.partition("==")[0]
        found.setdefault(name, []).extend(re.findall(r"==([^ ;]+)|--hash=(\S+)", block))
    return found


def test_what_an_installation_runs_is_of_the_tried_versions_and_holds_nothing_for_development() -> None:
    run, tried = pinned("requirements-run.lock"), pinned("requirements.lock")
    assert {name for name, pins in run.items() if pins != tried.get(name)} == set()
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    dev = {re.split(r"[\[><=]", need)[0] for need in extra["dev"]}
    assert dev <= set(tried)
    assert not dev & set(run)
    assert "requests" in run


def test_every_image_is_of_a_version_that_does_not_move() -> None:
    files = [path for path in (ROOT / "deploy").rglob("*") if path.name in ("Dockerfile", "compose.yaml", "quai.yaml")]
    named = [name for path in files for name in re.findall(r"(?:FROM|image:|ARG PYTHON=) *([^\s$]+)", path.read_text())]
    bases = {name for name in named if not name.endswith(":local") and name != "python:"}
    assert len(bases) == 3
    assert [name for name in bases if not re.search(r"\d+\.\d+", name)] == []


def test_the_image_is_installed_from_that_lock_and_its_wheel_is_built_by_what_is_locked() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "--require-hashes -r requirements-run.lock" in last
    assert "requirements.lock" not in last
    found = re.search(r"sed -n '(/\^setuptools==/,/# via/)p' requirements\.lock", DOCKERFILE)
    assert found is not None
    block = re.search(r"^setuptools==.*?# via", (ROOT / "requirements.lock").read_text(), re.MULTILINE | re.DOTALL)
    assert block is not None
    assert "--hash=sha256:" in block[0]
    assert block[0].count("==") == 1


def test_an_advisory_fails_the_audit_and_a_source_that_does_not_answer_skips_it_with_a_word(capsys, tmp_path):
    audit = runpy.run_path(str(AUDIT))["main"]
    (lock := tmp_path / "a.lock").write_text("good==1.0 \\\n    --hash=sha256:0\nbad==2.0 ; sys_platform == 'x' \\\n")

    def answer(asked: Asked) -> Reply:
        versions = [(one["package"]["name"], one["version"]) for one in json.loads(asked.body)["queries"]]
        return Reply(
            json={"results": [{"vulns": [{"id": "GHSA-1"}]} if one == ("bad", "2.0") else {} for one in versions]}
        )

    with Server(answer) as server:
        assert audit(lock, server.url()) == 1
        assert capsys.readouterr().out == "audit: bad 2.0: GHSA-1\naudit: 2 packages, 1 advisories\n"
        server.answer = lambda asked: Reply(hang_up=True)
        assert audit(lock, server.url()) == 0
        assert "audit: skipped" in capsys.readouterr().out
