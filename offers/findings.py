"""What findings say to ops, in English, from their fields: one entry for each check, and how values are written.

A finding is its check and its fields: whoever finds something gives counts, names, lines, codes, never a sentence. What
it says stands here, or in a row of the gate's table (validation.gate.table); what it means to the employer, in French
and English, in `reports.returns.findings`, from the same fields.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from string import Formatter
from typing import Any

from offers.model import Finding, Severity
from offers.wording import Language, Pair, number

LOOKS: dict[str, Pair] = {
    "html": ("une page web, souvent une page d’erreur", "an HTML page"),
    "xml": ("un document XML", "an XML document"),
    "json": ("un document JSON", "a JSON document"),
    "pdf": ("un document PDF", "a PDF document"),
    "locked": ("un classeur protégé par un mot de passe : enregistrez-le sans", "a workbook protected by a password"),
    "doc": ("un document Word (.doc)", "a Word document (.doc)"),
    "docx": ("un document Word (.docx)", "a Word document (.docx)"),
    "ppt": ("une présentation PowerPoint (.ppt)", "a PowerPoint presentation (.ppt)"),
    "pptx": ("une présentation PowerPoint (.pptx)", "a PowerPoint presentation (.pptx)"),
    "msg": ("un message d’Outlook (.msg)", "an Outlook message (.msg)"),
    "apple": (
        "un document d’Apple (.numbers, .pages) : exportez-le en .xlsx",
        "an Apple document (.numbers, .pages)"),
    "xlsb": ("un classeur binaire (.xlsb) : enregistrez-le en .xlsx", "a binary workbook (.xlsb)"),
    "odt": ("un texte ou dessin OpenDocument (.odt, .odp)", "an OpenDocument text or drawing (.odt, .odp)"),
    "office": ("un ancien document Office", "an old Office document"),
    "zip": ("une archive zip ou un classeur Office", "a zip archive or an Office workbook"),
    "empty_zip": ("une archive zip vide", "an empty zip archive"),
    "gzip": ("une archive gzip", "a gzip archive"),
    "bzip2": ("une archive bzip2", "a bzip2 archive"),
    "xz": ("une archive xz", "an xz archive"),
    "zstandard": ("une archive zstandard", "a zstandard archive"),
    "7z": ("une archive 7z", "a 7z archive"),
    "rar": ("une archive RAR", "a RAR archive"),
    "tar": ("une archive tar", "a tar archive"),
    "parquet": ("un fichier Parquet", "a Parquet file"),
    "sqlite": ("une base SQLite", "an SQLite database"),
    "program": ("un programme", "a program"),
    "png": ("une image PNG", "a PNG picture"),
    "jpeg": ("une image JPEG", "a JPEG picture"),
    "gif": ("une image GIF", "a GIF picture"),
    "rtf": ("un document RTF", "an RTF document"),
}  # fmt: skip
"""What bytes that cannot be read look like."""

REFORMED = {
    "decimals": "decimals were put on or taken off", "zeros": "leading zeros were put on or taken off",
    "case": "capitals changed", "signs": "signs between letters and digits changed",
    "affix": "a prefix or an ending was put on or taken off",
    "scientific": "a spreadsheet wrote them in scientific notation, and lost their last digits",
}  # fmt: skip
"""What became of references (offers.gate.missing.Reformed.how)."""
SIGNS = {
    "escape": ('\\" for a quote within a text', 'format.escape = "\\\\"'),
    "apostrophes": ("'…' around texts", 'format.quote = "\'"'),
    "blanks": ("blanks between delimiters and quotes", ""),
}
"""How a file is written that no TOML says: what is seen, and the key that has it always read so."""
_COUNT = ("no", "one", "two", "three", "four", "five", "six", "seven")
_OURS = "{kind} at {place}"
_NO_FAULT = "no fault of Quai's own"
_CAUSE = "{kind}{said:?: |}{said}, at {place}"
_FAILED = (
    "{feed}, {drop}: a fault of Quai's own (" + _CAUSE + "); {tries:tries}. Nothing of it was loaded and nothing "
    "withdrawn, and its bytes "
)  # fmt: skip
_MEANT = "read as all others. Ask the partner whether they are meant."
_ABSENT = (
    "{absent:quoted}: {of_elements:?in no record of the drop, or empty in each|not in the drop} (found: "
    "{present:twelve})"
)
_REMEDY = (
    "{near:?If « |Ask the partner what changed, and correct the line}{near}{near:? » is meant, write |}{line} in "
    "{where}."
)
_SILENT = (
    "{silent} of {asked} {what} without an answer of {host}{said}",
    "an answer to each",
    "{feed}: {host} did not answer for {silent} of {asked} {what}{said}. They stay unknown, and nothing was refused or "
    "changed on their account. The next drop asks again.",
)
_NOT_ASKED = (
    "{setting} is not set",
    "the service's address, for the feed says enrich.{service} = true",
    "{feed}: the feed asks for {service} (`enrich.{service}`), and this place names no service for them: {setting} is "
    "not set. Nothing was asked. Set it, or take the key out of the partner's file.",
)

SAID: dict[str, tuple[str, str, str]] = {
    # a drop that is not taken, or not answered
    "failed": (
        _OURS, _NO_FAULT, _FAILED + "are kept: report this, and once it is mended run them with `quai replay`."),
    "bytes_not_kept": (
        _OURS, _NO_FAULT,
        _FAILED + "could not be kept: report this, and once it is mended let the file be taken in again."),
    "inbox_not_cleared": (
        _OURS, _NO_FAULT,
        "{feed}, {drop}: it could not be cleared from the inbox, for a fault of Quai's own (" + _CAUSE + "). What was "
        "decided as delivery {delivery} stands: report this; each run tries again."),
    "return_not_written": (
        _OURS, "a return in the outbox",
        "{feed}, {drop}: the return could not be written, for a fault of Quai's own (" + _CAUSE + "). What was decided "
        "stands, and its sender was not told: report this, and once it is mended `quai replay` writes the return."),
    "supersedes_waiting": (
        "delivery {deliveries} waited", "",
        "{feed}: delivery {deliveries} {deliveries:wait} no longer in quarantine: this one supersedes it. Its bytes "
        "are kept."),
    "feed_renamed": ("{old}", "{new}", "{new}: was {old} until {day}; renamed by {by} because « {reason} »."),
    "feed_retired": (
        "{feed}", "", "{feed}: retired by {by} because « {reason} »: {withdrawn:,} records withdrawn."),
    # its bytes
    "companions_left_aside": (
        "{files}", "one data file",
        "Of the zip archive, « {read} » is read; what lies beside it is left aside: {files}."),
    "encoding_doubtful": (
        "utf-8", "{declared}",
        "{drop}: `format.encoding` in the feed's TOML says {declared}, and the file is UTF-8 throughout: it is read "
        "so. Take `format.encoding` out of the feed's TOML."),
    "encoding_guessed": (
        "{encoding}", "{said}{said:?|utf-8}",
        "{drop}: {said:?it is said to be |nothing says in which encoding it is}{said}{said:?, and is not|}; it is read "
        "as {encoding}, which fits its French best{clear:?|, not by far}. If letters come out wrong, ask the partner "
        "for UTF-8, or set `format.encoding` in the feed's TOML."),
    "cut_off": (
        "ends within a letter, at {places:places}", "a whole file",
        "{drop}: the file ends within a letter, at {places:places}: it is cut off. Ask the partner to send it whole."),
    "bytes_of_another_encoding": (
        "{count}{at_least:? or more|} lines: {places:places}", "{encoding}",
        "{drop}: {count}{at_least:? or more|} lines hold bytes that are not {encoding}, as the rest of the file is: "
        "{places:places}. The offers in them are refused. Ask the partner to write the whole file in one encoding."),
    "character_lost": (
        "{count} records: {lines}", "0 records",
        "{count} records hold the sign \ufffd, or a ? within words, which stands for a character lost on the way (at "
        "{lines}). They are taken as they are: ask the partner to export in UTF-8, and to cut no text within a "
        "character."),
    # a table
    "end_mark_at_foot": (
        "Ctrl-Z at the end", "offers only",
        "The file ends with Ctrl-Z (0x1A), as old systems end a text; it is no offer and is left aside."),
    "signs_recognised": (
        "{signs:signs}", 'texts between ", and "" within them',
        "The file is written with {signs:signs}, and read so, for more of its lines are whole that way.{signs:keys}"),
    "rows_all_short": (
        "{cells} cells in every row", "{headers} cells",
        "Every row has {cells} cells and the headers are {headers}: the last {lacking} columns are read as empty. Ask "
        "the partner whether values are missing."),
    "header_empty": (
        "{header}", "a header above each column",
        "A column with values has no header; it is read as « {header} ». Ask the partner to name it."),
    "header_duplicate": (
        "{header}", "each header once",
        "A header occurs again; its column is read as « {header} ». Ask the partner for distinct headers."),
    "lines_before_header": (
        "{titles}", "the headers first", "The headers are at {what} {line}; above them, left aside: {titles}."),
    "total_at_foot": (
        "{what} {line}: {text}", "offers only",
        "The {what} {line} at the foot is a total or an end mark and no offer; it is left aside: « {text} »."),
    "control_total_differs": (
        "{read} records read, {announced} announced at line {line}", "as many as the file announces",
        "Line {line} at the foot says that the file holds {announced} records, and {read} were read: it is probably "
        "cut off, or lines of it were lost. Ask the partner to send it again; where that figure counts something else, "
        "write `format.control = false` in the feed's TOML."),
    "workbook_seen_in_part": (
        "an .{kind} workbook", "an .xlsx workbook",
        "Of an .{kind} workbook only values can be seen: not whether rows are hidden or struck out, cells merged, "
        "formulas never computed, or where links lead. Ask the partner for .xlsx if that matters."),
    "sheets_left_aside": (
        "{sheets:sheets}{more:?, …|}", "sheets with offers only",
        "Sheets that were not read, for they are hidden or do not bear the headers of the offers: {sheets:sheets}"
        "{more:?, …|}. If one holds offers, ask the partner to show it, or name it in the feed's TOML: "
        '`format.sheets = ["…"]`.'),
    "rows_hidden": (
        "{count} rows: {lines}", "no hidden row", "{count} rows are hidden in the workbook ({lines}) and " + _MEANT),
    "rows_struck_out": (
        "{count} rows: {lines}", "no row struck out", "{count} rows are struck out ({lines}) and " + _MEANT),
    "formulas_not_computed": (
        "{count} cells of {headers:each}: {lines}", "0 cells",
        "{count} cells of {headers:each} hold a formula that was never computed ({lines}): the workbook has no value "
        "for them. Ask the partner to open it in Excel and save it, or to send values."),
    # a document
    "xml_not_well_formed": (
        "{count} signs that XML forbids: {signs}", "well-formed XML",
        "{drop}: {count} signs that XML forbids were read as what they mean (sign and lines: {signs}). Ask the partner "
        "to write &amp; for &, &lt; for <, and &#160; for &nbsp;, or to use an XML library."),
    "xml_junk_after": (
        "{size} bytes after the end: « {text} »", "nothing after it",
        "{drop}: {size:n} bytes after the end of the document (« {text} ») were left aside; its {read:n} records are "
        "whole. Ask the partner to write nothing after the last tag."),
    "json_junk_after": (
        "{size} characters after the end: « {text} »", "nothing after it",
        "{drop}: {size:n} characters after the end of the document (« {text} ») were left aside; what stands before is "
        "whole. Ask the partner to write nothing after the last bracket."),
    "list_as_object": (
        "an object keyed by numbers at {paths:paths}", "a list",
        "{drop}: an object keyed by numbers stands at {paths:paths} where a list should be; it is read as that list. "
        "In PHP, array_values() before json_encode() gives a list."),
    # its headers, against the feed's mapping
    "header_missing": (
        "{present:more}", "{absent:quoted}",
        "{feed}: " + _ABSENT + ". {column} {needed:?is required, and |}{emptied:?stays empty|lacks a part}. "
        + _REMEDY),
    "filter_header_missing": (
        "{present:more}", "{absent:quoted}",
        "{feed}: " + _ABSENT + ", so that the filter cannot tell which records are meant for us: "
        "{keeps:?all |}{rows}{keeps:? records count|no record is left out} as « {reason} ». " + _REMEDY),
    "required_column_not_mapped": (
        "no mapping", "a mapping or a constant for {columns:more}",
        "{feed}: {columns:more}: required, and neither mapped nor constant, so that each row is rejected for which "
        'no other column tells it. If the partner sends it, map it: `{column} = "their header"` in {where}.'),
    "header_near": (
        "{pairs:found}", "{pairs:asked}",
        "{feed}: {pairs:pairs}: taken all the same, for they differ only by case, accents, spaces or the prefix of a "
        "namespace."),
    "headers_unused": (
        "{headers:all}", "headers that the feed names",
        "{feed}: {count} headers of the drop are used by nothing: {headers:more}."),
    "pattern_without_match": (
        "{rows} of {of} rows", "{pattern} in {headers:quoted}",
        "{feed}: mapping.{column}.pattern finds nothing in {rows} of {of} rows of {headers:quoted}: {column} is left "
        "empty. Correct the pattern, or ask the partner what it sends."),
    "several_values": (
        "{headers:quoted}, {count} records: {lines}", "one value",
        "{feed}: {headers:quoted}: {count} records hold several values (records {lines}); {column} takes them all, "
        'with a comma between. Write `repeat = "first"`, or the text to put between, in mapping.{column} of {file}; '
        "where they are offers of their own, correct `format.{path}`."),
    "several_places": (
        "{count} records with {others} more places: {lines}", "one place for each record",
        "{feed}: {count} records list several places (records {lines}): one of each is taken whole, and {others} are "
        'left out. Say places = "each" in {file} for an offer at each.'),
    # its cells
    "contact_in_public_text": (
        "{count} texts of « {header} »: {lines}", "0 texts",
        '"{header}": {count} texts hold an e-mail address or a phone number (lines {lines}; "{example}"). '
        "{masked:?They were masked.|Nothing was changed: set `mask_contacts = true` in the feed to mask them.}"),
    "date_order_contradicted": (
        "{count} of {of} dates of « {header} », such as « {example} »", "{day_first:?day first|month first}",
        '"{header}": {count} of {of} dates have no reading {day_first:?day first|month first}, such as "{example}", '
        "and {contrary} have none {day_first:?month first|day first}. They were read "
        "{day_first:?day first|month first}, as the feed says; what has no such reading is left out. If the column is "
        "{day_first:?month first, write `day_first = false`|day first, write `day_first = true`} in the feed and "
        "replay the drop; else ask the partner for 2026-06-15."),
    "street_in_another_town": (
        "{count} streets of « {header} »: {lines}", "0 streets",
        '"{header}": {count} streets name another town than the offer (lines {lines}; "{example}"). They are taken '
        "with the town of their own columns. Ask the partner which of the two is meant."),
    "companies_not_asked": _NOT_ASKED,
    "coordinates_not_asked": _NOT_ASKED,
    "companies_not_known": _SILENT,
    "coordinates_not_known": _SILENT,
    "site_is_closed": (
        "{count} lines with the SIRET of a closed site: {lines:more}", "the SIRET of a site that is open",
        "{feed}: {count} lines bear a SIRET whose site the national register says is closed (lines {lines:more}; "
        "expected an open one). They stand as they came. Ask the partner whether the site has moved."),
    # its references, and what stands
    "references_fold_together": (
        "{count} of {of} lines, such as « {reference} »", "a reference for each offer",
        "{count} of {of} lines bear the reference of another line, such as « {reference} », and another title: taken "
        "so, they would be lost. A spreadsheet has probably rounded the references, or `reference` is mapped to a "
        "column that several offers share. Correct the mapping, or ask the partner for a reference for each offer."),
    "references_repeated": (
        "{count} lines repeat a reference, the first on line {line} ({reference})", "each reference once",
        "{count} lines carry a reference that another line of the same drop carries too (the first: line {line}, « "
        "{reference} », where line {kept_line} was kept). Ask the partner for one line per reference, or for a "
        "reference per offer."),
    "references_recycled": (
        "{count} references mean another offer than before: {references:more}",
        "one reference for each offer, for good",
        "{count} references now hold another offer than before ({references:more}): the old offers were closed and "
        "new ones opened. Ask the partner for a new reference for each new offer."),
    "blocks_split": (
        "{count} groups split", "",
        "{feed}: {count} groups of records share a town and a title, or a text, and are too large for each to be "
        "compared with each: more than {most} came at once, or very many stand already. Each was compared with those "
        "of its SIRET and street, and with its neighbours in the order of their texts. Where texts differ by a number "
        "alone, ask the partner for one line with its seats instead."),
    "rows_within_a_cell": (
        "{count} rows within a cell, among them « {reference} »", "a row for each offer",
        "{feed}: a cell holds the rows of {count} standing offers as its text (among them « {reference} »): a quote "
        "opens before them and is closed only after. Ask the partner to double the quotes within texts, and to send "
        "the file again."),
    "nameless_lines_withdraw_nothing": (
        "{count} offers spared", "",
        "{feed}: {lines} lines are refused that bear no reference, and {count} standing offers that no other line "
        "holds may be theirs (among them « {reference} »): they stay as they are. Ask the partner to give each line "
        "its reference."),
    "torn_lines_withdraw_nothing": (
        "{count} offers spared", "",
        "{lines} lines could not be cut into columns, and {count} standing offers that no other line holds may be "
        "theirs (among them « {reference} »): they stay as they are. Ask the partner to mend the lines: the return "
        "names each, with what is wrong."),
    "closed_by_employer": (
        "{count} closed by their employer", "",
        "{feed}: {count:,} standing offers are closed by their employer: their lines bear a last day that is past (the "
        "first: line {line}, « {reference} », {day}). They are counted as updated; a line with a later day opens its "
        "offer anew."),
    "new_school_year": (
        "the bytes taken on {day}, {count} of {of} records without a year of their own",
        "a drop of the school year {year}",
        "{feed}: the school year has turned, and this drop is, byte for byte, the one taken on {day}: {count} of its "
        "{of} records name no year, and would become offers of June {ends}. If the partner means them, release the "
        'drop, or say `renewed = "{ends}"` in {where}; else ask for this year\'s file.'),
    "older_than_last": (
        "dated {dated}{by_name:?, in its name|}", "not before {before}",
        "{feed}: {drop} is dated {dated}{by_name:?, in its name|}, and the last drop that was taken, {last}, {before}. "
        "An old file would put back what has changed since: release it if it is meant, else discard it."),
    # what a partner changed without a word
    "header_renamed": (
        "« {new} »", "« {old} »",
        "{feed}: « {old} », which gave {column}, is gone, and « {new} » carries what it carried. If so, write "
        "`{column} = {new:json}` in {where}."),
    "references_rewritten": (
        "« {now} »", "« {before} »",
        "{feed}: the references are written otherwise than those that stand ({how:reformed}: « {now} », and « {before} "
        "» before). Taking the drop would withdraw every offer and open it anew. Ask the partner to write them as "
        "before; if they really changed, release the drop."),
    "reference_moved": (
        "« {header} » holds the references that stand", "« {mapped} »",
        "{feed}: nearly all references are new ({known_share:.0%} of {kept} stand), and « {header} » holds those that "
        "stand, in {share:.0%} of its rows: the record's id has changed field. Write `reference = {header:json}` in "
        "{where}."),
    "filter_word_new": (
        "« {word} » in « {header} », {count} records", "words of the last deliveries",
        "{feed}: « {header} » says « {word} » in {count} of {read} records, a word never seen there, and they are "
        "{keeps:?|not }left aside as « {reason} » unless another word of theirs says otherwise. If they are "
        "{keeps:?|not }meant for us, write {line}{line:?|the word into the expression} in {where}."),
    "lookup_word_new": (
        "{words:each}", "words that a lookup knows",
        "{feed}: {count} words of {column} were never seen and no lookup knows them; {lines} lines were refused for "
        "it. Write {answers} in {where}, with the code that is meant."),
    "date_format_changed": (
        "{now} in {columns}", "{before}",
        "{feed}: {columns} is now written as {now} (9 for a digit, a for a word) in {share:.0%} of the values, and was "
        "written as {before}. {doubtful:?Say which comes first, `day_first = true` or `day_first = false`, in "
        "|Look whether they are read as they are meant; if not, ask the partner for 2026-06-15}"
        "{where}."),
}  # fmt: skip
"""By check what was seen, what was expected, and the whole sentence, with what to do."""


def finding_of(check: str, severity: Severity, **fields: Any) -> Finding:
    """A finding, worded from its fields by SAID."""
    return worded(check, severity, SAID[check], fields)


def worded(check: str, severity: Severity, said: Iterable[str], fields: Mapping[str, Any]) -> Finding:
    """A finding with its words, `said` being the templates of what was seen, what was expected, and the sentence."""
    seen, expected, sentence = (WRITER.format(text, **fields) for text in said)
    own = {name: value for name, value in fields.items() if name not in ("feed", "drop")}  # those are its delivery's
    return Finding(check, severity, seen, expected, sentence, own)


def first_of(words: Sequence[Any], most: int, of: int | None = None) -> dict[str, Any]:
    """The field for a list of which only the first are told: they, and how many there are in all."""
    return {"first": list(words[:most]), "of": len(words) if of is None else of}


class Writer(Formatter):
    """Templates for ops: `{kept:n}` is `1 950`, `{share:%}` is `7 %`, `{clear:?yes|no}` one or the other of two texts;
    a list is joined by commas. The other shapes are SHAPES; what is none of these is Python's own."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value in its shape."""
        if format_spec.startswith("?"):
            return format_spec[1:].split("|")[not value]
        if (shape := SHAPES.get(format_spec)) is not None:
            return shape(value)
        return ", ".join(map(str, value)) if isinstance(value, list) else str(super().format_field(value, format_spec))


WRITER = Writer()


def percent(share: float) -> str:
    """`7 %`, and `0.4 %` where it is little."""
    return f"{share:.1%}".replace("%", " %") if 0 < abs(share) < 0.01 else f"{share:.0%}".replace("%", " %")


def _tries(tries: Sequence[int]) -> str:
    done, most = tries
    return f"try {done} of {most}" if done < most else f"set aside after {done} tries"


def _keys(signs: Iterable[str]) -> str:
    keys = " and ".join(f"`{SIGNS[one][1]}`" for one in signs if SIGNS[one][1])
    return f" To have it always read so, write {keys} in the feed's TOML." if keys else ""


def _first(value: Mapping[str, Any], most: int = 30) -> str:
    told = value["first"][:most]
    left = value["of"] - len(told)
    return ", ".join(map(str, told)) + (f" and {left} more" if left else "")


def _places(value: Mapping[str, Any]) -> str:
    told = ", ".join(f"line {line}, byte {at} ({byte})" for line, at, byte in value["first"])
    return told + (", …" if value["of"] > len(value["first"]) else "")


def _sheet(title: str, hidden: bool, rows: int) -> str:
    return f"« {title} » ({'hidden, ' if hidden else ''}{number(rows)} row{'' if rows == 1 else 's'})"


def _column(null_share: float, distinct: int, middle: float | None) -> str:
    middling = "" if middle is None else f", {number(middle)} characters"
    return f"{percent(null_share)} empty, {number(distinct)} distinct values{middling}"


def _changed(rows: Iterable[tuple[str, Any, Any]]) -> str:
    return "; ".join(
        f"{name} {_column(*now)}" + (f", before {_column(*was)}" if was else "") for name, now, was in rows
    )


SHAPES: dict[str, Callable[[Any], str]] = {
    "n": number,
    "%": percent,
    "word": lambda count: _COUNT[count],
    "day": lambda day: Language.ENGLISH.day(date.fromisoformat(day)),
    "range": lambda two: " to ".join(dict.fromkeys(map(number, two))),
    "json": lambda text: json.dumps(text, ensure_ascii=False) if text else "",
    "each": lambda words: ", ".join(f"« {word} »" for word in words),
    "quoted": lambda words: " and ".join(f"« {word} »" for word in words),
    "more": _first,
    "twelve": lambda value: _first(value, 12),
    "all": lambda value: _first(value, value["of"]),
    "places": _places,
    "wait": lambda ids: "waits" if len(ids) == 1 else "wait",
    "paths": lambda paths: ", ".join(f"`{path}`" if path else "the document" for path in paths),
    "asked": lambda pairs: _first({**pairs, "first": [asked for asked, _ in pairs["first"]]}),
    "found": lambda pairs: _first({**pairs, "first": [found for _, found in pairs["first"]]}),
    "pairs": lambda pairs: _first(
        {**pairs, "first": [f"« {asked} » is « {found} » in the drop" for asked, found in pairs["first"]]}
    ),
    "sheets": lambda sheets: ", ".join(_sheet(*one) for one in sheets),
    "signs": lambda signs: ", ".join(SIGNS[one][0] for one in signs),
    "keys": _keys,
    "tries": _tries,
    "reformed": lambda how: REFORMED[how],
    "reasons": lambda reasons: ", ".join(f"{lines} as « {reason} »" for reason, lines in reasons.items()),
    "changed": _changed,
}
"""How a value is written for ops, by the name after its colon."""
