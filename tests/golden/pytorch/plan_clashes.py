"""Clashes, compiled by archdsl from odd.arch: a plan to fine-tune NamedTuple.

Parameters: 2,066; multiply-adds: 127,752 for an input of [3, 8, 8].
Shapes in comments are for that input and leave out the batch.
"""

import re
from pathlib import Path
from typing import NamedTuple

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


class Group2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.bn1(self.conv1(x)))


class Path2(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(4)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn1(self.conv1(x))
        return self.relu(out + x)


class Tuned(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(4, 4, kernel_size=1)
        self.path1 = Path2()

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        return self.path1(x)


class within2(nn.Sequential):
    def __init__(self) -> None:
        super().__init__(nn.Conv2d(4, 8, kernel_size=3, padding=1))


class IsFrozen(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.add_module("0", nn.Conv2d(8, 8, kernel_size=3, padding=1))
        self.droppath = DropPath(p=0.5)

    def forward(self, x: Tensor) -> Tensor:
        out = self.get_submodule("0")(x)
        return self.droppath(out) + x


class First(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.add_module("0", nn.Conv2d(8, 4, kernel_size=3, padding=1))
        self.add_module("1", nn.BatchNorm2d(4, affine=False))
        self.register_parameter("2", nn.Parameter(torch.ones(4, 1, 1)))

    def forward(self, x: Tensor) -> Tensor:
        x = self.get_submodule("1")(self.get_submodule("0")(x))
        return x * self.get_parameter("2")


class NamedTuple_(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.on_epoch = Group2()
        self.GROUPS = Tuned()
        self.module = within2()
        self.load_pretrained = nn.Conv2d(8, 8, kernel_size=3, padding=1)
        self.is_frozen = IsFrozen()
        self.first = First()
        self.bare = nn.BatchNorm2d(4, affine=False)
        self.gap = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = self.on_epoch(x)  # [4, 8, 8]
        x = self.GROUPS(x)
        x = self.module(x)
        x = self.load_pretrained(x)
        x = self.is_frozen(x)
        x = self.bare(self.first(x))
        x = torch.flatten(self.gap(x), 1)  # [4]
        return self.head(x)


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
    wrappers = r"^((_orig_mod)\.)+"
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


class Clashes(NamedTuple_):
    """Ends in a quote: \"

    Rates are times the base rate; epochs count from 0. To train it:

        network = Clashes()
        network.load_pretrained_()
        optimizer = torch.optim.SGD(network.param_groups(base_lr=0.01), momentum=0.9)
        for epoch in range(epochs):
            network.on_epoch_(epoch)
            network.train()
            ...  # a pass over the data, as for any network
    """

    WEIGHTS = "a \\ \"quoted\" 'name'.pt"
    REPLACED = ("on_epoch", "load_pretrained", "head")
    GROUPS_ = (
        Group("on_epoch_and_GROUPS", rate=1.0, layers=("on_epoch", "GROUPS")),
        Group("module_and_first", rate=0.5, first_epoch=2, layers=("module", "first")),
        Group(
            "rest", rate=None, layers=("load_pretrained", "is_frozen", "bare", "head")
        ),
    )

    def __init__(self) -> None:
        super().__init__()
        self.on_epoch_(0)

    def load_pretrained_(self, path: str | Path = WEIGHTS) -> None:
        """Load the weights that the plan starts from, but for those of `REPLACED`.

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
            for group in self.GROUPS_
            if group.rate is not None
        ]

    def on_epoch_(self, epoch: int) -> list[str]:
        """Freeze and unfreeze for an epoch; the names of the groups that changed.

        Epochs may come in any order, so training can be resumed. After a change, wrap
        the network in DistributedDataParallel anew: it averages the gradients of what
        learned when it was made, and of nothing else.
        """
        changed = []
        for group in self.GROUPS_:
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

    def train(self, mode: bool = True) -> "Clashes":
        """As for any module, but norms of frozen layers stay in evaluation mode.

        So their running statistics stay, too. Dropout of frozen layers is active: it
        regularises what learns behind them.
        """
        super().train(mode)
        frozen = [group for group in self.GROUPS_ if self.is_frozen_(group)]
        layers = tuple(layer for group in frozen for layer in group.layers)
        for name, module in self.named_modules():
            if hasattr(module, "running_mean") and within(name, layers):
                module.eval()
        return self

    def trainable_summary(self) -> str:
        """A table of the groups, and how much of the network learns now."""
        width = max(len("group"), *(len(group.name) for group in self.GROUPS_))
        lines = [f"{'group':{width}}  {'rate':>10}  {'epoch':>5}  {'parameters':>13}"]
        learning = 0
        for group in self.GROUPS_:
            size = sum(parameter.numel() for parameter in self.parameters_of(group))
            state = "frozen" if self.is_frozen_(group) else "learns"
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

    def is_frozen_(self, group: Group) -> bool:
        parameters = self.parameters_of(group)
        return not any(parameter.requires_grad for parameter in parameters)
