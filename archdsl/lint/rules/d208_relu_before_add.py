"""The last layer of a residual branch is a ReLU, so that the sum can only grow.

What the branch adds is never negative. The skip's values rise from block to block, and no block
can take back what an earlier one has added.

## Example

```arch findings=1
default conv(bias=false)

network Net {
  input image: image[3, 10, 10]
  conv(16) -> bn -> relu
  residual { conv(16) -> bn -> relu -> conv(16) -> bn -> relu }
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
default conv(bias=false)

network Net {
  input image: image[3, 10, 10]
  conv(16) -> bn -> relu
  residual { conv(16) -> bn -> relu -> conv(16) -> bn }
  relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

He et al., "Identity Mappings in Deep Residual Networks", 2016, section 4.1: a ReLU before the
addition made a 110-layer network worse than both the original and the pre-activation order.

## When to ignore it

Where the sum is meant to be a count or an intensity that only grows.
"""

from collections.abc import Iterator, Sequence
from math import prod

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net

NEVER_NEGATIVE = frozenset(("relu", "relu6"))


def check(net: Net) -> Iterator[Finding]:
    for merge in net.graph.steps:
        if merge.layer.op.name != "add" or len(merge.inputs) != 2:
            continue
        for branch, skip in (merge.inputs, merge.inputs[::-1]):
            last = net.maker(branch)
            if last is None or last.layer.op.name not in NEVER_NEGATIVE:
                continue
            if _is_skip(net, skip, last):
                yield Finding(
                    f"{last.layer.op.name} is the last layer of the residual branch: the sum can "
                    "only grow",
                    net.number(last),
                    last.origin.span,
                    f"write {last.layer.op.name} behind the sum, or leave it out",
                )


def _is_skip(net: Net, value: int, last: Step) -> bool:
    """Whether a value leads around the branch: the branch's own input, or its projection."""
    way = _between(net, value, last)
    if way:
        return not _comes_back_up(net, value, way)
    projection = net.maker(value, frozenset(("identity", "bn", "gn", "instance_norm", "ln")))
    return projection is not None and net.projects(projection)


def _between(net: Net, value: int, last: Step) -> list[Step]:
    """The steps on all ways from a value to a step, that one first; none where there is no way."""
    start = net.producers[value]
    steps = net.graph.steps[0 if start is None else start + 1 : net.number(last) + 1]
    reached = {value}
    for step in steps:
        if not reached.isdisjoint(step.inputs):
            reached.update(step.outputs)
    needed, way = set(last.outputs), []
    for step in reversed(steps):
        if not (needed.isdisjoint(step.outputs) or reached.isdisjoint(step.inputs)):
            needed.update(step.inputs)
            way.append(step)
    return way


def _comes_back_up(net: Net, value: int, way: Sequence[Step]) -> bool:
    """Whether a map is enlarged on the way, or ends smaller: what is added there are the two sides
    of an encoder and decoder, or each position and the whole, not a branch and its input.
    """
    return _positions(net, way[0].outputs[0]) < _positions(net, value) or any(
        _positions(net, step.outputs[0]) > _positions(net, step.inputs[0]) for step in way
    )


def _positions(net: Net, value: int) -> int:
    return prod((net.shape(value) or ())[1:])
