"""PyTorch's checkpoints, read with `weights_only=True` and nothing else."""

import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from archdsl.loading import load_torch
from archdsl.weights.archives import check_entries
from archdsl.weights.stored import Stored, WeightsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOLDERS = ("state_dict", "model_state_dict", "model", "state_dict_ema", "model_ema")
"""Under which training scripts put the state dict beside other things; the first one counts."""

MOST_NAMES = 10
"""Of what a file holds in place of a state dict, as many are named."""


def open_file(path: str) -> Mapping[str, Stored]:
    """The tensors of a state dict; WeightsError where the file is none.

    Names, shapes and types are read without PyTorch (`pickled`), which refuses what PyTorch would
    take long for, or much memory. PyTorch loads the file when the first tensor is asked for: by
    then the tensors are known to be the network's.
    """
    from archdsl.weights.pickled import open_header

    if find_spec("torch") is None:
        raise WeightsError(f"{path} needs PyTorch to be read: pip install 'archdsl[torch]'")
    header = open_header(path)
    load = cache(partial(_loaded, path))
    return {
        name: stored._replace(pieces=partial(_pieces, path, name, stored, load))
        for name, stored in header.items()
    }


def _loaded(path: str) -> dict[str, Any]:
    """The state dict of a file, as PyTorch reads it."""
    load_torch()
    import torch

    try:
        loaded: object = torch.load(path, map_location="cpu", weights_only=True)
    except OSError:
        raise
    except Exception as error:
        # Broken files make torch.load raise KeyError, EOFError, UnpicklingError and more.
        raise no_checkpoint(path, error) from error
    return state_in(loaded, torch.Tensor) or {}


def _pieces(
    path: str, name: str, stored: Stored, load: Callable[[], dict[str, Any]]
) -> "Iterator[NDArray[Any]]":
    tensor = load().get(name)
    import torch

    if tensor is None or not _is_same(tensor, stored):
        raise WeightsError(f"{path} holds another {name} for PyTorch than its list of tensors says")
    plain = tensor.detach()
    found: NDArray[Any] = (plain.float() if plain.dtype == torch.bfloat16 else plain).numpy()
    yield found.reshape(-1)


def _is_same(tensor: Any, stored: Stored) -> bool:
    """Whether a tensor is the one that was announced: files can be read in more than one way."""
    import torch

    type_ = str(tensor.dtype).removeprefix("torch.")
    is_dense = tensor.layout == torch.strided and not tensor.is_meta
    return is_dense and (tuple(tensor.shape), type_) == (stored.shape, stored.dtype)


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


_BROKEN_ZIP = (
    *(zipfile.BadZipFile, ValueError, NotImplementedError, struct.error),
    *(EOFError, RuntimeError),
)


def refuse_others(path: str) -> None:
    """Refuse zip files that are no checkpoints. PyTorch's are not compressed; what is could unfold
    to any size.
    """
    check_entries(path)
    with open(path, "rb") as file:
        begins_as_zip = file.read(4) == b"PK\3\4"
    try:
        ends_as_zip = zipfile.is_zipfile(path)
        entries = zipfile.ZipFile(path).infolist() if ends_as_zip else []
    except _BROKEN_ZIP as error:
        raise no_checkpoint(path, error) from error
    # PyTorch looks at the first bytes, and others at the end: they have to see the same.
    if ends_as_zip != begins_as_zip:
        raise WeightsError(f"{path} is a zip file with something before it, or cut off")
    if ends_as_zip:
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
