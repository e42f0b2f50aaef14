"""A layer would begin to learn after the last epoch.

Epochs count from 0: `epochs(10)` ends with epoch 9. What begins later stays frozen, though the plan
says that it learns.

## Example

```arch findings=1
from zoo.resnet import ResNet18

transfer Flowers of ResNet18(classes=102) {
  epochs(10)
  train(fc)
  train(layer4, lr=0.1, from_epoch=5)
  train(layer3, lr=0.01, from_epoch=10)
  freeze(rest)
}
```

## Instead

```arch
from zoo.resnet import ResNet18

transfer Flowers of ResNet18(classes=102) {
  epochs(10)
  train(fc)
  train(layer4, lr=0.1, from_epoch=3)
  train(layer3, lr=0.01, from_epoch=6)
  freeze(rest)
}
```

Strategies count as well: `strategy("gradual", head=fc)` unfreezes a stage in each epoch, or one
every so many epochs with `every`.

## Why

It is what the plan says, and most likely not what it means: a count that begins with 1, a schedule
for more epochs, or one that is in steps.

## When to ignore it

Where training will go on past `epochs(…)` with the same plan.
"""

from collections.abc import Iterator

from archdsl.lint.finding import Finding
from archdsl.lint.planned import Planned, by_statement
from archdsl.lint.wording import listed


def check(planned: Planned) -> Iterator[Finding]:
    epochs = planned.plan.epochs
    if epochs is None:
        return
    late = [part for part in planned.parts if part.group.first_epoch >= epochs]
    for span, parts in by_statement(late):
        starts = sorted({part.group.first_epoch for part in parts})
        begin = f"epoch {starts[0]}" + (f" to {starts[-1]}" if len(starts) > 1 else "")
        paths = planned.paths(parts)
        one = len(paths) == 1
        yield Finding(
            f"{listed(paths)} would learn from {begin} on, and training ends with epoch "
            f"{epochs - 1}: {'it stays' if one else 'they stay'} frozen",
            None,
            span,
            f"begin by epoch {epochs - 1}, or train for longer: epochs({starts[-1] + 1}) or more",
        )
