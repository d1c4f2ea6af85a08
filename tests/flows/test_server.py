"""A Prefect server that is not there is one sentence, and no traceback."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from config.settings import Settings
from flows import local
from flows.deploy import deploy
from offers.errors import QuaiError
from testing.commands import quai
from testing.yard import SLUG


def test_a_server_that_does_not_answer_is_told_by_its_host_and_port_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://quai:secret@127.0.0.1:1/api"
    monkeypatch.setenv("PREFECT_API_URL", url)
    settings = {PREFECT_API_URL: url, PREFECT_CLIENT_MAX_RETRIES: 0}
    with temporary_settings(settings), pytest.raises(QuaiError, match=r"^127\.0\.0\.1:1: the Prefect server") as fault:
        deploy([], "quai")
    assert "secret" not in str(fault.value)


@pytest.mark.parametrize("words", [("ingest", SLUG), ("deploy",), ("serve",)])
def test_a_command_whose_server_is_gone_says_so_in_one_sentence_and_ends_with_3(place, words):
    status, out, err = quai({**place, "PREFECT_API_URL": "http://127.0.0.1:1/api"}, *words)
    assert (status, out) == (3, "")
    (said,) = err.splitlines()
    assert said.startswith("quai: 127.0.0.1:1: the Prefect server does not answer")
    assert "correct PREFECT_API_URL" in said


def test_a_server_that_is_slow_to_answer_is_found_and_stopped_and_not_started_twice(tmp_path: Path) -> None:
    listens = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)"
    command = [sys.executable, "-c", f"{listens}; time.sleep(600)", "prefect"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as deaf:
        assert deaf.stdout is not None
        server = local.Server(deaf.pid, int(deaf.stdout.readline()))
        (tmp_path / "prefect").mkdir()
        (tmp_path / "prefect" / "running.json").write_text(json.dumps(server._asdict()))
        settings = Settings.model_validate({"home": tmp_path})
        assert local.start(settings) == server
        assert local.stop(settings)
    assert deaf.returncode == -signal.SIGTERM
