"""Shared, compiled by archdsl from flows.arch.

Parameters: 2,126; multiply-adds: 489,480 for an input of [3, 32, 32].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class Level(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(8, 8, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(8)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(8, 8, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(8)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(x)))


class Top(nn.ModuleList):
    def __init__(self) -> None:
        super().__init__(
            [nn.Sequential(nn.Conv2d(8, 4, kernel_size=1), nn.ReLU(inplace=True))]
        )

    def forward(self, x: Tensor, a: Tensor) -> Tensor:
        x = a + x
        return self[0](x)


class Shared(nn.Module):
    """One head on two maps, and a shared block."""

    def __init__(self) -> None:
        super().__init__()
        self.head = Level()
        self.norm = nn.Conv2d(8, 8, kernel_size=1)
        self.p1 = nn.Conv2d(3, 8, kernel_size=3, stride=2, padding=1)
        self.p2 = nn.Conv2d(8, 8, kernel_size=3, stride=2, padding=1)
        self.upsample = nn.Upsample(scale_factor=2)
        self.top = Top()
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.linear1 = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        p1 = self.p1(x)  # [8, 16, 16]
        x = self.p2(p1)  # [8, 8, 8]
        a = self.head(p1)  # [8, 16, 16]
        a = self.norm(a)
        x = self.head(x)  # [8, 8, 8]
        x = self.upsample(self.norm(x))  # [8, 16, 16]
        x = self.top(x, a)
        x = torch.flatten(self.gap(x), 1)  # [4]
        return self.linear1(x)
