"""What opens and closes: the parts of a network as a tree, of which a page shows as much as asked.

A part is a layer; several layers that one node stands for when closed, such as a convolution with
its norm and activation; a block or level; or several alike ones in a row.
"""

from bisect import bisect_left
from collections.abc import Sequence

from archdsl.backends.diagram.grouping import Grouping, Item
from archdsl.backends.diagram.nesting import Member, Scope, nested
from archdsl.graph.ir import Graph
from archdsl.records import NamedTuple


class Part(NamedTuple):
    """A node of the tree.

    Attributes:
        kind: layer, fused, block, level or run.
        first, end: the range of its steps.
        scopes: the instances that it is, outermost first; those of a layer hold it alone.
        members: what it opens to.
        shared: whether its layers run elsewhere too.
    """

    kind: str
    first: int
    end: int
    scopes: tuple[int, ...] = ()
    members: "tuple[Part, ...]" = ()
    shared: bool = False


def outline(graph: Graph, live: Sequence[bool]) -> tuple[Part, ...]:
    """The parts of a network, in order of execution.

    Args:
        live: for every step, whether it runs in evaluation mode.
    """
    return _Outliner(graph, live).members(nested(graph))


class _Outliner:
    def __init__(self, graph: Graph, live: Sequence[bool]) -> None:
        self._graph = graph
        self._grouping = Grouping(graph, live)

    def members(self, scope: Scope) -> tuple[Part, ...]:
        return tuple(
            self._item(scope, item) for item in self._grouping.items(scope, lambda _: False)
        )

    def _item(self, scope: Scope, item: Item) -> Part:
        shared = self._grouping.is_shared(item)
        members = _within(scope, item.first, item.last)
        if item.repeats == 1 or len(members) == 1:
            return self._part(members, shared)
        length = item.end - item.first
        alike = [
            self._part(_within(scope, first, first + length), shared)
            for first in range(item.first, item.last, length)
        ]
        return Part("run", item.first, item.last, (), tuple(alike))

    def _part(self, members: Sequence[Member], shared: bool) -> Part:
        if len(members) > 1:
            layers = tuple(self._part([member], False) for member in members)
            return Part("fused", layers[0].first, layers[-1].end, (), layers, shared)
        (member,) = members
        if isinstance(member, int):
            return Part("layer", member, member + 1, (), (), shared)
        inner = self.members(member)
        if len(inner) == 1 and inner[0].kind != "run":
            (sole,) = inner
            scopes = (member.instance, *sole.scopes)
            kind = "block" if sole.kind == "level" and self._is_block(member) else sole.kind
            return sole._replace(kind=kind, scopes=scopes, shared=shared)
        kind = "block" if self._is_block(member) else "level"
        return Part(kind, member.first, member.end, (member.instance,), inner, shared)

    def _is_block(self, scope: Scope) -> bool:
        return bool(self._graph.instances[scope.instance].definition)


def _within(scope: Scope, first: int, end: int) -> list[Member]:
    """The members of a scope that run in a range of steps."""
    start, stop = (bisect_left(scope.members, step, key=_first) for step in (first, end))
    return list(scope.members[start:stop])


def _first(member: Member) -> int:
    return member if isinstance(member, int) else member.first
