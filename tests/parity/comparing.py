"""What is compared of an emitted module and its reference."""

from torch import Tensor, nn


def described(module: nn.Module) -> list[tuple[str, tuple[int, ...]]]:
    """The state dict's keys and shapes, in its order."""
    return [(key, tuple(tensor.shape)) for key, tensor in module.state_dict().items()]


def difference(found: Tensor, expected: Tensor) -> float:
    """The largest difference, relative to the largest value."""
    return ((found - expected).abs().max() / expected.abs().max()).item()
