"""Networks that go down and up again, with connections across: a U-Net, a feature pyramid, an
hourglass. As in their papers, the second half of the main path is drawn beside the first, upwards,
and the connections run straight across.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

from archdsl.backends.diagram.records import Drawing, Edge
from archdsl.records import NamedTuple

_FEWEST = 3
"""Connections across that make a valley; two are a squeeze-and-excitation in a residual block."""


class Valley(NamedTuple):
    """What is drawn otherwise than downwards.

    Attributes:
        slope: the nodes of the main path that stand in the second column.
        rising: source and target of the edges that lead upwards.
        rungs: nodes on one level, from the first slope to the second.
        inside: what stands on a connection across, with a node of the second slope below it: joined
            by a hidden edge, it is placed between the slopes.
        turn: source and target of the edge from the first slope to the second.
        top: the last node of the main path.
    """

    slope: Collection[str]
    rising: Collection[tuple[str, str]]
    rungs: Sequence[tuple[str, ...]]
    inside: Sequence[tuple[str, str]]
    turn: tuple[str, str]
    top: str


def valley(drawing: Drawing) -> Valley | None:
    """The valley of a drawing, or None if it has none."""
    path = _main_path(drawing.edges)
    place = {own: number for number, own in enumerate(path)}
    across = list(_across(drawing.edges, place))
    rungs = _nested(across, place)
    if len(rungs) < _FEWEST or not _descends(drawing.edges, place, [rung[0] for rung in rungs]):
        return None
    if 2 * (place[rungs[0][-1]] - place[rungs[0][0]]) < len(path):
        return None
    first, last = place[rungs[-1][0]], place[rungs[-1][-1]]
    bottom = (first + last) // 2
    chosen = set(rungs)
    if any(place[one[0]] <= bottom < place[one[-1]] for one in across if one not in chosen):
        return None
    slope = set(path[bottom + 1 :])
    # Graphviz can level what stands in no frame.
    free = {member.id for member in drawing.members}
    if not free.issuperset(slope):
        return None
    rising = _rising(drawing.edges, slope, path[bottom], chosen)
    levelled = [tuple([own for own in rung if own in free]) for rung in rungs]
    inside = [(rung[1], path[place[rung[2]] - 1]) for rung in rungs if len(rung) == 3]
    return Valley(slope, rising, levelled, inside, (path[bottom], path[bottom + 1]), path[-1])


def _main_path(edges: Sequence[Edge]) -> list[str]:
    following = {edge.source: edge.target for edge in edges if edge.main}
    starts = following.keys() - set(following.values())
    path = sorted(starts)[:1]
    while path and path[-1] in following:
        path.append(following[path[-1]])
    return path


def _across(edges: Sequence[Edge], place: Collection[str]) -> Iterator[tuple[str, ...]]:
    """Skips between nodes of the main path, those with a node on them too."""
    skips = [(edge.source, edge.target) for edge in edges if edge.skip]
    leaving = {source: target for source, target in skips if source not in place}
    for source, target in skips:
        if source not in place:
            continue
        if target in place:
            yield source, target
        elif leaving.get(target) in place:
            yield source, target, leaving[target]


def _descends(edges: Sequence[Edge], place: Mapping[str, int], sources: Sequence[str]) -> bool:
    """Whether maps change from each source to the next; residuals in residuals keep theirs."""
    changes = [place[edge.source] for edge in edges if edge.main and edge.label]
    return all(
        any(place[above] < change <= place[below] for change in changes)
        for above, below in pairwise(sources)
    )


def _nested(across: Sequence[tuple[str, ...]], place: Mapping[str, int]) -> list[tuple[str, ...]]:
    """From the longest one inwards, always the longest within."""
    found: list[tuple[str, ...]] = []
    first, last = -1, len(place)
    for one in sorted(across, key=lambda one: place[one[0]] - place[one[-1]]):
        if first < place[one[0]] and place[one[-1]] < last:
            found.append(one)
            first, last = place[one[0]], place[one[-1]]
    return found


def _rising(
    edges: Sequence[Edge],
    slope: Collection[str],
    bottom: str,
    rungs: Collection[tuple[str, ...]],
) -> set[tuple[str, str]]:
    """The edges between nodes that lead to the second slope, but for those across."""
    sources: dict[str, list[str]] = {}
    for edge in edges:
        sources.setdefault(edge.target, []).append(edge.source)
    # From the slope backwards, as far as the bottom or a connection across.
    ends = {bottom, *(own for rung in rungs for own in rung[:-1])}
    leading = set(slope)
    waiting = list(slope)
    while waiting:
        for source in sources.get(waiting.pop(), ()):
            if source not in leading and source not in ends:
                leading.add(source)
                waiting.append(source)
    leading.add(bottom)
    return {
        (edge.source, edge.target)
        for edge in edges
        if edge.source in leading and edge.target in leading
    }
