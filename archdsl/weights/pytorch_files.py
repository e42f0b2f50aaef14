"""PyTorch's checkpoints, read with `weights_only=True` and nothing else."""

import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from archdsl.weights.stored import Stored, WeightsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOLDERS = ("state_dict", "model_state_dict", "model")
"""Under which training scripts put the state dict beside other things."""


def open_file(path: str) -> Mapping[str, Stored]:
    """The tensors of a state dict; WeightsError where the file is none."""
    try:
        import torch
    except ImportError as error:
        raise WeightsError(
            f"{path} needs PyTorch to be read: pip install 'archdsl[torch]'"
        ) from error
    _refuse_compressed(path)
    try:
        loaded: object = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:
        # Broken files make torch.load raise KeyError, EOFError, UnpicklingError and more.
        raise WeightsError(
            f"{path} is no checkpoint of tensors alone: {type(error).__name__}"
        ) from error
    state = _state(loaded)
    if state is None:
        raise WeightsError(f"{path} holds no state dict: a mapping from names to tensors")
    return {name: _stored(tensor) for name, tensor in state.items()}


def _refuse_compressed(path: str) -> None:
    """PyTorch stores plainly; what is compressed could unfold to any size."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                raise WeightsError(f"{path} is compressed, which PyTorch's checkpoints never are")


def _state(loaded: object) -> dict[str, Any] | None:
    import torch

    if isinstance(loaded, dict):
        for holder in HOLDERS:
            if isinstance(loaded.get(holder), dict):
                loaded = loaded[holder]
                break
    if not isinstance(loaded, dict) or not loaded:
        return None
    sound = all(
        isinstance(name, str) and isinstance(value, torch.Tensor) for name, value in loaded.items()
    )
    return loaded if sound else None


def _stored(tensor: Any) -> Stored:
    def read() -> "NDArray[Any]":
        import torch

        plain = tensor.detach()
        found: NDArray[Any] = (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy()
        return found

    return Stored(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), read)
