"""Two activations stand one behind the other.

The second one works on values that the first has already bent: a ReLU behind a ReLU does nothing,
others saturate. It is nearly always left over from an edit.

## Example

```arch findings=1
network Net {
  input image: image[3, 32, 32]
  conv(16) -> relu -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Instead

```arch
network Net {
  input image: image[3, 32, 32]
  conv(16) -> relu
  gap -> flatten
  fc = linear(10)
}
```

## Why

A network gains depth from alternating linear maps and activations (Nair and Hinton, "Rectified
Linear Units Improve Restricted Boltzmann Machines", 2010); two activations in a row are one
activation of another, unplanned shape.

## When to ignore it

Where a paper composes two on purpose.
"""

from collections.abc import Iterator

from archdsl.lint.finding import Finding
from archdsl.lint.net import Net


def check(net: Net) -> Iterator[Finding]:
    for number, step in enumerate(net.graph.steps):
        before = net.before(step)
        if (
            step.layer.op.family == "activation"
            and before is not None
            and before.layer.op.family == "activation"
        ):
            yield Finding(
                f"{step.layer.op.name} reads what {before.layer.op.name} has just bent",
                number,
                step.origin.span,
                f"leave out one of the two, {before.path} or {step.path}",
            )
