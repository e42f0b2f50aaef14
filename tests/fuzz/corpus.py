"""What inputs are made of: every source that the repository has, cut into programs.

A program is a text and the files beside it that it may import. Those that are quick to check come
often, landmarks with hundreds of layers now and then: see `Corpus.program`.
"""

import re
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from archdsl.ops import names as op_names
from archdsl.syntax.tables import KEYWORDS, RESERVED
from tests.differential.choices import Choices
from tests.differential.networks import network
from tests.docs.markdown import fences
from tests.messages import cases

ROOT = Path(__file__).parent.parent.parent

_TITLE = re.compile(r"^# ?=== .*\n|^=== .*\n", re.MULTILINE)
_ITEM = re.compile(r"^(?=(?:network|block|fn|let|default|extern|transfer|from|arch)\b)", re.M)
_NAME = re.compile(r"[A-Za-z_]\w*")
_DEFINED = re.compile(r"(?:network|block|fn|let|extern op|transfer) (\w+)")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


class Corpus(NamedTuple):
    """All programs, and pieces of them to put into others.

    Attributes:
        small: programs that take a few milliseconds.
        large: landmarks.
        statements: lines, each alone.
        groups: what stands in brackets, with them, by the opening one.
        words: names, numbers, strings and signs, each once.
    """

    small: tuple[str, ...]
    large: tuple[str, ...]
    statements: tuple[str, ...]
    groups: dict[str, tuple[str, ...]]
    words: tuple[str, ...]

    def program(self, random: Random) -> str:
        """A program to start from."""
        chance = random.random()
        if chance < 0.02:
            return random.choice(self.large)
        if chance < 0.25:
            return network(Choices(random.randrange)).text()
        return random.choice(self.small)


@cache
def corpus() -> Corpus:
    """The corpus, which depends on the files of the repository alone."""
    large = _alone(ROOT / "specs")
    texts = _alone(ROOT / "archdsl" / "std") + _alone(ROOT / "tests" / "lint" / "good")
    for path in sorted((ROOT / "tests").rglob("*.arch")):
        if not {"golden", "good", "found"} & set(path.parts):
            texts += _TITLE.split(path.read_text("utf-8"))
    texts += _TITLE.split((ROOT / "tests" / "syntax" / "mistakes.txt").read_text("utf-8"))
    texts += [case.text for family in _families() for case in family]
    for path in sorted([*ROOT.glob("docs/*.md"), *ROOT.glob("archdsl/pages/*.md")]):
        texts += [fence.text for fence in fences(path.read_text("utf-8")) if "arch" in fence]
    small = tuple(dict.fromkeys(text for text in texts if 0 < len(text) < 4000))
    everything = "\n".join((*small, *large))
    statements = dict.fromkeys(line.strip() for line in everything.split("\n"))
    words = dict.fromkeys(TOKEN.findall(everything))
    words.update(dict.fromkeys((*op_names(), *KEYWORDS, *RESERVED)))
    return Corpus(small, tuple(large), tuple(statements), _groups(small), tuple(words))


TOKEN = re.compile(r'[A-Za-z_]\w*|"(?:[^"\\\n]|\\.)*"|[0-9][\w.]*|->|[=!<>]=|\*\*|//|#.*|\s+|.')
"""Pieces of a text that are moved as one; it matches any text from end to end."""


def _families() -> list[list[cases.Case]]:
    """The lists of cases in `tests.messages.cases`."""
    return [
        value
        for name, value in sorted(vars(cases).items())
        if name.isupper() and value and isinstance(value, list)
    ]


def _alone(folder: Path) -> list[str]:
    """Of each network and block of a folder's files, a text that holds what it needs, no more."""
    found = []
    for path in sorted(folder.glob("*.arch")):
        items = [item for item in _ITEM.split(path.read_text("utf-8")) if item.strip()]
        defined = {name: item for item in items for name in _DEFINED.findall(item)}
        always = [item for item in items if item.startswith(("from", "default", "arch"))]
        found += [
            "".join((*always, *_needed(item, defined)))
            for item in items
            if item.startswith(("network", "block"))
        ]
    return found


def _needed(item: str, defined: dict[str, str]) -> list[str]:
    """An item and all that it names, and what these name."""
    needed = [item]
    for one in needed:
        for name in _NAME.findall(one):
            if name in defined and defined[name] not in needed:
                needed.append(defined[name])
    return needed[::-1]


def _groups(texts: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Everything in brackets."""
    found: dict[str, dict[str, None]] = {opening: {} for opening in _BRACKETS}
    for text in texts:
        for start, end in brackets(text):
            if end - start < 400:
                found[text[start]][text[start:end]] = None
    return {opening: tuple(groups) for opening, groups in found.items()}


def brackets(text: str) -> list[tuple[int, int]]:
    """Where brackets open and close that fit each other."""
    open_at: list[int] = []
    found = []
    for at, sign in enumerate(text):
        if sign in _BRACKETS:
            open_at.append(at)
        elif open_at and sign == _BRACKETS[text[open_at[-1]]]:
            found.append((open_at.pop(), at + 1))
    return found
