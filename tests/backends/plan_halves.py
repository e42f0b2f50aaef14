"""One of two processes that train an emitted plan, each on half of every batch.

    python -m tests.backends.plan_halves RANK FOLDER

FOLDER holds the emitted `gradual.py` and its weights. In every epoch, the gradients must be
those of one process on the whole batch.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

from tests.backends.pairs import PROCESSES, finish, joined

EPOCHS = 8


def main(rank: int, folder: Path) -> None:
    joined(rank, folder)
    python = imported(folder, "gradual")
    torch.manual_seed(0)
    whole = torch.randn(2 * PROCESSES, 1, 16, 16)
    half = whole[2 * rank : 2 * rank + 2]
    expected = alone(created(python, folder), whole)
    check(parallel(created(python, folder), half), expected)
    check(sharded(created(python, folder), half), expected)
    finish()


def imported(folder: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"emitted_{name}", folder / f"{name}.py")
    assert spec is not None and spec.loader is not None
    python = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = python
    spec.loader.exec_module(python)
    return python


def created(python: ModuleType, folder: Path) -> Any:
    torch.manual_seed(1)
    network = python.Gradual()
    network.load_pretrained(folder / "waves.safetensors")
    return network


def alone(network: Any, x: Tensor) -> list[dict[str, Tensor]]:
    optimizer = torch.optim.SGD(network.param_groups(0.05), momentum=0.9)
    found = []
    for epoch in range(EPOCHS):
        network.on_epoch(epoch)
        found.append(step(network, network, optimizer, x))
    return found


def parallel(network: Any, x: Tensor) -> list[dict[str, Tensor]]:
    optimizer = torch.optim.SGD(network.param_groups(0.05), momentum=0.9)
    replica = DistributedDataParallel(network)
    found = []
    for epoch in range(EPOCHS):
        if network.on_epoch(epoch):
            replica = DistributedDataParallel(network)
        found.append(step(network, replica, optimizer, x))
    return found


def sharded(network: Any, x: Tensor) -> list[dict[str, Tensor]]:
    mesh = init_device_mesh("cpu", (PROCESSES,))
    for layer in network.modules():
        if type(layer).__name__ == "Unit":
            fully_shard(layer, mesh=mesh)
    fully_shard(network, mesh=mesh)
    optimizer = torch.optim.SGD(network.param_groups(0.05), momentum=0.9)
    found = []
    for epoch in range(EPOCHS):
        network.on_epoch(epoch)
        found.append(step(network, network, optimizer, x))
    return found


def step(network: Any, call: Any, optimizer: Any, x: Tensor) -> dict[str, Tensor]:
    """A step on the mean square of the outputs, and the gradients of it. Norms do not look at the
    batch: each process has its own half.
    """
    call.eval()
    optimizer.zero_grad()
    call(x).square().mean().backward()
    found = {}
    for name, parameter in network.named_parameters():
        gradient = parameter.grad
        if gradient is not None:
            whole = gradient.full_tensor() if hasattr(gradient, "full_tensor") else gradient
            found[name] = whole.clone()
    optimizer.step()
    return found


def check(found: list[dict[str, Tensor]], expected: list[dict[str, Tensor]]) -> None:
    for one, other in zip(found, expected, strict=True):
        assert list(one) == list(other)
        for name, gradient in other.items():
            error = (one[name] - gradient).abs().max()
            assert error <= 1e-4 * gradient.abs().max(), (name, error)
    assert len({len(one) for one in expected}) == 4, "groups begin in four epochs"


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
