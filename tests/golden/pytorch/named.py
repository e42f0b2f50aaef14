"""Named, compiled by archdsl from rare.arch.

Parameters: 899; multiply-adds: 893,952 for an input of [3, 32, 32].
Shapes in comments are for that input and leave out the batch.
"""

from typing import NamedTuple

from torch import Tensor, nn


class NamedOutput(NamedTuple):
    """What Named returns."""

    out: Tensor
    x: Tensor


class Named(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.torch = nn.Conv2d(3, 4, kernel_size=3, padding=1)
        self.nn = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.Tensor = nn.Sequential(
            nn.Conv2d(4, 4, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.out = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.out_ = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self._x = nn.Conv2d(4, 3, kernel_size=3, padding=1)
        self.x = nn.Conv2d(3, 3, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> NamedOutput:
        x = self.torch(x)  # [4, 32, 32]
        x = self.nn(x)
        x = self.Tensor(x)
        out = self.out(x)
        x = self.out_(out)
        x = self._x(x)
        x = self.x(x)
        return NamedOutput(out, x)
