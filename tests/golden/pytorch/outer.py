"""Outer, compiled by archdsl from edges.arch.

Parameters: 1,654; multiply-adds: 96,768 for an input of [3, 16, 16].
Shapes in comments are for that input and leave out the batch.
"""

from typing import NamedTuple

from torch import Tensor, nn


class Two(nn.Module):
    def __init__(self, in_channels: int, c: int) -> None:
        super().__init__()
        self.left = nn.Sequential(
            nn.Conv2d(in_channels, c, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.right = nn.Conv2d(c, c, kernel_size=3, stride=2, padding=1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        left = self.left(x)
        x = self.right(left)
        return x, left


class Inner(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = Two(3, 4)
        self.two = Two(4, 8)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        one, left = self.one(x)
        two, _ = self.two(one)
        return one, two, left


class OuterOutput(NamedTuple):
    """What Outer returns."""

    h: Tensor
    k: Tensor
    j: Tensor


class Outer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.n = Inner()
        self.h = nn.Conv2d(8, 4, kernel_size=3, padding=1)
        self.k = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.j = nn.Conv2d(4, 2, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> OuterOutput:
        n, two, left = self.n(x)
        h = self.h(two)  # [4, 4, 4]
        k = self.k(n)  # [4, 8, 8]
        j = self.j(left)  # [2, 16, 16]
        return OuterOutput(h, k, j)
