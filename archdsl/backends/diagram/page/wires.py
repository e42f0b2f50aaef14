"""How the members of a part are connected, among each other and with what is around them.

A value comes into an open part, and leaves it, at a port of its frame. So each part has connections
of its own, whatever is open around it and within it.
"""

from collections.abc import Sequence
from functools import cached_property

from archdsl.backends.diagram.page.outline import Part
from archdsl.backends.diagram.routes import routes
from archdsl.backends.diagram.wording import SYMBOLS
from archdsl.graph.ir import Graph
from archdsl.records import NamedTuple


class Wire(NamedTuple):
    """A connection within a part.

    Attributes:
        source, target: places among what is connected: the ports that values come in by, the
            members, the ports that values leave by.
        skip: whether a longer way leads there too.
    """

    source: int
    target: int
    value: int
    skip: bool


class Wiring(NamedTuple):
    """All connections within a part.

    Attributes:
        reads: the values that come in, in the order in which they are read first.
        gives: the values that leave.
        wires: in the order of their targets.
    """

    reads: tuple[int, ...]
    gives: tuple[int, ...]
    wires: tuple[Wire, ...]


class Wires:
    """The connections within the parts of one network."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def reads(self, part: Part) -> tuple[int, ...]:
        """The values that a part reads and does not make, in the order in which it reads them."""
        steps = self._graph.steps[part.first : part.end]
        read = dict.fromkeys(value for step in steps for value in step.inputs)
        return tuple(value for value in read if not part.first <= self._maker[value] < part.end)

    def gives(self, part: Part) -> tuple[int, ...]:
        """The values that a part makes and others read."""
        steps = self._graph.steps[part.first : part.end]
        made = (value for step in steps for value in step.outputs)
        return tuple(value for value in made if self._last_reader.get(value, -1) >= part.end)

    def within(self, part: Part, skipping: frozenset[int]) -> Wiring:
        """The connections within a part.

        Args:
            skipping: the values whose connections with the part from outside are skips.
        """
        reads, gives = self.reads(part), self.gives(part)
        members = [(self.reads(member), self.gives(member)) for member in part.members]
        return self._wiring(reads, gives, part.members, members, skipping)

    def of_network(self, parts: Sequence[Part]) -> Wiring:
        """The connections of the whole network, whose members are inputs, parts and outputs."""
        graph = self._graph
        inputs = [((), (given.value,)) for given in graph.inputs]
        inner = [(self.reads(part), self.gives(part)) for part in parts]
        outputs = [((output.value,), ()) for output in graph.outputs]
        members = [*(None for _ in inputs), *parts, *(None for _ in outputs)]
        return self._wiring((), (), members, [*inputs, *inner, *outputs], frozenset())

    def _wiring(
        self,
        reads: tuple[int, ...],
        gives: tuple[int, ...],
        parts: Sequence[Part | None],
        members: Sequence[tuple[tuple[int, ...], tuple[int, ...]]],
        skipping: frozenset[int],
    ) -> Wiring:
        maker = {value: place for place, value in enumerate(reads)}
        flows = []
        for place, (read, made) in enumerate(members, len(reads)):
            flows += [(maker[value], place, value) for value in read]
            maker |= dict.fromkeys(made, place)
        ports = len(reads) + len(members)
        flows += [(maker[value], place, value) for place, value in enumerate(gives, ports)]
        places = dict(enumerate(parts, len(reads)))
        end = ports if gives else len(members) - len(self._graph.outputs)
        _, skips = routes(
            ports + len(gives),
            [flow[:2] for flow in flows],
            {place for place, part in places.items() if part and self._is_sum(part)},
            {place for place, part in places.items() if part and self._is_passing(part)},
            end,
        )
        wires = []
        for source, target, value in flows:
            is_port = source < len(reads) or target >= ports
            skip = (source, target) in skips or (is_port and value in skipping)
            wires.append(Wire(source, target, value, skip))
        return Wiring(reads, gives, tuple(wires))

    def _is_sum(self, part: Part) -> bool:
        return self._graph.steps[part.first].layer.op.name in SYMBOLS and not part.scopes

    def _is_passing(self, part: Part) -> bool:
        step = self._graph.steps[part.first]
        return part.kind == "layer" and step.layer.op.family == "shape"

    @cached_property
    def _maker(self) -> list[int]:
        """For every value the step that makes it; -1 for inputs."""
        maker = [-1] * len(self._graph.types)
        for number, step in enumerate(self._graph.steps):
            for value in step.outputs:
                maker[value] = number
        return maker

    @cached_property
    def _last_reader(self) -> dict[int, int]:
        """For every value the last step that reads it; an output reads behind all steps."""
        graph = self._graph
        last = {value: number for number, step in enumerate(graph.steps) for value in step.inputs}
        return last | {output.value: len(graph.steps) for output in graph.outputs}
