"""Branches, compiled by archdsl from flows.arch.

Parameters: 13,627; multiply-adds: 3,424,280 for an input of [4, 16, 16].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class Y(nn.ModuleList):
    def __init__(self) -> None:
        super().__init__(
            [
                nn.Sequential(
                    nn.Conv2d(4, 8, kernel_size=3, padding=1),
                    nn.BatchNorm2d(8),
                    nn.ReLU(inplace=True),
                ),
                nn.Conv2d(4, 8, kernel_size=1),
                nn.MaxPool2d(kernel_size=3, stride=1, padding=1),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self[0](x), self[1](x), self[2](x)], 1)


class Z(nn.ModuleList):
    def __init__(self) -> None:
        super().__init__(
            [
                nn.Sequential(
                    nn.Conv2d(16, 8, kernel_size=3, padding=1),
                    nn.BatchNorm2d(8),
                ),
                nn.ReLU(),
                nn.Sequential(
                    nn.Conv2d(8, 8, kernel_size=3, padding=1),
                    nn.ReLU(inplace=True),
                ),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self[1](self[0](x))
        return self[2](x) + x


class Branches(nn.Module):
    """Branches with and without names, some of them longer than a line."""

    def __init__(self) -> None:
        super().__init__()
        self.y = Y()
        self.conv1 = nn.Conv2d(20, 24, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(24)
        self.left = nn.Conv2d(20, 24, kernel_size=1)
        self.conv2 = nn.Conv2d(24, 24, kernel_size=3, padding=1)
        self.sigmoid = nn.Sigmoid()
        self.conv3 = nn.Conv2d(12, 12, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(12)
        self.relu = nn.ReLU(inplace=True)
        self.conv4 = nn.Conv2d(12, 4, kernel_size=1)
        self.upsample = nn.Upsample(scale_factor=2)
        self.pixel_unshuffle = nn.PixelUnshuffle(2)
        self.z = Z()
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.linear1 = nn.Linear(8, 3)
        self.log_softmax = nn.LogSoftmax(dim=1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.y(x)  # [20, 16, 16]
        branch1 = self.bn1(self.conv1(y))
        x = branch1 + self.left(y)
        scale = self.sigmoid(self.conv2(x))
        x = scale * x
        a, b = x.chunk(2, dim=1)
        x = self.bn2(self.conv3(a) + b)
        x = self.relu(x)
        x = self.pixel_unshuffle(self.upsample(self.conv4(x)))
        x = self.z(x)
        x = torch.flatten(self.gap(x), 1)  # [8]
        return self.log_softmax(self.linear1(x))
