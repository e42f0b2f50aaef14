"""Networks without parts of their own, cut into pieces that fit a screen."""

from collections.abc import Collection, Mapping, Sequence

from archdsl.backends.diagram.grouping import Group
from archdsl.graph.ir import Graph

MOST = 20
"""So few that even if each piece is connected with every other one, Graphviz takes seconds."""


def pieces(
    groups: Sequence[Group],
    graph: Graph,
    readers: Mapping[int, Collection[int]],
    live: Sequence[bool],
) -> tuple[Group, ...]:
    """Nodes in a row as at most `MOST` nodes, parted where a single value leads on, if possible.

    Args:
        readers: for every value, the steps that read it.
        live: for every step, whether it runs in evaluation mode.
    """
    length = -(-2 * len(groups) // MOST)
    narrow = _narrow(groups, graph, readers)
    found: list[list[Group]] = [[]]
    for place, group in enumerate(groups):
        last = found[-1]
        is_other = bool(last) and live[last[0].first] != live[group.first]
        is_long = len(last) >= length or (2 * len(last) >= length and place in narrow)
        if is_other or is_long:
            found.append([])
        found[-1].append(group)
    return tuple([_joined(piece) for piece in found])


def _joined(piece: Sequence[Group]) -> Group:
    if len(piece) == 1:
        return piece[0]
    return Group((), piece[0].first, piece[-1].last, piece[-1].last, 1, True)


def _narrow(
    groups: Sequence[Group], graph: Graph, readers: Mapping[int, Collection[int]]
) -> set[int]:
    """The places before which a single value leads from what is before to what is behind."""
    leading = {given.value for given in graph.inputs}
    found = set()
    for place, group in enumerate(groups):
        leading = {
            value
            for value in leading
            if any(reader >= group.first for reader in readers.get(value, ()))
        }
        if len(leading) == 1:
            found.add(place)
        for step in graph.steps[group.first : group.last]:
            leading.update(step.outputs)
    return found
