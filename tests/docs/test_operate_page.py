"""The pages and `deploy/` are kept true: every `quai` line in them is a command with those options."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from cli import app
from flows.worker import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "operate.md").read_text(encoding="utf-8").partition("\n## What was run")[0]
DEPLOY = ROOT / "deploy"


def of_the_pages() -> set[str]:
    """What stands in blocks of any page, and in the runbook's text."""
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")]
    blocks = [line for page in pages for line in re.findall(r"^    (quai .*)$", page, re.MULTILINE)]
    return {line.partition("  #")[0].strip() for line in [*blocks, *re.findall(r"`(quai [^`…]+)`", PAGE)]}


def of_the_units() -> set[str]:
    started = "\n".join(path.read_text(encoding="utf-8") for path in (DEPLOY / "systemd").glob("*.service"))
    return {f"quai {words}" for words in re.findall(r"/\.venv/bin/quai ([^'\n]+)", started)}


def of_the_containers() -> set[str]:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"].values()
    manifests = yaml.safe_load_all((DEPLOY / "kubernetes" / "quai.yaml").read_text(encoding="utf-8"))
    pods = [one["spec"]["template"]["spec"]["containers"] for one in manifests if one["kind"] == "Deployment"]
    given = [one.get("command", []) for one in services] + [each["args"] for pod in pods for each in pod]
    return {shlex.join(words) for words in given if words[:1] == ["quai"]}


LINES = sorted(of_the_pages() | of_the_units() | of_the_containers())


@pytest.mark.parametrize("line", LINES)
def test_a_line_is_a_command_with_these_options_and_all_its_arguments(line: str) -> None:
    command: Any = get_command(app)
    words = shlex.split(line)[1:]
    while hasattr(command, "commands"):
        if command.invoke_without_command and (not words or words[0].startswith("-")):
            break
        assert words, f"{line}: a group, and no command of it"
        command, words = command.get_command(None, words[0]), words[1:]
        assert command is not None, f"{line}: no such command"
    context = command.context_class(command)
    given, left, _ = command.make_parser(context).parse_args(list(words))
    assert left == []
    needed = [one.name for one in command.params if one.required and one.param_type_name == "argument"]
    assert [name for name in needed if given.get(name) is None] == []


def test_there_is_something_to_hold() -> None:
    assert len(of_the_pages()) > 80
    assert {"quai watch", "quai worker --limit 4", "quai serve --limit 4"} <= of_the_units()
    assert {"quai migrate", "quai deploy", "quai watch", "quai worker --limit 4"} <= of_the_containers()


def test_every_link_of_a_page_leads_to_a_file_that_is_there() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [(page, to) for page in pages for to in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))]
    assert len(links) > 100
    assert [(page.name, to) for page, to in links if not (page.parent / to).exists()] == []


def test_every_path_that_a_run_gets_is_whole() -> None:
    told = yaml.safe_load_all((DEPLOY / "kubernetes" / "quai.yaml").read_text(encoding="utf-8"))
    (config,) = [one["data"] for one in told if one["kind"] == "ConfigMap"]
    lines = (DEPLOY / "systemd" / "quai.env").read_text(encoding="utf-8").splitlines()
    unit = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    image = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    for name in ("QUAI_HOME", "QUAI_PARTNERS"):
        assert config[name].startswith("/")
        assert unit[name].startswith("/")
        assert f"{name}=/" in image


def test_workers_in_a_cluster_have_what_the_watch_has_and_time_to_hand_their_runs_back() -> None:
    manifests = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "quai.yaml").read_text(encoding="utf-8")))
    worker, watch = (
        one["spec"]["template"]["spec"]
        for name in ("quai-worker", "quai-watch")
        for one in manifests
        if one["kind"] == "Deployment" and one["metadata"]["name"] == name
    )
    assert worker["volumes"] == watch["volumes"]
    assert worker["securityContext"] == watch["securityContext"]
    for key in ("envFrom", "volumeMounts", "securityContext", "image"):
        assert worker["containers"][0][key] == watch["containers"][0][key]
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    patience = [worker["terminationGracePeriodSeconds"], int(services["worker"]["stop_grace_period"].removesuffix("s"))]
    for name in ("quai-worker", "quai-serve"):
        unit = (DEPLOY / "systemd" / f"{name}.service").read_text(encoding="utf-8")
        assert "KillMode=mixed" in unit
        patience.append(int(re.findall(r"^TimeoutStopSec=(\d+)$", unit, re.MULTILINE)[0]))
    assert min(patience) > 2 * PATIENCE


def test_every_part_that_asks_the_prefect_server_is_given_its_key_and_partners_come_nowhere_near_it() -> None:
    units = {path.name: path.read_text(encoding="utf-8") for path in (DEPLOY / "systemd").glob("*.service")}
    asking = {name for name, unit in units.items() if "EnvironmentFile=/etc/quai/quai.env" in unit}
    assert asking >= {f"quai-{part}.service" for part in ("prefect", "worker", "watch", "serve", "metrics")}
    assert [name for name in asking if "EnvironmentFile=/etc/quai/auth.env" not in units[name]] == []
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    ours = {name: one for name, one in services.items() if one.get("image") == "quai:local"}
    assert [name for name, one in ours.items() if "secrets/auth.env" not in one["env_file"]] == []
    assert (services["sftp"]["networks"], [name for name, one in ours.items() if "networks" in one]) == (
        ["partners"],
        [],
    )
    manifests = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "quai.yaml").read_text(encoding="utf-8")))
    pods = [one["spec"]["template"]["spec"]["containers"] for one in manifests if one["kind"] == "Deployment"]
    key = {"secretRef": {"name": "quai-prefect"}}
    assert [each["name"] for pod in pods for each in pod if key not in each["envFrom"]] == []
    assert {one["metadata"]["namespace"] for one in manifests if one["kind"] == "NetworkPolicy"} == {"quai", "prefect"}
