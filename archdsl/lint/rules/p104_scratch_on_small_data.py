"""A large network is trained from random weights on few images.

With hundreds of parameters for each image a network can learn the images by heart. Weights from a
larger dataset, or a smaller network, generalise better.

## Example

```arch findings=1
network Net {
  input image: image[3, 32, 32]
  conv(64) -> relu -> maxpool
  conv(128) -> relu -> maxpool
  conv(256) -> relu -> maxpool
  flatten
  fc = linear(10)
  dataset(images=2_000, classes=10)
}
```

## Instead

```arch
network Net {
  input image: image[3, 32, 32]
  conv(16) -> relu -> maxpool
  conv(32) -> relu -> maxpool
  conv(64) -> relu
  gap -> flatten
  fc = linear(10)
  dataset(images=2_000, classes=10)
}
```

Or weights that know something: a `transfer` of the network, or of one that is made of it, in the
file or in one that imports it. The rule speaks of networks with over 100,000 parameters, and over
100 for each image, on under 10,000 images.

## Why

Features of a large dataset help on small ones, the more the smaller they are (Yosinski et al.,
"How transferable are features in deep neural networks?", 2014; Kornblith et al., "Do Better
ImageNet Models Transfer Better?", 2019).

## When to ignore it

Where the images are like those of no larger dataset, and augmentation makes many out of each.
"""

from collections.abc import Iterator

from archdsl.lint.file import File
from archdsl.lint.finding import Finding
from archdsl.lint.net import Net
from archdsl.lint.wording import amount

FEW_IMAGES = 10_000
SMALL = 100_000
"""Parameters of a network that learns little by heart."""
FOR_EACH_IMAGE = 100


def check(file: File) -> Iterator[Finding]:
    suspects = {net.graph.name: net for net in file.nets if _too_few_images(net)}
    if not suspects:
        return
    from_scratch = file.importers.without_plan(suspects)
    for name, net in suspects.items():
        if name in from_scratch:
            params, images = net.analysis.params, _too_few_images(net)
            yield Finding(
                f"{amount(params)} parameters from scratch on {images:,} images: "
                f"{params // images:,} for each",
                None,
                net.graph.span,
                "start from weights of a larger dataset, or take a smaller network",
            )


def _too_few_images(net: Net) -> int:
    """How many images a network is to learn from, where they are too few; else 0."""
    fact = net.fact("dataset")
    images = None if fact is None else fact.args.get("images")
    params = net.analysis.params
    if not isinstance(images, int) or images >= FEW_IMAGES or params < SMALL:
        return 0
    return images if params > FOR_EACH_IMAGE * images else 0
