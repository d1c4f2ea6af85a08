"""What is done with bytes that are no letter in the encoding of all the others: each costs its line or record alone."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from connectors.formats.odd_bytes import MOST_TOLD, PLANE, SPOILED, Fault, readable
from connectors.formats.ragged import CUT_OFF, malformed, malformed_frame
from connectors.formats.refusal import refusal
from offers.model import Batch, Finding, Severity
from offers.quoting import one_line

if TYPE_CHECKING:
    import numpy as np

    from connectors.formats.encoding import Decoded


def findings(name: str, encoding: str, faults: tuple[Fault, ...], cut: bool) -> tuple[Finding, ...]:
    """What is told of them: a drop that ends within a letter is cut off, and is held."""
    if cut:
        last = faults[-1]
        sentence = f"{name}: the file ends within a letter, at {last}: it is cut off. Ask the partner to send it whole."
        seen = f"ends within a letter, at {last}"
        before = tuple(one for one in faults if one.line < last.line)
        held = Finding("cut_off", Severity.STOP, seen, "a whole file", sentence)
        return (*findings(name, encoding, before, cut=False), held)
    if not faults:
        return ()
    firsts = list({one.line: one for one in reversed(faults)}.values())[::-1]
    count = f"{len(firsts)}{'' if len(faults) < MOST_TOLD else ' or more'} lines"
    listed = ", ".join(map(str, firsts[:5])) + (", …" if len(firsts) > 5 else "")
    sentence = (
        f"{name}: {count} hold bytes that are not {encoding}, as the rest of the file is: {listed}. The offers in them "
        "are refused. Ask the partner to write the whole file in one encoding."
    )
    return (Finding("bytes_of_another_encoding", Severity.WARN, f"{count}: {listed}", encoding, sentence),)


def without_spoiled(batch: Batch, decoded: Decoded, what: str = "Ligne") -> Batch:
    """The batch whose records with such bytes are malformed lines; `what` a record is called in a sentence."""
    faults = decoded.faults
    if not faults or batch.frame.empty:
        return batch
    rows = _holding(batch)
    if not rows.any():
        return batch
    aside = batch.frame[rows]
    texts = ["; ".join(text for text in row if isinstance(text, str)) for row in aside.to_numpy(dtype=object)]
    last = batch.frame.index[-1] if decoded.cut else None
    told = [
        cut_off(line, text) if line == last and SPOILED.search(text[-1:]) else _told(line, text, faults, what)
        for line, text in zip(aside.index.tolist(), texts, strict=True)
    ]
    known = batch.malformed.to_dict("records")
    both = sorted([*cast(Any, known), *told], key=lambda one: cast(int, one["line"]))
    torn = "\n".join(filter(None, (batch.torn, *map(readable, texts))))
    return replace(batch, frame=batch.frame[~rows], malformed=malformed_frame(both), torn=torn)


def _holding(batch: Batch) -> np.ndarray:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = np.zeros(len(batch.frame), bool)
    for at in range(batch.frame.shape[1]):
        texts: Any = pa.array(batch.frame.iloc[:, at], pa.large_string(), from_pandas=True)
        rows |= np.asarray(pc.fill_null(pc.match_substring_regex(texts, SPOILED.pattern), False))
    return rows


def _told(line: int, text: str, faults: tuple[Fault, ...], what: str) -> dict[str, object]:
    found = SPOILED.search(text)
    byte = ord(found.group()) - PLANE if found else 0
    at = bisect_left(faults, (line, 0, 0)) if what == "Ligne" else len(faults)
    where = ""
    if at < len(faults) and faults[at].byte == byte:  # in a record of several lines, not always on its first
        below = f" de la ligne {faults[at].line}" if faults[at].line != line else ""
        where = f", octet {faults[at].at}{below}"
    start = max(0, found.start() - 20) if found else 0
    around = one_line(readable(text[start : start + 40]))
    sentence = (
        f"{what} {line}{where} : l'octet 0x{byte:02X} n'est pas écrit dans l'encodage du reste du fichier "
        f"(« {around} »)."
    )
    remedy = "Écrivez tout le fichier dans un seul encodage, de préférence en UTF-8."
    return malformed(line, readable(text), "row_in_another_encoding", f"byte 0x{byte:02X}", sentence, remedy)


def cut_off(line: int, raw: str) -> dict[str, object]:
    """The rejection of the line at whose end the file is cut."""
    sentence = f"Ligne {line} : le fichier s'arrête au milieu d'une lettre, il est coupé."
    return malformed(
        line, SPOILED.sub("…", raw), CUT_OFF, "ends within a letter", sentence, "Renvoyez le fichier entier."
    )


def refuse_cut(name: str, decoded: Decoded) -> None:
    """Raise Unreadable for a document that ends within a letter: it has no end."""
    if decoded.cut:
        seen = f"a file that ends within a letter, at {decoded.faults[-1]}: it is cut off"
        raise refusal(name, seen, "a whole document", "Ask the partner to send it again")
