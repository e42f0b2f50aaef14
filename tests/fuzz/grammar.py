"""Texts drawn from `grammars/arch.lark` itself: syntax that is right, with any meaning or none."""

from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from lark import Lark

_GRAMMAR = Path(__file__).parent.parent.parent / "grammars" / "arch.lark"
_NAMES = (*("conv", "relu", "bn", "gap", "flatten", "linear", "maxpool", "a", "b", "x", "n", "i"),)
_WORDS = {
    "NUMBER": ("0", "1", "2", "3", "8", "0.5", "1e-3", "4.2G"),
    "STRING": ('"a"', '"n{i}"', '"{{"', '"mean"'),
    "LONG_STRING": ('"""doc"""',),
    "_END": ("\n", "\n", ";"),
}
_MOST_DEPTH = 24
_MOST_PARTS = 2000


class _Grammar(NamedTuple):
    """What each rule may become, those ways that end soonest, and the terminals that are texts."""

    ways: dict[str, list[tuple[str, ...]]]
    shortest: dict[str, list[tuple[str, ...]]]
    texts: dict[str, str]


@cache
def _grammar() -> _Grammar:
    lark = Lark(_GRAMMAR.read_text("utf-8"), parser="lalr", start=["file", "expression"])
    ways: dict[str, list[tuple[str, ...]]] = {}
    for rule in lark.rules:
        expansion = tuple(symbol.name for symbol in rule.expansion)
        ways.setdefault(rule.origin.name, []).append(expansion)
    depths: dict[str, int] = {}
    while len(depths) < len(ways):
        for name, choices in ways.items():
            known = [
                way for way in choices if all(part in depths or part not in ways for part in way)
            ]
            if known and name not in depths:
                depths[name] = 1 + min(_depth(way, depths) for way in known)
    shortest = {}
    for name, choices in ways.items():
        least = min(_depth(way, depths) for way in choices)
        shortest[name] = [way for way in choices if _depth(way, depths) == least]
    texts = {one.name: one.pattern.value for one in lark.terminals if one.pattern.type == "str"}
    return _Grammar(ways, shortest, texts)


def _depth(way: tuple[str, ...], depths: dict[str, int]) -> int:
    return max((depths.get(part, 0) for part in way), default=0)


def sentence(random: Random, words: tuple[str, ...]) -> str:
    """A file that the grammar allows, but for names that happen to be reserved.

    Args:
        words: where now and then a name is taken from.
    """
    grammar = _grammar()
    parts: list[str] = []
    stack = [("file", 0)]
    while stack:
        name, depth = stack.pop()
        if name not in grammar.ways:
            parts.append(grammar.texts.get(name) or _terminal(name, random, words))
            continue
        deep = depth > _MOST_DEPTH or len(parts) > _MOST_PARTS
        way = random.choice((grammar.shortest if deep else grammar.ways)[name])
        stack += [(part, depth + 1) for part in reversed(way)]
    return " ".join(parts)


def _terminal(name: str, random: Random, words: tuple[str, ...]) -> str:
    if name == "NAME":
        return random.choice(_NAMES) if random.random() < 0.9 else random.choice(words)
    return random.choice(_WORDS[name])
