"""Who executes what: instances around steps, in order of execution.

The instance tree of a graph is in order of creation, and a shared layer stands where it is
declared. A diagram shows where a layer runs.
"""

from archdsl.annotations import TypeAlias
from archdsl.graph.ir import Graph
from archdsl.records import NamedTuple


class Scope(NamedTuple):
    """An instance and what runs within it.

    Attributes:
        first, end: the range of its steps.
        members: a step as its index, or a scope.
    """

    instance: int
    first: int
    end: int
    members: "tuple[Scope | int, ...]"


Member: TypeAlias = Scope | int


def nested(graph: Graph) -> Scope:
    """The network as a scope; instances without steps are left out."""
    starting: dict[int, list[int]] = {}
    for number in range(1, len(graph.instances)):
        first, end = graph.instances[number].steps
        if first < end:
            starting.setdefault(first, []).append(number)
    open_: list[tuple[int, int, int, list[Member]]] = [(0, 0, len(graph.steps), [])]

    def close(step: int) -> None:
        while len(open_) > 1 and open_[-1][2] <= step:
            instance, first, end, members = open_.pop()
            open_[-1][3].append(Scope(instance, first, end, tuple(members)))

    for step in range(len(graph.steps)):
        close(step)
        # Instances are numbered as they begin, so outer ones come first.
        for number in starting.get(step, ()):
            first, end = graph.instances[number].steps
            open_.append((number, first, end, []))
        open_[-1][3].append(step)
    close(len(graph.steps))
    instance, first, end, members = open_[0]
    return Scope(instance, first, end, tuple(members))
