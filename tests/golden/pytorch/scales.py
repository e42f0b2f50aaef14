"""Scales, compiled by archdsl from edges.arch.

Parameters: 44; multiply-adds: 2,048 for an input of [4, 8, 8].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class Scaled(nn.Module):
    def __init__(self, wide: bool) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, kernel_size=1)
        self.scale1: nn.Parameter | None = None
        if wide:
            self.scale1 = nn.Parameter(torch.ones(4, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        if self.scale1 is not None:
            x = x * self.scale1
        return x


class Scales(nn.Module):
    """A tensor of a block's own that some of its instances lack."""

    def __init__(self) -> None:
        super().__init__()
        self.scaled1 = Scaled(wide=True)
        self.scaled2 = Scaled(wide=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.scaled1(x)  # [4, 8, 8]
        return self.scaled2(x)
