"""The networks that are trained and compared, and what goes into them."""

from collections.abc import Callable
from math import sqrt
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.conv import _ConvNd

import archdsl
from archdsl.analysis import Analysis
from benchmarks.gpu.setting import Setting

SPECS = Path(__file__).parents[2] / "specs"
HELPERS = Path(__file__).parent / "helpers.arch"


class Net(NamedTuple):
    """A network of ours.

    Attributes:
        name: as it is shown.
        torchvision: the name of torchvision's, where it has one.
    """

    name: str
    spec: Path
    network: str
    torchvision: str | None = None

    def load(self) -> archdsl.Network:
        return archdsl.load(self.spec, self.network)

    def theirs(self, setting: Setting) -> nn.Module:
        """torchvision's, with weights from the random state."""
        from torchvision import models

        options = {"init_weights": False} if self.torchvision == "googlenet" else {}
        make: Callable[..., nn.Module] = getattr(models, str(self.torchvision))
        with torch.device(setting.device):
            return make(**options)


def _shipped(file: str, network: str, torchvision: str | None = None, name: str = "") -> Net:
    return Net(name or network, SPECS / f"{file}.arch", network, torchvision)


LANDMARKS = (
    _shipped("lenet", "LeNet5"),
    _shipped("alexnet", "AlexNet", "alexnet"),
    _shipped("alexnet", "AlexNetPaper"),
    _shipped("vgg", "VGG11", "vgg11"),
    _shipped("vgg", "VGG16"),
    _shipped("vgg", "VGG11_BN"),
    _shipped("googlenet", "GoogLeNet", "googlenet"),
    _shipped("googlenet", "GoogLeNetPaper"),
    _shipped("resnet", "ResNet18", "resnet18"),
    _shipped("resnet", "ResNet50", "resnet50"),
    _shipped("resnet_paper", "ResNet50", name="ResNet50_v1"),
    _shipped("mobilenet_v1", "MobileNetV1"),
    _shipped("mobilenet_v2", "MobileNetV2", "mobilenet_v2"),
    _shipped("efficientnet", "EfficientNetB0", "efficientnet_b0"),
    _shipped("efficientnet", "EfficientNetB1"),
)
"""Of each family the small ones, to save time."""

OWN = tuple(Net(name, HELPERS, name) for name in ("Images", "Sequences", "Volumes"))
"""Small networks of what PyTorch has no layer for."""


class Batch(NamedTuple):
    """Random images and their classes."""

    images: Tensor
    labels: Tensor


def module_on(setting: Setting, loaded: archdsl.Network) -> nn.Module:
    """The emitted module, with weights from the random state."""
    with torch.device(setting.device):
        return loaded.module()


def batch_for(setting: Setting, loaded: archdsl.Network, count: int) -> Batch:
    """As many images as asked for, always the same ones."""
    generator = torch.Generator().manual_seed(1)
    shape = Analysis(loaded.graph).shape(loaded.graph.inputs[0].value)
    assert shape is not None
    (classes,) = next(iter(loaded.output_shapes.values())) or (0,)
    images = torch.randn(count, *shape, generator=generator)
    labels = torch.randint(classes, (count,), generator=generator)
    return Batch(images.to(setting.device), labels.to(setting.device))


def settle(module: nn.Module, images: Tensor) -> None:
    """Gives a module weights under which its output says something of every layer: fresh ones of a
    deep network hardly react to the input. It is left in training mode.

    Weights keep the variance of their inputs (He et al., 2015); norms get the statistics of a pass.
    """
    torch.manual_seed(0)
    with torch.no_grad():
        for part in module.modules():
            _draw(part)
        norms = [part for part in module.modules() if isinstance(part, _BatchNorm)]
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.momentum = None  # the plain average: after one pass, that pass's statistics
        module.train()(images)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


def _draw(part: nn.Module) -> None:
    weight: Any = getattr(part, "weight", None)
    bias: Any = getattr(part, "bias", None)
    if isinstance(part, nn.Linear | _ConvNd):
        bound = sqrt(6 / weight[0].numel())
        weight.uniform_(-bound, bound)
        if bias is not None:
            bias.uniform_(-0.1, 0.1)
    elif isinstance(part, _BatchNorm):
        weight.uniform_(0.5, 1.5)
        bias.uniform_(-0.2, 0.2)
