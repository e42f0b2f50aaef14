"""The stages of a network: what layer-wise rates and gradual unfreezing go by.

A stage is a run of layers, in the order in which they are executed, whose maps are of one size: the
stem, `layer1`, …, `layer4` of a ResNet. Behind the last map every layer with a kernel is a stage of
its own, with the norms that follow it. A block belongs to one stage, that of the last map in it;
levels and networks are opened where their parts belong to several. So is a block that does more
than a stage does: one that makes its input over 3 times smaller or larger, or one that changes size
more than once and holds over half of the layers of the network.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from archdsl.annotations import TypeAlias
from archdsl.records import NamedTuple
from archdsl.transfer.tree import Node, Tree
from archdsl.types import Symbol

Map: TypeAlias = tuple[int, ...]
"""The spatial size of a value. A value of one position is none: it stands for a whole map."""

CHANGE = 1.5
"""Another size: sides that are so many times longer or shorter. A border that is lost is none."""
STAGE_CHANGE = 3
"""A block that changes size by more than this holds several stages."""
SAMPLE = 512
"""What symbolic sizes without a value are taken for."""


class Stage(NamedTuple):
    """A run of layers.

    Attributes:
        nodes: what it is made of, in order of execution.
        units: the numbers of the layers, in the order of the state dict.
    """

    nodes: tuple[Node, ...]
    units: tuple[int, ...]


class _Piece(NamedTuple):
    """A node that belongs to one stage; `map` is the last one in it, None where it has none."""

    node: Node
    map: Map | None


def stages(tree: Tree) -> tuple[Stage, ...]:
    """The stages of a network, first to last; every unit is in one."""
    pieces = _Cutter(tree).pieces()
    last = max((place for place, piece in enumerate(pieces) if piece.map), default=-1)
    runs: list[list[_Piece]] = []
    size: Map | None = None
    for place, piece in enumerate(pieces):
        if place > last:
            starts = _has_kernel(tree, piece.node)
        else:
            starts = piece.map is not None and size is not None and _differ(size, piece.map)
        if starts or not runs:
            runs.append([])
        runs[-1].append(piece)
        # A side branch without a map does not end the run that it stands in.
        size = piece.map or size
    return tuple([_stage([piece.node for piece in run]) for run in runs])


def _stage(nodes: Sequence[Node]) -> Stage:
    return Stage(tuple(nodes), tuple(sorted(unit for node in nodes for unit in node.units)))


def _has_kernel(tree: Tree, node: Node) -> bool:
    """Whether it holds a convolution, a linear layer, or an extern op that learns."""
    units = [tree.units[unit] for unit in node.units]
    ops = [(tree.graph.steps[unit.step].layer.op, unit.learns) for unit in units]
    return any(op.dense or (op.family == "extern" and learns) for op, learns in ops)


def _differ(one: Map, other: Map) -> bool:
    return _change(one, other) >= CHANGE


def _change(one: Map, other: Map) -> float:
    """By how much the sides of two maps differ, at most."""
    if len(one) != len(other):
        return float("inf")
    return max(max(a / b, b / a) for a, b in zip(one, other, strict=True))


class _Cutter:
    """Cuts the tree into pieces that belong to one stage each."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._graph = tree.graph
        self._sizes = {symbol.name: _sample(symbol) for symbol in tree.graph.symbols}
        self._maps: dict[int, Map | None] = {}
        self._most = len(tree.units) / 2

    def pieces(self) -> list[_Piece]:
        """All of them, in order of execution."""
        found: list[_Piece] = []
        pending = [self._tree.root]
        while pending:
            node = pending.pop()
            if not node.units:
                continue
            if node is self._tree.root or self._holds_several(node):
                pending += node.inner
            else:
                found.append(_Piece(node, self._last_map(node.units)))
        return sorted(found, key=lambda piece: self._start(piece.node))

    def _holds_several(self, node: Node) -> bool:
        """Whether what a node holds belongs to several stages."""
        if node.instance is None:
            return False
        maps = self._maps_of(node)
        changes = sum(_differ(a, b) for a, b in pairwise(maps))
        instance = self._graph.instances[node.instance]
        if instance.kind != "block":
            return bool(changes) or not maps or self._ends_without_map(node)
        given = self._map(instance.inputs[0]) if instance.inputs else None
        if changes and given and _change(given, maps[-1]) > STAGE_CHANGE:
            return True
        return changes > 1 and len(node.units) > self._most

    def _maps_of(self, node: Node) -> list[Map]:
        """The maps of what is directly in a node, in order of execution."""
        inner = sorted((one for one in node.inner if one.units), key=self._start)
        found = [self._last_map(one.units) for one in inner]
        return [size for size in found if size is not None]

    def _ends_without_map(self, node: Node) -> bool:
        inner = [one for one in node.inner if one.units]
        return self._last_map(max(inner, key=self._start).units) is None

    def _start(self, node: Node) -> int:
        """The first step that a node executes."""
        if node.instance is not None:
            return self._graph.instances[node.instance].steps[0]
        assert node.step is not None
        return node.step

    def _last_map(self, units: Iterable[int]) -> Map | None:
        """The map of the layer that is executed last, of those that have one."""
        steps = sorted((self._tree.units[unit].step for unit in units), reverse=True)
        sizes = (self._map(self._graph.steps[step].outputs[0]) for step in steps)
        return next((size for size in sizes if size is not None), None)

    def _map(self, value: int) -> Map | None:
        if value not in self._maps:
            sides = self._graph.types[value].shape[1:]
            size = tuple(
                [side if isinstance(side, int) else side.evaluate(self._sizes) for side in sides]
            )
            self._maps[value] = size if size and set(size) != {1} else None
        return self._maps[value]


def _sample(symbol: Symbol) -> int:
    """A value of a symbolic size: its own, else one that many layers leave something of."""
    if symbol.hint is not None:
        return symbol.hint
    size = -(-max(SAMPLE, symbol.minimum) // symbol.multiple) * symbol.multiple
    return size if symbol.maximum is None else max(min(size, symbol.maximum), symbol.first)


def stage_name(tree: Tree, nodes: Sequence[Node]) -> str:
    """What a stage is called: `layer4`, `features_4_to_5`, `conv1` with the norm behind it."""
    kernels = [node for node in nodes if _has_kernel(tree, node)] or list(nodes)
    first, last = kernels[0].path.split("."), kernels[-1].path.split(".")
    if first == last:
        return "_".join(first)
    same = 0
    while same < min(len(first), len(last)) - 1 and first[same] == last[same]:
        same += 1
    return "_".join([*first, "to", *last[same:]])
