"""HTML and entities to plain text that keeps its paragraphs, its line breaks and its lists.

`<` is only markup where a known tag follows and closes: « stage pour les < 18 ans » is text. What nh3 lets through is a
few bare tags; scripts, styles and comments are dropped with their content.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise

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
_SAYING = (
    r"(?:allowfullscreen|async|autoplay|checked|class|compact|contenteditable|controls|default|defer|dir|disabled|download"
    r"|hidden|href|id|ismap|lang|loop|multiple|muted|name|nohref|noshade|nowrap|open|readonly|rel|required|reversed"
    r"|scope|selected|src|style|target|v-cloak|(?:data|aria|_?ng[a-z]*|v)-[\w.:-]*)"
)
"""Attributes that may stand without a value; other words after `<b ` are those of a text, as in « a<b et c>d »."""
_ATTRIBUTES = rf"(?:\s+{_SAYING})*(?:\s+[\w:@.*#()\[\]-]+\s*=[^<>]*|\s*/?)"
_BARE = rf"</?(?:{_NAME}|[a-z]\w*:[a-z]\w*){_ATTRIBUTES}>|<!doctype[^<>]*>|<\?xml[^<>]*>|<!\[CDATA\[|\]\]>"
TAG = re.compile(_BARE, re.IGNORECASE)
TAG_OR_COMMENT = re.compile(rf"{_BARE}|<!--.*?-->", re.IGNORECASE | re.DOTALL)
"""For where each comment is closed: else it would look for the end anew at each of a thousand `<!--`."""
CLEANER = nh3.Cleaner(tags=KEPT, attributes={}, strip_comments=True)
CDATA = re.compile(r"<!\[CDATA\[|\]\]>|<!doctype[^<>]*>|<\?xml[^<>]*>", re.IGNORECASE)
BLOCK = re.compile(rf"<(?:{'|'.join(sorted(KEPT))})\b", re.IGNORECASE)
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});|&nbsp(?![A-Za-z])")
TOGETHER = 500
"""Tags that are parsed together; an advert has some dozens."""
LINE, PARAGRAPH = "\x1d", "\x1e"
"""Separators that no cleaned text holds: where the markup breaks a line, and where it ends a paragraph."""

BREAK_LINE = "\x1c"
"""As LINE, where it is `<br>`: two of them leave a line empty."""
BREAKS = {"<br>": BREAK_LINE, "<li>": f"{LINE}- ", "</li>": LINE, "<td>": " ", "</td>": " "} | {
    f"<{end}{tag}>": LINE if tag in ("div", "tr") else PARAGRAPH for tag in BLOCKS for end in ("", "/")
}
BREAKING = BREAK_LINE + LINE + PARAGRAPH + " \t\n\r\f\v\u00a0\u202f"
BREAK = re.compile(rf"[{BREAK_LINE}{LINE}{PARAGRAPH}][{BREAK_LINE}{LINE}{PARAGRAPH}\s]*")
KEPT_TAG = re.compile("|".join(BREAKS))
LONE_DASH = re.compile(r"^-\s+", re.MULTILINE)
"""`<li><p>` leaves the dash on a line of its own."""


def unescaped(text: str) -> str:
    """One round of entities: `&amp;eacute;` -> `&eacute;`; only with their semicolon (`R&D` and `?a=1&copy=2` stay)."""
    if "&" not in text:
        return text
    return ENTITY.sub(lambda found: " " if found[0] == "&nbsp" else html.unescape(found[0]), text)


def to_text(text: str) -> str:
    """One round of HTML to text; a text without a known tag comes back as it is."""
    if "<" not in text and "]]>" not in text:
        return text
    tags = _tags(text)
    if not tags:
        return text
    if BLOCK.search(text):  # white space means nothing beside tags that break lines
        text = " ".join(text.split())
    # For the parser `&`, and each `<` that is no tag, are escaped once, so that it eats none; entities are thereby left
    # to `unescaped`, round by round.
    if text.count("<") == len(tags) and "]]>" not in text and "<!" not in text and "<?" not in text:
        text = text.replace("&", "&amp;")
    else:
        text, pieces, end = CDATA.sub(" ", text), [], 0
        for tag in _tags(text):
            pieces += [html.escape(text[end : tag.start()], quote=False), tag.group()]
            end = tag.end()
        text = "".join([*pieces, html.escape(text[end:], quote=False)])
    if len(tags) <= TOGETHER:
        return _broken(CLEANER.clean(text))
    # nh3 looks at all that are open at each tag: a text of very many is cleaned piece by piece.
    cuts = [0, *(tag.start() for tag in _tags(text)[TOGETHER::TOGETHER]), len(text)]
    return _broken("".join(CLEANER.clean(text[start:end]) for start, end in pairwise(cuts)))


def _tags(text: str) -> list[re.Match[str]]:
    """The known tags, and the comments that are closed."""
    closed = text.rfind("-->") + 3 if "<!--" in text and "-->" in text else 0
    return [*TAG_OR_COMMENT.finditer(text, 0, closed), *TAG.finditer(text, closed)]


def _broken(cleaned: str) -> str:
    """The few tags left by nh3 as line and paragraph breaks; the text's own line breaks stay where no tag breaks."""
    if "<" in cleaned:
        cleaned = KEPT_TAG.sub(lambda found: BREAKS[found[0]], cleaned).strip(BREAKING)
        cleaned = BREAK.sub(
            lambda found: "\n\n" if PARAGRAPH in found[0] or found[0].count(BREAK_LINE) > 1 else "\n", cleaned
        )
        if "- " in cleaned:
            cleaned = LONE_DASH.sub("- ", cleaned)
    return html.unescape(cleaned).strip()
