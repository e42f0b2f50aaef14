"""Net, compiled by archdsl from net.arch.

Parameters: 5,283; multiply-adds: 5,161,056 for an input of [3, 32, 32].
Shapes in comments are for that input and leave out the batch.
"""

from os import system
from typing import Any, NamedTuple

import torch
from a_package_of_some_length.and_its_module import AnotherOne, OneClassOfIt
from Mine import MAX
from mine.b9 import MAX as MAX_
from mine.b9 import BlurPool as BlurPool__
from mine.b9 import Net as Net_
from mine.b9 import Tensor as Tensor_
from mine.b9 import list as list_
from mine.b9 import lower as lower_
from mine.b9 import match
from mine.b9 import wide as wide_
from mine.b9 import x as x_
from mine.b10 import BlurPool as BlurPool_
from torch import Generator, Tensor, nn
from torch.nn import LPPool2d


class BlurPool(nn.Module):
    def __init__(self, wide: int, in_channels2: int, in_channels: int = 1) -> None:
        super().__init__()
        lower = 2 * wide
        self.conv1 = nn.Conv2d(in_channels2, lower, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(lower, eps=1 / lower)
        self.dropout = nn.Dropout(p=1 / lower)
        self.b1 = BlurPool__()
        self.a1 = BlurPool_(BlurPool=in_channels)
        self.wide1 = wide_()

    def forward(self, x: Tensor) -> Tensor:
        x = self.dropout(self.bn1(self.conv1(x)))
        x = self.a1(self.b1(x))
        return self.wide1(x)


class NetOutput(NamedTuple):
    """What Net returns."""

    one: Tensor
    image: Tensor


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.blur_pool1 = BlurPool(wide=8, in_channels2=3)
        self.blur_pool2 = BlurPool(wide=16, in_channels2=16, in_channels=5)
        self.a1 = BlurPool_(BlurPool=3)
        self.b1 = BlurPool__()
        self.c1 = Tensor_()
        self.d1 = list_()
        self.e1 = system()
        self.g1 = LPPool2d(nn="torch.x")
        self.h1 = Generator()
        self.i1 = Any()
        self.j1 = MAX()
        self.k1 = lower_()
        self.l1 = MAX_()
        self.long1 = OneClassOfIt()
        self.longer1 = AnotherOne()
        self.match1 = match()
        self.x1 = x_()
        self.net_1 = Net_()
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.linear1 = nn.Linear(32, 3)

    def forward(self, x: Tensor) -> NetOutput:
        image = x
        x = self.blur_pool1(x)  # [16, 32, 32]
        x = self.blur_pool2(x)
        x = self.c1(self.b1(self.a1(x)))
        x = self.g1(self.e1(self.d1(x)))
        x = self.j1(self.i1(self.h1(x)))
        x = self.long1(self.l1(self.k1(x)))
        x = self.x1(self.match1(self.longer1(x)))
        x = self.net_1(x)
        x = self.linear1(torch.flatten(self.gap(x), 1))  # [3]
        return NetOutput(x, image)
