"""Emitted modules beside torchvision's, with the same weights, inputs and random numbers."""

from collections.abc import Iterable
from math import hypot
from typing import NamedTuple

import torch
from torch import Tensor, nn

from benchmarks.gpu.networks import Batch, Net, batch_for, module_on, settle
from benchmarks.gpu.report import Finding, Report
from benchmarks.gpu.setting import Setting, float32
from benchmarks.gpu.training import loss_of

MOST = 1e-5
"""By how much gradients may differ where they are summed in another order: the norm of the
difference of all, relative to that of torchvision's. Some kernels change the order from run to run;
and auxiliary heads come behind the trunk here, so that their gradients are added last."""
REACTION = 1e-2
"""By how much outputs for different images differ at least, relative to the largest."""


class Pass(NamedTuple):
    """What a forward and a backward pass in training mode leave behind."""

    loss: Tensor
    gradients: dict[str, Tensor]
    buffers: dict[str, Tensor]


def check(setting: Setting, net: Net, report: Report) -> None:
    """In float32 and without TF32: outputs, then loss, gradients and statistics; then outputs under
    bfloat16 autocast, channels-last.
    """
    loaded = net.load()
    theirs, ours = net.theirs(setting), module_on(setting, loaded)
    for part in theirs.modules():
        if isinstance(part, nn.Dropout):
            part.inplace = False  # in place, a GPU draws other random numbers
    batch = batch_for(setting, loaded, setting.batch)
    with float32(tensor_cores=False):
        settle(theirs, batch.images)
        ours.load_state_dict(theirs.state_dict())
        findings = [_outputs("float32", ours, theirs, batch.images), *_passes(ours, theirs, batch)]
        ours.load_state_dict(theirs.state_dict())
        images = batch.images.to(memory_format=torch.channels_last)
        for module in (ours, theirs):
            module.to(memory_format=torch.channels_last)
        with setting.autocast():
            findings.append(_outputs("bfloat16", ours, theirs, images))
    report.add("parity", net.name, findings)


def _outputs(precision: str, ours: nn.Module, theirs: nn.Module, images: Tensor) -> Finding:
    with torch.no_grad():
        found, expected = ours.eval()(images), theirs.eval()(images)
    reaction = float((expected - expected.flip(0)).abs().max() / expected.abs().max())
    if not reaction >= REACTION:
        return Finding(False, f"{precision} outputs react to images (by {reaction:.1e})")
    return _same(f"{precision} outputs", found, expected)


def _passes(ours: nn.Module, theirs: nn.Module, batch: Batch) -> list[Finding]:
    # Theirs twice: whether it is the same from run to run.
    found, expected, again = (_pass(module, batch) for module in (ours, theirs, theirs))
    findings = [
        _same("training loss", found.loss, expected.loss),
        _all_same("buffers", found.buffers, expected.buffers),
    ]
    difference = _difference(found.gradients, expected.gradients)
    if difference == 0:
        text = f"{len(expected.gradients)} gradients equal"
    else:
        own = _difference(again.gradients, expected.gradients)
        text = f"gradients within {difference:.1e} (torchvision's own from run to run: {own:.1e})"
    return [*findings, Finding(difference <= MOST, text)]


def _pass(module: nn.Module, batch: Batch) -> Pass:
    torch.manual_seed(2)
    module.train()
    module.zero_grad()
    loss = loss_of(module(batch.images), batch.labels)
    loss.backward()
    gradients = {
        name: parameter.grad
        for name, parameter in module.named_parameters()
        if parameter.grad is not None
    }
    return Pass(
        loss.detach(), gradients, {name: part.clone() for name, part in module.named_buffers()}
    )


def _same(what: str, found: Tensor, expected: Tensor) -> Finding:
    if torch.equal(found, expected):
        return Finding(True, f"{what} equal")
    difference = _difference({what: found}, {what: expected})
    return Finding(False, f"{what} equal (they differ by {difference:.1e})")


def _all_same(what: str, found: dict[str, Tensor], expected: dict[str, Tensor]) -> Finding:
    differing = [name for name, tensor in expected.items() if not torch.equal(found[name], tensor)]
    named = f" (but {', '.join(differing[:3])})" if differing else ""
    return Finding(not differing, f"{len(expected)} {what} equal{named}")


def _difference(found: dict[str, Tensor], expected: dict[str, Tensor]) -> float:
    """The norm of the difference of all, relative to that of what is expected."""
    differences = (found[name].double() - tensor.double() for name, tensor in expected.items())
    return _norm(differences) / _norm(tensor.double() for tensor in expected.values())


def _norm(tensors: Iterable[Tensor]) -> float:
    return hypot(*(float(tensor.norm()) for tensor in tensors))
