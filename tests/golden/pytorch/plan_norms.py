"""Norms, compiled by archdsl from landmarks.arch: a plan to fine-tune ResNet18.

Parameters: 11,689,512; multiply-adds: 1,814,073,344 for an input of [3, 224, 224].
Shapes in comments are for that input and leave out the batch.
"""

import re
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Basic(nn.Module):
    """Two 3x3 convolutions and a skip."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(
            in_channels, width, kernel_size=3, stride=stride, padding=1, bias=False
        )
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or in_channels != width:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, width, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(width),
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + self.downsample(x))


class ResNet18(nn.Module):
    """ResNet (He et al., 2015), as in torchvision."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = nn.Sequential(Basic(64, 64), Basic(64, 64))
        self.layer2 = nn.Sequential(Basic(64, 128, stride=2), Basic(128, 128))
        self.layer3 = nn.Sequential(Basic(128, 256, stride=2), Basic(256, 256))
        self.layer4 = nn.Sequential(Basic(256, 512, stride=2), Basic(512, 512))
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(512, 1000)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))  # [64, 112, 112]
        x = self.maxpool(x)  # [64, 56, 56]
        x = self.layer1(x)
        x = self.layer2(x)  # [128, 28, 28]
        x = self.layer3(x)  # [256, 14, 14]
        x = self.layer4(x)  # [512, 7, 7]
        x = torch.flatten(self.gap(x), 1)  # [512]
        return self.fc(x)


class Group(NamedTuple):
    """Layers that learn together, from an epoch on."""

    name: str
    rate: float | None  # times the base rate; None: frozen for good
    layers: tuple[str, ...]
    first_epoch: int = 0


def within(name: str, layers: tuple[str, ...]) -> bool:
    """Whether a module or tensor is one of the layers, or in one; `*` is any number."""
    patterns = [re.escape(layer).replace(r"\*", r"\d+") for layer in layers]
    return any(re.match(rf"{pattern}\.", f"{name}.") for pattern in patterns)


class Norms(ResNet18):
    """Only norms and the head learn (Frankle et al., 2021).

    Rates are times the base rate; epochs count from 0. To train it:

        network = Norms()
        optimizer = torch.optim.SGD(network.param_groups(base_lr=0.01), momentum=0.9)
        for epoch in range(epochs):
            network.on_epoch(epoch)
            network.train()
            ...  # a pass over the data, as for any network
    """

    GROUPS = (
        Group("fc", rate=1.0, layers=("fc",)),
        Group(
            "bn1_and_19_more",
            rate=0.1,
            first_epoch=1,
            layers=(
                "bn1",
                "layer*.*.bn*",
                "layer2.0.downsample.1",
                "layer3.0.downsample.1",
                "layer4.0.downsample.1",
            ),
        ),
        Group(
            "rest",
            rate=None,
            layers=(
                "conv1",
                "layer*.*.conv*",
                "layer2.0.downsample.0",
                "layer3.0.downsample.0",
                "layer4.0.downsample.0",
            ),
        ),
    )

    def __init__(self) -> None:
        super().__init__()
        self.on_epoch(0)

    def param_groups(self, base_lr: float) -> list[dict[str, object]]:
        """The groups for an optimizer of torch.optim, each with its name and rate.

        Those that are frozen at first are there from the start, so that a scheduler
        knows them. Until they learn they have no gradients, and an optimizer passes
        over such parameters: neither weight decay nor momentum moves them.
        """
        return [
            {
                "name": group.name,
                "params": self.parameters_of(group),
                "lr": base_lr * group.rate,
            }
            for group in self.GROUPS
            if group.rate is not None
        ]

    def on_epoch(self, epoch: int) -> list[str]:
        """Freeze and unfreeze for an epoch; the names of the groups that changed.

        Epochs may come in any order, so training can be resumed. After a change, wrap
        the network in DistributedDataParallel anew: it averages the gradients of what
        learned when it was made, and of nothing else.
        """
        changed = []
        for group in self.GROUPS:
            learns = group.rate is not None and epoch >= group.first_epoch
            parameters = self.parameters_of(group)
            if any(parameter.requires_grad != learns for parameter in parameters):
                changed.append(group.name)
            for parameter in parameters:
                parameter.requires_grad_(learns)
                if not learns:
                    parameter.grad = None  # so that optimizers pass over it
        self.train(self.training)
        return changed

    def train(self, mode: bool = True) -> "Norms":
        """As for any module, but norms of frozen layers stay in evaluation mode.

        So their running statistics stay, too. Dropout of frozen layers is active: it
        regularises what learns behind them.
        """
        super().train(mode)
        frozen = [group for group in self.GROUPS if self.is_frozen(group)]
        layers = tuple(layer for group in frozen for layer in group.layers)
        for name, module in self.named_modules():
            if hasattr(module, "running_mean") and within(name, layers):
                module.eval()
        return self

    def trainable_summary(self) -> str:
        """A table of the groups, and how much of the network learns now."""
        width = max(len("group"), *(len(group.name) for group in self.GROUPS))
        lines = [f"{'group':{width}}  {'rate':>10}  {'epoch':>5}  {'parameters':>13}"]
        learning = 0
        for group in self.GROUPS:
            size = sum(parameter.numel() for parameter in self.parameters_of(group))
            state = "frozen" if self.is_frozen(group) else "learns"
            learning += size if state == "learns" else 0
            rate = "-" if group.rate is None else f"{group.rate:g}"
            epoch = "-" if group.rate is None else group.first_epoch
            figures = f"{rate:>10}  {epoch:>5}  {size:>13,}"
            lines.append(f"{group.name:{width}}  {figures}  {state}")
        total = sum(parameter.numel() for parameter in self.parameters())
        return "\n".join([*lines, f"{learning:,} of {total:,} parameters learn"])

    def parameters_of(self, group: Group) -> list[nn.Parameter]:
        return [
            parameter
            for name, parameter in self.named_parameters()
            if within(name, group.layers)
        ]

    def is_frozen(self, group: Group) -> bool:
        parameters = self.parameters_of(group)
        return not any(parameter.requires_grad for parameter in parameters)
