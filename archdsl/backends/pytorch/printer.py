"""Lays out code the way `ruff format` does at its default line length, so that the formatter
changes nothing.

Only the forms that emitted modules consist of are known here: calls and lists that break at their
brackets, conditions that break at `and` and `or`, and plain text. Arguments that do not fit beside
their function go on one indented line; where they do not fit there either, each gets a line of its
own, as the items of a list do at once, with a trailing comma unless it is a call's only one.
"""

from collections.abc import Sequence
from typing import TypeAlias

from archdsl.records import NamedTuple

WIDTH = 88
STEP = "    "


class Group(NamedTuple):
    """Bracketed items, such as a call: `head` ends in the opening bracket, `close` begins with the
    closing one.

    Attributes:
        items: pairs of a prefix (`stride=`, `*`, or nothing) and what follows it.
        exploded: one item a line even where all would fit, which a trailing comma keeps so.
        loose: one item a line unless all fit on the line of the head.
        separator: `,`, or nothing for a comprehension, whose clauses stand on lines of their own.
    """

    head: str
    items: tuple[tuple[str, "Code"], ...]
    close: str = ")"
    exploded: bool = False
    loose: bool = False
    separator: str = ","


Code: TypeAlias = str | Group


def call(function: str, *args: "Code", exploded: bool = False) -> Group:
    """A call with positional arguments."""
    return Group(f"{function}(", tuple(("", arg) for arg in args), ")", exploded)


def listing(items: Sequence["Code"], exploded: bool = False) -> Group:
    """A list display."""
    return Group("[", tuple(("", item) for item in items), "]", exploded)


def flat(code: Code) -> str:
    """The code on one line, whether or not it asks for several."""
    if isinstance(code, str):
        return code
    joint = f"{code.separator} "
    return code.head + joint.join(prefix + flat(item) for prefix, item in code.items) + code.close


def explodes(code: Code) -> bool:
    """Whether some part of the code must not be on one line."""
    return isinstance(code, Group) and (
        code.exploded or any(explodes(item) for _, item in code.items)
    )


def layout(code: Code, indent: str, lead: str = "", tail: str = "") -> list[str]:
    """Lines of code between `lead` and `tail`, at an indentation."""
    line = indent + lead + flat(code) + tail
    if not explodes(code) and len(line) <= WIDTH:
        return [line]
    if isinstance(code, str):
        return _broken_text(code, indent, lead, tail)
    if not code.items:
        return [line]
    inner = indent + STEP
    display = code.head.endswith("[") or code.head == "("
    together = inner + f"{code.separator} ".join(prefix + flat(item) for prefix, item in code.items)
    lines = [indent + lead + code.head]
    if not (display or code.loose or explodes(code)) and len(together) <= WIDTH and code.separator:
        lines.append(together)
    else:
        comma = (
            code.separator if len(code.items) > 1 or display or code.exploded or code.loose else ""
        )
        for prefix, item in code.items:
            lines += layout(item, inner, prefix, comma)
    lines.append(indent + code.close + tail)
    return lines


def _broken_text(text: str, indent: str, lead: str, tail: str) -> list[str]:
    """Text that is too long for its line, broken at its outermost `if` and `else`, `and` and `or`:
    in brackets, unless it stands in those of a call.
    """
    if not lead.endswith(("= ", "return ", "if ")):
        first, *others = _clauses(text, indent, lead, tail)
        lines = [indent + lead + first, *(indent + part for part in others)]
        return [*lines[:-1], lines[-1] + tail]
    inner = indent + STEP
    fits = len(inner) + len(text) <= WIDTH
    parts = [text] if fits else _clauses(text, inner)
    return [indent + lead + "(", *(inner + part for part in parts), indent + ")" + tail]


def _clauses(text: str, indent: str, lead: str = "", tail: str = "") -> list[str]:
    """A condition stays on one line if it fits between what stands before and behind it."""
    found = []
    parts = _parted(text, ("if", "else"))
    for number, part in enumerate(parts):
        before = "" if number else lead
        behind = tail if number == len(parts) - 1 else ""
        fits = len(indent + before + part + behind) <= WIDTH
        found += [part] if fits else _parted(part, ("and", "or"))
    return found


def _parted(text: str, words: Sequence[str]) -> list[str]:
    """A text in parts, of which all but the first begin with one of some words."""
    parts, depth, current = [], 0, ""
    for word in text.split(" "):
        if depth == 0 and word in words and current:
            parts.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
        depth += word.count("(") + word.count("[") - word.count(")") - word.count("]")
    return [*parts, current]


def signature(name: str, parameters: Sequence[str], result: str, indent: str) -> list[str]:
    """The `def` line of a method, broken like a call."""
    group = Group(f"def {name}(", tuple(("", parameter) for parameter in ("self", *parameters)))
    return layout(group, indent, "", f" -> {result}:")
