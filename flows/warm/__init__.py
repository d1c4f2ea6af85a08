"""Warm runs: one process that has everything imported forks a child for each flow run.

    worker (flows.worker) ── asks ──▶ forks ── forks ──▶ child: one run, and its end
         ╰───────────── line: the job, orders, how it ended ─────────────╯

`forks` is a process of its own, started by exec before it imports anything: forks and threads do not mix, and a worker
has both. What a run needs is imported there once (`preload`); a child reads its settings anew, runs one flow run and
ends, so that its memory is given back and its death is one failed run. `parent` is the worker's end of it.
"""

import struct

NUMBER = struct.Struct("!i")
"""What goes over a line beside letters: how long a job is, a process's number, how a child ended."""
CANCEL, HAND_BACK = b"c", b"h"
"""What a worker may tell a child."""
HANDED_BACK = "Its worker was stopped before the run was done: it begins anew."
"""What Prefect shows of a run that was handed back."""
