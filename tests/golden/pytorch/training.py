"""Training, compiled by archdsl from edges.arch.

Parameters: 483; multiply-adds: 13,824 for an input of [3, 8, 8].
Shapes in comments are for that input and leave out the batch.
"""

from typing import NamedTuple

from torch import Tensor, nn


class M(nn.ModuleList):
    def __init__(self) -> None:
        super().__init__(
            [
                nn.Conv2d(2, 2, kernel_size=3, padding=1),
                nn.ReLU(inplace=True),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        out = self[1](self[0](x))
        return out + x


class TrainingOutput(NamedTuple):
    """What Training returns in training mode."""

    z: Tensor
    aux: Tensor
    t2: Tensor


class Training(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.y = nn.Conv2d(3, 4, kernel_size=3, padding=1)
        self.t1 = nn.Sequential(
            nn.Conv2d(4, 4, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.t2 = nn.Conv2d(4, 2, kernel_size=3, padding=1)
        self.m = M()
        self.z = nn.Conv2d(4, 3, kernel_size=3, padding=1)
        self.aux = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def forward(self, x: Tensor) -> TrainingOutput | Tensor:
        y = self.y(x)  # [4, 8, 8]
        x = self.z(y)
        if self.training:
            t1 = self.t1(y)
            t2 = self.t2(t1)
            m = self.m(t2)
            aux = self.aux(m)
            return TrainingOutput(x, aux, t2)
        return x
