"""Joined, compiled by archdsl from edges.arch.

Parameters: 1,644; multiply-adds: 58,368 for an input of [3, 8, 8].
Shapes in comments are for that input and leave out the batch.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Dec(nn.Module):
    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.add_module("0", nn.Conv2d(in_channels, 4, kernel_size=3, padding=1))
        self.shortcut = nn.Conv2d(in_channels, 4, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.get_submodule("0")(x))
        return self.relu(out + self.shortcut(x))


class JoinedOutput(NamedTuple):
    """What Joined returns in training mode."""

    z: Tensor
    side: Tensor


class Joined(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, kernel_size=3, padding=1)
        self.enc0 = nn.Sequential(
            nn.Conv2d(4, 4, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.maxpool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.enc1 = nn.Sequential(
            nn.Conv2d(4, 8, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.upsample = nn.Upsample(scale_factor=2)
        self.dec0 = Dec(16)
        self.dec1 = Dec(8)
        self.body = nn.ReLU()
        self.late = nn.Conv2d(3, 4, kernel_size=3, padding=1)
        self.side = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Dropout(p=0.5),
            nn.Flatten(),
        )

    def forward(self, x: Tensor) -> JoinedOutput | Tensor:
        inputs = x
        x = self.conv1(x)  # [4, 8, 8]
        enc0 = self.enc0(x)
        x = self.maxpool(enc0)  # [4, 4, 4]
        enc1 = self.enc1(x)
        x = self.maxpool(enc1)  # [8, 2, 2]
        x = torch.cat([self.upsample(x), enc1], 1)  # [16, 4, 4]
        x = self.dec0(x)
        cat1 = torch.cat([self.upsample(x), enc0], 1)  # [8, 8, 8]
        body = self.body(self.dec1(cat1))
        z = body + self.late(inputs)
        if self.training:
            side = self.side(z)
            return JoinedOutput(z, side)
        return z
