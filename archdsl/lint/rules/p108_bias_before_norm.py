"""A convolution or linear layer adds a bias, and the norm behind it takes it away again.

A norm with statistics of its own subtracts the mean of every channel, and with it whatever was
added to the channel before. The bias has parameters, gradients and memory, and no effect.

## Example

```arch findings=1
network Net {
  input image: image[3, 32, 32]
  conv(16) -> bn -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[3, 32, 32]
  conv(16, bias=false) -> bn -> relu
  gap -> flatten
  fc = linear(10)
}
```

Or once for the whole file or network: `default conv(bias=false)`.

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


def check(net: Net) -> Iterator[Finding]:
    for number, step in enumerate(net.graph.steps):
        layer = step.layer
        if not (layer.op.dense and layer.args.get("bias")):
            continue
        norm = net.sole_reader(step)
        if norm is None or not _centres_channels(norm) or step.use_of is not None:
            continue
        channels = layer.outputs[0].channels
        edit = net.with_argument(step, "bias", "false")
        yield Finding(
            f"the bias of {step.path or layer.op.name}, {channels} parameters, does nothing: "
            f"{norm.layer.op.name} behind it subtracts the mean of each channel",
            number,
            net.argument(step, "bias"),
            "write bias=false",
            Fix("write bias=false", (edit,)) if edit else None,
        )


def _centres_channels(norm: Step) -> bool:
    """Whether a norm subtracts a mean for each channel by itself."""
    name, args = norm.layer.op.name, norm.layer.args
    if name == "gn":
        return args["groups"] == norm.layer.inputs[0].channels
    return name in ("bn", "instance_norm")
