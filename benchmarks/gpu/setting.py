"""Where and at which sizes the checks run, and in which precision."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch


def has_device() -> bool:
    there: bool = torch.cuda.is_available()
    return there


class Setting(NamedTuple):
    """The sizes of a run.

    Attributes:
        batch: images of a training step, and of a comparison.
        steps: training steps on one batch.
        timed_batch: images of a step whose time is measured.
        rounds: in which the contestants take turns; with 0 they are run, and nothing is measured.
        backend: of `torch.compile`.
    """

    device: str = "cuda"
    batch: int = 16
    steps: int = 30
    timed_batch: int = 256
    rounds: int = 11
    backend: str = "inductor"

    def name(self) -> str:
        """``NVIDIA H100 80GB HBM3, PyTorch 2.11.0``."""
        device = torch.cuda.get_device_name() if self.device == "cuda" else self.device
        return f"{device}, PyTorch {torch.__version__}"

    def autocast(self, dtype: torch.dtype = torch.bfloat16) -> torch.autocast:
        return torch.autocast(self.device, dtype=dtype)

    def free(self) -> None:
        """Give memory back that no tensor uses."""
        if self.device == "cuda":
            torch.cuda.empty_cache()


REHEARSAL = Setting("cpu", batch=4, steps=16, timed_batch=2, rounds=1, backend="eager")
"""On a CPU, to see that the checks themselves work; its figures mean nothing."""


@contextmanager
def float32(tensor_cores: bool) -> Iterator[None]:
    """Convolutions and products of float32 matrices in the 10 bits of TF32, or in all 24; those in
    all bits by algorithms that give the same bits in each run.
    """
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    before = cudnn.allow_tf32, matmul.allow_tf32, cudnn.deterministic
    cudnn.allow_tf32 = matmul.allow_tf32 = tensor_cores
    cudnn.deterministic = not tensor_cores
    try:
        yield
    finally:
        cudnn.allow_tf32, matmul.allow_tf32, cudnn.deterministic = before
