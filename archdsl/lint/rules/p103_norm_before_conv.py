"""A norm stands behind the activation, where the rest of the network has it before.

The network normalises convolutions before their activation, as most do, and here it normalises what
an activation has made, right before the next convolution. Nearly always the order of two
layers was mixed up.

## Example

```arch findings=1
default conv(bias=false)

network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> bn -> relu
  conv(32, stride=2) -> relu -> bn
  conv(64, stride=2) -> bn -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
default conv(bias=false)

network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> bn -> relu
  conv(32, stride=2) -> bn -> relu
  conv(64, stride=2) -> bn -> relu
  gap -> flatten
  fc = linear(10)
}
```

Networks that have the norm behind the activation throughout, such as ConvMixer, are left alone, and
so are pre-activation (`bn -> relu -> conv` behind a sum or concatenation) and linear bottlenecks:

```arch
network Net {
  input image: image[3, 32, 32]
  conv(64, 4, stride=4, pad=0) -> gelu -> bn
  residual { depthwise(9) -> gelu -> bn }
  pointwise(64) -> gelu -> bn
  gap -> flatten
  fc = linear(10)
}
```

## Why

Batch norm was introduced between the convolution and its activation (Ioffe and Szegedy, "Batch
Normalization", 2015, section 3.2); He et al., "Identity Mappings in Deep Residual Networks", 2016,
compare the orders.

## When to ignore it

Where both orders are meant.
"""

from collections.abc import Iterator

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import ACTIVATIONS, NORMS, PASSIVE, Net

REARRANGES = frozenset(
    (
        *("pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "upsample", "reshape", "flatten"),
        *("permute", "crop", "pad", "slice", "chunk", "split", "lrn", "scale"),
        *("maxpool", "avgpool", "adaptive_avgpool", "adaptive_maxpool", "gap", "gmp"),
    )
)
"""Ops behind which a result still counts as that of the layer before."""


def check(net: Net) -> Iterator[Finding]:
    if not any(_normal_order(net, step) for step in net.graph.steps):
        return
    for number, step in enumerate(net.graph.steps):
        if step.layer.op.name not in NORMS:
            continue
        conv = next(
            (one for one in net.takers(step.outputs[0]) if one.layer.op.family == "conv"), None
        )
        before = net.maker(step.inputs[0], PASSIVE | REARRANGES)
        if conv is None or before is None or before.layer.op.name not in ACTIVATIONS:
            continue
        # A norm that begins a branch is there for the branch: the skip takes the value as it is.
        if len(net.readers[step.inputs[0]]) > 1 or step.inputs[0] in net.output_values:
            continue
        yield Finding(
            f"{step.path} normalises what {before.path} has made, right before {conv.path}; "
            "elsewhere this network normalises a convolution before its activation",
            number,
            step.origin.span,
            f"write {step.layer.op.name} between the convolution and its activation",
        )


def _normal_order(net: Net, step: Step) -> bool:
    """Whether a step is a convolution behind which a norm and then an activation stand."""
    if step.layer.op.family != "conv":
        return False
    return any(
        norm.layer.op.name in NORMS
        and any(one.layer.op.name in ACTIVATIONS for one in net.takers(norm.outputs[0]))
        for norm in net.takers(step.outputs[0])
    )
