"""How connections are laid in a picture: one line for what enters a frame, and shapes on the way.

A value that several members of a frame read enters it once and forks inside, so that a residual
block holds its own skip. A shape interrupts its line as a node of plain text: as the label of an
edge, which Graphviz puts beside the line, it would push the line aside within nested frames.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from archdsl.annotations import TypeAlias
from archdsl.backends.diagram.records import Drawing, Edge, Member, Node
from archdsl.backends.diagram.valley import Valley
from archdsl.records import NamedTuple


class Stop(NamedTuple):
    """A place that a line runs through.

    Attributes:
        text: the shape that stands there; "" where the line forks.
        main: whether it lies on the main path.
        rises: whether the line leads upwards there.
    """

    id: str
    text: str
    main: bool
    rises: bool


class Wire(NamedTuple):
    """A line, or a part of one.

    Attributes:
        ends: whether it ends at a node, with an arrow, rather than at a stop.
        whole: whether it also starts at one.
        alone: whether nothing else leaves the one node or leads to the other.
        rises: whether it leads upwards.
        turns: whether it leads from one slope of a valley to the other.
        skip, main, training: as of an edge.
    """

    source: str
    target: str
    ends: bool
    whole: bool
    alone: bool
    rises: bool
    turns: bool
    skip: bool
    main: bool
    training: bool


class Wiring(NamedTuple):
    """All lines of a drawing.

    Attributes:
        stops: by the cluster that they lie in; "" for the network itself.
    """

    stops: Mapping[str, Sequence[Stop]]
    wires: Sequence[Wire]


Place: TypeAlias = tuple[str, ...]
"""The clusters around something, outermost first."""


def wiring(drawing: Drawing, valley: Valley | None) -> Wiring:
    """The lines of a drawing with its valley, in the order of its edges."""
    electrician = _Electrician(drawing, valley)
    electrician.lay(drawing.edges)
    return Wiring(electrician.stops, electrician.wires)


class _Electrician:
    def __init__(self, drawing: Drawing, valley: Valley | None) -> None:
        self._rising = valley.rising if valley else set[tuple[str, str]]()
        self._turn = valley.turn if valley else None
        self.stops: dict[str, list[Stop]] = {}
        self.wires: list[Wire] = []
        self._places = dict(_places(drawing.members, ()))
        self._forks: set[str] = set()
        self._leaving = Counter(edge.source for edge in drawing.edges)
        self._arriving = Counter(edge.target for edge in drawing.edges)

    def lay(self, edges: Sequence[Edge]) -> None:
        readers: dict[tuple[str, int], list[Edge]] = {}
        for edge in edges:
            readers.setdefault((edge.source, edge.value), []).append(edge)
        values: dict[str, int] = {}
        for (source, _), found in readers.items():
            values[source] = values.get(source, 0) + 1
            name = source if values[source] == 1 else f"{source}@{values[source]}"
            self._spread(source, name, found)

    def _spread(self, start: str, name: str, edges: Sequence[Edge]) -> None:
        """Lay lines for a value from a place; where several enter a frame, one that forks inside.

        `name` is of the value; a source can give several.
        """
        place = self._places[start]
        frames: dict[Place, list[Edge]] = {}
        for edge in edges:
            target = self._places[edge.target]
            depth = len(_shared((place, target)))
            frames.setdefault(target[depth : depth + 1], []).append(edge)
        for frame, entering in frames.items():
            if not frame or len(entering) == 1:
                for edge in entering:
                    self._line(start, edge.target, name, edge)
                continue
            inside = _shared([self._places[edge.target] for edge in entering])
            one = _merged(entering)
            fork = Stop(f"fork:{name}>{inside[-1]}", "", one.main, self._rises(one))
            self.stops.setdefault(inside[-1], []).append(fork)
            self._forks.add(fork.id)
            self._places[fork.id] = inside
            self._line(start, fork.id, name, one)
            self._spread(fork.id, name, [edge._replace(label="") for edge in entering])

    def _line(self, start: str, end: str, name: str, edge: Edge) -> None:
        starts, ends = start not in self._forks, end not in self._forks
        alone = self._leaving[edge.source] == self._arriving[edge.target] == 1
        turns = (edge.source, edge.target) == self._turn
        looks = (alone, self._rises(edge), turns, edge.skip, edge.main, edge.training)
        if not edge.label:
            self.wires.append(Wire(start, end, ends, starts and ends, *looks))
            return
        around = _shared((self._places[start], self._places[end]))
        stop = Stop(f"shape:{name}>{end}", edge.label, edge.main, self._rises(edge))
        self.stops.setdefault(around[-1] if around else "", []).append(stop)
        self.wires.append(Wire(start, stop.id, False, False, *looks))
        self.wires.append(Wire(stop.id, end, ends, False, *looks))

    def _rises(self, edge: Edge) -> bool:
        return (edge.source, edge.target) in self._rising


def _merged(edges: Sequence[Edge]) -> Edge:
    """What several edges are together, before they part."""
    return edges[0]._replace(
        label=next((edge.label for edge in edges if edge.label), ""),
        skip=all(edge.skip for edge in edges),
        main=any(edge.main for edge in edges),
        training=all(edge.training for edge in edges),
    )


def _places(members: Sequence[Member], around: Place) -> Iterator[tuple[str, Place]]:
    for member in members:
        if isinstance(member, Node):
            yield member.id, around
        else:
            yield from _places(member.members, (*around, member.id))


def _shared(places: Sequence[Place]) -> Place:
    """The clusters that are around all of some places."""
    first, last = min(places), max(places)
    for depth, (one, other) in enumerate(zip(first, last, strict=False)):
        if one != other:
            return first[:depth]
    return first
