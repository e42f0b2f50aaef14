"""The network ends with the function that its loss applies once more.

`cross_entropy` takes scores and applies log-softmax itself; `bce_with_logits` applies the sigmoid.
With a softmax before it the loss sees numbers between 0 and 1 only: it cannot come near 0, and its
gradients are small. Training works, slowly and badly, which makes this hard to find.

## Example

```arch findings=1
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> relu
  conv(32, stride=2) -> relu
  conv(64, stride=2) -> relu
  gap -> flatten
  fc = linear(10)
  softmax
  loss("cross_entropy")
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
  loss("cross_entropy")
}
```

The losses that expect the function go with it: `nll` with `log_softmax`, `bce` with `sigmoid`.
Where scores and probabilities are both returned, the loss can have the scores:

```arch
network Net {
  input image: image[1, 28, 28]
  conv(16, stride=2) -> relu
  conv(32, stride=2) -> relu
  conv(64, stride=2) -> relu
  gap -> flatten
  scores = linear(10)
  probabilities = softmax
  output scores, probabilities
  loss("cross_entropy")
}
```

## Why

The two are one step in every framework because their combination is stable and has the gradient
p - y (Goodfellow et al., "Deep Learning", 2016, section 6.2.2.3).

## When to ignore it

Where the training code takes the logarithm back out.
"""

from collections.abc import Iterator
from math import e, log

from archdsl.diagnostics import Fix
from archdsl.graph.ir import Step
from archdsl.lint.edits import without
from archdsl.lint.finding import Finding
from archdsl.lint.net import PASSIVE, Net

APPLIES = {
    "cross_entropy": ("softmax", "log_softmax"),
    "bce_with_logits": ("sigmoid", "hardsigmoid"),
}
"""The functions that each loss makes superfluous."""
KEEPS_SCORES = PASSIVE | {"flatten", "reshape", "permute", "upsample", "crop"}


def check(net: Net) -> Iterator[Finding]:
    fact = net.fact("loss")
    loss = "" if fact is None else str(fact.args["name"])
    guilty: dict[int, Step] = {}
    for output in net.graph.outputs:
        last = net.maker(output.value, KEEPS_SCORES)
        if last is None or last.layer.op.name not in APPLIES.get(loss, ()):
            continue
        if output.training or not _has_scores(net, output.value, loss):
            guilty[net.number(last)] = last
    for number, step in guilty.items():
        name = step.layer.op.name
        edit = without(net, step)
        yield Finding(
            f'{step.path} is applied twice: the network ends with {name}, and loss("{loss}") '
            f"applies {_own(loss)} itself{_bound(net, step, loss)}",
            number,
            step.origin.span,
            f"leave out {name}, and apply it where probabilities are needed",
            Fix(f"leave out {name}", (edit,)) if edit else None,
        )


def _has_scores(net: Net, value: int, loss: str) -> bool:
    """Whether another output of as many channels is none of the loss's functions."""
    channels = net.graph.types[value].channels
    for output in net.graph.outputs:
        last = net.maker(output.value, KEEPS_SCORES)
        if output.training or net.graph.types[output.value].channels != channels:
            continue
        if last is None or last.layer.op.name not in APPLIES[loss]:
            return True
    return False


def _own(loss: str) -> str:
    return "log_softmax" if loss == "cross_entropy" else "sigmoid"


def _bound(net: Net, step: Step, loss: str) -> str:
    """How small the loss can become, in words."""
    classes = step.layer.inputs[0].channels
    if step.layer.op.name == "softmax" and isinstance(classes, int) and classes > 1:
        # The best that softmax makes of scores within 0..1: one of them 1, all others 0.
        return f"; with {classes} classes the loss stays above {log(1 + (classes - 1) / e):.2f}"
    if loss == "bce_with_logits":
        return f"; where the target is 0 the loss stays above {log(2):.2f}"
    return ""
