"""Figures of a PyTorch module, counted apart from archdsl."""

import torch
from torch import Tensor, nn


def count_macs(module: nn.Module, shape: tuple[int, ...]) -> int:
    """Multiply-adds of convolutions and linear layers in one evaluation pass.

    Args:
        module: may live on the meta device: shapes are enough.
        shape: the input's, without batch.
    """
    total = 0
    counted = (nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d, nn.Linear)

    def add(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        assert isinstance(layer, counted)
        # Of a transposed convolution, every input element meets the weights of its channel.
        each = inputs[0] if isinstance(layer, nn.ConvTranspose2d) else output
        total += layer.weight[0].numel() * each.numel()

    layers = [layer for layer in module.modules() if isinstance(layer, counted)]
    hooks = [layer.register_forward_hook(add) for layer in layers]
    device = next(module.parameters()).device
    with torch.no_grad():
        module.eval()(torch.empty(1, *shape, device=device))
    for hook in hooks:
        hook.remove()
    return total


def count_params(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
