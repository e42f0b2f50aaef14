"""Training on one batch: that the loss falls, every weight learns, and maps stay channels-last."""

from collections.abc import Callable, Sequence
from math import isfinite
from typing import NamedTuple

import torch
from torch import Tensor, nn

from benchmarks.gpu.networks import LANDMARKS, Batch, Net, batch_for, module_on, settle
from benchmarks.gpu.report import Finding, Report
from benchmarks.gpu.setting import Setting

LEARNED = 0.8
"""Of the first loss, at most this much is left in the mean of the last three."""
RATE = 0.03
LARGEST_GRADIENT = 1.0
"""The norm to which gradients are cut: one rate then suits all networks, with norms and without."""
AUXILIARY = 0.3
"""The weight of auxiliary outputs in the loss (Szegedy et al., 2014)."""


class Trained(NamedTuple):
    """How a training went.

    Attributes:
        losses: of each step.
        skipped: steps that a scaler of the loss left out, because of infinite gradients.
    """

    losses: list[float]
    skipped: int

    def finding(self) -> Finding:
        falls = all(map(isfinite, self.losses)) and self.last <= LEARNED * self.losses[0]
        steps = len(self.losses) - self.skipped
        return Finding(falls, f"loss {self.losses[0]:.2f} -> {self.last:.2f} in {steps} steps")

    @property
    def last(self) -> float:
        """The mean of the last three losses: one of them is noisy under dropout."""
        return sum(self.losses[-3:]) / len(self.losses[-3:])


def loss_of(outputs: Tensor | Sequence[Tensor], labels: Tensor) -> Tensor:
    """Of the first output and, with less weight, of auxiliary ones."""
    several = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
    main, *others = (nn.functional.cross_entropy(one.float(), labels) for one in several)
    return main + AUXILIARY * sum(others, torch.zeros_like(main))


def train(
    setting: Setting,
    network: Callable[[Tensor], Tensor],
    parameters: Sequence[nn.Parameter],
    batch: Batch,
    dtype: torch.dtype = torch.bfloat16,
) -> Trained:
    """Steps of SGD with momentum on one batch; with float16 the loss is scaled."""
    optimizer = torch.optim.SGD(parameters, RATE, momentum=0.9)
    scaler = torch.amp.GradScaler(setting.device, enabled=dtype is torch.float16)
    losses = []
    skipped = 0
    for _ in range(setting.steps):
        with setting.autocast(dtype):
            outputs = network(batch.images)
        loss = loss_of(outputs, batch.labels)
        optimizer.zero_grad()
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(parameters, LARGEST_GRADIENT)
        scale = scaler.get_scale()
        scaler.step(optimizer)
        scaler.update()
        skipped += scaler.get_scale() < scale
        losses.append(loss.item())
    return Trained(losses, skipped)


def gradients(module: nn.Module) -> Finding:
    """Whether every parameter has one that is finite."""
    lacking = [
        name
        for name, parameter in module.named_parameters()
        if parameter.grad is None or not bool(parameter.grad.isfinite().all())
    ]
    count = len(list(module.parameters()))
    named = f" (none for {', '.join(lacking[:3])}, {len(lacking)} in all)" if lacking else ""
    return Finding(not lacking, f"{count} finite gradients{named}")


class Maps:
    """Counts the maps that layers hand on, and those of them that are not channels-last."""

    def __init__(self, module: nn.Module) -> None:
        self.count = 0
        self.others: list[str] = []
        self._hooks = [
            part.register_forward_hook(self._counter(name))
            for name, part in module.named_modules()
            if not list(part.children())
        ]

    def _counter(self, name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def look(part: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
            # Maps of one pixel or one channel are both at once.
            if output.dim() == 4 and output.shape[1] > 1 and output.shape[2:].numel() > 1:
                self.count += 1
                if not output.is_contiguous(memory_format=torch.channels_last):
                    self.others.append(f"{name} ({type(part).__name__})")

        return look

    def finding(self, every: bool) -> Finding:
        """Whether there are others where every map has to be one; this ends the counting."""
        for hook in self._hooks:
            hook.remove()
        text = f"{self.count - len(self.others)} of {self.count} maps channels-last"
        named = f" (not {', '.join(self.others[:3])})" if self.others else ""
        return Finding(not (every and self.others), text + named)


def check(setting: Setting, net: Net, report: Report) -> None:
    """bfloat16 autocast, channels-last."""
    module, batch = prepared(setting, net)
    maps = Maps(module)
    with torch.no_grad(), setting.autocast():
        module(batch.images)
    # What shuffles channels or permutes axes gives maps of another layout, in PyTorch as well; and
    # images of one channel have no layout to keep.
    kept = maps.finding(every=net in LANDMARKS and batch.images.shape[1] > 1)
    trained = train(setting, module, list(module.parameters()), batch)
    findings = [trained.finding(), gradients(module), kept]
    report.add("training", net.name, findings, first=trained.losses[0], last=trained.last)


def check_half(setting: Setting, net: Net, report: Report) -> None:
    """float16 autocast, channels-last."""
    module, batch = prepared(setting, net)
    trained = train(setting, module, list(module.parameters()), batch, torch.float16)
    few = trained.skipped <= setting.steps // 2
    skipped = Finding(few, f"{trained.skipped} of {setting.steps} steps skipped")
    findings = [trained.finding(), gradients(module), skipped]
    figures = {"first": trained.losses[0], "last": trained.last, "skipped": trained.skipped}
    report.add("half", net.name, findings, **figures)


def prepared(setting: Setting, net: Net) -> tuple[nn.Module, Batch]:
    """The emitted module in training mode and a batch, both channels-last where they are maps."""
    loaded = net.load()
    module = module_on(setting, loaded)
    batch = batch_for(setting, loaded, setting.batch)
    if batch.images.dim() == 4:
        module = module.to(memory_format=torch.channels_last)
        batch = Batch(batch.images.to(memory_format=torch.channels_last), batch.labels)
    settle(module, batch.images)
    return module, batch
