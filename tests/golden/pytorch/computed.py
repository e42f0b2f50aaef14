"""Computed, compiled by archdsl from rare.arch.

Parameters: 36,042; multiply-adds: 9,085,024 for an input of [3, 16, 16].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class Computing(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(8, 8, kernel_size=1)
        self.relu = nn.ReLU(inplace=True)
        self.bn1 = nn.BatchNorm2d(8)
        self.dropout = nn.Dropout(p=0.1 * 2)
        self.conv3 = nn.Conv2d(8, 12, kernel_size=3, padding=1)
        self.conv4 = nn.Conv2d(12, 8, kernel_size=3, padding=1)
        self.conv5 = nn.Conv2d(8, 8, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        x = self.bn1(self.relu(self.conv2(x)))
        x = self.relu(x)
        x = self.dropout(x)
        x = self.conv3(x)
        x = self.conv4(x)
        return self.conv5(x)


class Computing2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(8, 16, kernel_size=1)
        self.bn1 = nn.BatchNorm2d(16)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(16, 16, kernel_size=3, padding=1)
        self.conv3 = nn.Conv2d(16, 16, kernel_size=1)
        self.dropout = nn.Dropout(p=0.1 * 2)
        self.conv4 = nn.Conv2d(16, 12, kernel_size=3, padding=1)
        self.conv5 = nn.Conv2d(12, 8, kernel_size=3, padding=1)
        self.conv6 = nn.Conv2d(8, 16, kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.conv2(x)
        x = self.relu(self.relu(self.conv3(x)))
        x = self.dropout(x)
        x = self.conv4(x)
        x = self.conv5(x)
        return self.conv6(x)


class Computing3(nn.Module):
    def __init__(
        self,
        in_channels: int,
        width: int,
        n: int,
        act: nn.Module,
        hidden_channels: int,
        hidden_channels2: int,
    ) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, kernel_size=3, padding=1)
        self.conv2 = nn.Conv2d(width, width, kernel_size=1)
        self.act = act
        self.conv3 = nn.Conv2d(width, 7, kernel_size=1)
        self.bn1 = nn.BatchNorm2d(7)
        self.relu = nn.ReLU(inplace=True)
        self.dropout = nn.Dropout(p=0.1 * n)
        self.conv4 = nn.Conv2d(7, hidden_channels, kernel_size=3, padding=1)
        self.conv5 = nn.Conv2d(
            hidden_channels, hidden_channels2, kernel_size=3, padding=1
        )
        self.conv6 = nn.Conv2d(hidden_channels2, abs(-width), kernel_size=3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        x = self.act(self.conv2(x))
        x = self.relu(self.bn1(self.conv3(x)))
        x = self.dropout(x)
        x = self.conv4(x)
        x = self.conv5(x)
        return self.conv6(x)


class Computed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.computing1 = Computing()
        self.computing2 = Computing2()
        self.computing3 = Computing3(
            16,
            32,
            n=4,
            act=nn.LeakyReLU(negative_slope=0.1, inplace=True),
            hidden_channels=36,
            hidden_channels2=12,
        )
        self.computing4 = Computing3(
            32, 24, n=3, act=nn.GELU(), hidden_channels=12, hidden_channels2=8
        )
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.linear1 = nn.Linear(24, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.computing1(x)  # [8, 16, 16]
        x = self.computing2(x)
        x = self.computing3(x)
        x = self.computing4(x)
        return self.linear1(torch.flatten(self.gap(x), 1))
