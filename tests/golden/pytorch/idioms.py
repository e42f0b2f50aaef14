"""Idioms, compiled by archdsl from idioms.arch.

Parameters: 23,040; multiply-adds: 9,188,352 for an input of [3, 32, 32].
Shapes in comments are for that input and leave out the batch.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Unit(nn.Module):
    """The names of words are free: `pad` is a number in the module."""

    def __init__(
        self,
        in_channels: int,
        channels: int,
        pad: int | tuple[int, int],
        kernel: int | tuple[int, int] = 3,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels, channels, kernel_size=kernel, padding=pad, bias=False
        )
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn1(self.conv1(x)))


class Dilated(nn.Module):
    """Padding that keeps the size, a stride without the answered question, a condition
    without it.
    """

    def __init__(self, channels: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.dropout2d: nn.Module = nn.Identity()
        if channels > 8:
            self.dropout2d = nn.Dropout2d(p=0.5)
        self.conv1 = nn.Conv2d(
            8,
            channels,
            kernel_size=kernel,
            padding=kernel // 2 * dilation,
            dilation=dilation,
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.dropout2d(x)
        return self.conv1(x)


class Factored(nn.Module):
    """A stride for each axis."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            16, channels, kernel_size=(1, 3), stride=(1, stride), padding=(0, 1)
        )
        self.conv2 = nn.Conv2d(
            channels, channels, kernel_size=(3, 1), stride=(stride, 1), padding=(1, 0)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        return self.conv2(x)


class Branches(nn.Module):
    """The numbered layers of a branch in one variable; before a fork each in its
    own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.wide_1 = Unit(32, 4, pad=0, kernel=1)
        self.wide_2 = Unit(4, 8, pad=(0, 1), kernel=(1, 3))
        self.wide_3 = Unit(8, 8, pad=(1, 0), kernel=(3, 1))
        self.fork_1 = Unit(32, 4, pad=0, kernel=1)
        self.fork_2 = Unit(4, 4, pad=1)
        self.fork_3a = Unit(4, 4, pad=(0, 1), kernel=(1, 3))
        self.fork_3b = Unit(4, 4, pad=(1, 0), kernel=(3, 1))
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=1, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        wide = self.wide_1(x)
        wide = self.wide_2(wide)
        wide = self.wide_3(wide)
        fork_1 = self.fork_1(x)
        fork_2 = self.fork_2(fork_1)
        branch2 = torch.cat([self.fork_3a(fork_2), self.fork_3b(fork_2)], 1)
        return torch.cat([wide, branch2, self.maxpool(x)], 1)


class Laterals(nn.ModuleList):
    def __init__(self) -> None:
        super().__init__(
            [
                nn.Sequential(nn.Conv2d(16, 8, kernel_size=1)),
                nn.Sequential(nn.Conv2d(48, 8, kernel_size=1)),
            ]
        )

    def forward(self, x: Tensor, low: Tensor) -> tuple[Tensor, Tensor]:
        x0 = self[0](low)
        x = self[1](x)
        return x, x0


class Heads(nn.ModuleList):
    def __init__(self) -> None:
        super().__init__(
            [
                nn.Sequential(nn.Conv2d(8, 8, kernel_size=3, padding=1)),
                nn.Sequential(nn.Conv2d(8, 8, kernel_size=3, padding=1)),
            ]
        )

    def forward(self, x: Tensor, top: Tensor) -> tuple[Tensor, Tensor]:
        x0 = self[0](x)
        x = self[1](top)
        return x, x0


class Listed(nn.Module):
    """Values of a list by their positions, and what flows into it by its name
    around.
    """

    def __init__(self) -> None:
        super().__init__()
        self.laterals = Laterals()
        self.upsample = nn.Upsample(scale_factor=2)
        self.heads = Heads()

    def forward(self, x: Tensor, low: Tensor) -> tuple[Tensor, Tensor]:
        top, x0 = self.laterals(x, low)
        x = x0 + self.upsample(top)
        heads, x0 = self.heads(x, top)
        return heads, x0


class Up(nn.Module):
    """The channels of two halves."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.conv_transpose1 = nn.ConvTranspose2d(
            in_channels, in_channels // 2, kernel_size=2, stride=2
        )
        self.conv1 = nn.Conv2d(in_channels, in_channels // 2, kernel_size=3, padding=1)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        x = torch.cat([skip, self.conv_transpose1(x)], 1)
        return self.conv1(x)


class IdiomsOutput(NamedTuple):
    """What Idioms returns."""

    fine: Tensor
    coarse: Tensor
    whole: Tensor


class Idioms(nn.Module):
    """Classes stand in the order in which the network uses them."""

    def __init__(self) -> None:
        super().__init__()
        self.unit1 = Unit(3, 8, pad=1)
        self.dilated1 = Dilated(8, kernel=3, dilation=1)
        self.dilated2 = Dilated(8, kernel=5, dilation=2)
        self.dilated3 = Dilated(16, kernel=3, dilation=3)
        self.factored1 = Factored(16, stride=1)
        self.low = Factored(16, stride=2)
        self.factored2 = Factored(32, stride=2)
        self.high = Branches()
        self.listed = Listed()
        self.shallow = nn.Conv2d(3, 8, kernel_size=1)
        self.middle = nn.Conv2d(8, 16, kernel_size=1, stride=2)
        self.conv1 = nn.Conv2d(16, 32, kernel_size=1, stride=2)
        self.up1 = Up(32)
        self.whole = Up(16)

    def forward(self, x: Tensor) -> IdiomsOutput:
        image = x
        x = self.unit1(x)  # [8, 32, 32]
        x = self.dilated1(x)
        x = self.dilated2(x)
        x = self.dilated3(x)
        x = self.factored1(x)
        low = self.low(x)  # [16, 16, 16]
        x = self.factored2(low)  # [32, 8, 8]
        x = self.high(x)
        coarse, fine = self.listed(x, low)
        shallow = self.shallow(image)  # [8, 32, 32]
        middle = self.middle(shallow)  # [16, 16, 16]
        whole = self.conv1(middle)  # [32, 8, 8]
        whole = self.up1(whole, middle)  # [16, 16, 16]
        whole = self.whole(whole, shallow)  # [8, 32, 32]
        return IdiomsOutput(fine, coarse, whole)
