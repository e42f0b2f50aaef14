"""A stage has fewer channels than the one before it, though its map is smaller.

When the map loses positions, channels usually grow to keep what has been found. A stage that has
less of both is where information goes.

## Example

```arch findings=1
network Net {
  input image: image[3, 32, 32]
  conv(32) -> relu -> conv(64) -> relu
  maxpool -> conv(32) -> relu
  maxpool -> conv(64) -> relu -> conv(64) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[3, 32, 32]
  conv(32) -> relu -> conv(32) -> relu
  maxpool -> conv(64) -> relu
  maxpool -> conv(64) -> relu -> conv(64) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2015, section 2: avoid
bottlenecks, let the representation shrink gently. Simonyan and Zisserman, 2014, double the
channels with every pool.

## When to ignore it

Where a small code is the point, as in an autoencoder.
"""

from collections.abc import Iterator
from itertools import pairwise
from math import prod

from archdsl.lint.finding import Finding
from archdsl.lint.necks import Necks
from archdsl.lint.net import Net
from archdsl.lint.wording import by_axes
from archdsl.records import NamedTuple


class Stage(NamedTuple):
    """The result of the layers of one size on the main path."""

    value: int
    channels: int
    spatial: tuple[int, ...]


def check(net: Net) -> Iterator[Finding]:
    stages = _stages(net)
    for index, (before, after) in enumerate(pairwise(stages), 2):
        behind = stages[index] if index < len(stages) else None
        if 2 * prod(after.spatial) > prod(before.spatial) or after.channels >= before.channels:
            continue
        if max(after.spatial) == 1 or not _goes_on(net, after, behind):
            continue
        number = net.producers[after.value]
        assert number is not None
        yield Finding(
            f"this stage ends with {after.channels} channels of {by_axes(after.spatial)}, the one "
            f"before it with {before.channels} of {by_axes(before.spatial)}",
            number,
            net.graph.steps[number].origin.span,
            "let channels grow, or stay, where the map gets smaller",
        )


def _goes_on(net: Net, stage: Stage, behind: Stage | None) -> bool:
    """Whether layers work on a stage's result: it is no output of the task's own width, nor the
    code of an autoencoder, behind which the map grows again.
    """
    if behind is not None and prod(behind.spatial) > prod(stage.spatial):
        return False
    return stage.value in net.ahead_of_dense


def _stages(net: Net) -> list[Stage]:
    """The stages of the main path, in order; what is flat comes before or behind them."""
    found: list[Stage] = []
    path = _main_path(net)
    runs = _runs(net, path)
    following = dict(pairwise(path))
    necks = Necks(net, path[0])
    for index, run in enumerate(runs):
        end = runs[index + 1][-1] if index + 1 < len(runs) else path[-1]
        last = run[-1]
        if last in following:
            last = _before_block(net, following[last], last)
        # All that the next stage gets; there is none where the size is but one of a branch.
        result = next((one for one in (last, *reversed(run)) if necks.pass_through(one, end)), None)
        shape = None if result is None else net.shape(result)
        if result is not None and shape is not None:
            found.append(Stage(result, shape[0], shape[1:]))
            necks = Necks(net, result)
    return found


def _runs(net: Net, path: list[int]) -> list[list[int]]:
    """The values of a path by their sizes, those of one size that follow each other together."""
    runs: list[list[int]] = []
    # The input itself is of no stage: what it has of channels is given.
    for value in path[1:]:
        shape = net.shape(value)
        if shape is None or len(shape) < 2:
            if runs:
                break
            continue
        before = net.shape(runs[-1][-1]) if runs else None
        if before is not None and before[1:] == shape[1:]:
            runs[-1].append(value)
        else:
            runs.append([value])
    return runs


def _before_block(net: Net, following: int, last: int) -> int:
    """What enters the block or level in which the map gets smaller: what is widened in there
    belongs to it, not to the stage before, which ends with `last` else.
    """
    number, sizes = net.producers[following], (net.shape(last) or ())[1:]
    assert number is not None
    result, parent = last, net.graph.steps[number].parent
    while parent:
        instance = net.graph.instances[parent]
        shape = net.shape(instance.inputs[0]) if instance.inputs else None
        if shape is not None and shape[1:] == sizes:
            result = instance.inputs[0]
        parent = instance.parent or 0
    return result


def _main_path(net: Net) -> list[int]:
    """The values on the longest way to the first output, by the number of layers with weights."""
    depths = [0] * len(net.graph.types)
    sources: list[int | None] = [None] * len(net.graph.types)
    for step in net.graph.steps:
        source = max(step.inputs, key=lambda value: depths[value])
        for value in step.outputs:
            depths[value] = depths[source] + step.layer.op.dense
            sources[value] = source
    last: int | None = next(one.value for one in net.graph.outputs if not one.training)
    path = []
    while last is not None:
        path.append(last)
        last = sources[last]
    return path[::-1]
