"""Text to tokens: one regular expression, and the rule that says which newlines end a statement."""

import re
from collections.abc import Iterator

from archdsl.annotations import TypeAlias
from archdsl.syntax.tables import KEYWORDS, PUNCTUATION, RESERVED, TERMINALS

Token: TypeAlias = tuple[int, str, int]
"""The number of a terminal, the text, and the offset at which it starts."""

EOF = TERMINALS.index("$END")
END = TERMINALS.index("_END")
NAME = TERMINALS.index("NAME")
STRING = TERMINALS.index("STRING")
LONG_STRING = TERMINALS.index("LONG_STRING")
NUMBER = TERMINALS.index("NUMBER")
ERROR = -1
"""The terminal of a text that is no token; no state of the parser accepts it."""

MAX_NESTING = 200
"""Levels of brackets and braces. What comes after the parser may recurse that deep safely."""

_TOKEN = re.compile(
    r"[ \t]*+(?:"
    r"([A-Za-z_][A-Za-z0-9_]*+)"
    r"|(->|[=!<>]=|\*\*|//|[-+*/%<>=:.,|])"
    r"|([()\[\]{}])"
    r"|(\r?\n)[ \t\r\n]*+"
    r"|([0-9]++(?:_[0-9]+)*+(?:\.[0-9]+(?:_[0-9]+)*+)?(?:[eE][+-]?[0-9]+|[KMG])?(?![A-Za-z0-9_]|\.[0-9]))"
    r'|("""(?:[^"\\\x00-\x08\x0b-\x1f\x7f-\x9f]|\r\n|\\[^\x00-\x08\x0b-\x1f\x7f-\x9f]|""?(?!"))*+""")'
    r'|("(?!"")(?:[^"\\\x00-\x1f\x7f-\x9f]|\\[^\x00-\x1f\x7f-\x9f])*+")'
    r"|(\#[^\r\n]*+)"
    r"|(;)[ \t;]*+"
    r"|(\Z)"
    r"|(.)"
    r")",
    re.DOTALL,
)
_WORD, _OPERATOR, _BRACKET, _NEWLINE, _NUMBER, _LONG, _STRING, _COMMENT, _SEMICOLON, _EOF = range(
    1, 11
)

PYTHON_WORDS = (
    *("True", "False", "None", "def", "class", "return", "pass", "elif", "while", "lambda"),
    *("break", "continue"),
)
"""Written by habit where they mean nothing; see NAME in the grammar."""

KEYWORD_NUMBERS = frozenset(KEYWORDS.values())
"""The terminals that are names wherever they are no keyword."""

_WORDS = {**KEYWORDS, **RESERVED, **dict.fromkeys(PYTHON_WORDS, ERROR)}
_LITERALS = {_NUMBER: NUMBER, _LONG: LONG_STRING, _STRING: STRING}
_OPENING = "([{"

# A newline after one of these ends nothing, and neither does one before one of those.
_GOES_ON_AFTER = frozenset(
    [
        PUNCTUATION[sign]
        for sign in [
            "=",
            ",",
            "->",
            "==",
            "!=",
            "<",
            "<=",
            ">",
            ">=",
            "+",
            "-",
            "*",
            "/",
            "//",
            "%",
            "**",
        ]
    ]
    + [RESERVED[word] for word in ("and", "or", "not")]
    + [END]
)
_DOT = PUNCTUATION["."]
_GOES_ON_BEFORE = frozenset((PUNCTUATION["->"], RESERVED["else"], RESERVED["shortcut"]))


def tokens(
    text: str, start: int, end: int, openers: list[int], comments: list[tuple[int, int]]
) -> Iterator[Token]:
    """The tokens of `text[start:end]`, `EOF` last.

    A word that is a keyword somewhere comes as that keyword: whether it is one here, or a name,
    the parser knows.

    Args:
        openers: the offsets of the brackets that are open at `start`; kept up to date, a closing
            bracket being taken off when the token after it is asked for.
        comments: takes the places of the comments.
    """
    newline = -1  # where a newline stands that ends the statement, if the next token lets it
    before = EOF
    for match in _TOKEN.finditer(text, start, end):
        kind = match.lastindex
        if kind == _WORD:
            word = match[_WORD]
            terminal = _WORDS.get(word, NAME)
            if before == _DOT and terminal in _GOES_ON_AFTER:
                terminal = NAME  # the layer that `"not" = …` names: a newline after it counts
        elif kind == _OPERATOR:
            word = match[_OPERATOR]
            terminal = PUNCTUATION[word]
        elif kind == _BRACKET:
            word = match[_BRACKET]
            terminal = PUNCTUATION[word]
            if newline >= 0:
                yield END, "\n", newline
                newline = -1
            before = terminal
            at = match.end() - 1
            if word in _OPENING:
                openers.append(at)
                yield (terminal if len(openers) <= MAX_NESTING else ERROR), word, at
            else:
                yield terminal, word, at
                # Only now: an error at this token wants to see what was open before it.
                if openers:
                    openers.pop()
            continue
        elif kind == _NEWLINE:
            if (
                newline < 0
                and before not in _GOES_ON_AFTER
                and (not openers or text[openers[-1]] == "{")
            ):
                newline = match.start(_NEWLINE)
            continue
        elif kind == _COMMENT:
            comments.append(match.span(_COMMENT))
            continue
        elif kind == _SEMICOLON:
            if newline >= 0 or before != END:
                yield END, ";", newline if newline >= 0 else match.start(_SEMICOLON)
            newline = -1
            before = END
            continue
        elif kind == _EOF:
            if newline >= 0:
                yield END, "\n", newline
            yield EOF, "", match.end()
            return
        else:
            word = match[kind]  # type: ignore[index]
            terminal = _LITERALS.get(kind, ERROR)  # type: ignore[arg-type]
        if newline >= 0:
            if terminal not in _GOES_ON_BEFORE:
                yield END, "\n", newline
            newline = -1
        before = terminal
        yield terminal, word, match.start(kind)  # type: ignore[arg-type]
