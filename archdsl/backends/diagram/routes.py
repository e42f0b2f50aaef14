"""The main path of a drawing, and the connections that skip a part of it."""

from collections.abc import Collection, Sequence
from itertools import pairwise

from archdsl.records import NamedTuple


class Routes(NamedTuple):
    """What the eye should find, among nodes that are numbered in order.

    Attributes:
        main: the nodes of the longest path from an input to the first output.
        skips: pairs of source and target.
    """

    main: set[int]
    skips: set[tuple[int, int]]


def routes(
    count: int,
    pairs: Sequence[tuple[int, int]],
    sums: Collection[int],
    passing: Collection[int],
    end: int,
    norms: Collection[int] = (),
) -> Routes:
    """The routes among `count` nodes, each pair from a smaller to a larger number.

    A skip is a connection beside which a longer way leads to the same node: a residual's identity,
    or a map that a U-Net hands over to its decoder. So is one with a node on it beside a longer
    way: a projection that leads to a sum, perhaps with its norm, or a crop.

    Args:
        sums: the nodes that add or multiply.
        passing: the nodes that compute nothing.
        end: the node that the main path ends in.
        norms: the nodes that normalise, as they do behind a projection.
    """
    sources: list[list[int]] = [[] for _ in range(count)]
    targets: list[list[int]] = [[] for _ in range(count)]
    for source, target in dict.fromkeys(pairs):
        sources[target].append(source)
        targets[source].append(target)
    found = _direct(sources, targets)
    for target in range(count):
        for middle in sources[target] if len(sources[target]) > 1 else ():
            if target in sums or middle in passing:
                way = _way(middle, target, sources, targets, 2 if middle in norms else 1)
                if len(way) > 1 and _length(way[0], target, targets) >= len(way):
                    found |= set(pairwise(way))
    return Routes(_main(sources, end), found)


def _direct(sources: list[list[int]], targets: list[list[int]]) -> set[tuple[int, int]]:
    found = set()
    for source, reached in enumerate(targets):
        if len(reached) < 2:
            continue
        # All that lies behind the neighbours, as far as the farthest neighbour.
        farthest = max(reached)
        seen: set[int] = set()
        waiting = [node for start in reached for node in targets[start]]
        while waiting:
            node = waiting.pop()
            if node <= farthest and node not in seen:
                seen.add(node)
                waiting += targets[node]
        found |= {
            (source, target) for target in reached if len(sources[target]) > 1 and target in seen
        }
    return found


def _way(
    middle: int, target: int, sources: list[list[int]], targets: list[list[int]], most: int
) -> list[int]:
    """The way to a node by way of a neighbour, back to where something else leaves too.

    Empty if there are more than `most` nodes on it.
    """
    way = [target]
    while len(sources[middle]) == len(targets[middle]) == 1 and len(way) <= most:
        way.append(middle)
        (middle,) = sources[middle]
    is_whole = len(way) > 1 and len(targets[middle]) > 1
    return [middle, *way[::-1]] if is_whole else []


def _length(source: int, target: int, targets: list[list[int]]) -> int:
    """The connections on the longest way between two nodes; 0 without one."""
    longest = {source: 0}
    for node in range(source, target):
        if node in longest:
            for reached in targets[node]:
                longest[reached] = max(longest.get(reached, 0), longest[node] + 1)
    return longest.get(target, 0)


def _main(sources: list[list[int]], end: int) -> set[int]:
    longest: list[int] = []
    for before in sources:
        longest.append(1 + max((longest[source] for source in before), default=0))
    main, node = {end}, end
    while sources[node]:
        # Of equally long ways the one that was written first.
        node = max(sources[node], key=lambda source: (longest[source], -source))
        main.add(node)
    return main
