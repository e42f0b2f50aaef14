"""Texts drawn from `grammars/arch.lark` itself: syntax that is right, with any meaning or none."""

from functools import cache
from pathlib import Path
from random import Random

from lark import Lark
from lark.grammar import NonTerminal, Rule, Symbol

_GRAMMAR = Path(__file__).parent.parent.parent / "grammars" / "arch.lark"
_NAMES = (*("conv", "relu", "bn", "gap", "flatten", "linear", "maxpool", "a", "b", "x", "n", "i"),)
_WORDS = {
    "NUMBER": ("0", "1", "2", "3", "8", "0.5", "1e-3", "4.2G"),
    "STRING": ('"a"', '"n{i}"', '"{{"', '"mean"'),
    "LONG_STRING": ('"""doc"""',),
    "_END": ("\n", "\n", ";"),
}
_MOST_DEPTH = 24


@cache
def _grammar() -> tuple[dict[Symbol, list[Rule]], dict[Symbol, int], dict[str, str]]:
    """Of each symbol its rules, the least depth that it takes to be done, and the plain texts."""
    lark = Lark(_GRAMMAR.read_text("utf-8"), parser="lalr", start=["file", "expression"])
    rules: dict[Symbol, list[Rule]] = {}
    for rule in lark.rules:
        rules.setdefault(rule.origin, []).append(rule)
    depths: dict[Symbol, int] = {}
    while len(depths) < len(rules):
        for origin, choices in rules.items():
            found = [_depth(rule, depths) for rule in choices if _known(rule, depths)]
            if found and origin not in depths:
                depths[origin] = 1 + min(found)
    texts = {one.name: one.pattern.value for one in lark.terminals if one.pattern.type == "str"}
    return rules, depths, texts


def _known(rule: Rule, depths: dict[Symbol, int]) -> bool:
    return all(symbol.is_term or symbol in depths for symbol in rule.expansion)


def _depth(rule: Rule, depths: dict[Symbol, int]) -> int:
    return max((depths.get(symbol, 0) for symbol in rule.expansion), default=0)


def sentence(random: Random, words: tuple[str, ...]) -> str:
    """A file that the grammar allows, but for names that happen to be reserved.

    Args:
        words: where now and then a name is taken from.
    """
    rules, depths, texts = _grammar()
    parts: list[str] = []
    stack: list[tuple[Symbol, int]] = [(NonTerminal("file"), 0)]
    while stack:
        symbol, depth = stack.pop()
        if symbol.is_term:
            parts.append(texts.get(symbol.name) or _terminal(symbol.name, random, words))
            continue
        choices = rules[symbol]
        if depth > _MOST_DEPTH or len(parts) > 2000:
            least = min(_depth(rule, depths) for rule in choices)
            choices = [rule for rule in choices if _depth(rule, depths) == least]
        rule = random.choice(choices)
        stack += [(part, depth + 1) for part in reversed(rule.expansion)]
    return " ".join(parts)


def _terminal(name: str, random: Random, words: tuple[str, ...]) -> str:
    if name == "NAME":
        return random.choice(_NAMES) if random.random() < 0.9 else random.choice(words)
    return random.choice(_WORDS[name])
