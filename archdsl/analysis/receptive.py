"""Receptive fields: which input positions a position of a map reads, along each spatial axis.

An axis of a map is described exactly, for any mix of strides and up-sampling, by a period P of
positions and the J input positions that one period advances: position ``P*q + k`` reads the inputs
``J*q + low[k] .. J*q + high[k]``. Without up-sampling P is 1, and J, low and high are the jump and
interval of the usual recurrence (Araujo, Norris and Sim, "Computing Receptive Fields of
Convolutional Neural Networks", Distill 2019):

    J' = J*s        low' = low - p*J        high' = high + ((k-1)*d - p)*J

`low` and `high` never decrease along the map, so the first position that a window reads gives the
lower end and the last one the upper end, whatever the period.
"""

from collections.abc import Callable, Sequence
from math import gcd, lcm

from archdsl.annotations import TypeAlias
from archdsl.graph.ir import Graph
from archdsl.ops.base import GLOBAL, POINTWISE, UNKNOWN, Layer, Reach, Window
from archdsl.records import NamedTuple

MAX_PERIOD = 256
"""Up-sampling by more than this, from the smallest map on, is not followed: no field is given."""


class Extent(NamedTuple):
    """The inputs that positions of a map read along one axis; see the module's description."""

    jump: int
    low: tuple[int, ...]
    high: tuple[int, ...]

    @property
    def size(self) -> int:
        """The most input positions that one position spans; not clipped to the input."""
        return max(b - a for a, b in zip(self.low, self.high, strict=True)) + 1

    @property
    def stride(self) -> int | float:
        """Input positions from one position to the next: below 1 where the map is larger."""
        whole, rest = divmod(self.jump, len(self.low))
        return self.jump / len(self.low) if rest else whole

    def first(self, position: int) -> int:
        """The first input that a position reads."""
        period, phase = divmod(position, len(self.low))
        return self.jump * period + self.low[phase]

    def last(self, position: int) -> int:
        """The last input that a position reads."""
        period, phase = divmod(position, len(self.high))
        return self.jump * period + self.high[phase]


INPUT = Extent(1, (0,), (0,))
OWN_POSITION = Window(1, 1, 0)

Field: TypeAlias = tuple[Extent | None, ...]
"""One extent an axis; None for an axis on which positions have no local field."""


class Fields(NamedTuple):
    """The fields of a graph's values.

    Attributes:
        of: by value; None without spatial axes, behind a global operation, and where it is unknown.
        unknown: the values that lie behind an op of which nobody knows what it reads.
        ends: the steps that read their whole input, which makes that a last map with local fields.
    """

    of: list[Field | None]
    unknown: set[int]
    ends: list[int]


def fields_of(graph: Graph) -> Fields:
    """The field of every value."""
    fields: list[Field | None] = [None] * len(graph.types)
    unknown: set[int] = set()
    for given in graph.inputs:
        rank = graph.types[given.value].rank
        fields[given.value] = (INPUT,) * rank if rank else None
    ends: list[int] = []
    reaches: dict[int, Reach] = {}
    for number, step in enumerate(graph.steps):
        layer, inputs = step.layer, step.inputs
        reach = reaches.get(id(layer))
        if reach is None:
            reach = reaches[id(layer)] = _reach(layer)
        if reach == GLOBAL:
            ends.append(number)
            continue
        if reach == UNKNOWN or unknown:
            opaque = reach == UNKNOWN and fields[inputs[0]] is not None
            if opaque or not unknown.isdisjoint(inputs):
                unknown.update(step.outputs)
                continue
        if len(inputs) > 1:
            field = _merged(layer, [fields[value] for value in inputs])
        else:
            field = fields[inputs[0]]
        if field is not None and isinstance(reach, tuple):
            field = _through(field, reach)
        for value in step.outputs:
            fields[value] = field
    return Fields(fields, unknown, ends)


def _reach(layer: Layer) -> Reach:
    """What an output position reads: of a 1x1 convolution, just its own position."""
    reach = layer.op.reach(layer)
    if isinstance(reach, tuple) and reach.count(OWN_POSITION) == len(reach):
        return POINTWISE
    return reach


def ends_locality(layer: Layer) -> bool:
    """Whether a layer reads its whole input, which makes that a last map with local fields."""
    return layer.op.reach(layer) == GLOBAL


def sizes(field: Field) -> tuple[int | None, ...]:
    """The size of a field along each axis, in input positions."""
    return tuple(None if extent is None else extent.size for extent in field)


def strides(field: Field) -> tuple[int | float | None, ...]:
    """The input positions between neighbours along each axis."""
    return tuple(None if extent is None else extent.stride for extent in field)


def _through(field: Field, reach: Sequence[Window]) -> Field:
    return _each_axis(_windowed, list(zip(field, reach, strict=True)))


def _each_axis(
    work: Callable[..., Extent | None], axes: Sequence[tuple[object, ...]]
) -> tuple[Extent | None, ...]:
    """What `work` makes of each axis; height and width are mostly alike, and worked out once."""
    if axes.count(axes[0]) == len(axes):
        return (work(*axes[0]),) * len(axes)
    return tuple([work(*axis) for axis in axes])


def _windowed(extent: Extent | None, window: Window) -> Extent | None:
    if extent is None:
        return None
    return _spread(extent, window) if window.transposed else _gathered(extent, window)


def _gathered(extent: Extent, window: Window) -> Extent:
    """The extent after a convolution or pooling."""
    kernel, stride, pad, dilation, _ = window
    jump, low, high = extent
    if len(low) == 1:
        first, last = low[0] - pad * jump, high[0] + ((kernel - 1) * dilation - pad) * jump
        return Extent._make((jump * stride, (first,), (last,)))
    common = gcd(len(low), stride)
    period = len(low) // common
    starts = [phase * stride - pad for phase in range(period)]
    return Extent(
        jump * (stride // common),
        tuple(extent.first(start) for start in starts),
        tuple(extent.last(start + (kernel - 1) * dilation) for start in starts),
    )


def _spread(extent: Extent, window: Window) -> Extent | None:
    """The extent after a transposed convolution: input i writes ``i*s - p + t*d``, 0 <= t < k."""
    kernel, stride, pad, dilation, _ = window
    period = len(extent.low) * stride
    if period > MAX_PERIOD:
        return None
    low, high = [], []
    tries = min(kernel, stride)
    for position in range(period):
        reached = position + pad
        newest = [t for t in range(tries) if (reached - t * dilation) % stride == 0]
        oldest = [
            t for t in range(kernel - tries, kernel) if (reached - t * dilation) % stride == 0
        ]
        # A position that no input writes (kernel below stride) is placed at its neighbour.
        last = (reached - (newest[0] * dilation if newest else 0)) // stride
        first = (reached - oldest[-1] * dilation) // stride if oldest else last
        low.append(extent.first(first))
        high.append(extent.last(last))
    return Extent(extent.jump, tuple(low), tuple(high))


def _merged(layer: Layer, fields: list[Field | None]) -> Field | None:
    """The hull of the operands' fields.

    Global operands, and maps of size 1 that are spread over a larger one, are left out.
    """
    first = fields[0]
    if first is not None and fields.count(first) == len(fields):
        return first
    result = layer.outputs[0]
    if layer.inputs == (result,) * 2 and fields[0] and fields[1]:
        return _each_axis(_hull, list(zip(fields[0], fields[1], strict=True)))
    spatial = result.spatial
    local = [
        (field, operand.spatial)
        for field, operand in zip(fields, layer.inputs, strict=True)
        if field is not None and operand.rank == len(spatial)
    ]
    if not local:
        return None
    return tuple(
        _hull(
            *[field[axis] for field, operand in local if operand[axis] != 1 or spatial[axis] == 1]
        )
        for axis in range(len(spatial))
    )


def _hull(*extents: Extent | None) -> Extent | None:
    """The smallest extent that holds all of them; None where their scales differ."""
    hull: Extent | None = None
    for extent in extents:
        if extent is None:
            continue
        if hull is None or hull == extent:
            hull = extent
            continue
        if hull.jump * len(extent.low) != extent.jump * len(hull.low):
            return None
        if len(hull.low) == len(extent.low) == 1:
            low, high = min(hull.low, extent.low), max(hull.high, extent.high)
            hull = Extent._make((hull.jump, low, high))
            continue
        period = lcm(len(hull.low), len(extent.low))
        if period > MAX_PERIOD:
            return None
        hull = Extent(
            hull.jump * (period // len(hull.low)),
            tuple(min(hull.first(k), extent.first(k)) for k in range(period)),
            tuple(max(hull.last(k), extent.last(k)) for k in range(period)),
        )
    return hull
