"""Text in DOT: the only ways into it for anything that a user can name."""

import re

_UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


def quoted(text: str) -> str:
    """A text as a string of DOT that means it: no escape of Graphviz, and no entity of HTML."""
    text = _printable(text)
    for mark, escape in (("&", "&amp;"), ("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        text = text.replace(mark, escape)
    return f'"{text}"'


def marked_up(text: str) -> str:
    """A text within an HTML-like label."""
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(mark, entity)
    return "<BR/>".join(_printable(text).split("\n"))


def _printable(text: str) -> str:
    """Without the characters that XML has no way to write, or that end a line somewhere."""
    return _UNPRINTABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\t", " "))
