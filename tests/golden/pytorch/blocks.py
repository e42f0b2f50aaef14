"""Blocks, compiled by archdsl from blocks.arch.

Parameters: 224,554; multiply-adds: 92,226,208 for an input of [3, 32, 32].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class Gate(nn.Module):
    """Squeeze-and-excitation."""

    def __init__(self) -> None:
        super().__init__()
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.pointwise1 = nn.Conv2d(32, 8, kernel_size=1, bias=False)
        self.relu = nn.ReLU(inplace=True)
        self.pointwise2 = nn.Conv2d(8, 32, kernel_size=1, bias=False)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        scale = self.gap(x)
        scale = self.relu(self.pointwise1(scale))
        scale = self.sigmoid(self.pointwise2(scale))
        return scale * x


class Unit(nn.Module):
    """A convolution with what it may need."""

    def __init__(
        self,
        in_channels: int,
        channels: int,
        act: nn.Module,
        norm: bool = True,
        gate: bool = False,
    ) -> None:
        super().__init__()
        hidden = 2 * channels
        self.conv1 = nn.Conv2d(
            in_channels, hidden, kernel_size=3, padding=1, bias=False
        )
        self.bn1: nn.Module = nn.Identity()
        if norm:
            self.bn1 = nn.BatchNorm2d(hidden)
        self.act = act
        self.conv2 = nn.Conv2d(hidden, channels, kernel_size=1, bias=False)
        self.scale: nn.Module = nn.Identity()
        if gate:
            self.scale = Gate()

    def forward(self, x: Tensor) -> Tensor:
        x = self.act(self.bn1(self.conv1(x)))
        x = self.conv2(x)
        return self.scale(x)


class Dense(nn.Module):
    """Appends channels to its input."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(in_channels, 8, kernel_size=3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv1(self.relu(self.bn1(x)))
        return torch.cat([x, out], 1)


class PreAct(nn.Module):
    def __init__(self, in_channels: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(
            in_channels, channels, kernel_size=3, stride=stride, padding=1, bias=False
        )
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or in_channels != channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(
                    in_channels, channels, kernel_size=1, stride=stride, bias=False
                ),
                nn.BatchNorm2d(channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv1(self.relu(self.bn1(x)))
        out = self.conv2(self.relu(self.bn2(out)))
        return out + self.shortcut(x)


class Plain(nn.Sequential):
    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, channels, kernel_size=1, bias=False),
            nn.BatchNorm2d(channels),
        )


class Blocks(nn.Module):
    """Blocks that differ in what they hold."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1, bias=False)
        self.a = Unit(16, 16, act=nn.ReLU(inplace=True), norm=False)
        self.b = Unit(16, 32, act=nn.ReLU(inplace=True), gate=True)
        self.c = Unit(32, 32, act=nn.SiLU(inplace=True))
        self.dense = nn.Sequential(
            Dense(32),
            Dense(40),
            Dense(48),
        )
        self.stage = nn.Sequential(
            PreAct(56, 64, stride=2),
            PreAct(64, 64),
            PreAct(64, 32),
        )
        self.plain1 = Plain(32, 8)
        self.plain2 = Plain(8, 16)
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)  # [16, 32, 32]
        x = self.a(x)
        x = self.b(x)
        x = self.c(x)
        x = self.dense(x)
        x = self.stage(x)  # [32, 16, 16]
        x = self.plain1(x)
        x = self.plain2(x)
        x = torch.flatten(self.gap(x), 1)  # [16]
        return self.head(x)
