"""Names, compiled by archdsl from names.arch.

Parameters: 27,031; multiply-adds: 2,703,104 for an input of [3, 16, 16].
Shapes in comments are for that input and leave out the batch.
"""

from collections import OrderedDict

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


class LayerNorm2d(nn.LayerNorm):
    """Layer normalisation over the channels, at every position by itself."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class CD(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.add_module("0", nn.Conv2d(8, 8, kernel_size=3, padding=1))
        self.add_module(
            "e-f",
            nn.Sequential(
                nn.Conv2d(8, 8, kernel_size=3, padding=1),
                nn.ReLU(inplace=True),
            ),
        )
        self.add_module("2", nn.Conv2d(8, 8, kernel_size=3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        x = self.get_submodule("0")(x)
        out = self.get_submodule("e-f")(x)
        return self.get_submodule("2")(out) + x


class Numbered(nn.ModuleList):
    def __init__(self, c: int) -> None:
        super().__init__(
            [
                nn.Conv2d(8, c, kernel_size=1),
                nn.Conv2d(8, c, kernel_size=3, padding=1),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self[0](x), self[1](x)], 1)


class Level(nn.ModuleList):
    def __init__(self) -> None:
        super().__init__(
            [
                nn.Conv2d(16, 4, kernel_size=3, padding=1),
                nn.Conv2d(16, 4, kernel_size=3, padding=1),
                nn.Sequential(nn.ReLU(), nn.Dropout(p=0.1)),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        x = torch.cat([self[0](x), self[1](x)], 1)
        return self[2](x)


class Scaled(nn.Module):
    def __init__(self, drop: float = 0.0) -> None:
        super().__init__()
        self.depthwise1 = nn.Conv2d(16, 16, kernel_size=7, padding=3, groups=16)
        self.ln1 = LayerNorm2d(16, eps=1e-6)
        self.pointwise1 = nn.Conv2d(16, 64, kernel_size=1)
        self.gelu = nn.GELU()
        self.pointwise2 = nn.Conv2d(64, 16, kernel_size=1)
        self.gamma = nn.Parameter(torch.full((16, 1, 1), 1e-6))
        self.droppath: nn.Module = nn.Identity()
        if drop > 0:
            self.droppath = DropPath(p=drop)

    def forward(self, x: Tensor) -> Tensor:
        out = self.ln1(self.depthwise1(x))
        out = self.gelu(self.pointwise1(out))
        out = self.pointwise2(out) * self.gamma
        return self.droppath(out) + x


class Names(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.add_module("a-b", nn.Conv2d(3, 8, kernel_size=3, padding=1))
        self.add_module(
            "0",
            nn.Sequential(nn.Conv2d(8, 8, kernel_size=3, padding=1), nn.BatchNorm2d(8)),
        )
        self.add_module("c-d", CD())
        self.numbered1 = Numbered(4)
        self.numbered2 = Numbered(8)
        self.level = Level()
        self.separable1 = nn.Sequential(
            OrderedDict(
                depthwise=nn.Conv2d(8, 8, kernel_size=3, padding=1, groups=8),
                pointwise=nn.Conv2d(8, 16, kernel_size=1),
            )
        )
        self.scaled1 = Scaled()
        self.scaled2 = Scaled(drop=0.2)
        self.linear1 = nn.Linear(16 * 12 * 12, 7)

    def forward(self, x: Tensor) -> Tensor:
        x = self.get_submodule("a-b")(x)  # [8, 16, 16]
        x = self.get_submodule("0")(x)
        x = self.get_submodule("c-d")(x)
        x = self.numbered1(x)
        x = self.numbered2(x)
        x = self.level(x)
        x = self.separable1(x)
        x = self.scaled1(x)
        x = self.scaled2(x)
        x = x[:, :, 2:-2, 2:-2]  # [16, 12, 12]
        x = x.permute(0, 1, 3, 2)
        x = torch.flatten(x, 1)  # [2304]
        return self.linear1(x)
