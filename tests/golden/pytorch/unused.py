"""Unused, compiled by archdsl from leftovers.arch.

Parameters: 86; multiply-adds: 0 for an input of [6, 9].
Shapes in comments are for that input and leave out the batch.
"""

from collections import OrderedDict

from torch import Tensor, nn


class Unused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.act = nn.ReLU()
        self.side = nn.Module()
        self.adaptive_maxpool = nn.AdaptiveMaxPool1d(4)
        self.side.add_module(
            "3", nn.Conv1d(6, 6, kernel_size=3, padding=1, groups=6, bias=False)
        )
        self.separable1 = nn.Sequential(
            OrderedDict(
                depthwise=nn.Conv1d(6, 6, kernel_size=1, groups=6),
                pointwise=nn.Conv1d(6, 8, kernel_size=1),
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.act(x)
