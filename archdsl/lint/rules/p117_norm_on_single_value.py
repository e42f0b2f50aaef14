"""A norm takes the statistics of a single value.

The mean of one value is the value, and its variance is 0: what comes out is the norm's bias,
whatever went in, and no gradient passes. PyTorch refuses to train such a layer, with an error at
the first batch.

## Example

```arch findings=2
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2, bias=false) -> instance_norm -> relu
  conv(32, stride=2, bias=false) -> instance_norm -> relu
  conv(64, stride=2, bias=false) -> instance_norm -> relu
  gap
  pointwise(32, bias=false) -> instance_norm -> relu
  flatten
  linear(32, bias=false) -> bn -> relu
  fc = linear(10)
  batch(size=1)
}
```

## Instead

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2, bias=false) -> instance_norm -> relu
  conv(32, stride=2, bias=false) -> instance_norm -> relu
  conv(64, stride=2, bias=false) -> instance_norm -> relu
  gap
  pointwise(32) -> ln -> relu
  flatten
  fc = linear(10)
  batch(size=1)
}
```

Batch norm on maps, and on single values with larger batches, is fine:

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2, bias=false) -> bn -> relu
  conv(32, stride=2, bias=false) -> bn -> relu
  conv(64, stride=2, bias=false) -> bn -> relu
  gap -> flatten
  linear(32, bias=false) -> bn -> relu
  fc = linear(10)
  batch(size=16)
}
```

## Why

Batch norm shares its statistics among the positions and samples of a channel (Ioffe and Szegedy,
"Batch Normalization", 2015, section 3.2), instance norm among the positions of one sample
(Ulyanov et al., "Instance Normalization", 2016), group norm among those of a group of channels (Wu
and He, "Group Normalization", 2018).

## When to ignore it

Where batch norm is frozen, and only its running statistics are used.
"""

from collections.abc import Iterator
from math import prod

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.lint.wording import by_axes


def check(net: Net) -> Iterator[Finding]:
    batch = net.fact("batch")
    size = None if batch is None else batch.args["size"]
    for number, step in enumerate(net.graph.steps):
        shape = net.stated_shape(step.inputs[0])
        if shape is None or step.layer.op.family != "norm" or not _single(step, shape, size):
            continue
        on = f"a {by_axes(shape[1:])} map" if len(shape) > 1 else "a flat value"
        batches = " in batches of 1" if step.layer.op.name == "bn" else ""
        yield Finding(
            f"{step.path} normalises each channel of {on}{batches}: its mean and variance are "
            "those of a single value, and its result does not depend on its input",
            number,
            step.origin.span,
            "leave it out, or write ln, which normalises over the channels",
        )


def _single(step: Step, shape: tuple[int, ...], batch: object) -> bool:
    """Whether each mean and variance is that of one value."""
    channels, positions = shape[0], prod(shape[1:])
    name = step.layer.op.name
    if name == "bn":
        return positions == 1 and batch == 1
    if name == "gn":
        return positions == 1 and step.layer.args["groups"] == channels
    return name == "instance_norm" and positions == 1
