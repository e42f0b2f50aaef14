"""Parsing with positions, beside stock Lark with `propagate_positions` on the same grammar."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lark import Token, Tree

from archdsl.source import Source, Span
from archdsl.syntax import parse
from archdsl.syntax.ast import Name
from archdsl.syntax.driver import Context, Driver, Stack
from archdsl.syntax.generate import stock_parser
from archdsl.syntax.lexer import tokens
from archdsl.syntax.tables import START
from benchmarks.measure import Result, faster, turns

Node = tuple[str, int, int, list[Any]]
"""A rule's name, where its text starts and ends, and its children."""

CORPUS = [*Path("specs").glob("*.arch"), *Path("archdsl/std").glob("*.arch")]


def run(rounds: int) -> list[Result]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(CORPUS)]
    lark = stock_parser()
    driver = Driver(_tree_builder)
    for text in texts:
        assert _plain(_our_tree(driver, text)) == _plain_lark(lark.parse(text, start="file"))

    def ours() -> None:
        for text in texts:
            parse(Source("", text))

    def our_trees() -> None:
        for text in texts:
            _our_tree(driver, text)

    def theirs() -> None:
        for text in texts:
            lark.parse(text, start="file")

    records, trees, stock = turns((ours, our_trees, theirs), rounds)
    lines = sum(text.count("\n") for text in texts)
    return [
        faster(f"stock Lark : our syntax tree ({lines:,} lines)", records, stock, 3),
        faster("stock Lark : our parser building Lark's tree", trees, stock, 3),
    ]


def _our_tree(driver: Driver, text: str) -> Any:
    stack = Stack([START["file"]], [], [])
    context = Context(driver, Source("", text))
    found = driver.run(stack, tokens(text, 0, len(text), [], []), context)
    assert found is None
    return stack.values[-1]


def _tree_builder(rule: str) -> Callable[[Sequence[Any], Span, Context], Node]:
    def build(children: Sequence[Any], span: Span, context: Context) -> Node:
        return rule, span.start, span.end, list(children)

    return build


def _plain(value: Any) -> Any:
    """Our tree as nested tuples."""
    if isinstance(value, tuple) and len(value) == 4 and isinstance(value[3], list):
        rule, start, end, children = value
        return rule, start, end, [_plain(child) for child in children]
    return value.id if isinstance(value, Name) else value


def _plain_lark(value: Tree[Token] | Token | None) -> Any:
    """Lark's tree in the same form."""
    if not isinstance(value, Tree):
        return None if value is None else str(value)
    children = [_plain_lark(child) for child in value.children]
    if value.meta.empty:
        return str(value.data), None, None, children
    return str(value.data), value.meta.start_pos, value.meta.end_pos, children
