"""A network at other input sizes: which ones its strides read whole."""

from collections.abc import Sequence

from archdsl.graph.ir import Step
from archdsl.lint.net import Net
from archdsl.lint.windows import slides
from archdsl.ops.base import Layer
from archdsl.types import TensorType

MOST_CHANGE = 64
"""How far from the given size others are looked for."""
MOST_LAYERS = 10_000
"""How many layers are worked out anew for an answer, which takes some milliseconds."""


def whole_sizes(net: Net, step: Step, axes: Sequence[int]) -> list[tuple[int, ...]]:
    """The nearest smaller and larger sizes of the input at which the windows of a step, and of all
    before it, reach the end of their maps along these axes; none where there are several inputs.
    """
    if len(net.graph.inputs) != 1:
        return []
    given = net.graph.inputs[0].value
    shape = net.shape(given)
    if shape is None or len(shape) - 1 != step.layer.inputs[0].rank:
        return []
    way = _way(net, step)
    most = min(MOST_CHANGE, MOST_LAYERS // (2 * len(axes) * len(way)))
    found = []
    for changes in (range(-1, -most, -1), range(1, most)):
        nearest = {axis: _nearest(way, given, shape, axis, changes) for axis in axes}
        if None not in nearest.values():
            sizes = enumerate(shape[1:])
            found.append(tuple([nearest.get(axis) or size for axis, size in sizes]))
    return found


def _nearest(
    way: Sequence[Step], given: int, shape: tuple[int, ...], axis: int, changes: range
) -> int | None:
    """The first changed size along an axis at which these steps read their maps whole."""
    for change in changes:
        size = shape[axis + 1] + change
        if size > 0 and _reads_all(
            way, given, (*shape[: axis + 1], size, *shape[axis + 2 :]), axis
        ):
            return size
    return None


def _way(net: Net, step: Step) -> list[Step]:
    """The steps that a step depends on, itself included."""
    needed = set(step.inputs)
    way = [step]
    for before in reversed(net.graph.steps[: net.number(step)]):
        if not needed.isdisjoint(before.outputs):
            needed.update(before.inputs)
            way.append(before)
    return way[::-1]


def _reads_all(way: Sequence[Step], given: int, shape: tuple[int, ...], axis: int) -> bool:
    """Whether no window of these steps ends before its map along an axis, at this input."""
    types = {given: TensorType(shape)}
    for step in way:
        inputs = tuple(types[value] for value in step.inputs)
        layer = step.layer.op.apply(step.layer.args, inputs)
        if not isinstance(layer, Layer) or _misses(layer, axis):
            return False
        types.update(zip(step.outputs, layer.outputs, strict=True))
    return True


def _misses(layer: Layer, axis: int) -> bool:
    """Whether windows that leave no gaps end before the map along an axis."""
    before = [size for size in layer.inputs[0].spatial if isinstance(size, int)]
    after = [size for size in layer.outputs[0].spatial if isinstance(size, int)]
    along = slides(layer, before, after)
    if along is None or axis >= len(along):
        return False
    return along[axis].unread > 0 and not along[axis].skips
