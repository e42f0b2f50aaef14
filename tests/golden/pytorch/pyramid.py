"""Pyramid, compiled by archdsl from nested.arch.

Parameters: 24,572; multiply-adds: 1,029,120 for an input of [3, 32, 32].
Shapes in comments are for that input and leave out the batch.
"""

from typing import NamedTuple

from torch import Tensor, nn


class Stage(nn.Module):
    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.c = nn.Sequential(
            nn.Conv2d(in_channels, channels, kernel_size=3, stride=2, padding=1),
            nn.ReLU(inplace=True),
        )
        self.d = nn.Sequential(
            nn.Conv2d(channels, channels, kernel_size=3, padding=1),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.c(x)
        return self.d(x)


class Backbone(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = Stage(3, 8)
        self.layer1 = Stage(8, 16)
        self.layer2 = Stage(16, 32)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stem(x)
        layer1 = self.layer1(x)
        layer2 = self.layer2(layer1)
        return layer1, layer2


class Merge(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(8, 16, kernel_size=1)
        self.upsample = nn.Upsample(scale_factor=2)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = self.upsample(self.conv1(x))
        return x + skip


class Fractal(nn.Module):
    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, kernel_size=3, padding=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.conv1(x))


class Fractal2(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(8, channels, kernel_size=3, padding=1)
        self.fractal1 = Fractal(8, channels)
        self.fractal2 = Fractal(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        branch1 = self.conv1(x)
        branch2 = self.fractal1(x)
        return branch1 + self.fractal2(branch2)


class Fractal3(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(8, 8, kernel_size=3, padding=1)
        self.fractal1 = Fractal2(8)
        self.fractal2 = Fractal2(8)

    def forward(self, x: Tensor) -> Tensor:
        branch1 = self.conv1(x)
        branch2 = self.fractal1(x)
        return branch1 + self.fractal2(branch2)


class PyramidOutput(NamedTuple):
    """What Pyramid returns."""

    p1: Tensor
    p2: Tensor


class Pyramid(nn.Module):
    """A feature pyramid on a backbone."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.conv1 = nn.Conv2d(32, 8, kernel_size=1)
        self.merge1 = Merge()
        self.p1 = nn.Conv2d(16, 8, kernel_size=3, padding=1)
        self.fractal1 = Fractal3()
        self.p2 = Fractal2(4)

    def forward(self, x: Tensor) -> PyramidOutput:
        layer1, layer2 = self.backbone(x)
        x = self.conv1(layer2)  # [8, 4, 4]
        x = self.merge1(x, layer1)  # [16, 8, 8]
        p1 = self.p1(x)
        p2 = self.fractal1(p1)
        p2 = self.p2(p2)
        return PyramidOutput(p1, p2)
