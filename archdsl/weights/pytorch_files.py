"""PyTorch's checkpoints, read with `weights_only=True` and nothing else."""

import struct
import zipfile
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from archdsl.weights.archives import check_entries
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
    refuse_others(path)
    try:
        loaded: object = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:
        # Broken files make torch.load raise KeyError, EOFError, UnpicklingError and more.
        names = _unsafe_names(path)
        raise (refusal(path, names) if names else no_checkpoint(path, error)) from error
    state = state_in(loaded, torch.Tensor)
    if state is None:
        raise holds_no_state(path, loaded)
    for name, tensor in state.items():
        if tensor.is_meta or tensor.layout != torch.strided:
            kind = "a shape alone" if tensor.is_meta else f"{tensor.layout}, not dense"
            raise WeightsError(f"{path} holds {name} as {kind}")
    return {name: _stored(tensor) for name, tensor in state.items()}


def _unsafe_names(path: str) -> list[str]:
    """What a file holds that only running code of its own choice would load."""
    import torch

    try:
        return sorted(torch.serialization.get_unsafe_globals_in_checkpoint(path))
    except Exception:
        return []  # broken, or older than PyTorch 1.6


def no_checkpoint(path: str, error: Exception) -> WeightsError:
    """What to raise of a file that is broken, or something else."""
    return WeightsError(f"{path} is no checkpoint of tensors alone: {type(error).__name__}")


def refusal(path: str, names: list[str]) -> WeightsError:
    """What to raise of a file that calls these."""
    return WeightsError(
        f"{path} holds more than tensors ({_listed(names)}), and loading that would run "
        "code: write its state dict to a file of its own"
    )


def holds_no_state(path: str, loaded: object) -> WeightsError:
    """What to raise of a file in which there are not only tensors."""
    entries = ""
    if isinstance(loaded, dict) and loaded:
        listed = _listed(list(map(str, loaded)))
        entries = f" under any of {', '.join(HOLDERS)}; its entries are {listed}"
    return WeightsError(f"{path} holds no state dict{entries}")


def _listed(names: list[str]) -> str:
    return ", ".join(names[:MOST_NAMES]) + (", ..." if names[MOST_NAMES:] else "")


def refuse_others(path: str) -> None:
    """Refuse zip files that are no checkpoints. PyTorch's are not compressed; what is could unfold
    to any size.
    """
    check_entries(path)
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                entries = archive.infolist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
            raise no_checkpoint(path, error) from error
        if any("/code/" in entry.filename for entry in entries):
            raise WeightsError(f"{path} is a TorchScript program: save its state dict alone")
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
            raise WeightsError(f"{path} is compressed, which PyTorch's checkpoints never are")


def state_in(loaded: object, tensor: type) -> dict[str, Any] | None:
    """The state dict in what a file holds: the names of tensors, and these; None without one."""
    if isinstance(loaded, dict):
        for holder in HOLDERS:
            if isinstance(loaded.get(holder), dict):
                loaded = loaded[holder]
                break
    if not isinstance(loaded, dict) or not loaded:
        return None
    sound = all(
        isinstance(name, str) and isinstance(value, tensor) for name, value in loaded.items()
    )
    return loaded if sound else None


def _stored(tensor: Any) -> Stored:
    def pieces() -> "Iterator[NDArray[Any]]":
        import torch

        plain = tensor.detach()
        found: NDArray[Any] = (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy()
        yield found.reshape(-1)

    return Stored(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), pieces)
