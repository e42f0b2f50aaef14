"""Flowers, compiled by archdsl from landmarks.arch: a plan to fine-tune ResNet50.

Parameters: 23,717,030; multiply-adds: 4,087,345,152 for an input of [3, 224, 224].
Shapes in comments are for that input and leave out the batch.
"""

import re
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn


class Bottleneck(nn.Module):
    """A 3x3 convolution between two of 1x1, and a skip."""

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        super().__init__()
        out_channels = 4 * width
        self.conv1 = nn.Conv2d(in_channels, width, kernel_size=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(
            width, width, kernel_size=3, stride=stride, padding=1, bias=False
        )
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, kernel_size=1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample: nn.Module = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(
                    in_channels, out_channels, kernel_size=1, stride=stride, bias=False
                ),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(out + self.downsample(x))


class ResNet50(nn.Module):
    """ResNet-50 v1.5, as in torchvision: bottlenecks stride in the 3x3 convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = nn.Sequential(
            Bottleneck(64, 64),
            Bottleneck(256, 64),
            Bottleneck(256, 64),
        )
        self.layer2 = nn.Sequential(
            Bottleneck(256, 128, stride=2),
            *[Bottleneck(512, 128) for _ in range(3)],
        )
        self.layer3 = nn.Sequential(
            Bottleneck(512, 256, stride=2),
            *[Bottleneck(1024, 256) for _ in range(5)],
        )
        self.layer4 = nn.Sequential(
            Bottleneck(1024, 512, stride=2),
            Bottleneck(2048, 512),
            Bottleneck(2048, 512),
        )
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(2048, 102)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.bn1(self.conv1(x)))  # [64, 112, 112]
        x = self.maxpool(x)  # [64, 56, 56]
        x = self.layer1(x)
        x = self.layer2(x)  # [512, 28, 28]
        x = self.layer3(x)  # [1024, 14, 14]
        x = self.layer4(x)  # [2048, 7, 7]
        x = torch.flatten(self.gap(x), 1)  # [2048]
        return self.fc(x)


def read_state_dict(path: str | Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors, .npz, .pt or .pth file; no code in it is run.

    A checkpoint may hold more than its state dict, and names may begin with what
    DistributedDataParallel and torch.compile put before them.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".safetensors":
        from safetensors.torch import load_file  # pip install safetensors

        state = load_file(path)
    elif suffix == ".npz":
        import numpy as np

        with np.load(path) as arrays:
            state = {name: torch.from_numpy(array) for name, array in arrays.items()}
    else:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
        if not isinstance(loaded, dict):
            raise ValueError(f"{path} holds no state dict")
        holders = (
            "state_dict",
            "model_state_dict",
            "model",
            "state_dict_ema",
            "model_ema",
        )
        state = next((loaded[key] for key in holders if key in loaded), loaded)
    wrappers = r"^((module|_orig_mod)\.)+"
    return {re.sub(wrappers, "", name): tensor for name, tensor in state.items()}


class Group(NamedTuple):
    """Layers that learn together, from an epoch on."""

    name: str
    rate: float | None  # times the base rate; None: frozen for good
    layers: tuple[str, ...]
    first_epoch: int = 0


def within(name: str, layers: tuple[str, ...]) -> bool:
    """Whether a module or tensor is one of the layers, or in one."""
    return any(f"{name}.".startswith(f"{layer}.") for layer in layers)


class Flowers(ResNet50):
    """Flowers 102 (Nilsback & Zisserman, 2008), unfrozen stage by stage.

    Rates are times the base rate; epochs count from 0. To train it:

        network = Flowers()
        network.load_pretrained()
        optimizer = torch.optim.SGD(network.param_groups(base_lr=0.01), momentum=0.9)
        for epoch in range(30):
            network.on_epoch(epoch)
            network.train()
            ...  # a pass over the data, as for any network
    """

    WEIGHTS = "resnet50-imagenet.safetensors"
    REPLACED = ("fc",)
    GROUPS = (
        Group("fc", rate=1.0, layers=("fc",)),
        Group("layer4", rate=0.1, first_epoch=3, layers=("layer4",)),
        Group("layer3", rate=0.075, first_epoch=6, layers=("layer3",)),
        Group("layer2", rate=0.05625, first_epoch=9, layers=("layer2",)),
        Group("layer1", rate=0.0421875, first_epoch=12, layers=("layer1",)),
        Group("conv1", rate=0.031640625, first_epoch=15, layers=("conv1", "bn1")),
    )

    def __init__(self) -> None:
        super().__init__()
        self.on_epoch(0)

    def load_pretrained(self, path: str | Path = WEIGHTS) -> None:
        """Load the weights that the plan starts from, but for those of `fc`.

        Raises:
            RuntimeError: names or shapes of the others differ; all that do are listed.
        """
        state = {
            name: tensor
            for name, tensor in read_state_dict(path).items()
            if not within(name, self.REPLACED)
        }
        for name, tensor in self.state_dict().items():
            if within(name, self.REPLACED):
                state[name] = tensor
        try:
            self.load_state_dict(state)
        except RuntimeError as error:
            raise RuntimeError(f"{path}: {error}") from None

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

    def train(self, mode: bool = True) -> "Flowers":
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
