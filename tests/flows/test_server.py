"""A Prefect server that is not there is one sentence, and no traceback."""

from __future__ import annotations

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings

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
