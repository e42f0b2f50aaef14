"""Two activations stand one behind the other.

The second one works on values that the first has already bent: a ReLU behind a ReLU does nothing,
a sigmoid behind a ReLU never falls below 0.5. It is nearly always left over from an edit.

## Example

```arch findings=2
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> relu -> relu
  conv(32, stride=2) -> relu
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
  relu -> dropout(0.1) -> sigmoid
}
```

## Instead

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> relu
  conv(32, stride=2) -> relu
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
  dropout(0.1) -> sigmoid
}
```

## Why

A network gains depth from linear layers and activations in turn (Nair and Hinton, "Rectified Linear
Units Improve Restricted Boltzmann Machines", 2010); two activations in a row are one activation of
another shape, and nobody has planned it.

## When to ignore it

Where a paper composes two on purpose.
"""

from collections.abc import Iterator

from archdsl.diagnostics import Fix
from archdsl.graph.ir import Step
from archdsl.lint.finding import Finding
from archdsl.lint.net import PASSIVE, Net

BETWEEN = PASSIVE | {"flatten", "reshape"}
MEANT = (("softplus", "tanh"),)
"""Pairs that are one activation: Mish is x * tanh(softplus(x)), and may be written so."""
NEVER_NEGATIVE = ("relu", "relu6", "sigmoid", "hardsigmoid", "softmax", "softplus")
UP_TO_SIX = ("relu6", "sigmoid", "hardsigmoid", "softmax")
KEEPS_POSITIVE = ("relu", "leaky_relu", "prelu", "elu")
"""Activations that leave what is not negative as it is."""
AT_THE_END = ("sigmoid", "hardsigmoid", "tanh", "softmax", "log_softmax")
"""Activations that give a result its range: of two, the other one is too much."""


def check(net: Net) -> Iterator[Finding]:
    for number, step in enumerate(net.graph.steps):
        if step.layer.op.family != "activation":
            continue
        first = net.maker(step.inputs[0], BETWEEN)
        if first is None or first.layer.op.family != "activation":
            continue
        if (first.layer.op.name, step.layer.op.name) in MEANT:
            continue
        idle = _idle(first, step)
        left_out = first if idle is first or (not idle and _ends(step)) else step
        mendable = left_out is step or _alone(net, first, step)
        title = f"leave out {left_out.path}"
        yield Finding(
            f"{step.path} reads the result of {first.path}: two activations in a row"
            + (f", of which {idle.path} does nothing" if idle else ""),
            number,
            step.origin.span,
            f"{title}, or put a convolution or linear layer between them",
            _fix(net, left_out, title) if mendable else None,
        )


def _fix(net: Net, left_out: Step, title: str) -> Fix | None:
    from archdsl.lint.edits import without  # only a finding pays for it

    edit = without(net, left_out)
    return Fix(title, (edit,)) if edit else None


def _idle(first: Step, second: Step) -> Step | None:
    """The one of two activations without which the result is the same, if there is one."""
    one, other = first.layer.op.name, second.layer.op.name
    if one in NEVER_NEGATIVE and other in KEEPS_POSITIVE:
        return second
    if one in UP_TO_SIX and other == "relu6":
        return second
    if one == other == "log_softmax" and first.layer.args == second.layer.args:
        return second
    if one == "relu" and other == "relu6":
        return first
    return None


def _ends(step: Step) -> bool:
    return step.layer.op.name in AT_THE_END


def _alone(net: Net, first: Step, second: Step) -> bool:
    """Whether the first one stands in the chain of the second, and nothing else reads it."""
    together = first.parent == second.parent and first.origin.chain == second.origin.chain
    return together and net.taker(first) is second
