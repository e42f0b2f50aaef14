"""print, compiled by archdsl from net.arch.

Parameters: 1,144; multiply-adds: 68,496 for an input of [3, 8, 8].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class DropPath(nn.Module):
    """Stochastic depth: zeroes whole samples with probability p while training."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0.0:
            return x
        keep = 1.0 - self.p
        mask = x.new_empty((x.shape[0],) + (1,) * (x.dim() - 1)).bernoulli_(keep)
        if keep > 0.0:
            mask.div_(keep)
        return x * mask

    def extra_repr(self) -> str:
        return f"p={self.p}"


class Tensor_(nn.Module):
    """# coding: utf-7 \"\"\" import os; os.abort() \\"""

    def __init__(self, layers: int, range_: int, hidden: int = 1) -> None:
        super().__init__()
        self.residual = hidden == 1
        self.nn = nn.Sequential(
            nn.Conv2d(3, layers, kernel_size=3, padding=1),
            nn.BatchNorm2d(layers),
            nn.ReLU(inplace=True),
        )
        self.super = nn.Conv2d(layers, range_, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        out = self.nn(x)
        if self.residual:
            out = out + x
        return self.super(out)


class DropPath2(nn.Module):
    """Ends in a backslash \\"""

    def __init__(self, self_: int) -> None:
        super().__init__()
        self.torch = nn.Sequential(
            nn.Conv2d(4, self_, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.F = nn.Conv2d(self_, self_, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.torch(x)
        return self.F(x)


class print_(nn.Module):
    """-*- coding: utf-7 -*- +AAo-import os;os.abort() \"\"\""""

    def __init__(self) -> None:
        super().__init__()
        self.tensor1 = Tensor_(3, 3)
        self.add_module("x-y", Tensor_(4, 4, hidden=2))
        self.super = DropPath2(4)
        self.conv1 = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.droppath = DropPath(p=0.5)
        self.add_module("0", DropPath2(8))
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.self_ = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.tensor1(x)  # [3, 8, 8]
        x = self.get_submodule("x-y")(x)
        super_ = self.super(x)
        x = self.conv1(super_)
        x = self.droppath(x) + super_
        x = self.get_submodule("0")(x)
        x = torch.flatten(self.gap(x), 1)  # [8]
        return self.self_(x)
