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

from collections.abc import Iterator
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
    if last.outputs[0] in net.behind(value):
        return not _comes_back_up(net, value, last)
    projection = net.maker(value, frozenset(("identity", "bn", "gn", "instance_norm", "ln")))
    return projection is not None and net.projects(projection)


def _comes_back_up(net: Net, value: int, last: Step) -> bool:
    """Whether a map is enlarged between a value and a step: what is added there are the two sides
    of an encoder and decoder, or each position and the whole, not a branch and its input.
    """
    reached, needed = net.behind(value), set(last.outputs)
    for step in reversed(net.graph.steps[: net.number(last) + 1]):
        if needed.isdisjoint(step.outputs) or reached.isdisjoint(step.inputs):
            continue
        needed.update(step.inputs)
        if _positions(net, step.outputs[0]) > _positions(net, step.inputs[0]):
            return True
    return _positions(net, last.outputs[0]) < _positions(net, value)


def _positions(net: Net, value: int) -> int:
    return prod((net.shape(value) or ())[1:])
