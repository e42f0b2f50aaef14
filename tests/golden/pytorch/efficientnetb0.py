"""EfficientNetB0, compiled by archdsl from efficientnet.arch.

Parameters: 5,288,548; multiply-adds: 385,814,752 for an input of [3, 224, 224].
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


class SqueezeExcite(nn.Module):
    """Scales each channel by a gate that sees the whole map (Hu et al., 2017).

    `squeeze` is the number of channels between the two layers of the gate.
    """

    def __init__(self, in_channels: int, squeeze: int) -> None:
        super().__init__()
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.fc1 = nn.Conv2d(in_channels, squeeze, kernel_size=1)
        self.silu = nn.SiLU(inplace=True)
        self.fc2 = nn.Conv2d(squeeze, in_channels, kernel_size=1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x: Tensor) -> Tensor:
        scale = self.gap(x)
        scale = self.silu(self.fc1(scale))
        scale = self.sigmoid(self.fc2(scale))
        return scale * x


class MBConv(nn.Module):
    """An inverted residual with a gate; training drops it with probability `drop`."""

    def __init__(
        self,
        in_channels: int,
        channels: int,
        kernel: int,
        stride: int,
        ratio: int,
        drop: float,
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
                    nn.SiLU(inplace=True),
                )
            )
        layers += [
            nn.Sequential(
                nn.Conv2d(
                    hidden,
                    hidden,
                    kernel_size=kernel,
                    stride=stride,
                    padding=kernel // 2,
                    groups=hidden,
                    bias=False,
                ),
                nn.BatchNorm2d(hidden),
                nn.SiLU(inplace=True),
            ),
            SqueezeExcite(hidden, in_channels // 4),
            nn.Sequential(
                nn.Conv2d(hidden, channels, kernel_size=1, bias=False),
                nn.BatchNorm2d(channels),
            ),
        ]
        self.block = nn.Sequential(*layers)
        self.droppath: nn.Module = nn.Identity()
        if self.residual:
            self.droppath = DropPath(p=drop)

    def forward(self, x: Tensor) -> Tensor:
        out = self.block(x)
        out = self.droppath(out)
        if self.residual:
            out = out + x
        return out


class EfficientNetB0(nn.Module):
    """EfficientNet (Tan and Le, 2019), as in torchvision."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Sequential(
                nn.Conv2d(3, 32, kernel_size=3, stride=2, padding=1, bias=False),
                nn.BatchNorm2d(32),
                nn.SiLU(inplace=True),
            ),
            nn.Sequential(MBConv(32, 16, kernel=3, stride=1, ratio=1, drop=0.0)),
            nn.Sequential(
                MBConv(16, 24, kernel=3, stride=2, ratio=6, drop=0.2 / 16),
                MBConv(24, 24, kernel=3, stride=1, ratio=6, drop=0.2 * 2 / 16),
            ),
            nn.Sequential(
                MBConv(24, 40, kernel=5, stride=2, ratio=6, drop=0.2 * 3 / 16),
                MBConv(40, 40, kernel=5, stride=1, ratio=6, drop=0.2 * 4 / 16),
            ),
            nn.Sequential(
                MBConv(40, 80, kernel=3, stride=2, ratio=6, drop=0.2 * 5 / 16),
                MBConv(80, 80, kernel=3, stride=1, ratio=6, drop=0.2 * 6 / 16),
                MBConv(80, 80, kernel=3, stride=1, ratio=6, drop=0.2 * 7 / 16),
            ),
            nn.Sequential(
                MBConv(80, 112, kernel=5, stride=1, ratio=6, drop=0.2 * 8 / 16),
                MBConv(112, 112, kernel=5, stride=1, ratio=6, drop=0.2 * 9 / 16),
                MBConv(112, 112, kernel=5, stride=1, ratio=6, drop=0.2 * 10 / 16),
            ),
            nn.Sequential(
                MBConv(112, 192, kernel=5, stride=2, ratio=6, drop=0.2 * 11 / 16),
                MBConv(192, 192, kernel=5, stride=1, ratio=6, drop=0.2 * 12 / 16),
                MBConv(192, 192, kernel=5, stride=1, ratio=6, drop=0.2 * 13 / 16),
                MBConv(192, 192, kernel=5, stride=1, ratio=6, drop=0.2 * 14 / 16),
            ),
            nn.Sequential(
                MBConv(192, 320, kernel=3, stride=1, ratio=6, drop=0.2 * 15 / 16)
            ),
            nn.Sequential(
                nn.Conv2d(320, 1280, kernel_size=1, bias=False),
                nn.BatchNorm2d(1280),
                nn.SiLU(inplace=True),
            ),
        )
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Sequential(nn.Dropout(p=0.2), nn.Linear(1280, 1000))

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)  # [1280, 7, 7]
        x = torch.flatten(self.gap(x), 1)  # [1280]
        return self.classifier(x)
