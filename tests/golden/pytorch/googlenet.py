"""GoogLeNet, compiled by archdsl from googlenet.arch.

Parameters: 13,004,888; multiply-adds: 1,498,376,192 for an input of [3, 224, 224].
Shapes in comments are for that input and leave out the batch.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class ConvBN(nn.Module):
    """Convolution, batch norm, ReLU."""

    def __init__(
        self, in_channels: int, channels: int, kernel: int, stride: int = 1
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            in_channels,
            channels,
            kernel_size=kernel,
            stride=stride,
            padding=kernel // 2,
            bias=False,
        )
        self.bn = nn.BatchNorm2d(channels, eps=0.001)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn(self.conv(x)))


class Inception(nn.Module):
    """Kernels of three sizes and a pool, side by side."""

    def __init__(
        self,
        in_channels: int,
        c1: int,
        reduce3: int,
        c3: int,
        reduce5: int,
        c5: int,
        pool: int,
    ) -> None:
        super().__init__()
        self.branch1 = ConvBN(in_channels, c1, kernel=1)
        self.branch2 = nn.Sequential(
            ConvBN(in_channels, reduce3, kernel=1),
            ConvBN(reduce3, c3, kernel=3),
        )
        self.branch3 = nn.Sequential(
            ConvBN(in_channels, reduce5, kernel=1),
            ConvBN(reduce5, c5, kernel=3),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(kernel_size=3, stride=1, padding=1),
            ConvBN(in_channels, pool, kernel=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat(
            [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1
        )


class Auxiliary(nn.Module):
    """A classifier on a middle layer, for training alone."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.adaptive_avgpool = nn.AdaptiveAvgPool2d(4)
        self.conv = ConvBN(in_channels, 128, kernel=1)
        self.fc1 = nn.Linear(128 * 4 * 4, 1024)
        self.relu = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout(p=0.7)
        self.fc2 = nn.Linear(1024, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.adaptive_avgpool(x)
        x = self.conv(x)
        x = torch.flatten(x, 1)
        x = self.dropout(self.relu(self.fc1(x)))
        return self.fc2(x)


class GoogLeNetOutput(NamedTuple):
    """What GoogLeNet returns in training mode."""

    fc: Tensor
    aux2: Tensor | None
    aux1: Tensor | None


class GoogLeNet(nn.Module):
    """GoogLeNet (Szegedy et al., 2014) as in torchvision: batch norm, 3x3 convolutions
    where the paper has 5x5, a 2x2 pool before the last stage, and auxiliary heads
    that pool to 4x4.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = ConvBN(3, 64, kernel=7, stride=2)
        self.maxpool1 = nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)
        self.conv2 = ConvBN(64, 64, kernel=1)
        self.conv3 = ConvBN(64, 192, kernel=3)
        self.inception3a = Inception(192, 64, 96, 128, 16, 32, 32)
        self.inception3b = Inception(256, 128, 128, 192, 32, 96, 64)
        self.inception4a = Inception(480, 192, 96, 208, 16, 48, 64)
        self.inception4b = Inception(512, 160, 112, 224, 24, 64, 64)
        self.inception4c = Inception(512, 128, 128, 256, 24, 64, 64)
        self.inception4d = Inception(512, 112, 144, 288, 32, 64, 64)
        self.inception4e = Inception(528, 256, 160, 320, 32, 128, 128)
        self.maxpool4 = nn.MaxPool2d(kernel_size=2, stride=2, ceil_mode=True)
        self.inception5a = Inception(832, 256, 160, 320, 32, 128, 128)
        self.inception5b = Inception(832, 384, 192, 384, 48, 128, 128)
        self.aux1 = Auxiliary(512)
        self.aux2 = Auxiliary(528)
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(p=0.2)
        self.fc = nn.Linear(1024, 1000)

    def forward(self, x: Tensor) -> GoogLeNetOutput | Tensor:
        x = self.conv1(x)  # [64, 112, 112]
        x = self.maxpool1(x)  # [64, 56, 56]
        x = self.conv2(x)
        x = self.conv3(x)
        x = self.maxpool1(x)  # [192, 28, 28]
        x = self.inception3a(x)
        x = self.inception3b(x)
        x = self.maxpool1(x)  # [480, 14, 14]
        inception4a = self.inception4a(x)
        x = self.inception4b(inception4a)
        x = self.inception4c(x)
        inception4d = self.inception4d(x)
        x = self.inception4e(inception4d)
        x = self.maxpool4(x)  # [832, 7, 7]
        x = self.inception5a(x)
        x = self.inception5b(x)
        aux1 = self.aux1(inception4a) if self.training else None
        aux2 = self.aux2(inception4d) if self.training else None
        x = self.dropout(torch.flatten(self.gap(x), 1))
        x = self.fc(x)
        if self.training:
            return GoogLeNetOutput(x, aux2, aux1)
        return x
