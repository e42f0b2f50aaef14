"""Backbone, compiled by archdsl from nested.arch.

Parameters: 18,514; multiply-adds: 645,440 for an input of [3, 32, 32].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class Stage(nn.Module):
    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.c = nn.Sequential(
            nn.Conv2d(in_channels, channels, kernel_size=3, stride=2, padding=1),
            nn.ReLU(inplace=True),
        )
        self.d = nn.Sequential(
            nn.Conv2d(channels, channels, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.c(x)
        return self.d(x)


class Backbone(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = Stage(3, 8)
        self.layer1 = Stage(8, 16)
        self.layer2 = Stage(16, 32)
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)  # [8, 16, 16]
        x = self.layer1(x)  # [16, 8, 8]
        x = self.layer2(x)  # [32, 4, 4]
        x = torch.flatten(self.gap(x), 1)  # [32]
        return self.fc(x)
