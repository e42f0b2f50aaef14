"""A network at other input sizes: which ones its strides read whole."""

from collections.abc import Iterator

from archdsl.graph.ir import Step
from archdsl.lint.net import Net
from archdsl.lint.windows import slides
from archdsl.ops.base import Layer
from archdsl.types import TensorType

MOST_TRIES = 64
"""How far from the given size others are looked for."""


def whole_sizes(net: Net, step: Step) -> list[tuple[int, ...]]:
    """The nearest smaller and larger sizes of the input at which every window on the way to a step,
    and its own, is followed by the next one up to the end of the map; none where there are several
    inputs.
    """
    if len(net.graph.inputs) != 1:
        return []
    given = net.graph.inputs[0].value
    shape = net.shape(given)
    if shape is None or len(shape) < 3:
        return []
    way = _way(net, step)
    found = []
    for sign in (-1, 1):
        for change in range(1, MOST_TRIES):
            sizes = tuple(size + sign * change for size in shape[1:])
            if min(sizes) > 0 and _reads_all(way, given, (shape[0], *sizes)):
                found.append(sizes)
                break
    return found


def _way(net: Net, step: Step) -> list[Step]:
    """The steps that a step depends on, itself included."""
    needed = set(step.inputs)
    way = [step]
    for before in reversed(net.graph.steps[: net.number(step)]):
        if not needed.isdisjoint(before.outputs):
            needed.update(before.inputs)
            way.append(before)
    return way[::-1]


def _reads_all(way: list[Step], given: int, shape: tuple[int, ...]) -> bool:
    """Whether no window of these steps misses the border at this input."""
    types = {given: TensorType(shape)}
    for step in way:
        inputs = tuple(types[value] for value in step.inputs)
        layer = step.layer.op.apply(step.layer.args, inputs)
        if not isinstance(layer, Layer):
            return False
        types.update(zip(step.outputs, layer.outputs, strict=True))
        if any(_misses(layer)):
            return False
    return True


def _misses(layer: Layer) -> Iterator[bool]:
    """For each axis, whether windows that lie side by side end before the map."""
    before = [size for size in layer.inputs[0].spatial if isinstance(size, int)]
    after = [size for size in layer.outputs[0].spatial if isinstance(size, int)]
    for along in slides(layer, before, after) or ():
        yield along.unread > 0 and not along.skips
