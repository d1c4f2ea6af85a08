"""An ingest killed at any point leaves the warehouse as before or as after, and the next run completes it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from testing.commands import ROOT


@pytest.mark.parametrize("points", ["few", pytest.param("every", marks=pytest.mark.nightly)])
def test_a_run_killed_at_any_point_leaves_all_or_nothing_and_the_next_completes_it(tmp_path, database_url, points):
    """SIGKILL before each stage of the story, and before each COPY inside the transaction."""
    command = [sys.executable, "-m", "testing.killing", str(tmp_path), database_url, points]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr[-2000:]
    kills = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(kills) == 6 if points == "few" else len(kills) > 12
    for kill in kills:
        before, killed, after = kill["before"], kill["killed"], kill["after"]
        assert kill["code"] == -signal.SIGKILL, kill
        assert kill["completed"] == 0, kill
        assert killed["standing"] in (before["standing"], after["standing"]), kill
        assert (killed["deliveries"] > before["deliveries"]) == (killed["standing"] == after["standing"]), kill
        assert after["standing"] != before["standing"], kill
        assert killed["orphans"] == after["orphans"] == 0, kill
        assert after["waiting"] == [], kill
        if not killed["told"]:  # killed between the commit and the return: the next one tells what was done
            told = after["return"]
            assert ("identique" in told, "offres prises" in told) == (False, True), (
                kill["point"],
                told[told.find("<h1") :][:1500],
            )
    assert any(
        kill["killed"]["deliveries"] > kill["before"]["deliveries"] and not kill["killed"]["told"] for kill in kills
    )
