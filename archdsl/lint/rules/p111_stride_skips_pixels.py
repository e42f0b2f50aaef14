"""A stride is larger than the kernel: some positions are never read.

Between one window and the next there is a gap. What stands in it has no influence on anything, and
moving the input by one position gives other results.

## Example

```arch findings=1
network Net {
  input image: image[1, 28, 28]
  conv(16) -> relu
  conv(32, 1, stride=2) -> relu
  conv(64, stride=2) -> relu
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16) -> relu
  conv(32, stride=2) -> relu
  conv(64, stride=2) -> relu
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

Shortcuts may skip what the branch beside them reads:

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> relu
  residual {
    conv(32, stride=2) -> relu -> conv(32)
  } shortcut conv(32, 1, stride=2)
  relu
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

ResNet (He et al., 2015) strides its bottlenecks at the first 1x1 convolution, which reads a quarter
of the positions; later versions stride at the 3x3, for half a percent of accuracy (Goyal et al.,
"Accurate, Large Minibatch SGD", 2017; "bag of tricks", He et al., 2018).

## When to ignore it

Where a published checkpoint strides so, or neighbours are known to be copies of each other.
"""

from collections.abc import Iterator

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import IN_PLACE, PASSIVE, Net
from archdsl.lint.windows import Slide
from archdsl.lint.wording import by_axes

MOST_READ = 1_000_000
"""Positions that are counted in a network: one with more has maps that nobody has."""
MOVES = frozenset(("crop", "pad", "slice"))
"""Ops behind which the positions of a map have other numbers."""


def check(net: Net) -> Iterator[Finding]:
    counted: dict[Slide, int] = {}
    left = MOST_READ
    for number, step in enumerate(net.graph.steps):
        along = net.slides(step) if "stride" in step.layer.args else None
        if along is None or not any(one.skips for one in along):
            continue
        new = set(along) - counted.keys()
        cost = sum(one.out * one.kernel for one in new)
        if cost > left:
            continue
        left -= cost
        counted |= {one: _read(one) for one in new}
        read = [counted[one] for one in along]
        sizes = [one.size for one in along]
        if read == sizes or net.projects(step) or _read_elsewhere(net, step):
            continue
        yield Finding(
            f"{step.path} reads {by_axes(read)} of {by_axes(sizes)} positions: its stride of "
            f"{_one(one.stride for one in along)} leaves gaps behind a kernel of "
            f"{_one(one.extent for one in along)}",
            number,
            net.argument(step, "stride"),
            f"write a kernel of {_one(max(one.stride, one.kernel) for one in along)} or more",
        )


def _read(along: Slide) -> int:
    """How many positions of an axis some window reads."""
    starts = range(-along.before, along.out * along.stride - along.before, along.stride)
    read = {start + tap * along.dilation for start in starts for tap in range(along.kernel)}
    return sum(0 <= position < along.size for position in read)


def _one(numbers: Iterator[int]) -> str:
    """One number where all axes agree."""
    found = list(numbers)
    return str(found[0]) if len(set(found)) == 1 else by_axes(found)


def _read_elsewhere(net: Net, step: Step) -> bool:
    """Whether something beside a step reads positions that it skips."""
    start = net.origin(step.inputs[0], IN_PLACE)
    source = net.origin(start, PASSIVE | MOVES)
    if source != start and len(net.readers[source]) > 1:
        return True  # this branch reads the map moved by some positions, another one as it is
    values = [start]
    for value in values:
        if value in net.output_values:
            return True
        for number in net.readers[value]:
            reader = net.graph.steps[number]
            if reader.layer.op.name in IN_PLACE:
                values += reader.outputs
            elif reader is not step and not _same_grid(net, reader, step):
                return True
    return False


def _same_grid(net: Net, reader: Step, step: Step) -> bool:
    """Whether another step skips the same positions."""
    one, other = net.slides(reader), net.slides(step)
    if one is None or other is None:
        return False
    return all(
        (a.stride, a.before, a.extent) == (b.stride, b.before, b.extent)
        for a, b in zip(one, other, strict=True)
    )
