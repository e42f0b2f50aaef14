"""A convolution or linear layer adds a bias, and the norm behind it takes it away again.

A norm with statistics of its own subtracts the mean of every channel, and with it whatever was
added to the channel before. The bias has parameters, gradients and memory, and no effect.

## Example

```arch findings=1
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> bn -> relu
  conv(32, stride=2, bias=false) -> bn -> relu
  conv(64, stride=2, bias=false) -> bn -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2, bias=false) -> bn -> relu
  conv(32, stride=2, bias=false) -> bn -> relu
  conv(64, stride=2, bias=false) -> bn -> relu
  gap -> flatten
  fc = linear(10)
}
```

Or once for the whole file or network: `default conv(bias=false)`.

A bias that does something stays unnoticed: before `ln`, which takes the mean over all channels, and
where something besides the norm reads the result.

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, 4, stride=4, pad=0) -> ln -> gelu
  start = conv(32, 5)
  bn -> relu -> conv(32, bias=false) -> bn
  add [prev, start]
  gap -> flatten
  fc = linear(10)
}
```

## Why

Batch norm's own shift takes the place of the bias (Ioffe and Szegedy, "Batch Normalization", 2015,
section 3.2).

## When to ignore it

Where a published checkpoint has the bias, as VGG with batch norm has in torchvision.
"""

from collections.abc import Iterator

from archdsl.diagnostics import Fix
from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net

HANDS_ON = frozenset(("identity",))
"""Ops between a bias and a norm that leave it as it is, in training as well."""


def check(net: Net) -> Iterator[Finding]:
    for number, step in enumerate(net.graph.steps):
        layer = step.layer
        if not (layer.op.dense and layer.args.get("bias")):
            continue
        norm = _norm_behind(net, step)
        # A shared layer may have another reader elsewhere.
        if norm is None or not all(_norm_behind(net, use) for use in net.uses(step)):
            continue
        edit = net.with_argument(step, "bias", "false")
        yield Finding(
            f"the bias of {step.path}, {layer.outputs[0].channels} parameters, does nothing: "
            f"{norm.layer.op.name} behind it subtracts the mean of each channel",
            number,
            net.argument(step, "bias"),
            "write bias=false",
            Fix("write bias=false", (edit,)) if edit else None,
        )


def _norm_behind(net: Net, step: Step) -> Step | None:
    """The norm that alone reads a layer and subtracts a mean for each channel by itself."""
    norm = net.taker(step, HANDS_ON)
    if norm is None:
        return None
    name, args = norm.layer.op.name, norm.layer.args
    if name == "gn":
        return norm if args["groups"] == norm.layer.inputs[0].channels else None
    return norm if name in ("bn", "instance_norm") else None
