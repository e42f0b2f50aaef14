"""Textures, compiled by archdsl from landmarks.arch: a plan to fine-tune GoogLeNet.

Parameters: 13,004,888; multiply-adds: 1,498,376,192 for an input of [3, 224, 224].
Shapes in comments are for that input and leave out the batch.
"""

import re
from pathlib import Path
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
    """Whether a module or tensor is one of the layers, or in one; `*` is any number."""
    patterns = [re.escape(layer).replace(r"\*", r"\d+") for layer in layers]
    return any(re.match(rf"{pattern}\.", f"{name}.") for pattern in patterns)


class Textures(GoogLeNet):
    """Only the head learns; auxiliary heads keep what they know.

    Rates are times the base rate; epochs count from 0. To train it:

        network = Textures()
        network.load_pretrained()
        optimizer = torch.optim.SGD(network.param_groups(base_lr=0.01), momentum=0.9)
        for epoch in range(epochs):
            network.on_epoch(epoch)
            network.train()
            ...  # a pass over the data, as for any network
    """

    WEIGHTS = "googlenet.pt"
    REPLACED = ("fc",)
    GROUPS = (
        Group("fc", rate=1.0, layers=("fc",)),
        Group(
            "rest",
            rate=None,
            layers=(
                "conv*",
                "inception*a",
                "inception*b",
                "inception4c",
                "inception4d",
                "inception4e",
                "aux*",
            ),
        ),
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

    def train(self, mode: bool = True) -> "Textures":
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
