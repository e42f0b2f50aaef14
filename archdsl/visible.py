"""Text of users on a terminal: neither what a file holds nor its name steers what shows it."""


def visible(text: str, keep: str = "") -> str:
    """Text of a user's with what steers a terminal, or turns its text around, as escapes.

    Args:
        keep: characters that stay although they are not printable, such as line feeds.
    """
    if text.isprintable():
        return text
    return "".join(
        character
        if character in keep or character.isprintable()
        else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def columns(text: str) -> int:
    """The columns in which a terminal shows what `visible` makes of a text: two for a character of
    East Asian width and for most emoji, none for a combining one.
    """
    if text.isascii() and text.isprintable():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(one) in ("Mn", "Me") else 2 if east_asian_width(one) in "WF" else 1
        for one in visible(text)
    )


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})


def quoted(text: str) -> str:
    """A text as the language writes it."""
    return f'"{text.translate(_ESCAPES)}"'


def shown(path: str) -> str:
    """A path as messages name it: on one line, which CI servers take for no command of theirs."""
    return visible(f"./{path}" if path.startswith("::") else path)
