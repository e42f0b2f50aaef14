"""Inner, compiled by archdsl from edges.arch.

Parameters: 1,140; multiply-adds: 64,512 for an input of [3, 16, 16].
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

    def forward(self, x: Tensor) -> Tensor:
        x = self.left(x)
        return self.right(x)


class InnerOutput(NamedTuple):
    """What Inner returns."""

    one: Tensor
    two: Tensor


class Inner(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = Two(3, 4)
        self.two = Two(4, 8)

    def forward(self, x: Tensor) -> InnerOutput:
        one = self.one(x)  # [4, 8, 8]
        two = self.two(one)  # [8, 4, 4]
        return InnerOutput(one, two)
