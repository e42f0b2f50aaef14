"""PyTorch's checkpoints, read with `weights_only=True` and nothing else."""

import zipfile
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from archdsl.weights.stored import Stored, WeightsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOLDERS = ("state_dict", "model_state_dict", "model", "state_dict_ema", "model_ema")
"""Under which training scripts put the state dict beside other things; the first one counts."""

MOST_NAMES = 10
"""Of what a file holds in place of a state dict, as many are named."""


def open_file(path: str) -> Mapping[str, Stored]:
    """The tensors of a state dict; WeightsError where the file is none."""
    try:
        import torch
    except ImportError as error:
        raise WeightsError(
            f"{path} needs PyTorch to be read: pip install 'archdsl[torch]'"
        ) from error
    _refuse_others(path)
    try:
        loaded: object = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:
        # Broken files make torch.load raise KeyError, EOFError, UnpicklingError and more.
        raise WeightsError(
            _refusal(path) or f"{path} is no checkpoint of tensors alone: {type(error).__name__}"
        ) from error
    state = _state(loaded)
    if state is None:
        raise WeightsError(f"{path} holds no state dict{_found(loaded)}")
    for name, tensor in state.items():
        if tensor.is_meta or tensor.layout != torch.strided:
            kind = "a shape alone" if tensor.is_meta else f"{tensor.layout}, not dense"
            raise WeightsError(f"{path} holds {name} as {kind}")
    return {name: _stored(tensor) for name, tensor in state.items()}


def _refusal(path: str) -> str | None:
    """What a file holds that only running code of its own choice would load."""
    import torch

    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except Exception:
        return None  # broken, or older than PyTorch 1.6
    if not names:
        return None
    return (
        f"{path} holds more than tensors ({_listed(sorted(names))}), and loading that would run "
        "code: write its state dict to a file of its own"
    )


def _found(loaded: object) -> str:
    if not isinstance(loaded, dict) or not loaded:
        return ""
    return f" under any of {', '.join(HOLDERS)}; its entries are {_listed(list(map(str, loaded)))}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMES]) + (", ..." if names[MOST_NAMES:] else "")


def _refuse_others(path: str) -> None:
    """Zip files that are no checkpoints. PyTorch's are not compressed; what is could unfold to any
    size.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
        if any("/code/" in entry.filename for entry in entries):
            raise WeightsError(f"{path} is a TorchScript program: save its state dict alone")
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
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
    def pieces() -> "Iterator[NDArray[Any]]":
        import torch

        plain = tensor.detach()
        found: NDArray[Any] = (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy()
        yield found.reshape(-1)

    return Stored(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), pieces)
