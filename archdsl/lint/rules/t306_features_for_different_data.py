"""Only the head learns, though the images are many and unlike those before.

The features were made for other images. With 10,000 images and more there is enough to fit the last
layers of them to the new ones, which is worth more the less the images are alike.

## Example

```arch findings=1
from zoo.resnet import ResNet18

transfer Scans of ResNet18(classes=4) {
  dataset(images=60_000, domain="different")
  train(fc)
  freeze(rest)
}
```

## Instead

```arch
from zoo.resnet import ResNet18

transfer Scans of ResNet18(classes=4) {
  dataset(images=60_000, domain="different")
  strategy("all", head=fc)
}

transfer Last of ResNet18(classes=4) {
  dataset(images=60_000, domain="different")
  train(fc)
  train(layer4, lr=0.1)
  freeze(rest)
}
```

The head is what starts anew, the last layer, and what lies behind the last map. Where norms of the
features learn, the rule says nothing.

## Why

Yosinski et al., "How transferable are features in deep neural networks?", 2014: frozen features of
unlike images lose accuracy, and fine-tuning them wins it back, and more. Kornblith et al., "Do
Better ImageNet Models Transfer Better?", 2019, find the largest gains of fine-tuning on datasets
unlike ImageNet.

## When to ignore it

Where training more is too slow, or one set of features serves several tasks.
"""

from collections.abc import Iterator

from archdsl.lint.finding import Finding
from archdsl.lint.planned import Planned, params
from archdsl.lint.wording import amount

MANY_IMAGES = 10_000


def check(planned: Planned) -> Iterator[Finding]:
    dataset = planned.plan.dataset
    if dataset is None or dataset.domain != "different" or dataset.images < MANY_IMAGES:
        return
    frozen = [part for part in planned.parts if part.frozen and not part.new]
    layers = [part for part in frozen if part.step.layer.op.dense]
    if not layers:
        return
    learning = [part for part in planned.parts if not part.frozen and not part.new]
    if any(part.number not in planned.heads for part in learning):
        return
    learned = params(part for part in planned.parts if not part.frozen)
    yield Finding(
        f"{amount(params(frozen))} parameters are frozen and {amount(learned)} learn, though there "
        f"are {dataset.images:,} images unlike those before",
        None,
        layers[-1].group.span,
        'train the last stages as well, at a lower rate: strategy("last_layers", head=…), or '
        'strategy("all", head=…)',
    )
