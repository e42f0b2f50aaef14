"""A layer that starts anew is frozen.

What `weights` leaves out with `except` starts from random values. Frozen, it keeps them: a last
layer of that kind gives random answers to the end, however well the layers before it learn.

## Example

```arch findings=1
from zoo.resnet import ResNet18

transfer Flowers of ResNet18(classes=102) {
  weights("resnet18.safetensors", except=[fc])
  train(layer4, lr=0.1)
  freeze(rest)
}
```

## Instead

```arch
from zoo.resnet import ResNet18

transfer Flowers of ResNet18(classes=102) {
  weights("resnet18.safetensors", except=[fc])
  train(fc)
  train(layer4, lr=0.1)
  freeze(rest)
}
```

The rule goes by `except` alone: without `weights` a plan does not say what is new.

## Why

A new classifier on frozen features is the least that transfer learning trains (Donahue et al.,
"DeCAF: A Deep Convolutional Activation Feature for Generic Visual Recognition", 2014; Yosinski et
al., "How transferable are features in deep neural networks?", 2014).

## When to ignore it

Where random layers are meant, as in random projections.
"""

from collections.abc import Iterator

from archdsl.diagnostics import Related
from archdsl.lint.finding import Finding
from archdsl.lint.planned import Planned, by_statement, params
from archdsl.lint.wording import amount, listed


def check(planned: Planned) -> Iterator[Finding]:
    weights = planned.plan.weights
    if weights is None:
        return
    guilty = [part for part in planned.parts if part.new and part.frozen]
    for span, parts in by_statement(guilty):
        paths = planned.paths(parts)
        one, count = len(paths) == 1, params(parts)
        kept = f"{amount(count)} parameters keep their" if count else "nothing changes its"
        yield Finding(
            f"{listed(paths)} {'starts' if one else 'start'} anew and {'is' if one else 'are'} "
            f"frozen: {kept} initial values",
            None,
            span,
            f"train({paths[0]})" if one else "train what `except` names",
            related=(Related("left out of the weights here", weights.span),),
        )
