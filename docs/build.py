"""Writes the pages that come from the code: rules and columns, in two tongues, and where text of a drop can lie."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from config.tables import load
from offers.calendar import SchoolYear
from offers.cleaning.repairs import COSMETIC, REPAIRS
from offers.columns import COLUMNS, Column
from offers.feed import Feed, Limits
from offers.format import Format
from offers.onboarding.form import limits
from offers.wording import Language
from operations.privacy.remains import NOT_SEARCHED, PLACES
from validation.gate.table import TABLE
from validation.rulebook import MALFORMED, RULES
from validation.rulebook.malformed import worded
from validation.rulebook.rule import Agreed, Rule, Value, body
from warehouse.traces import TRACES, Act

HERE = Path(__file__).resolve().parent
ENDING = {Language.ENGLISH: ".md", Language.FRENCH: ".fr.md"}
OTHER = {Language.ENGLISH: "[En français]({name}.fr.md)", Language.FRENCH: "[In English]({name}.md)"}
DAY = date(2026, 3, 2)
"""The day on which the examples are told: a rule may name the school year's weeks."""
COLON = {Language.ENGLISH: ":", Language.FRENCH: "\u00a0:"}
MADE, END = "<!-- made by `make docs` from ", "<!-- until here -->"
_RUN = re.compile(r"(\w)\1{11,}…?")
_SHOWN = 60
_BARS = str.maketrans({"|": "\\|", "\n": " "})

W: dict[str, tuple[str, str]] = {
    "made": (
        "Cette page est faite à partir du code par `make docs` ; ne la corrigez pas à la main.",
        "This page is made from the code by `make docs`; do not correct it by hand.",
    ),
    "rules": ("Les règles", "The rules"),
    "rules_intro": (
        "Une ligne qui enfreint une règle est refusée, avec la colonne, la valeur, une phrase et ce qu’il faut faire. "
        "Une cellule n’est refusée qu’une fois. Les autres lignes du fichier sont prises. Une cellule facultative ne "
        "coûte jamais son offre : elle est vidée, et dite parmi les réparations ; sauf les places, les semaines, le "
        "niveau et des horaires interdits aux mineurs, et sauf ce qu’un canal exige.",
        "A line that breaks a rule is rejected, with the column, the value, a sentence and what to do. A cell is "
        "rejected once. The other lines of the file are taken. An optional cell never costs its offer: it is emptied, "
        "and told among the repairs; but for seats, weeks, the grade and hours that no minor may work, and but for "
        "what a feed requires.",
    ),
    "columns": ("Colonnes", "Columns"),
    "column": ("Colonne", "Column"),
    "said": ("Phrase", "Sentence"),
    "remedy": ("Que faire", "What to do"),
    "good": ("Bons exemples", "Good examples"),
    "bad": ("Mauvais exemples", "Bad examples"),
    "empty": ("(vide)", "(empty)"),
    "unread": ("Lignes que l’on ne peut pas découper", "Lines that cannot be cut into columns"),
    "repairs": ("Ce que Quai répare", "What Quai mends"),
    "repairs_intro": (
        "Ce qui ne laisse aucun doute est réparé, et chaque réparation est dite dans le retour : la valeur reçue, la "
        "valeur retenue, et pourquoi. Une mise au propre ne change que l’écriture : elle n’est ni dite ni comptée. Ce "
        "qui peut se lire de deux façons est refusé.",
        "What leaves no doubt is mended, and each repair is told in the return: the value received, the value kept, "
        "and why. Tidying changes the writing alone: it is neither told nor counted. What can be read two ways is "
        "rejected.",
    ),
    "code": ("Code", "Code"),
    "repair": ("Réparation", "Repair"),
    "kind": ("Nature", "Kind"),
    "tidying": ("mise au propre", "tidying"),
    "mending": ("réparation", "repair"),
    "the_columns": ("Les colonnes d’une offre", "The columns of an offer"),
    "columns_intro": (
        "Le fichier d’un partenaire garde ses propres en-têtes ; son fichier TOML dit à quelle colonne chacun "
        "correspond ([comment](partners.md)). Nos intitulés français, ci-dessous, sont ceux du modèle que donne "
        "`quai template` ; tout canal les comprend.",
        "A partner's file keeps its own headers; its TOML file says which column each stands for "
        "([how](partners.md)). The French labels below are those of the form that `quai template` gives; every feed "
        "understands them.",
    ),
    "name": ("Nom", "Name"),
    "label": ("Intitulé", "Label"),
    "must": ("Obligatoire", "Required"),
    "meaning": ("Sens", "Meaning"),
    "limits": ("Limites", "Limits"),
    "example": ("Exemple", "Example"),
    "default": ("sinon : {default}", "otherwise: {default}"),
    "platform": ("Nom sur la plateforme", "Platform's name"),
    "yes": ("oui", "yes"),
    "no": ("non", "no"),
    "personal": ("Jamais publiée : pour l’équipe d’exploitation seule.", "Never published: for the ops team only."),
    "derived": ("Déduites, jamais envoyées", "Derived, never sent"),
}  # fmt: skip


def pages() -> dict[str, str]:
    """Every page by its file name."""
    made = {}
    for tongue in Language:
        made[f"rules{ENDING[tongue]}"] = "\n".join(_rules(tongue)) + "\n"
        made[f"columns{ENDING[tongue]}"] = "\n".join(_columns(tongue)) + "\n"
    made |= {"privacy.md": _between_marks("privacy.md", _privacy()), "gate.md": _between_marks("gate.md", _gate())}
    return made


def _between_marks(name: str, made: Iterable[str]) -> str:
    """A page that is written by hand, with what the code says between the two marks."""
    before, mark, rest = (HERE / name).read_text(encoding="utf-8").partition(MADE)
    source, _, rest = rest.partition("\n")
    return "\n".join((f"{before}{mark}{source}", *made, f"{END}{rest.partition(END)[2]}"))


def _gate() -> Iterator[str]:
    """The gate's table, a line for each expectation, with the key of the limit that moves its bound."""
    rows = ([f"`{one.name}`", one.severity.value, one.fires, _limit(one.limit)] for one in TABLE)
    yield from _table(["expectation", "severity", "fires when", "limit"], rows)


def _limit(key: str) -> str:
    default = Limits.model_fields[key].default if key else 0.0
    return f"`{key}` ({default:.2f})" if 0 < default < 1 else f"`{key}` ({default})" if key else "–"


def _privacy() -> Iterator[str]:
    """The list of where text of a drop can lie, as warehouse.traces and operations.privacy.remains say it."""
    yield "| table | text of a drop may lie in | none in |"
    yield "|---|---|---|"
    for table, found in TRACES.items():
        held = _by_what((trace.act.value, trace.column) for trace in found if trace.act is not Act.OURS)
        none = _by_what((trace.why, trace.column) for trace in found if trace.act is Act.OURS)
        yield f"| `{table}` | {held or 'nothing'} | {none} |"
    yield from ("", "| below `QUAI_HOME` | what lies there | where it names the person |", "|---|---|---|")
    yield from (f"| `{place.where}` | {place.what} | {place.deed.value} |" for place in PLACES)
    yield from ("", "| not searched | why |", "|---|---|")
    yield from (f"| {what} | {why} |" for what, why in NOT_SEARCHED.items())


def _by_what(told: Iterable[tuple[str, str]]) -> str:
    columns: dict[str, list[str]] = {}
    for what, column in told:
        columns.setdefault(what, []).append(f"`{column}`")
    return "; ".join(f"{', '.join(names)}: {what}" for what, names in columns.items())


def _head(title: str, name: str, tongue: Language) -> Iterator[str]:
    yield f"# {tongue.pick(W[title])}"
    yield ""
    yield f"{tongue.pick(W['made'])} {OTHER[tongue].format(name=name)}."
    yield ""


def _rules(tongue: Language) -> Iterator[str]:
    yield from _head("rules", "rules", tongue)
    yield tongue.pick(W["rules_intro"])
    by_name: dict[str, list[Rule]] = {}
    for rule in RULES:
        by_name.setdefault(rule.name, []).append(rule)
    for name, rules in by_name.items():
        yield from _rule(name, rules, tongue)
    yield from ("", f"## {tongue.pick(W['unread'])}")
    for rule in MALFORMED:
        yield from ("", f"### `{rule.name}`", "", tongue.pick(rule.title), "")
        _, sentence, remedy = worded(rule, rule.fields, tongue)
        yield from (_item("said", sentence, tongue), _item("remedy", remedy, tongue))
    yield from ("", f"## {tongue.pick(W['repairs'])}", "", tongue.pick(W["repairs_intro"]), "")
    yield from _table(
        [tongue.pick(W[key]) for key in ("code", "repair", "kind")],
        (
            [f"`{code}`", tongue.pick(said), tongue.pick(W["tidying" if code in COSMETIC else "mending"])]
            for code, said in REPAIRS.items()
        ),
    )


def _rule(name: str, rules: list[Rule], tongue: Language) -> Iterator[str]:
    """One rule, whichever columns it holds for; told of the first of them, with its first bad example."""
    rule, agreed = rules[0], _agreed()
    yield from ("", f"## `{name}`", "", tongue.pick(rule.title), "")
    columns = ", ".join(f"`{one.column}`" for one in rules)
    yield _item("columns" if len(rules) > 1 else "column", columns, tongue)
    bad = rule.bad[0]
    _, sentence, remedy = body(rule, bad[0], bad, agreed, tongue)
    yield _item("said", _RUN.sub(r"\1\1\1…", sentence), tongue)
    yield _item("remedy", remedy, tongue)
    yield _item("bad", _examples(rule.bad, tongue), tongue)
    yield _item("good", _examples(rule.good, tongue), tongue)


def _item(key: str, text: str, tongue: Language) -> str:
    return f"- {tongue.pick(W[key])}{COLON[tongue]} {text}"


def _examples(examples: Iterable[tuple[Value, ...]], tongue: Language) -> str:
    return ", ".join(" + ".join(_example(value, tongue) for value in values) for values in examples)


def _example(value: Value, tongue: Language) -> str:
    if value is None:
        return tongue.pick(W["empty"])
    plain = value.replace("`", "'").replace("\n", " ")
    if len(plain) > 1 and len(set(plain)) == 1 and plain.isalpha():
        return f"`{plain[0]}` × {len(plain)}"
    return f"`{plain if len(plain) <= _SHOWN else plain[:_SHOWN] + '…'}`"


def _columns(tongue: Language) -> Iterator[str]:
    yield from _head("the_columns", "columns", tongue)
    yield from (tongue.pick(W["columns_intro"]), "")
    heads = ("name", "label", "must", "meaning", "limits", "example", "platform")
    yield from _table(
        [tongue.pick(W[key]) for key in heads], (_column(one, tongue) for one in COLUMNS if not one.derived)
    )
    yield from ("", f"## {tongue.pick(W['derived'])}", "")
    derived = ([f"`{one.name}`", _label(one, tongue), _meaning(one, tongue)] for one in COLUMNS if one.derived)
    yield from _table([tongue.pick(W[key]) for key in ("name", "label", "meaning")], derived)


def _column(column: Column, tongue: Language) -> list[str]:
    default = tongue.pick(W["default"]).format(default=f"`{column.default}`") if column.default else ""
    must = tongue.pick(W["yes" if column.required else "no"])
    meaning = _meaning(column, tongue) + (f" {tongue.pick(W['personal'])}" if column.personal else "")
    known = [f"`{column.name}`", column.fr, must, meaning, _limits(column, tongue, default)]
    return [*known, f"`{column.example}`", f"`{column.platform}`" if column.platform else "–"]


def _limits(column: Column, tongue: Language, default: str) -> str:
    between = "\u202f; " if tongue is Language.FRENCH else "; "
    return between.join(filter(None, (tongue.pick(limits(column)), default))) or "–"


def _label(column: Column, tongue: Language) -> str:
    return tongue.pick((column.fr, column.en))


def _meaning(column: Column, tongue: Language) -> str:
    return tongue.pick((column.meaning_fr, column.meaning_en))


def _table(heads: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(cell.translate(_BARS) for cell in row)} |"


def _agreed() -> Agreed:
    feed = Feed(partner="rivoire", name="offres", title="Rivoire", source=None, format=Format(kind="csv"), mapping={})
    return Agreed(feed, load(), SchoolYear.at(DAY))


def main() -> None:
    """Write the pages beside this file, and say which."""
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")
        print(f"docs/{name}: {len(text.splitlines())} lines")  # noqa: T201 - a script says what it wrote


if __name__ == "__main__":
    main()
