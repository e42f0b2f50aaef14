"""How wide a text is in Helvetica, near enough to size a shape around it.

Graphviz enlarges shapes with slanted sides far beyond their text; those get their size from here.
"""

_NARROW, _WIDE = frozenset("ijltfrI.,:;'|!()[]/ "), frozenset("mwMWQOG@%&")


def text_width(text: str, points: float) -> float:
    """The width in inches of a text in one line, in bold type of a size in points."""
    ems = sum(
        0.33 if c in _NARROW else 0.86 if c in _WIDE else 0.72 if c.isupper() else 0.6 for c in text
    )
    return ems * points / 72
