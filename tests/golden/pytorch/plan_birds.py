"""Birds, compiled by archdsl from landmarks.arch: a plan to fine-tune MobileNetV2.

Parameters: 2,480,072; multiply-adds: 299,750,272 for an input of [3, 224, 224].
Shapes in comments are for that input and leave out the batch.
"""

import re
from pathlib import Path
from typing import NamedTuple

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
        self.classifier = nn.Sequential(nn.Dropout(p=0.2), nn.Linear(1280, 200))

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)  # [1280, 7, 7]
        x = torch.flatten(self.gap(x), 1)  # [1280]
        return self.classifier(x)


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


class Birds(MobileNetV2):
    """MobileNetV2, fine-tuned.

    Rates are times the base rate; epochs count from 0. To train it:

        network = Birds()
        network.load_pretrained()
        optimizer = torch.optim.SGD(network.param_groups(base_lr=0.01), momentum=0.9)
        for epoch in range(20):
            network.on_epoch(epoch)
            network.train()
            ...  # a pass over the data, as for any network
    """

    WEIGHTS = "mobilenet_v2.npz"
    REPLACED = ("classifier",)
    GROUPS = (
        Group("classifier", rate=1.0, layers=("classifier",)),
        Group(
            "features_14_and_4_more",
            rate=0.1,
            layers=tuple(f"features.{i}" for i in range(14, 19)),
        ),
        Group(
            "features_7_to_13",
            rate=0.05,
            first_epoch=5,
            layers=tuple(f"features.{i}" for i in range(7, 14)),
        ),
        Group(
            "features_4_to_6",
            rate=0.025,
            first_epoch=5,
            layers=("features.4", "features.5", "features.6"),
        ),
        Group(
            "features_2_to_3",
            rate=0.0125,
            first_epoch=5,
            layers=("features.2", "features.3"),
        ),
        Group(
            "features_0_to_1",
            rate=0.00625,
            first_epoch=5,
            layers=("features.0", "features.1"),
        ),
    )

    def __init__(self) -> None:
        super().__init__()
        self.on_epoch(0)

    def load_pretrained(self, path: str | Path = WEIGHTS) -> None:
        """Load the weights that the plan starts from, but for those of `classifier`.

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

    def train(self, mode: bool = True) -> "Birds":
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
