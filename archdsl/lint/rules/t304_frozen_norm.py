"""A frozen layer's batch norm still learns.

The layer stays as it is, and the norm behind it takes its results elsewhere: scale and shift learn,
and the running statistics follow the new images. What lies behind sees other features than those
that the weights were made for.

## Example

```arch findings=1
from zoo.resnet import ResNet18

transfer Flowers of ResNet18(classes=102) {
  train(fc)
  freeze("*conv*")
  train(rest, lr=0.1)
}
```

## Instead

```arch
from zoo.resnet import ResNet18

transfer Flowers of ResNet18(classes=102) {
  train(fc)
  freeze(rest)
}
```

A frozen batch norm stays in evaluation mode, so that its statistics are frozen as well. Norms that
start anew are left alone.

## Why

Statistics of other images are the usual reason why frozen features still change: Li et al.,
"Revisiting Batch Normalization For Practical Domain Adaptation", 2016, change nothing else on
purpose.

## When to ignore it

Where that is the purpose, as there, or where norms are all that learns (Frankle et al., "Training
BatchNorm and Only BatchNorm", 2021).
"""

from collections.abc import Iterator

from archdsl.diagnostics import Related
from archdsl.lint.finding import Finding
from archdsl.lint.planned import Part, Planned, by_statement
from archdsl.lint.wording import listed


def check(planned: Planned) -> Iterator[Finding]:
    learning = [
        part
        for part in planned.parts
        if part.step.layer.op.name == "bn" and not part.frozen and not part.new
    ]
    behind = [(part, before) for part in learning if (before := _frozen_before(planned, part))]
    layers = {part.number: before for part, before in behind}
    for span, norms in by_statement(part for part, _ in behind):
        before = layers[norms[0].number]
        yield Finding(
            _message(planned, norms, before),
            None,
            span,
            "freeze norms with their layers: a frozen one keeps its statistics as well",
            related=(
                Related(f"{listed(planned.paths([before]))} is frozen here", before.group.span),
            ),
        )


def _message(planned: Planned, norms: list[Part], before: Part) -> str:
    first = f"{listed(planned.paths(norms[:1]))} behind {listed(planned.paths([before]))}"
    if len(norms) == 1:
        return f"a batch norm still learns though the layer before it is frozen: {first}"
    return (
        f"{len(norms)} batch norms still learn though the layers before them are frozen, "
        f"such as {first}"
    )


def _frozen_before(planned: Planned, norm: Part) -> Part | None:
    """The frozen convolution or linear layer that a norm follows."""
    before = planned.layer_before(norm)
    if before is None or not before.frozen or not before.step.layer.op.dense:
        return None
    return before
