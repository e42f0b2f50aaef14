"""MobileNetV2, compiled by archdsl from mobilenet_v2.arch.

Parameters: 3,504,872; multiply-adds: 300,774,272 for an input of [3, 224, 224].
Shapes in comments are for that input and leave out the batch.
"""

import torch
from torch import Tensor, nn


class InvertedResidual(nn.Module):
    """A depthwise convolution on `ratio` times the channels, between narrow ends."""

    def __init__(
        self, in_channels: int, channels: int, stride: int, ratio: int
    ) -> None:
        super().__init__()
        hidden = ratio * in_channels
        self.residual = stride == 1 and channels == in_channels
        layers: list[nn.Module] = []
        if ratio > 1:
            layers.append(
                nn.Sequential(
                    nn.Conv2d(in_channels, hidden, kernel_size=1, bias=False),
                    nn.BatchNorm2d(hidden),
                    nn.ReLU6(inplace=True),
                )
            )
        layers += [
            nn.Sequential(
                nn.Conv2d(
                    hidden,
                    hidden,
                    kernel_size=3,
                    stride=stride,
                    padding=1,
                    groups=hidden,
                    bias=False,
                ),
                nn.BatchNorm2d(hidden),
                nn.ReLU6(inplace=True),
            ),
            nn.Conv2d(hidden, channels, kernel_size=1, bias=False),
            nn.BatchNorm2d(channels),
        ]
        self.conv = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv(x)
        if self.residual:
            out = out + x
        return out


class MobileNetV2(nn.Module):
    """MobileNet v2 (Sandler et al., 2018), as in torchvision."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Sequential(
                nn.Conv2d(3, 32, kernel_size=3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(32),
                nn.ReLU6(inplace=True),
            ),
            InvertedResidual(32, 16, stride=1, ratio=1),
            InvertedResidual(16, 24, stride=2, ratio=6),
            InvertedResidual(24, 24, stride=1, ratio=6),
            InvertedResidual(24, 32, stride=2, ratio=6),
            InvertedResidual(32, 32, stride=1, ratio=6),
            InvertedResidual(32, 32, stride=1, ratio=6),
            InvertedResidual(32, 64, stride=2, ratio=6),
            *[InvertedResidual(64, 64, stride=1, ratio=6) for _ in range(3)],
            InvertedResidual(64, 96, stride=1, ratio=6),
            InvertedResidual(96, 96, stride=1, ratio=6),
            InvertedResidual(96, 96, stride=1, ratio=6),
            InvertedResidual(96, 160, stride=2, ratio=6),
            InvertedResidual(160, 160, stride=1, ratio=6),
            InvertedResidual(160, 160, stride=1, ratio=6),
            InvertedResidual(160, 320, stride=1, ratio=6),
            nn.Sequential(
                nn.Conv2d(320, 1280, kernel_size=1, bias=False),
                nn.BatchNorm2d(1280),
                nn.ReLU6(inplace=True),
            ),
        )
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(p=0.2), nn.Linear(1280, 1000))

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)  # [1280, 7, 7]
        x = torch.flatten(self.gap(x), 1)  # [1280]
        return self.classifier(x)
