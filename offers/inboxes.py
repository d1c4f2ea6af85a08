"""Where files are left for a feed, and whether two feeds would take one another's."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

_TOKEN = re.compile(r"\*+|\[!?\]?[^\]]{0,99}\]|.", re.DOTALL)


@dataclass(frozen=True)
class Inbox:
    """`place`: what tells one folder from another (host, user, path …); `globs`: which of its files are meant.

    `cleared`: what was taken is moved away; of two feeds that leave everything where it is, neither robs the other.
    """

    place: tuple[str, ...]
    globs: tuple[str, ...]
    cleared: bool = True

    def shared(self, other: Inbox) -> tuple[str, str] | None:
        """A glob of each that may mean the same file, where they do."""
        if self.place != other.place or not (self.cleared or other.cleared):
            return None
        return next(((a, b) for a in self.globs for b in other.globs if may_meet(a, b)), None)


def may_meet(one: str, other: str) -> bool:
    """Whether some name matches both globs; case does not count."""
    a, b = (_TOKEN.findall(glob.lower()) for glob in (one, other))
    letters = {*string.printable.lower(), *one.lower(), *other.lower()}

    @cache
    def meet(i: int, j: int) -> bool:
        if i == len(a) or j == len(b):
            return all(token.startswith("*") for token in (*a[i:], *b[j:]))
        if a[i].startswith("*"):
            return meet(i + 1, j) or meet(i, j + 1)
        if b[j].startswith("*"):
            return meet(i, j + 1) or meet(i + 1, j)
        return any(fnmatchcase(c, a[i]) and fnmatchcase(c, b[j]) for c in letters) and meet(i + 1, j + 1)

    return meet(0, 0)
