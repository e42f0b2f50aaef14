"""Modules that torchvision lacks, or has in another form, written by hand for comparison."""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool


class DoubleConv(nn.Module):
    def __init__(self, in_channels: int, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn1(self.conv1(x)).relu()
        return self.bn2(self.conv2(x)).relu()


class Up(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(2 * channels, channels, 2, stride=2)
        self.conv = DoubleConv(2 * channels, channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.conv(torch.cat([skip, self.up(x)], 1))


class UNet(nn.Module):
    """Ronneberger et al., 2015, with padded convolutions and batch norm."""

    def __init__(self) -> None:
        super().__init__()
        widths = [16, 32, 64, 128]
        for i, (before, width) in enumerate(zip([3, *widths], widths, strict=False)):
            self.add_module(f"enc{i + 1}", DoubleConv(before, width))
        self.middle = DoubleConv(128, 256)
        for i, width in reversed([*enumerate(widths)]):
            self.add_module(f"dec{i + 1}", Up(width))
        self.head = nn.Conv2d(16, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        skips = []
        for i in range(4):
            x = self.get_submodule(f"enc{i + 1}")(x)
            skips.append(x)
            x = nn.functional.max_pool2d(x, 2)
        x = self.middle(x)
        for i in reversed(range(4)):
            x = self.get_submodule(f"dec{i + 1}")(x, skips[i])
        return self.head(x)


class ResNet50FPN(nn.Module):
    """The backbone of torchvision's detectors, with a batch norm that is not frozen."""

    def __init__(self) -> None:
        super().__init__()
        layers = {f"layer{i}": str(i) for i in range(1, 5)}
        self.body = IntermediateLayerGetter(models.resnet50(), layers)
        self.fpn = FeaturePyramidNetwork([256, 512, 1024, 2048], 256, LastLevelMaxPool())

    def forward(self, x: Tensor) -> OrderedDict[str, Tensor]:
        return self.fpn(self.body(x))


class MapGELU(nn.GELU):
    """GELU that sees a map with its channels first.

    PyTorch has two kernels for GELU, which differ in the last bit, and chooses one by the order of
    the elements in memory.
    """

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.movedim(-1, 1)).movedim(1, -1)


def convnext_tiny() -> nn.Module:
    """torchvision's, with the kernel of GELU that an emitted module uses."""
    network = models.convnext_tiny()
    for module in network.modules():
        if isinstance(module, models.convnext.CNBlock):
            module.block[4] = MapGELU()
    return network
