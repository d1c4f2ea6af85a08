"""References that are those of before, written otherwise."""

from __future__ import annotations

import pytest

from offers.gate.missing import reformed

BEFORE = {f"{number:06d}" for number in range(1001, 1101)}


@pytest.mark.parametrize(
    ("how", "said", "before"),
    [
        ("decimals", [f"{n}.0" for n in range(1001, 1101)], {str(n) for n in range(1001, 1101)}),
        ("zeros", [str(n) for n in range(1001, 1101)], BEFORE),
        ("zeros", [f"STG-{n:04d}" for n in range(40)], {f"STG-{n}" for n in range(40)}),
        ("case", [f"stg-{n}a" for n in range(40)], {f"STG-{n}A" for n in range(40)}),
        ("signs", [f"STG{n}" for n in range(40)], {f"STG-{n}" for n in range(40)}),
        ("affix", [f"EMP-{n:06d}" for n in range(1001, 1101)], BEFORE),
        ("affix", [f"{n:06d}/2027" for n in range(1001, 1101)], BEFORE),
        ("affix", [f"{n:06d}" for n in range(1001, 1101)], {f"EMP-{n:06d}" for n in range(1001, 1101)}),
        ("scientific", ["2,02611E+14"], {f"2026110000{n:05d}" for n in range(30)}),
        (None, [f"{n:06d}" for n in range(5001, 5101)], BEFORE),
        (None, [f"N-{n}" for n in range(40)], {f"STG-{n + 900}" for n in range(40)}),
    ],
)
def test_what_happened_to_references_is_known_by_those_that_stand(
    how: str | None, said: list[str], before: set[str]
) -> None:
    found = reformed(said, before)
    assert (found and found.how) == how
    if found:
        assert found.now in said
        assert found.before in before
