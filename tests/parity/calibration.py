"""Weights under which a comparison means something.

A freshly initialised deep network hardly reacts to its input: an error in an early layer would not
reach the output. Here scales and biases are random, and running statistics come from a pass in
training mode, so that every norm hands on values of about unit size.
"""

import math

import torch
from torch import Tensor, nn

_NORMS = (nn.BatchNorm2d, nn.BatchNorm3d)
_WEIGHTED = (nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, nn.Linear)


def calibrate(module: nn.Module, images: Tensor) -> None:
    """Fills all parameters and buffers of a module, which it leaves in evaluation mode."""
    torch.manual_seed(20)
    with torch.no_grad():
        for layer in module.modules():
            _randomise(layer)
        momenta = [(norm, norm.momentum) for norm in module.modules() if isinstance(norm, _NORMS)]
        for norm, _ in momenta:
            norm.reset_running_stats()
            norm.momentum = None  # the plain average: after one pass, that pass's statistics
        module.train()(images)
        for norm, momentum in momenta:
            norm.momentum = momentum
    module.eval()


def check_reacts(module: nn.Module, images: Tensor, others: Tensor) -> Tensor:
    """The output for `images`, once it is clear that other images give another output."""
    with torch.no_grad():
        first, second = module(images), module(others)
    assert torch.isfinite(first).all()
    change = (first - second).abs().max() / first.abs().max()
    assert change > 1e-2, f"the output hardly depends on the input: {change:.1e}"
    return first


def _randomise(layer: nn.Module) -> None:
    if isinstance(layer, _WEIGHTED):
        # He initialisation, uniform because drawing 100 million normal values takes seconds.
        bound = math.sqrt(6 / layer.weight[0].numel())
        layer.weight.uniform_(-bound, bound)
        if layer.bias is not None:
            layer.bias.uniform_(-0.2, 0.2)
    elif isinstance(layer, (*_NORMS, nn.LayerNorm)):
        layer.weight.uniform_(0.5, 1.5)
        layer.bias.uniform_(-0.5, 0.5)
    else:
        if hasattr(layer, "layer_scale"):  # a block of torchvision's ConvNeXt
            layer.layer_scale.uniform_(0.1, 0.5)
            return
        own = [name for name, _ in layer.named_parameters(recurse=False)]
        assert not own, f"no rule for the parameters {own} of {type(layer).__name__}"
