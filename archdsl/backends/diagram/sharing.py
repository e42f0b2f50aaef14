"""Layers and blocks that run in several places with the same weights."""

from collections.abc import Sequence

from archdsl.backends.diagram.grouping import Item
from archdsl.graph.ir import Graph


class Sharing:
    """The uses of the shared layers and blocks of one graph."""

    def __init__(self, graph: Graph) -> None:
        self._steps = _counted([step.use_of for step in graph.steps])
        self._instances = _counted([instance.use_of for instance in graph.instances])

    def uses(self, item: Item) -> tuple[int, int] | None:
        """Which use of how many; None for what runs once."""
        if item.end == item.first + 1 and item.first in self._steps:
            return self._steps[item.first]
        for number in item.scopes:
            if number in self._instances:
                return self._instances[number]
        return None


def _counted(owners: Sequence[int | None]) -> dict[int, tuple[int, int]]:
    """For everything that is used more than once, each use with its place and their number."""
    uses: dict[int, list[int]] = {}
    for number, owner in enumerate(owners):
        if owner is not None:
            uses.setdefault(owner, [owner]).append(number)
    return {
        number: (place, len(numbers))
        for numbers in uses.values()
        for place, number in enumerate(numbers, 1)
    }
