"""At which batch and input sizes a network is run."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archdsl.graph.ir import Graph
from archdsl.types import Symbol

MOST_TRIES = 256
"""Sizes tried for a second one at which the whole network works."""


class Case(NamedTuple):
    """A batch size, and a value for every symbolic size."""

    batch: int
    sizes: Mapping[str, int]

    def text(self, graph: Graph) -> str:
        """``batch 2, image [3, 225, 225]``."""
        inputs = ", ".join(
            f"{given.name} {list(shape_at(graph, given.value, self.sizes))}"
            for given in graph.inputs
        )
        return f"batch {self.batch}, {inputs}"


def cases(graph: Graph) -> tuple[Case, ...]:
    """Two batch sizes; with symbolic sizes also two input sizes, the first as in the summary."""
    sizes = dict(graph.sizes)
    return Case(1, sizes), Case(2, other_sizes(graph) or sizes)


def other_sizes(graph: Graph) -> dict[str, int] | None:
    """The next legal sizes at which every layer works; None where there are none nearby."""
    if not graph.symbols:
        return None
    requirements = dict.fromkeys(
        requirement for step in graph.steps for requirement in step.layer.requirements
    )
    for values in _nearby(graph.symbols, graph.sizes):
        legal = all(symbol.legal(values[symbol.name]) for symbol in graph.symbols)
        if legal and all(requirement.holds(values) for requirement in requirements):
            return values
    return None


def _nearby(symbols: tuple[Symbol, ...], sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """All sizes raised in step, then lowered, the nearest first."""
    for steps in (*range(1, MOST_TRIES), *range(-1, -MOST_TRIES, -1)):
        yield {symbol.name: sizes[symbol.name] + steps * symbol.multiple for symbol in symbols}


def shape_at(graph: Graph, value: int, sizes: Mapping[str, int]) -> tuple[int, ...]:
    """The shape of a value without the batch, at these sizes."""
    return tuple(
        size if isinstance(size, int) else size.evaluate(sizes) for size in graph.types[value].shape
    )
