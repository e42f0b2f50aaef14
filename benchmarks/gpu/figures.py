"""Time and memory of training and inference beside torchvision's modules."""

import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor, nn

from benchmarks.gpu.networks import Batch, Net, batch_for, module_on, settle
from benchmarks.gpu.setting import Setting, float32
from benchmarks.gpu.training import loss_of
from benchmarks.measure import Result, by_clock, cuda_seconds, equal, megabytes, slower, turns_by

LOW, HIGH = 0.97, 1.03
MOST_MEMORY = 1.1
"""Calls that nest in one line hold the input of the first one until the line ends: in inference
with ResNet-50 that is a map of 64 channels beside three of 256.
"""
WARM_UP = 3


class Mode(NamedTuple):
    """How networks are run.

    Attributes:
        half: under bfloat16 autocast, channels-last; otherwise in float32 with TF32.
    """

    name: str
    half: bool
    compiled: bool = False


FLOAT32 = Mode("float32", half=False)
BFLOAT16 = Mode("bfloat16", half=True)
COMPILED = Mode("bfloat16, compiled", half=True, compiled=True)


class Contestant:
    """A module that is trained and evaluated on one batch."""

    def __init__(self, setting: Setting, mode: Mode, module: nn.Module, batch: Batch) -> None:
        self._precision = setting.autocast if mode.half else nullcontext
        self._batch = batch
        self._optimizer = torch.optim.SGD(module.parameters(), 1e-3, momentum=0.9)
        self._network: Callable[[Tensor], Tensor] = module
        if mode.compiled:
            self._network = torch.compile(module, backend=setting.backend, fullgraph=True)

    def train(self) -> None:
        """A step; the module has to be in training mode."""
        self._optimizer.zero_grad()
        with self._precision():
            outputs = self._network(self._batch.images)
        loss_of(outputs, self._batch.labels).backward()
        self._optimizer.step()

    def infer(self) -> None:
        with torch.no_grad(), self._precision():
            self._network(self._batch.images)


def measured(setting: Setting, net: Net, mode: Mode) -> list[Result]:
    """Training and inference: images a second and, on a GPU, the most memory beside what stays."""
    loaded = net.load()
    modules = module_on(setting, loaded), net.theirs(setting)
    batch = batch_for(setting, loaded, setting.timed_batch)
    if mode.half:
        batch = Batch(batch.images.to(memory_format=torch.channels_last), batch.labels)
        for module in modules:
            module.to(memory_format=torch.channels_last)
    settle(modules[1], batch.images)
    modules[0].load_state_dict(modules[1].state_dict())
    ours, theirs = (Contestant(setting, mode, module, batch) for module in modules)
    claim = f"{net.name}, {mode.name}"
    with float32(tensor_cores=True):
        results = _compared(setting, f"{claim}, training", ours.train, theirs.train)
        for module in modules:
            module.eval()
        return results + _compared(setting, f"{claim}, inference", ours.infer, theirs.infer)


def _compared(
    setting: Setting, claim: str, ours: Callable[[], None], theirs: Callable[[], None]
) -> list[Result]:
    on_cuda = setting.device == "cuda"
    stopwatch = cuda_seconds if on_cuda else by_clock(time.perf_counter)
    our_times, their_times = turns_by(stopwatch, (ours, theirs), setting.rounds, WARM_UP)
    if not setting.rounds:
        return []
    rate = partial(_rate, setting.timed_batch)
    results = [equal(claim, our_times, their_times, LOW, HIGH, rate)]
    if on_cuda:
        claim += ", memory"
        peaks = [_peak(ours)], [_peak(theirs)]
        results.append(slower(claim, *peaks, MOST_MEMORY, megabytes))
    return results


def _rate(images: int, seconds: float) -> str:
    return f"{images / seconds:,.0f}/s"


def _peak(call: Callable[[], None]) -> float:
    """The most bytes that a call has beside what was there before it."""
    before: int = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    call()
    torch.cuda.synchronize()
    most: int = torch.cuda.max_memory_allocated()
    return most - before
