"""Loop, compiled by archdsl from edges.arch.

Parameters: 852; multiply-adds: 205,056 for an input of [3, 16, 16].
Shapes in comments are for that input and leave out the batch.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class LoopOutput(NamedTuple):
    """What Loop returns."""

    u: Tensor
    v: Tensor


class Loop(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.s0 = nn.Sequential(
            nn.Conv2d(3, 4, kernel_size=3, padding=1),
            nn.BatchNorm2d(4),
        )
        self.s1 = nn.Sequential(
            nn.Conv2d(4, 5, kernel_size=3, padding=1),
            nn.BatchNorm2d(5),
        )
        self.s2 = nn.Sequential(
            nn.Conv2d(5, 6, kernel_size=3, padding=1),
            nn.BatchNorm2d(6),
        )
        self.t0 = nn.Conv2d(4, 3, kernel_size=3, padding=1)
        self.t1 = nn.Conv2d(5, 3, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> LoopOutput:
        s0 = self.s0(x)  # [4, 16, 16]
        s1 = self.s1(s0)
        s2 = self.s2(s1)
        v = torch.cat([s2, s2], 2)  # [6, 32, 16]
        x = self.t0(s0) + self.t1(s1)  # [3, 16, 16]
        return LoopOutput(x, v)
