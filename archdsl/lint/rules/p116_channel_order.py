"""An image input has its channels last.

Sizes are written channels first, as PyTorch has them. `image[224, 224, 3]` is an image of 224
channels, 224 high and 3 wide: the network compiles, and has far more weights in its first layer
than it should.

## Example

```arch findings=1
network Net {
  input image: image[28, 28, 1]
  conv(16) -> relu
  conv(32) -> relu
  gap -> flatten
  fc = linear(10)
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
}
```

## Why

PyTorch's layers take batches of channels, height and width; TensorFlow and image files have the
channels last, and the order is easily carried over.

## When to ignore it

Where the input does have that many channels on a narrow strip: `tensor[...]` says so.
"""

from collections.abc import Iterator

from archdsl.lint.finding import Finding
from archdsl.lint.net import Net

CHANNELS = (3, 4)
"""What images have, grey ones aside: those are told by their square."""


def check(net: Net) -> Iterator[Finding]:
    for given in net.graph.inputs:
        shape = net.shape(given.value)
        if given.kind != "image" or shape is None or not _channels_last(shape):
            continue
        height, width, channels = shape
        yield Finding(
            f"{given.name} has {height} channels and is {width} high and {channels} wide: sizes "
            "are written channels first",
            None,
            given.span,
            f"write image[{channels}, {height}, {width}]",
        )


def _channels_last(shape: tuple[int, ...]) -> bool:
    first, second, last = shape
    if last in CHANNELS:
        return first > max(CHANNELS) and second > max(CHANNELS)
    return last == 1 and first == second > 1
