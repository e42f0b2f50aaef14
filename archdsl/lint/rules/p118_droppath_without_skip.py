"""Stochastic depth drops a layer that nothing leads around.

`droppath` sets whole samples to zero. On the branch of a residual the sample still has the skip;
without one nothing of it is left, and training sees noise with its label.

## Example

```arch findings=1
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> relu
  conv(32, stride=2) -> relu -> droppath(0.2)
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> relu
  conv(32, stride=2) -> relu
  residual(drop=0.2) {
    conv(32) -> relu -> conv(32)
  }
  relu
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

Branches that are written by hand, and a rate of 0, are fine as well:

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> relu
  conv(32, stride=2) -> relu
  add [prev, conv(32) -> droppath(0.2)]
  relu -> droppath(0.0)
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

Stochastic depth replaces a residual branch by its identity skip (Huang et al., "Deep Networks with
Stochastic Depth", 2016).

## When to ignore it

Where whole samples are to be left out of a term of the loss.
"""

import itertools
from collections.abc import Iterator

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net


def check(net: Net) -> Iterator[Finding]:
    for number, step in enumerate(net.graph.steps):
        p = step.layer.args.get("p")
        if step.layer.op.name != "droppath" or not p or _survives(net, step):
            continue
        yield Finding(
            f"{step.path} sets whole samples to zero, each with probability {p:g}, and no skip "
            "leads around it: nothing of them is left",
            number,
            step.origin.span,
            "write residual(drop=p) { ... } around the layers that it drops, or dropout for single "
            "elements",
        )


def _survives(net: Net, step: Step) -> bool:
    """Whether something that does not depend on a step is added to its result, or joined to it."""
    dropped = set(step.outputs)
    for later in itertools.islice(net.graph.steps, net.number(step) + 1, None):
        if dropped.isdisjoint(later.inputs):
            continue
        if later.layer.op.name in ("add", "concat") and not dropped.issuperset(later.inputs):
            return True
        dropped.update(later.outputs)
    return False
