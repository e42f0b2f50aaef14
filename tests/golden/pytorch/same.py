"""Same, compiled by archdsl from edges.arch.

Parameters: 112; multiply-adds: 6,912 for an input of [3, 8, 8].
Shapes in comments are for that input and leave out the batch.
"""

from typing import NamedTuple

from torch import Tensor, nn


class SameOutput(NamedTuple):
    """What Same returns."""

    z: Tensor
    y: Tensor


class Same(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.y = nn.Conv2d(3, 4, kernel_size=3, padding=1)
        self.z = nn.ReLU()

    def forward(self, x: Tensor) -> SameOutput:
        empty1 = self.y(x)  # [4, 8, 8]
        x = self.z(empty1)
        return SameOutput(x, empty1)
