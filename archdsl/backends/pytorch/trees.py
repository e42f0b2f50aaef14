"""What a constructor creates, as records: calls, chains and their conditions, with expressions as
arguments.
"""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from archdsl.backends.pytorch.expressions import (
    Expr,
    Literal,
    parts,
    with_parts,
    write,
)
from archdsl.backends.pytorch.printer import Code, Group, call, listing
from archdsl.backends.pytorch.text import literal, same_value
from archdsl.ops.base import TorchArg, TorchModule
from archdsl.records import NamedTuple

RUN = 3
"""Alike neighbours from this number on are written as a comprehension."""


class New(NamedTuple):
    """`function(…)`: arguments with their keyword, or "" for positional ones."""

    function: str
    args: tuple[tuple[str, "Tree"], ...]


class Item(NamedTuple):
    """One layer of a chain; `condition` is None where it is always there."""

    name: str
    tree: "Tree"
    condition: Expr | None


class Chain(NamedTuple):
    """`nn.Sequential(…)`; `named` where the names are not the positions."""

    items: tuple[Item, ...]
    named: bool


Tree: TypeAlias = Expr | New | Chain


def expressions(tree: Tree) -> Iterator[Expr]:
    """The expressions in a tree."""
    if isinstance(tree, New):
        for _, arg in tree.args:
            yield from expressions(arg)
    elif isinstance(tree, Chain):
        for item in tree.items:
            yield from expressions(item.tree)
            if item.condition is not None:
                yield item.condition
    else:
        yield tree


def rewritten(tree: Tree, change: Callable[[Expr], Expr]) -> Tree:
    """The tree with its expressions changed."""
    if isinstance(tree, New):
        return New(tree.function, tuple((name, rewritten(arg, change)) for name, arg in tree.args))
    if isinstance(tree, Chain):
        items = tuple(
            Item(
                item.name,
                rewritten(item.tree, change),
                None if item.condition is None else change(item.condition),
            )
            for item in tree.items
        )
        return Chain(items, tree.named)
    return change(tree)


def replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    """An expression with every occurrence of a part replaced."""
    if expr == old:
        return new
    return with_parts(expr, lambda part: replaced(part, old, new))


def count(expr: Expr, wanted: Expr) -> int:
    """How often a part occurs in an expression."""
    return (expr == wanted) + sum(count(part, wanted) for part in parts(expr))


def module_tree(form: TorchModule, inplace: bool) -> New:
    """A layer whose arguments are all literals."""
    given = given_args(form)
    args: list[tuple[str, Tree]] = [
        (arg.name if arg.keyword else "", Literal(arg.value)) for arg in given
    ]
    if inplace and form.inplace:
        args.append(("inplace", Literal(True)))
    return New(form.cls, tuple(args))


def given_args(form: TorchModule) -> list[TorchArg]:
    """The arguments that differ from PyTorch's defaults; a positional one keeps those before it."""
    return [arg for arg in form.args if not same_value(arg.value, arg.default)]


def code(tree: Tree) -> Code:
    """The tree as Python."""
    if isinstance(tree, New):
        return Group(
            f"{tree.function}(",
            tuple((f"{name}=" if name else "", code(arg)) for name, arg in tree.args),
        )
    if isinstance(tree, Chain):
        return sequential("nn.Sequential", chain_args(tree))
    if isinstance(tree, Literal) and isinstance(tree.value, TorchModule):
        return code(module_tree(tree.value, False))
    return write(tree)


def sequential(head: str, args: list[Code]) -> Group:
    """A call with a layer a line; two short ones share one."""
    items = tuple(("", arg) for arg in args)
    return Group(f"{head}(", items, exploded=len(args) > 2, loose=len(args) == 2)


def chain_args(chain: Chain) -> list[Code]:
    """The arguments of `nn.Sequential` for an unconditional chain."""
    if chain.named:
        return [_ordered(chain)]
    return list(_folded(list(chain.items)))


def _folded(items: list[Item]) -> Iterator[Code]:
    """Alike neighbours as a comprehension."""
    start = 0
    while start < len(items):
        end = start + 1
        while end < len(items) and items[end].tree == items[start].tree:
            end += 1
        if end - start >= RUN:
            clause = f"for _ in range({end - start})"
            yield Group("*[", (("", code(items[start].tree)), ("", clause)), "]", separator="")
        else:
            yield from (code(item.tree) for item in items[start:end])
        start = end


def _ordered(chain: Chain) -> Code:
    names = [item.name for item in chain.items]
    if all(name.isidentifier() for name in names):
        keywords = tuple((f"{item.name}=", code(item.tree)) for item in chain.items)
        return Group("OrderedDict(", keywords, exploded=len(keywords) > 1)
    pairs = [Group("(", (("", literal(item.name)), ("", code(item.tree)))) for item in chain.items]
    return call("OrderedDict", listing(pairs, exploded=True))
