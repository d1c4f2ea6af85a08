"""Ask OSV (https://osv.dev) whether an advisory is known of anything that a lock pins: one question for all of them.

    python .ci/audit.py requirements.lock [URL]

0: none, or the source cannot be reached, which is said; 1: some, each named with the package that it is of.
"""

from __future__ import annotations

import json
import re
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

SOURCE = "https://api.osv.dev/v1/querybatch"
PATIENCE = 5.0
ACCEPTED: Mapping[str, str] = {}
"""Advisories that we live with, each with the reason."""


def main(lock: Path, source: str = SOURCE) -> int:
    """The exit status."""
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", lock.read_text(encoding="utf-8"), re.MULTILINE)
    asked = [{"package": {"name": name, "ecosystem": "PyPI"}, "version": version} for name, version in pinned]
    body = json.dumps({"queries": asked}).encode()
    request = urllib.request.Request(source, body, {"Content-Type": "application/json"})  # noqa: S310 - ours, or a test's
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - the same
            said = json.load(answer)["results"]
    except (OSError, ValueError, KeyError) as fault:
        print(f"audit: skipped, for {source} does not tell ({fault}); {len(pinned)} packages of {lock} are not audited")
        return 0
    found = [
        f"{name} {version}: {one['id']}"
        for (name, version), told in zip(pinned, said, strict=True)
        for one in told.get("vulns", ())
        if one["id"] not in ACCEPTED
    ]
    print(*(f"audit: {one}" for one in found), f"audit: {len(pinned)} packages, {len(found)} advisories", sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:3]))
