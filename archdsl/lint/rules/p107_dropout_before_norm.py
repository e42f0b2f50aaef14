"""Batch norm takes its statistics of values that dropout has thinned out.

In training dropout sets some values to zero and scales the others up: the mean stays, the variance
grows. Batch norm keeps that variance for evaluation, where nothing is dropped and the variance is
smaller: every channel comes out too weak.

## Example

```arch findings=1
network Net {
  input features: tabular[64]
  linear(128) -> relu -> dropout(0.5)
  bn
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input features: tabular[64]
  linear(128, bias=false) -> bn -> relu -> dropout(0.5)
  fc = linear(10)
}
```

Norms without statistics of the batch see the same in training and evaluation:

```arch
network Net {
  input features: tabular[64]
  linear(128) -> dropout(0.5) -> ln -> relu
  fc = linear(10)
}
```

## Why

Li et al., "Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift",
2018: the accuracy of several networks falls; dropout belongs behind the last batch norm.

## When to ignore it

Where the running statistics are estimated anew without dropout after training.
"""

from collections.abc import Iterator

from archdsl.lint.finding import Finding
from archdsl.lint.net import ACTIVATIONS, PASSIVE, Net

BETWEEN = PASSIVE | ACTIVATIONS | {"flatten", "reshape"}


def check(net: Net) -> Iterator[Finding]:
    for number, step in enumerate(net.graph.steps):
        p = step.layer.args.get("p")
        if step.layer.op.name != "dropout" or not isinstance(p, int | float) or not 0 < p < 1:
            continue
        for reader in net.takers(step.outputs[0], BETWEEN):
            if reader.layer.op.name == "bn":
                yield Finding(
                    f"{reader.path} normalises what {step.path} has thinned out: in training its "
                    f"variance is up to {1 / (1 - p):.3g} times that of evaluation, and the "
                    "running statistics keep it",
                    number,
                    step.origin.span,
                    "put dropout behind the last bn",
                )
                break
