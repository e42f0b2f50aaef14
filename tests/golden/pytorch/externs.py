"""Net, compiled by archdsl from net.arch.

Parameters: 3,808; multiply-adds: 590,976 for an input of [3, 32, 32].
Shapes in comments are for that input and leave out the batch.
"""

from collections import OrderedDict
from typing import NamedTuple

from extern_ops.layers import BlurPool as BlurPool_
from extern_ops.layers import Gain
from torch import Tensor, nn


class BlurPool(nn.Module):
    """A block of the name of a class that is imported."""

    def __init__(self, in_channels: int, width: int, size: int = 3) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.blur1 = BlurPool_(size=size, pad=(), mode="reflect")
        self.gain1 = Gain(channels=width, start=2.0)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        return self.gain1(self.blur1(x))


class Chain(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(16, 8, kernel_size=3, padding=1),
            BlurPool_(size=5, pad=(), mode="reflect"),
            nn.ReLU(),
        )


class NetOutput(NamedTuple):
    """What Net returns."""

    a: Tensor
    b: Tensor
    end: Tensor


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blur_pool1 = BlurPool(3, 8)
        self.blur_pool2 = BlurPool(8, 16, size=5)
        self.chain1 = Chain()
        self.several = nn.Sequential(
            *[BlurPool_(size=3, pad=(), mode="reflect") for _ in range(3)]
        )
        self.twice = Gain(channels=8, start=1.0)
        self.a = nn.Sequential(
            OrderedDict(
                [
                    ("1", nn.Conv2d(8, 8, kernel_size=3, padding=1)),
                ]
            )
        )
        self.conv1 = nn.Conv2d(8, 8, kernel_size=3, padding=1)
        self.gain1 = Gain(channels=8, start=0.5)
        self.end = nn.AdaptiveAvgPool2d(1)

    def forward(self, x: Tensor) -> NetOutput:
        x = self.blur_pool1(x)  # [8, 16, 16]
        x = self.blur_pool2(x)  # [16, 8, 8]
        x = self.chain1(x)  # [8, 4, 4]
        x = self.several(x)  # [8, 1, 1]
        x = self.twice(x)
        a = self.a(x)
        b = self.twice(a)
        x = self.gain1(self.conv1(b))
        end = x + b
        end = self.end(end)
        return NetOutput(a, b, end)
