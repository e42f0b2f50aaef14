"""Transfer plans: what is frozen stays, what learns does so at its rate and from its epoch on."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import Tensor

import archdsl
from archdsl.transfer.plan import Group, Plan
from benchmarks.gpu.networks import SPECS, Batch, Net, batch_for, module_on, settle
from benchmarks.gpu.report import Finding, Report
from benchmarks.gpu.setting import Setting
from benchmarks.gpu.training import loss_of

SPEC = SPECS / "transfer.arch"
PRETRAINED = Net("ResNet18", SPECS / "resnet.arch", "ResNet18")
PLANS = ("FeatureExtraction", "LastLayers", "AllLayers", "Gradual", "WrittenOut")
BASE_RATE = 0.02
STEPS = 4
"""In each epoch."""


def check_all(setting: Setting, names: Sequence[str], report: Report) -> None:
    """From the weights of one network, which this writes to a file first."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pretrained.pt"
        with report.guarded("plans", "weights"):
            loaded = PRETRAINED.load()
            module = module_on(setting, loaded)
            settle(module, batch_for(setting, loaded, setting.batch).images)
            torch.save(module.state_dict(), path)
        for name in names:
            with report.guarded("plans", name):
                check(setting, name, path, report)


def check(setting: Setting, name: str, weights: Path, report: Report) -> None:
    """Under bfloat16 autocast, channels-last, with momentum and weight decay, which would move what
    is frozen if it were not left alone.
    """
    loaded = archdsl.load(SPEC, name)
    plan = loaded.plan
    assert plan is not None
    module: Any = module_on(setting, loaded)
    module.load_pretrained(weights)
    findings = [_loaded(module.state_dict(), torch.load(weights, setting.device))]
    module.to(memory_format=torch.channels_last)
    images, labels = batch_for(setting, loaded, setting.batch)
    batch = Batch(images.to(memory_format=torch.channels_last), labels)
    groups = module.param_groups(BASE_RATE)
    findings.append(_rates(plan, groups))
    optimizer = torch.optim.SGD(groups, momentum=0.9, weight_decay=1e-3)
    losses: list[float] = []
    epochs = sorted({0, *(group.first_epoch for group in plan.groups if group.rate is not None)})
    for epoch in epochs:
        findings += _epoch(setting, plan, module, epoch, optimizer, batch, losses)
    fallen = losses[-1] < losses[0]
    findings.append(Finding(fallen, f"loss {losses[0]:.2f} -> {losses[-1]:.2f}"))
    report.add("plans", name, findings, first=losses[0], last=losses[-1])


def _epoch(
    setting: Setting,
    plan: Plan,
    module: Any,
    epoch: int,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    losses: list[float],
) -> list[Finding]:
    """Trains for a few steps, and compares everything with before."""
    changed = module.on_epoch(epoch)
    begun = [group.name for group in plan.groups if group.rate and group.first_epoch == epoch]
    module.train()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    for _ in range(STEPS):
        with setting.autocast():
            outputs = module(batch.images)
        loss = loss_of(outputs, batch.labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    frozen = tuple(
        f"{path}." for group in plan.groups if _is_frozen(group, epoch) for path in group.paths
    )
    moved: list[str] = []
    stayed: list[str] = []
    for name, tensor in module.state_dict().items():
        (stayed if torch.equal(tensor, before[name]) else moved).append(name)
    wrong = [name for name in moved if name.startswith(frozen)]
    wrong += [name for name in stayed if not name.startswith(frozen)]
    named = f" (wrong: {', '.join(wrong[:3])})" if wrong else ""
    what = f"{', '.join(begun)} from epoch {epoch}"
    return [
        Finding(epoch == 0 or changed == begun, what),
        Finding(not wrong, f"{len(moved)} tensors moved, {len(stayed)} kept{named}"),
    ]


def _is_frozen(group: Group, epoch: int) -> bool:
    return group.rate is None or group.first_epoch > epoch


def _loaded(state: dict[str, Tensor], file: dict[str, Tensor]) -> Finding:
    wrong = [
        name
        for name, tensor in file.items()
        if not name.startswith("fc.") and not torch.equal(state[name], tensor)
    ]
    return Finding(not wrong, "weights loaded")


def _rates(plan: Plan, groups: list[dict[str, Any]]) -> Finding:
    found = {group["name"]: group["lr"] for group in groups}
    rates = {group.name: BASE_RATE * group.rate for group in plan.groups if group.rate is not None}
    return Finding(found == rates, f"rates {', '.join(f'{rate:g}' for rate in found.values())}")
