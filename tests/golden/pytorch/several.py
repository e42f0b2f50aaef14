"""Several, compiled by archdsl from flows.arch.

Parameters: 1,668; multiply-adds: 148,560 for an input of [3, 16, 16], [1, 16, 16].
Shapes in comments are for that input and leave out the batch.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class SeveralOutput(NamedTuple):
    """What Several returns."""

    score: Tensor
    mask: Tensor
    aux: Tensor | None


class Several(nn.Module):
    """Several inputs and outputs, one of them in training only."""

    def __init__(self) -> None:
        super().__init__()
        self.rgb = nn.Sequential(
            nn.Conv2d(3, 8, kernel_size=3, padding=1),
            nn.BatchNorm2d(8),
            nn.ReLU(inplace=True),
        )
        self.geo = nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.body = nn.Sequential(
            nn.Conv2d(8, 16, kernel_size=3, stride=2, padding=1),
            nn.ReLU(inplace=True),
        )
        self.mask = nn.Conv2d(16, 1, kernel_size=1)
        self.aux = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(16, 4),
            nn.ReLU(inplace=True),
            nn.Linear(4, 2),
        )
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.score = nn.Linear(16, 5)

    def forward(self, image: Tensor, depth: Tensor) -> SeveralOutput:
        x = self.rgb(image) + self.geo(depth)  # [8, 16, 16]
        body = self.body(x)  # [16, 8, 8]
        mask = self.mask(body)
        x = torch.flatten(self.gap(body), 1)  # [16]
        x = self.score(x)
        if self.training:
            aux = self.aux(body)
            return SeveralOutput(x, mask, aux)
        return SeveralOutput(x, mask, None)
