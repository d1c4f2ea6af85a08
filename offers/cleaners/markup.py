"""HTML and entities to plain text that keeps its paragraphs, its line breaks and its lists.

`<` is only markup where a known tag follows and closes: « stage pour les < 18 ans » is text. What nh3 lets through is a
few bare tags; scripts, styles and comments are dropped with their content.
"""

from __future__ import annotations

import html
import re

import nh3

BLOCKS = {"p", "div", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr", "blockquote", "section", "article"}
KEPT = BLOCKS | {"br", "li", "td"}
KNOWN = KEPT | {
    "a", "abbr", "address", "aside", "b", "big", "body", "button", "caption", "center", "cite", "code", "col",
    "colgroup", "dd", "del", "details", "dfn", "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure",
    "font", "footer", "form", "head", "header", "hr", "html", "i", "iframe", "img", "input", "ins", "kbd", "label",
    "link", "main", "mark", "meta", "nav", "nobr", "noscript", "object", "option", "param", "pre", "q", "s", "samp",
    "script", "select", "small", "span", "strike", "strong", "style", "sub", "summary", "sup", "svg", "tbody",
    "textarea", "tfoot", "th", "thead", "time", "title", "tt", "u", "var", "video", "audio", "source",
}  # fmt: skip

_NAME = "|".join(sorted(KNOWN, key=len, reverse=True))
TAG = re.compile(
    rf"</?(?:{_NAME}|[a-z]\w*:[a-z]\w*)(?:\s[^<>]*|/)?>|<!--.*?-->|<!doctype[^<>]*>|<\?xml[^<>]*>|<!\[CDATA\[|\]\]>",
    re.IGNORECASE | re.DOTALL,
)
CDATA = re.compile(r"<!\[CDATA\[|\]\]>|<!doctype[^<>]*>|<\?xml[^<>]*>", re.IGNORECASE)
BLOCK = re.compile(rf"<(?:{'|'.join(sorted(KEPT))})\b", re.IGNORECASE)
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|&nbsp(?![A-Za-z])")
BREAKS = (
    (re.compile(r"\s*<br>\s*"), "\n"),
    (re.compile(r"\s*<li>\s*"), "\n- "),
    (re.compile(r"\s*</li>\s*"), "\n"),
    (re.compile(r"</?td>"), " "),
    (re.compile(r"\s*</?(?:div|tr)>\s*"), "\n"),
    (re.compile(r"\s*</?(?:p|ul|ol|h[1-6]|table|blockquote|section|article)>\s*"), "\n\n"),
)
LONE_DASH = re.compile(r"^-\s+", re.MULTILINE)
"""`<li><p>` leaves the dash on a line of its own."""


def unescaped(text: str) -> str:
    """One round of entities: `&amp;eacute;` -> `&eacute;`; only with their semicolon (`R&D` and `?a=1&copy=2` stay)."""
    return ENTITY.sub(_entity, text) if "&" in text else text


def to_text(text: str) -> str:
    """One round of HTML to text; a text without a known tag comes back as it is."""
    if "<" not in text and "]]>" not in text:
        return text
    if not TAG.search(text):
        return text
    return _broken(_cleaned(text))


def _entity(found: re.Match[str]) -> str:
    text = found.group()
    return " " if text == "&nbsp" else html.unescape(text)


def _cleaned(text: str) -> str:
    """The text with bare KEPT tags only; `<` and `&` that are text are escaped first, so that no parser eats them."""
    text = CDATA.sub(" ", text)
    if BLOCK.search(text):
        text = " ".join(text.split())
    pieces, end = [], 0
    for tag in TAG.finditer(text):
        pieces += [_escaped(text[end : tag.start()]), tag.group()]
        end = tag.end()
    pieces.append(_escaped(text[end:]))
    return nh3.clean("".join(pieces), tags=KEPT, attributes={}, strip_comments=True)


def _escaped(text: str) -> str:
    """Escape every `<`, `>` and `&` once, entities included: they are read by `unescaped`, round by round."""
    return html.escape(text, quote=False)


def _broken(cleaned: str) -> str:
    for tag, space in BREAKS:
        cleaned = tag.sub(space, cleaned)
    return html.unescape(LONE_DASH.sub("- ", cleaned)).strip()
