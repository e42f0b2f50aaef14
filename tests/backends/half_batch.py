"""One of two processes that train emitted modules, each on half of a batch.

    python -m tests.backends.half_batch RANK FOLDER

FOLDER holds the emitted files. The gradients must be those of one process on the whole batch.
"""

import importlib
import sys
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.parallel import DistributedDataParallel

from tests.backends.pairs import PROCESSES, finish, joined

NETWORKS = {"Tiny": (3, 32, 32), "Pyramid": (8, 64, 64)}


def main(rank: int, folder: Path) -> None:
    joined(rank, folder)
    sys.path.insert(0, str(folder))
    for name, size in NETWORKS.items():
        torch.manual_seed(0)
        whole = torch.randn(2 * PROCESSES, *size)
        half = whole[2 * rank : 2 * rank + 2]
        expected = gradients(created(name), whole)
        assert any(gradient.any() for gradient in expected)
        check(gradients(DistributedDataParallel(created(name)), half), expected)
        check(gradients(sharded(created(name)), half), expected)
    finish()


def created(name: str) -> nn.Module:
    """The same weights each time, and norms that do not look at the batch."""
    torch.manual_seed(1)
    module: nn.Module = getattr(importlib.import_module(name.lower()), name)()
    module.train()
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.eval()
    return module


def sharded(module: nn.Module) -> nn.Module:
    """Parameters shared out, a block at a time."""
    mesh = init_device_mesh("cpu", (PROCESSES,))
    for layer in module.modules():
        if type(layer).__name__ == "Unit":
            fully_shard(layer, mesh=mesh)
    fully_shard(module, mesh=mesh)
    return module


def gradients(module: nn.Module, x: Tensor) -> list[Tensor]:
    """Those of the mean square of all outputs."""
    found = module(x)
    results = (found,) if isinstance(found, Tensor) else found
    torch.stack([one.square().mean() for one in results]).sum().backward()
    grads = [parameter.grad for parameter in module.parameters()]
    return [getattr(grad, "full_tensor", lambda grad=grad: grad)() for grad in grads]


def check(found: list[Tensor], expected: list[Tensor]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert (one - other).abs().max() <= 1e-5 * other.abs().max()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
