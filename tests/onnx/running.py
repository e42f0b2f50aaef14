"""Running models in onnxruntime, and comparing with PyTorch."""

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Array = NDArray[np.float32]

onnxruntime.set_default_logger_severity(4)


def run(model: bytes, inputs: tuple[Tensor, ...], optimised: bool = True) -> list[Array]:
    """The outputs of a model, in order."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if not optimised:
        level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.graph_optimization_level = level
    session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]
    feeds = {name: x.numpy() for name, x in zip(names, inputs, strict=True)}
    found: list[Array] = session.run(None, feeds)
    return found


def arrays(module: nn.Module) -> dict[str, NDArray[np.generic]]:
    """The state dict as arrays."""
    return {key: tensor.numpy() for key, tensor in module.state_dict().items()}


def difference(found: Array, expected: Tensor) -> float:
    """The largest difference, relative to the largest value; shapes and infinities must agree."""
    wanted = expected.numpy()
    assert found.shape == wanted.shape, (found.shape, wanted.shape)
    finite = np.isfinite(wanted)
    assert np.array_equal(found[~finite], wanted[~finite]), "what is not finite differs"
    if not finite.any():
        return 0.0
    apart = np.abs(found[finite] - wanted[finite]).max()
    return float(apart / max(np.abs(wanted[finite]).max(), 1e-6))


def outputs(module: nn.Module, inputs: tuple[Tensor, ...]) -> list[Tensor]:
    with torch.no_grad():
        found = module(*inputs)
    # Outputs of training mode are None here.
    found = (found,) if isinstance(found, Tensor) else found
    return [one for one in found if one is not None]
