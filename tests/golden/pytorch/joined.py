"""Joined, compiled by archdsl from edges.arch.

Parameters: 1,540; multiply-adds: 55,296 for an input of [3, 8, 8].
Shapes in comments are for that input and leave out the batch.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


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
        self.conv2 = nn.Conv2d(16, 4, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2d(8, 4, kernel_size=3, padding=1)
        self.body = nn.ReLU(inplace=True)
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
        x = self.conv2(x)
        body = torch.cat([self.upsample(x), enc0], 1)  # [8, 8, 8]
        body = self.body(self.conv3(body))
        late = self.late(inputs)
        z = body + late
        if self.training:
            side = self.side(z)
            return JoinedOutput(z, side)
        return z
