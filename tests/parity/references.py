"""Modules of the variants that torchvision lacks, written by hand after the papers.

Their attributes bear the names of the shipped specs, so that state dicts can be compared as well.
"""

from collections import OrderedDict

import torch
import torchvision
from torch import Tensor, nn


class LeNet5(nn.Module):
    """LeCun et al., 1998, with a full C3 and pools without weights."""

    def __init__(self) -> None:
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, 5)
        self.c3 = nn.Conv2d(6, 16, 5)
        self.c5 = nn.Linear(400, 120)
        self.f6 = nn.Linear(120, 84)
        self.fc = nn.Linear(84, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.avg_pool2d(self.c1(x).tanh(), 2)
        x = nn.functional.avg_pool2d(self.c3(x).tanh(), 2)
        x = self.c5(torch.flatten(x, 1)).tanh()
        x = self.f6(x).tanh()
        return self.fc(x)


class AlexNetPaper(nn.Module):
    """Krizhevsky et al., 2012: two towers on convolutions 2, 4 and 5."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 96, 11, stride=4)
        self.conv2 = nn.Conv2d(96, 256, 5, padding=2, groups=2)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1)
        self.conv4 = nn.Conv2d(384, 384, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(384, 256, 3, padding=1, groups=2)
        self.fc6 = nn.Linear(256 * 6 * 6, 4096)
        self.fc7 = nn.Linear(4096, 4096)
        self.fc8 = nn.Linear(4096, 1000)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(3, stride=2)
        # The paper sums over 5 channels where PyTorch takes the mean: alpha is 5 times the paper's.
        self.lrn = nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.lrn(self.relu(self.conv1(x))))
        x = self.pool(self.lrn(self.relu(self.conv2(x))))
        x = self.relu(self.conv3(x))
        x = self.relu(self.conv4(x))
        x = self.pool(self.relu(self.conv5(x)))
        x = self.dropout(self.relu(self.fc6(torch.flatten(x, 1))))
        x = self.dropout(self.relu(self.fc7(x)))
        return self.fc8(x)


class ConvReLU(nn.Sequential):
    def __init__(self, in_channels: int, channels: int, kernel: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(in_channels, channels, kernel, stride, padding=kernel // 2),
            nn.ReLU(),
        )


class InceptionPaper(nn.Module):
    def __init__(
        self, channels: int, c1: int, r3: int, c3: int, r5: int, c5: int, proj: int
    ) -> None:
        super().__init__()
        self.branch1 = ConvReLU(channels, c1, 1)
        self.branch2 = nn.Sequential(ConvReLU(channels, r3, 1), ConvReLU(r3, c3, 3))
        self.branch3 = nn.Sequential(ConvReLU(channels, r5, 1), ConvReLU(r5, c5, 5))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), ConvReLU(channels, proj, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class AuxiliaryPaper(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = ConvReLU(channels, 128, 1)
        self.fc1 = nn.Linear(4 * 4 * 128, 1024)
        self.fc2 = nn.Linear(1024, 1000)
        self.dropout = nn.Dropout(0.7)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(nn.functional.avg_pool2d(x, 5, stride=3))
        x = self.fc1(torch.flatten(x, 1)).relu()
        return self.fc2(self.dropout(x))


class GoogLeNetPaper(nn.Module):
    """Szegedy et al., 2014: 5x5 branches, biases, local response normalisation, no batch norm."""

    def __init__(self, aux: bool) -> None:
        super().__init__()
        self.conv1 = ConvReLU(3, 64, 7, stride=2)
        self.conv2 = ConvReLU(64, 64, 1)
        self.conv3 = ConvReLU(64, 192, 3)
        self.inception3a = InceptionPaper(192, 64, 96, 128, 16, 32, 32)
        self.inception3b = InceptionPaper(256, 128, 128, 192, 32, 96, 64)
        self.inception4a = InceptionPaper(480, 192, 96, 208, 16, 48, 64)
        self.inception4b = InceptionPaper(512, 160, 112, 224, 24, 64, 64)
        self.inception4c = InceptionPaper(512, 128, 128, 256, 24, 64, 64)
        self.inception4d = InceptionPaper(512, 112, 144, 288, 32, 64, 64)
        self.inception4e = InceptionPaper(528, 256, 160, 320, 32, 128, 128)
        self.inception5a = InceptionPaper(832, 256, 160, 320, 32, 128, 128)
        self.inception5b = InceptionPaper(832, 384, 192, 384, 48, 128, 128)
        if aux:
            self.aux1 = AuxiliaryPaper(512)
            self.aux2 = AuxiliaryPaper(528)
        self.aux = aux
        self.fc = nn.Linear(1024, 1000)
        self.pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.lrn = nn.LocalResponseNorm(5)
        self.dropout = nn.Dropout(0.4)

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor, Tensor]:
        x = self.lrn(self.pool(self.conv1(x)))
        x = self.pool(self.lrn(self.conv3(self.conv2(x))))
        x = self.pool(self.inception3b(self.inception3a(x)))
        x = four_a = self.inception4a(x)
        x = four_d = self.inception4d(self.inception4c(self.inception4b(x)))
        x = self.pool(self.inception4e(x))
        x = self.inception5b(self.inception5a(x))
        # In the order in which dropout draws its random numbers.
        heads = [self.aux1(four_a), self.aux2(four_d)] if self.aux and self.training else []
        x = nn.functional.adaptive_avg_pool2d(x, 1)
        x = self.fc(self.dropout(torch.flatten(x, 1)))
        return (x, *reversed(heads)) if heads else x


def resnet_v1(factory: str) -> nn.Module:
    """He et al., 2015: the bottleneck strides in its first 1x1 convolution."""
    network = getattr(torchvision.models, factory)()
    for module in network.modules():
        if isinstance(module, torchvision.models.resnet.Bottleneck):
            module.conv1.stride, module.conv2.stride = module.conv2.stride, module.conv1.stride
    return network


class MobileNetV1(nn.Module):
    """Howard et al., 2017; `alpha` multiplies the width."""

    STAGES = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2))

    def __init__(self, alpha: float) -> None:
        super().__init__()
        channels = int(32 * alpha)
        blocks: list[nn.Module] = [_conv_bn(3, channels, stride=2)]
        for width, stride in (*self.STAGES, (1024, 1)):
            narrow, channels = channels, int(width * alpha)
            depthwise = _conv_bn(narrow, narrow, stride=stride, groups=narrow)
            pointwise = _conv_bn(narrow, channels, kernel=1)
            parts = OrderedDict(depthwise=depthwise, pointwise=pointwise)
            blocks.append(nn.Sequential(parts))
        self.features = nn.Sequential(*blocks)
        self.fc = nn.Linear(channels, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.adaptive_avg_pool2d(self.features(x), 1)
        return self.fc(torch.flatten(x, 1))


def _conv_bn(
    in_channels: int, channels: int, kernel: int = 3, stride: int = 1, groups: int = 1
) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(in_channels, channels, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
    )
