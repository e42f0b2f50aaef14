"""Everything learns from the first epoch on, from few images that are like those before.

The weights know such images already. While a new last layer is still random, its gradients undo
part of that in all layers, and millions of parameters can learn some thousand images by heart.

## Example

```arch findings=1
from zoo.resnet import ResNet18

transfer Flowers of ResNet18(classes=102) {
  dataset(images=2_040, domain="similar")
  train(fc)
  train(rest, lr=0.1)
}
```

## Instead

```arch
from zoo.resnet import ResNet18

transfer Flowers of ResNet18(classes=102) {
  dataset(images=2_040, domain="similar")
  strategy("gradual", head=fc)
}

transfer Features of ResNet18(classes=102) {
  dataset(images=2_040, domain="similar")
  train(fc)
  freeze(rest)
}
```

The rule speaks of under 10,000 images and `domain="similar"`, and of plans in which every layer
learns from epoch 0 on; frozen norms alone change nothing in that.

## Why

Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification", 2018, section 3.3:
unfreezing all layers at once forgets. Yosinski et al., "How transferable are features in deep
neural networks?", 2014: features of like images transfer as they are.

## When to ignore it

Where augmentation makes many images out of each, or a comparison on your data says so: with small
rates and early stopping all layers at once can win (Kornblith et al., "Do Better ImageNet Models
Transfer Better?", 2019).
"""

from collections.abc import Iterator

from archdsl.lint.finding import Finding
from archdsl.lint.planned import Planned, params
from archdsl.lint.wording import amount

FEW_IMAGES = 10_000


def check(planned: Planned) -> Iterator[Finding]:
    dataset = planned.plan.dataset
    if dataset is None or dataset.domain != "similar" or dataset.images >= FEW_IMAGES:
        return
    layers = [part for part in planned.parts if part.learns_features]
    old = [part for part in layers if not part.new]
    if not old or any(part.frozen or part.group.first_epoch for part in layers):
        return
    learning = params(part for part in planned.parts if not part.frozen)
    each = f": {learning // dataset.images:,} for each" if learning > dataset.images else ""
    yield Finding(
        f"{amount(learning)} parameters, all layers, learn from epoch 0 on from {dataset.images:,} "
        f"similar images{each}",
        None,
        old[0].group.span,
        'freeze all but the head, as strategy("feature_extraction", head=…) does, or unfreeze it '
        'stage by stage: strategy("gradual", head=…)',
    )
