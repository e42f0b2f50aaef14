"""One convolution goes into its activation without a norm, while the others have one between.

It is nearly always forgotten. The first layer, a head, the layers of a gate, and a layer right
before an output have their reasons to do without.

## Example

```arch findings=1
default conv(bias=false)

network Net {
  input image: image[3, 10, 10]
  conv(32) -> bn -> relu
  conv(32) -> relu
  conv(64, stride=2) -> bn -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
default conv(bias=false)

network Net {
  input image: image[3, 10, 10]
  conv(32) -> bn -> relu
  conv(32) -> bn -> relu
  conv(64, stride=2) -> bn -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

Norms let a deep network train at high rates because every layer reads inputs of a known scale
(Ioffe and Szegedy, "Batch Normalization", 2015); a layer without one hands its own scale on.

## When to ignore it

Where the layer's scale carries information that the network needs.
"""

from collections.abc import Iterator

from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import ACTIVATIONS, NORMS, PASSIVE, Net

SHARE = 2 / 3
"""Of the convolutions with an activation behind them, as many have a norm between."""


def check(net: Net) -> Iterator[Finding]:
    norms: set[str] = set()
    without: list[Step] = []
    normalised = 0
    for step in net.graph.steps:
        if step.layer.op.family != "conv" or step.use_of is not None:
            continue
        behind = net.taker(step)
        if behind is None:
            continue
        if behind.layer.op.name in NORMS:
            after = net.taker(behind)
            if after is not None and after.layer.op.name in ACTIVATIONS:
                normalised += 1
                norms.add(behind.layer.op.name)
        elif behind.layer.op.name in ACTIVATIONS:
            after = net.taker(behind)
            if after is None or after.layer.op.name not in NORMS:
                without.append(step)
    if normalised < 2 or normalised < SHARE * (normalised + len(without)):
        return
    inner = net.ahead_of(lambda step: step.layer.op.name in NORMS)
    for step in without:
        if net.before(step) is not None and not _is_gate(step) and _is_inner(net, step, inner):
            yield Finding(
                f"no norm stands between {step.path} and its activation, as in {normalised} of "
                f"{normalised + len(without)} convolutions",
                net.number(step),
                step.origin.span,
                f"write {' or '.join(sorted(norms))} behind it, and bias=false",
            )


def _is_gate(step: Step) -> bool:
    """Whether a layer works on what a global pool has left."""
    return all(size == 1 for size in step.layer.inputs[0].spatial)


def _is_inner(net: Net, step: Step, inner: set[int]) -> bool:
    """Whether a norm follows further on: behind the layers of a head there is none."""
    activation = net.taker(step, PASSIVE)
    assert activation is not None
    if activation.layer.op.name in ("sigmoid", "softmax", "tanh", "hardsigmoid"):
        return False  # a gate, a mask or an output
    return step.outputs[0] in inner
