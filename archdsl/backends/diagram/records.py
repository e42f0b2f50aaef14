"""What is drawn: nodes, edges and clusters, as plain records that every format is written from."""

from collections.abc import Iterator

from archdsl.annotations import TypeAlias
from archdsl.records import NamedTuple


class Node(NamedTuple):
    """A layer, several layers in a row, a block, an input or an output.

    Attributes:
        id: the same for the same place in the network, whatever else changes: made of its path.
        kind: the family of its op, `block`, `input` or `output`: says shape and colour.
        head: the op, with kernel and stride; for a block its definition.
        tail: what follows within the node, such as ``bn, relu``; or "".
        name: its name within the cluster, or "".
        repeats: how many alike ones in a row the node stands for.
        notes: more lines: that it is shared, and the figures that were asked for.
        tooltip: lines that appear over it.
        training: whether it runs in training mode only.
        frozen: whether a plan lets none of its parameters learn.
    """

    id: str
    kind: str
    head: str
    tail: str
    name: str
    repeats: int
    notes: tuple[str, ...]
    tooltip: str
    training: bool
    frozen: bool = False


class Cluster(NamedTuple):
    """A block or level that is drawn open: a frame around its members.

    Attributes:
        head: its definition, or "" for a level.
        id, name, repeats, notes, tooltip, training: as of a node.
    """

    id: str
    head: str
    name: str
    repeats: int
    notes: tuple[str, ...]
    tooltip: str
    training: bool
    members: "tuple[Node | Cluster, ...]"


class Edge(NamedTuple):
    """A value on its way from one node to another.

    Attributes:
        label: its shape, where the node that gives it has changed that; else "".
        skip: whether a longer way leads from the one to the other too.
        main: whether it is a part of the main path.
        training: whether it is used in training mode only.
        value: which one, by its number in the graph: two edges may carry the same.
    """

    source: str
    target: str
    label: str
    skip: bool
    main: bool
    training: bool
    value: int


class Drawing(NamedTuple):
    """A network at one level of detail.

    Attributes:
        name: of the network.
        subtitle: its figures.
        tooltip: its doc string.
    """

    name: str
    subtitle: str
    tooltip: str
    members: tuple[Node | Cluster, ...]
    edges: tuple[Edge, ...]

    def nodes(self) -> Iterator[Node]:
        """Every node, in order."""
        return nodes_of(self.members)


Member: TypeAlias = Node | Cluster


def nodes_of(members: tuple[Member, ...]) -> Iterator[Node]:
    """The nodes among some members and within their clusters, in order."""
    waiting = list(members[::-1])
    while waiting:
        member = waiting.pop()
        if isinstance(member, Node):
            yield member
        else:
            waiting += member.members[::-1]
