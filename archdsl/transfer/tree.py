"""The layers of a network that hold something to learn, and the blocks around them, by path."""

from collections.abc import Collection, Iterable, Iterator

from archdsl.graph.ir import Graph
from archdsl.records import NamedTuple
from archdsl.visible import quoted


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
        inner: what it holds.
        instance: its number, None for a layer.
    """

    __slots__ = ("end", "first", "inner", "instance", "name", "path", "step")

    def __init__(
        self, path: str, name: str, first: int, instance: int | None, step: int | None
    ) -> None:
        self.path = path
        self.name = name
        self.first = self.end = first
        self.inner: list[Node] = []
        self.instance = instance
        self.step = step

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
        self.root = Node("", "", 0, 0, None)
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
                node = Node(instance.path, instance.name, len(self.units), ~member, None)
                self._add(above[-1], node)
                above.append(node)
                members.append(iter(graph.created(~member)))

    def _add(self, parent: Node, node: Node) -> None:
        parent.inner.append(node)
        self.nodes.setdefault(node.path, node)

    def _add_layer(self, parent: Node, number: int) -> None:
        step = self.graph.steps[number]
        layer = step.layer
        node = Node(step.path, step.name, len(self.units), None, number)
        self._add(parent, node)
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
        return tuple([node.path for node in self.covering(chosen)])

    def covering(self, chosen: Collection[int]) -> Iterator[Node]:
        """The nodes of these paths."""
        before = [0]
        for unit in range(len(self.units)):
            before.append(before[-1] + (unit in chosen))
        pending = self.root.inner[::-1]
        while pending:
            node = pending.pop()
            count = before[node.end] - before[node.first]
            if not count:
                continue
            if count == node.end - node.first:
                yield node
            else:
                pending += node.inner[::-1]


def source_form(path: str) -> str:
    """A path as the source writes it: `layer3[0].conv1` for `layer3.0.conv1`."""
    parts = path.split(".")
    if not all(part.isdecimal() or part.isidentifier() for part in parts) or parts[0].isdecimal():
        return quoted(path)
    return "".join(
        f"[{part}]" if part.isdecimal() else f".{part}" if place else part
        for place, part in enumerate(parts)
    )
