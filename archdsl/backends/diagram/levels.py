"""The levels of detail: which instances are drawn open, and which as one node."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence

from archdsl.annotations import TypeAlias
from archdsl.backends.diagram.grouping import Frame, Group, Grouping, Item
from archdsl.backends.diagram.nesting import Scope
from archdsl.backends.diagram.pieces import pieces
from archdsl.graph.ir import Graph

LEVELS = ("stage", "block", "layer")
"""From coarse to fine."""

FEW, SCREENFUL = 5, 40
"""At the stage level: with fewer nodes than `FEW` the largest part is opened, unless that makes
more than `SCREENFUL`. What has more in any case is cut into pieces.
"""

READABLE = {"TB": 32, "LR": 16}
"""At the block level, blocks are opened as long as there are no more nodes than these; from left to
right there is room for half as many, which are wider than they are high.
"""

Items: TypeAlias = tuple[Item, ...]


def items_at(
    level: str, graph: Graph, grouping: Grouping, root: Scope, direction: str = "TB"
) -> Items:
    """What is drawn of a network at a level of detail."""
    if level == "layer":
        return grouping.layers(root)
    chooser = _Chooser(graph, grouping, root)
    return chooser.stages() if level == "stage" else chooser.blocks(READABLE[direction])


class _Chooser:
    def __init__(self, graph: Graph, grouping: Grouping, root: Scope) -> None:
        self._graph = graph
        self._grouping = grouping
        self._root = root
        self._scopes = {scope.instance: scope for scope in _scopes(root)}

    def _opened(self, instances: Iterable[int]) -> Items:
        chosen = frozenset(instances)
        return self._grouping.items(self._root, lambda scope: scope.instance in chosen)

    def stages(self) -> Items:
        """The parts that the network names; those of its largest one where they are few."""
        opened: set[int] = set()
        items = self._opened(opened)
        while count(items) < FEW:
            parts = [
                group.scopes[-1]
                for group in _groups(items)
                if group.closed and self._graph.instances[group.scopes[-1]].kind != "block"
            ]
            if not parts:
                break
            largest = max(parts, key=lambda part: len(self._scopes[part].members))
            opened.add(largest)
            finer = self._opened(opened)
            if count(finer) > SCREENFUL:
                break
            items = finer
        return items if count(items) <= SCREENFUL else self._pieces(items)

    def _pieces(self, items: Items) -> Items:
        """With as many nodes nothing is open: there are nodes alone."""
        return pieces(
            tuple(_groups(items)), self._graph, self._grouping.readers, self._grouping.live
        )

    def blocks(self, most: int) -> Items:
        """Blocks as nodes. Those that branch inside are opened where the whole stays readable."""
        opened = {
            number for number in self._scopes if self._graph.instances[number].kind != "block"
        }
        items = self._opened(opened)
        while True:
            branching = {
                group.scopes[-1]
                for group in _groups(items)
                if group.closed and self._branches(group)
            }
            if not branching:
                return items
            outermost = self._outermost(
                [
                    group
                    for group in _groups(items)
                    if group.scopes and group.scopes[-1] in branching
                ],
                opened,
            )
            finer = self._opened(opened | outermost)
            if count(finer) > most:
                return items
            opened |= outermost
            items = finer

    def _outermost(self, groups: Sequence[Group], opened: Collection[int]) -> set[int]:
        """The outermost blocks of some nodes that are not open yet, in every repeat: only what is
        all open is folded.
        """
        ordered = sorted(groups, key=lambda group: group.first)  # no two of them overlap
        firsts = [group.first for group in ordered]
        blocks = [
            scope
            for number, scope in self._scopes.items()
            if self._graph.instances[number].kind == "block"
            and number not in opened
            and (place := bisect_right(firsts, scope.first)) > 0
            and scope.end <= ordered[place - 1].last
        ]
        outermost: set[int] = set()
        reached = -1
        for scope in sorted(blocks, key=lambda one: (one.first, -one.end, one.instance)):
            if scope.end > reached:
                outermost.add(scope.instance)
                reached = scope.end
        return outermost

    def _branches(self, group: Group) -> bool:
        steps = self._graph.steps[group.first : group.end]
        return any(step.layer.op.family == "merge" for step in steps)


def count(items: Items) -> int:
    """The nodes among some items."""
    return sum(1 for _ in _groups(items))


def _groups(items: Items) -> Iterator[Group]:
    for item in items:
        if isinstance(item, Frame):
            yield from _groups(item.members)
        else:
            yield item


def _scopes(root: Scope) -> Iterator[Scope]:
    waiting = [root]
    while waiting:
        scope = waiting.pop()
        yield scope
        waiting += [member for member in scope.members if isinstance(member, Scope)]
