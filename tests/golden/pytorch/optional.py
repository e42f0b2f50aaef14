"""Optional, compiled by archdsl from leftovers.arch.

Parameters: 1; multiply-adds: 0 for an input of [1, 9, 5].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class Halves(nn.Module):
    def __init__(self, apart: bool = True) -> None:
        super().__init__()
        self.use_chunk1 = apart
        self.prelu1: nn.Module = nn.Identity()
        if self.use_chunk1:
            self.prelu1 = nn.PReLU()
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        if self.use_chunk1:
            x, _, last = x.chunk(3, dim=2)
        branch1 = self.prelu1(x)
        if self.use_chunk1:
            branch1 = torch.cat([branch1, last], 2)
        return self.relu(branch1)


class Optional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.halves = nn.Sequential(Halves())
        self.halves1 = Halves(apart=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.halves(x)  # [1, 6, 5]
        return self.halves1(x)
