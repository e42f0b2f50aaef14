"""The layers of a network that hold something to learn, and the blocks around them, by path."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from archdsl.graph.ir import Graph
from archdsl.records import NamedTuple
from archdsl.visible import quoted

MOST_LISTED = 6
"""Paths that a message lists."""


class Unit(NamedTuple):
    """A layer with tensors, or of an extern op. A group has it whole or not at all.

    Attributes:
        step: the number of the step that owns it.
        parameters: the keys of its parameters; those of extern ops only their modules know.
        learns: whether it has parameters.
    """

    step: int
    path: str
    parameters: tuple[str, ...]
    learns: bool


class Node:
    """The network, a level, a block or a layer.

    Attributes:
        first, end: the range of the units in it.
        outer: what holds it; None for the network.
        inner: what it holds.
        instance: its number, None for a layer.
    """

    __slots__ = ("end", "first", "inner", "instance", "name", "outer", "path", "step")

    def __init__(
        self,
        path: str,
        name: str,
        first: int,
        outer: "Node | None",
        instance: int | None = None,
    ) -> None:
        self.path = path
        self.name = name
        self.first = self.end = first
        self.outer = outer
        self.inner: list[Node] = []
        self.instance = instance
        self.step: int | None = None

    @property
    def around(self) -> Iterator["Node"]:
        """The levels and blocks that hold it, the innermost first."""
        node = self.outer
        while node is not None and node.path:
            yield node
            node = node.outer

    @property
    def units(self) -> range:
        """The numbers of the units in it."""
        return range(self.first, self.end)


class Tree:
    """The units of a network in the order of the state dict, and the tree of what holds them.

    Attributes:
        units: go by their place in here.
        nodes: by path; a layer without tensors has no units.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.units: list[Unit] = []
        self._layers: list[Node] = []
        self.root = Node("", "", 0, None, instance=0)
        self.nodes: dict[str, Node] = {}
        self._grow()

    def _grow(self) -> None:
        graph = self.graph
        above = [self.root]
        members = [iter(graph.created(0))]
        while members:
            member = next(members[-1], None)
            if member is None:
                members.pop()
                above.pop().end = len(self.units)
            elif member >= 0:
                if graph.steps[member].name:
                    self._add_layer(above[-1], member)
            else:
                instance = graph.instances[~member]
                node = self._add(above[-1], instance.path, instance.name)
                node.instance = ~member
                above.append(node)
                members.append(iter(graph.created(~member)))

    def _add(self, outer: Node, path: str, name: str) -> Node:
        node = Node(path, name, len(self.units), outer)
        outer.inner.append(node)
        self.nodes.setdefault(path, node)
        return node

    def _add_layer(self, outer: Node, number: int) -> None:
        step = self.graph.steps[number]
        layer = step.layer
        node = self._add(outer, step.path, step.name)
        node.step = number
        if layer.weights or layer.op.family == "extern":
            parameters = tuple(
                [
                    f"{step.path}.{weight.name}" if weight.name else step.path
                    for weight in layer.weights
                    if weight.trainable
                ]
            )
            learns = bool(parameters) or layer.opaque_params > 0
            self.units.append(Unit(number, step.path, parameters, learns))
            self._layers.append(node)
            node.end = len(self.units)

    def learns(self, chosen: Iterable[int]) -> bool:
        """Whether there is something to train in some units."""
        return any(self.units[unit].learns for unit in chosen)

    def parameters(self, chosen: Iterable[int]) -> tuple[str, ...]:
        """The keys of the parameters of some units, in the order of the state dict."""
        return tuple([key for unit in sorted(chosen) for key in self.units[unit].parameters])

    def paths(self, chosen: Collection[int]) -> tuple[str, ...]:
        """The shortest paths that together hold exactly these units, in the order of the network.

        The network itself has no path, so that all of its units are its topmost layers.
        """
        counts = Counter(outer for unit in chosen for outer in self._layers[unit].around)
        found: dict[str, None] = {}
        for unit in sorted(chosen):
            node = self._layers[unit]
            for outer in node.around:
                if counts[outer] < len(outer.units):
                    break
                node = outer
            found[node.path] = None
        return tuple(found)


def source_form(path: str) -> str:
    """A path as the source writes it: `layer3[0].conv1` for `layer3.0.conv1`."""
    parts = path.split(".")
    if not all(part.isdecimal() or part.isidentifier() for part in parts) or parts[0].isdecimal():
        return quoted(path)
    return "".join(
        f"[{part}]" if part.isdecimal() else f".{part}" if place else part
        for place, part in enumerate(parts)
    )


def listed(paths: Sequence[str], most: int = MOST_LISTED) -> str:
    """So many paths, and how many more there are."""
    more = f", and {len(paths) - most} more" if len(paths) > most else ""
    return ", ".join(paths[:most]) + more
