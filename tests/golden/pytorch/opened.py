"""Opened, compiled by archdsl from edges.arch.

Parameters: 3,162; multiply-adds: 271,888 for an input of [3, 8, 8].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class Opened(nn.Module):
    """A shared layer in the middle of a level, and in a block."""

    def __init__(self) -> None:
        super().__init__()
        self.g = nn.Conv2d(8, 8, kernel_size=3, padding=1)
        self.a = nn.Module()
        self.a.add_module("0", nn.Conv2d(3, 8, kernel_size=3, padding=1))
        self.relu = nn.ReLU(inplace=True)
        self.a.add_module("4", nn.Conv2d(8, 8, kernel_size=3, padding=1))
        self.uses1 = nn.Module()
        self.uses1.add_module("conv1", nn.Conv2d(8, 8, kernel_size=3, padding=1))
        self.uses1.add_module("conv2", nn.Conv2d(8, 8, kernel_size=3, padding=1))
        self.b = nn.Module()
        self.b.add_module("c", nn.Module())
        self.get_submodule("b.c").add_module("0", nn.Module())
        self.get_submodule("b.c.0").add_module(
            "0", nn.Conv2d(8, 8, kernel_size=3, padding=1)
        )
        self.sigmoid = nn.Sigmoid()
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.linear1 = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.get_submodule("a.0")(x))  # [8, 8, 8]
        x = self.relu(self.g(x))
        x = self.get_submodule("a.4")(x)
        x = self.relu(self.get_submodule("uses1.conv1")(x))
        x = self.g(x)
        x = self.get_submodule("uses1.conv2")(x)
        x = self.relu(self.get_submodule("b.c.0.0")(x))
        x = self.sigmoid(self.g(x))
        x = torch.flatten(self.gap(x), 1)  # [8]
        return self.linear1(x)
