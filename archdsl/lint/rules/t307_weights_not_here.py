"""The weights of a plan are not here, so that nothing was checked against them.

Where the file is there, its names and shapes are held against the network, and every difference is
an error. Without it a typing error in its name shows when training begins.

## Example

```arch findings=1
from zoo.resnet import ResNet18

transfer Flowers of ResNet18(classes=102) {
  weights("resnet18-imagenet.safetensors", except=[fc])
  train(fc)
  freeze(rest)
}
```

## Instead

Put the file there: paths go from the folder of the source file. A plan without `weights` leaves the
file to whoever trains.

```arch
from zoo.resnet import ResNet18

transfer Flowers of ResNet18(classes=102) {
  train(fc)
  freeze(rest)
}
```

## Why

A layer whose name or shape differs from the file's would start anew without a word, or stop the
training that waited for it.

## When to ignore it

Where weights are kept out of the repository, and another machine has them:
`ignore = ["weights-not-here"]` in the configuration.
"""

import os.path
from collections.abc import Iterator

from archdsl.lint.finding import Finding
from archdsl.lint.planned import Planned
from archdsl.visible import quoted


def check(planned: Planned) -> Iterator[Finding]:
    weights = planned.plan.weights
    if weights is None or os.path.exists(weights.path):
        return
    yield Finding(
        f"there is no {quoted(weights.file)} here, so its names and shapes were not checked",
        None,
        weights.span,
    )
