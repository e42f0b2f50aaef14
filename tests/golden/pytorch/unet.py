"""UNet, compiled by archdsl from flows.arch.

Parameters: 29,641; multiply-adds: 6,242,304 for an input of [1, 32, 32].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class Level(nn.Module):
    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn2(self.conv2(x)))


class UNet(nn.Module):
    """An encoder and a decoder with skips between them."""

    def __init__(self) -> None:
        super().__init__()
        self.enc1 = Level(1, 8)
        self.maxpool = nn.MaxPool2d(kernel_size=2, stride=2)
        self.enc2 = Level(8, 16)
        self.level1 = Level(16, 32)
        self.up2 = nn.ConvTranspose2d(32, 16, kernel_size=2, stride=2)
        self.dec2 = Level(32, 16)
        self.up1 = nn.ConvTranspose2d(16, 8, kernel_size=2, stride=2)
        self.dec1 = Level(16, 8)
        self.mask = nn.Conv2d(8, 1, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        enc1 = self.enc1(x)  # [8, 32, 32]
        x = self.maxpool(enc1)  # [8, 16, 16]
        enc2 = self.enc2(x)
        x = self.maxpool(enc2)  # [16, 8, 8]
        x = self.level1(x)
        x = torch.cat([self.up2(x), enc2], 1)  # [32, 16, 16]
        x = self.dec2(x)
        x = torch.cat([self.up1(x), enc1], 1)  # [16, 32, 32]
        x = self.dec1(x)
        return self.mask(x)
