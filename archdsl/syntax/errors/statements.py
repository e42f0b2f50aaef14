"""Statements and definitions that lack a part, or stand in the wrong place."""

from archdsl.diagnostics import Diagnostic
from archdsl.syntax.errors import brackets
from archdsl.syntax.errors.failure import Failure
from archdsl.syntax.lexer import END, STRING
from archdsl.syntax.tables import KEYWORDS, RESERVED

_COMBINATIONS = ("concat", "add", "mul")
_DEFINITIONS = ("from", "let", "default", "fn", "block", "extern", "network", "transfer")
_STATEMENTS = (
    *("input", "let", "default", "expect", "output", "shared", "for", "if", "else"),
    *("repeat", "residual", "shortcut", "concat"),
)
_SYNONYMS = {"elseif": "else if", "elsif": "else if", "elif": "else if", "const": "let"}
_SYNONYMS |= {
    "net": "network",
    "graph": "network",
    "var": "let",
    "loop": "repeat",
    "model": "network",
    "module": "network",
}
_SYNONYMS |= {"layer": "block", "function": "fn", "func": "fn", "include": "from", "use": "from"}
_NEEDS = {"repeat": "a count", "if": "a condition", "in": "a list"}
_EXAMPLES = {
    "repeat": "repeat 3 { … }",
    "if": "if stride > 1 { … }",
    "else": "else { … }",
    "in": "for x in [64, 128] { … }",
    "for": "for x in [64, 128] { … }",
    "residual": "residual { … }",
}
_KINDS = "image, audio, sequence, volume, video, tabular or tensor"


def mistake(failure: Failure) -> Diagnostic | None:
    return (
        _orphaned(failure)
        or _behind(failure)
        or _trailing_comma(failure)
        or _input(failure)
        or _header(failure)
        or _branches(failure)
        or _reserved(failure)
        or _parameter(failure)
        or (_at_file_level(failure) if failure.place.in_file and not failure.before else None)
        or _name(failure)
        or _equals(failure)
    )


def _orphaned(failure: Failure) -> Diagnostic | None:
    if failure.word not in ("else", "shortcut") or not failure.is_reserved:
        return None
    if failure.accepts_value or failure.previous[1] == ".":
        return None  # a value is missing before it
    opener = brackets.opened_by(failure, "if" if failure.word == "else" else "residual")
    if opener is not None:
        return failure.error(
            "E107",
            f"`{failure.word}` comes before `}}`",
            "write `}` first",
            related=failure.opened_here(opener),
        )
    if failure.word == "shortcut":
        return failure.error(
            "E119",
            "this `shortcut` belongs to no `residual`",
            "`shortcut` follows the `}` of its `residual`",
        )
    return failure.error(
        "E119",
        "this `else` belongs to no `if`",
        "`else` follows the `}` of its `if`; a choice of values is `a if condition else b`",
    )


def _behind(failure: Failure) -> Diagnostic | None:
    """`relu if gated`, as Python and Perl have it."""
    if failure.word not in ("if", "for") or not failure.is_reserved:
        return None
    if failure.accepts_value or not failure.accepts("->"):
        return None
    head = "if …" if failure.word == "if" else "for … in …"
    return failure.error(
        "E119",
        f"`{failure.word}` has to stand before the layers that it is about",
        f"write `{head} {{ … }}` around them",
    )


def _trailing_comma(failure: Failure) -> Diagnostic | None:
    """`output a,` took in the statement on the next line."""
    if failure.first not in ("output", "from", "input") or failure.opener not in ("", "{"):
        return None
    after = [*failure.before[1:], (0, "", failure.start)]
    for comma, (_, _, start) in zip(failure.before, after, strict=False):
        if comma[1] == "," and failure.starts_line(start):
            return failure.error(
                "E134",
                "after this `,` the list goes on with the next line",
                "remove the `,`, or write what is missing after it",
                place=(comma[2], comma[2] + 1),
            )
    return None


def _input(failure: Failure) -> Diagnostic | None:
    before = [word for _, word, _ in failure.before]
    if before[:1] != ["input"] or failure.word in ("=", "->", "."):
        return None
    if before == ["input"]:
        missing = "its name"
    elif len(before) == 2 and failure.accepts(":"):
        missing = "`:` and its kind"
    elif before[-1] == ":" and len(before) == 3:
        missing = "its kind"
    elif len(before) == 4 and failure.accepts("["):
        missing = "its sizes in brackets"
    else:
        return None
    name = before[1] if len(before) > 1 else "image"
    return failure.error(
        "E126",
        f"the input lacks {missing} before {failure.describe()}",
        f"write `input {name}: image[3, H=224, W=224]`; kinds are {_KINDS}",
    )


def _header(failure: Failure) -> Diagnostic | None:
    """`repeat`, `if`, `for` and definitions up to their brace."""
    previous = failure.previous[1]
    stops = failure.word == "{" or failure.ends_line
    if stops and previous in _NEEDS and failure.accepts_value:
        return failure.error(
            "E127",
            f"`{previous}` needs {_NEEDS[previous]} before {failure.describe()}",
            f"write `{_EXAMPLES[previous]}`",
        )
    if previous == "for" and failure.word == "(":
        return failure.error(
            "E136",
            "the names of a `for` stand without parentheses",
            "write `for i, width in …`",
        )
    if failure.first == "for" and failure.accepts("in"):
        return failure.error(
            "E127",
            f"`for` needs `in` and a list before {failure.describe()}",
            "write `for x in [64, 128] { … }`",
        )
    if not failure.accepts("{") or failure.accepts("->") or failure.accepts("repeat"):
        return None
    heads = [word for _, word, _ in failure.before if word in _EXAMPLES]
    if heads and failure.lacks_brace:
        return failure.error(
            "E127",
            f"`{{` is missing before {failure.describe()}",
            f"write `{_EXAMPLES[heads[-1]]}`",
        )
    if failure.terminal != END:
        return None
    if failure.next == "{":
        brace = failure.after[0][2]
        return failure.error(
            "E130",
            "the `{` of a body stands on the line that it belongs to",
            "move it to the end of the line before",
            place=(brace, brace + 1),
        )
    return failure.error(
        "E127",
        f"the body of this `{failure.first}` is missing",
        "write `{ … }` at the end of the line",
        place=(failure.before[0][2], failure.previous_end) if failure.before else None,
    )


def _branches(failure: Failure) -> Diagnostic | None:
    if not failure.accepts("[") or failure.accepts("->") or failure.accepts_value:
        return None
    words = [token for token in failure.before if token[1] in _COMBINATIONS]
    if not words or failure.accepts("+"):
        return None
    _, word, start = words[-1]
    if failure.previous[1] == word and failure.word in ("=", ",", ":"):
        return None  # meant as a name
    return failure.error(
        "E128",
        f"`{word}` needs its branches in brackets",
        f"write `{word} [a, b]`; parentheses hold options, as in `concat(axis=height) [a, b]`",
        place=(start, failure.previous_end),
    )


def _reserved(failure: Failure) -> Diagnostic | None:
    _, word, start = failure.previous
    if failure.word == "=" and word in RESERVED and RESERVED[word] == failure.previous[0]:
        place = (start, start + len(word))
    elif failure.is_reserved and not failure.accepts_value and failure.accepts("NAME"):
        if failure.accepts("->") or failure.accepts("repeat"):
            return None
        word, place = failure.word, (failure.start, failure.end)
    else:
        return None
    layer = failure.opener == "{" and failure.word == "="
    way_out = f', or write it as a string: `"{word}" = …`' if layer else ""
    return failure.error(
        "E123",
        f"`{word}` is a reserved word and cannot be a name",
        f"choose another name{way_out}",
        place=place,
    )


def _parameter(failure: Failure) -> Diagnostic | None:
    if failure.first not in ("block", "fn", "network", "extern"):
        return None
    if failure.previous[1] == ":" and not failure.is_word:
        return _untyped(failure, *failure.before[-2][1:])
    if not failure.accepts(":"):
        return None
    if failure.opener != "(" or failure.accepts("+"):
        return None
    return _untyped(failure, *failure.previous[1:])


def _untyped(failure: Failure, name: str, start: int) -> Diagnostic:
    return failure.error(
        "E135",
        f"the parameter `{name}` needs a type",
        f"write `{name}: int`, or `{name}: int = 3` with a default",
        place=(start, start + len(name)),
    )


def _at_file_level(failure: Failure) -> Diagnostic | None:
    word = failure.word
    if word == "arch":
        return failure.error(
            "E129",
            "`arch` states the language version before anything else, once",
            "move it to the top of the file",
        )
    if word == "import":
        return failure.error(
            "E104",
            "an import says where from",
            'write `from std.blocks import SqueezeExcite` or `from "blocks.arch" import Block`',
        )
    if failure.terminal == STRING:
        return failure.error(
            "E132",
            "a file has no documentation string; blocks and networks have",
            "write a comment with `#`, or move the text to the top of a body",
        )
    if failure.is_word and failure.next not in ("=", "(", "->", "\n", "", ","):
        meant = _meant(word, _DEFINITIONS)
        if meant:
            return _misspelt(failure, word, failure.start, meant)
    if failure.is_word or failure.is_reserved or word == "{":
        return failure.error(
            "E131",
            f"`{word}` cannot stand outside of a network or block",
            "write it inside the braces of `network Name { … }` or `block Name { … }`",
        )
    return None


def _name(failure: Failure) -> Diagnostic | None:
    previous = failure.previous[1]
    first = not failure.before or previous in ("(", ",")
    if first and failure.word in ("=", ":") and not failure.accepts_value:
        shown = "name = …" if failure.word == "=" else "name: …"
        return failure.error(
            "E136", f"a name is missing before `{failure.word}`", f"write `{shown}`"
        )
    named = (*_DEFINITIONS, "op", "of", "shared", "as", "for", "import", "output", ".", ",")
    if previous not in named or failure.accepts_value or not failure.accepts("NAME"):
        return None
    if failure.accepts("repeat"):
        return None  # a layer is missing
    return failure.error(
        "E136",
        f"a name is missing after `{previous}`: found {failure.describe()}",
        f"write a name of letters, digits and `_` after `{previous}`",
    )


def _equals(failure: Failure) -> Diagnostic | None:
    if failure.accepts("NAME") or not failure.accepts("=") or failure.accepts("->"):
        return None
    if failure.first in ("let", "shared", "fn"):
        what = " ".join(word for _, word, _ in failure.before[:2])
    elif failure.accepts(",") and failure.opener == "{":
        what = ", ".join(word for _, word, _ in failure.before if word != ",")
    else:
        return None
    return failure.error(
        "E120",
        f"`{what}` needs `=` and a value: found {failure.describe()}",
        f"write `{what} = …`"
        if failure.first != "fn"
        else "write `fn name(x: int) = value`, without a type for the result",
    )


def misspelt(failure: Failure) -> Diagnostic | None:
    """A word that is almost a keyword, and so was taken for a layer."""
    if len(failure.before) != 1 or not failure.is_name(failure.previous):
        return None
    _, word, start = failure.previous
    meant = _meant(word, _STATEMENTS if failure.openers else _DEFINITIONS)
    return _misspelt(failure, word, start, meant) if meant else None


def _meant(word: str, keywords: tuple[str, ...]) -> str | None:
    if word in _SYNONYMS:
        return _SYNONYMS[word]
    from difflib import get_close_matches

    if word in KEYWORDS:
        return None
    return next(iter(get_close_matches(word.lower(), keywords, 1, 0.75)), None)


def _misspelt(failure: Failure, word: str, start: int, meant: str) -> Diagnostic:
    return failure.error(
        "E118",
        f"`{word}` is no keyword",
        f"did you mean `{meant}`?",
        place=(start, start + len(word)),
        write=meant,
    )
