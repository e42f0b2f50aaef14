"""A model as a file, or as two: past a size, its weights go to a file beside it.

The second file of `net.onnx` is `net.onnx.0123456789abcdef.data`, after the SHA-256 of its content.
A model refers to its data by name, so a name that other weights could have as well would pair an
old model with new weights for a moment, or for good after a crash. Here a model finds its own data
or none. Both are complete on disk before the data, and then the model, is renamed to its place.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from archdsl.backends.onnx.wire import Tensor, elements, with_initializers
from archdsl.outputs import Buffer, Files

EXTERNAL_FROM = 1_500_000_000
"""Bytes of weights; with more, they go to a file of their own. A message holds less than 2 GiB,
and programs that read or change a model want some of that for themselves.
"""

_LARGE = 2**20

_DATA = re.compile(r"(?P<model>.+)\.[0-9a-f]{16}\.data")


class Saved(NamedTuple):
    """A file that was written, and its size in bytes."""

    path: str
    size: int


def save_whole(path: str, model: Any, tensors: Sequence[Tensor]) -> tuple[Saved]:
    """Write a model with its weights; `model` is without them, and the path ends in .onnx."""
    with Files() as files:
        draft = files.write(path, with_initializers(model, tensors))
    _sweep(path)
    return (Saved(draft.path, draft.size),)


def save_external(path: str, model: Any, tensors: Sequence[Tensor]) -> tuple[Saved, Saved]:
    """Write a model and, beside it, its weights; `model` is changed to refer to them."""
    offsets = _offsets(tensors)
    digest = hashlib.sha256()

    def location() -> str:
        return f"{os.path.basename(path)}.{digest.hexdigest()[:16]}.data"

    with Files() as files:
        parts = _hashed(_data(tensors, offsets), digest)
        data = files.write(f"{path}.data", parts, location)
        for tensor, offset in zip(tensors, offsets, strict=True):
            _refer(model, tensor, location(), offset)
        content = model.SerializeToString(deterministic=True)
        draft = files.write(path, (content,))
    _sweep(path)
    return Saved(draft.path, draft.size), Saved(data.path, data.size)


def _offsets(tensors: Iterable[Tensor]) -> list[int]:
    """Where in the file each tensor begins: as ONNX asks, at a multiple of the page size, so that
    it can be mapped into memory, and a large one at a multiple of 64 KiB, which Windows needs.
    https://github.com/onnx/onnx/blob/main/docs/ExternalData.md
    """
    found = []
    end = 0
    for tensor in tensors:
        multiple = 2**16 if tensor.size >= _LARGE else 2**12
        start = -(-end // multiple) * multiple
        found.append(start)
        end = start + tensor.size
    return found


def _data(tensors: Iterable[Tensor], offsets: Iterable[int]) -> Iterator[Buffer]:
    end = 0
    for tensor, start in zip(tensors, offsets, strict=True):
        yield bytes(start - end)
        yield from elements(tensor)
        end = start + tensor.size


def _hashed(parts: Iterable[Buffer], digest: Any) -> Iterator[Buffer]:
    for part in parts:
        digest.update(part)
        yield part


def _refer(model: Any, tensor: Tensor, location: str, offset: int) -> None:
    """Add an initializer whose elements are elsewhere."""
    from onnx import TensorProto

    added = model.graph.initializer.add(
        name=tensor.name,
        dims=tensor.shape,
        data_type=tensor.data_type,
        data_location=TensorProto.EXTERNAL,
    )
    for key, value in (("location", location), ("offset", offset), ("length", tensor.size)):
        added.external_data.add(key=key, value=str(value))


def _sweep(path: str) -> None:
    """Remove data that earlier runs wrote for the model at this path, unless some model names it.

    Models are all files of the folder with .onnx in their names: also copies that somebody kept,
    and what other runs are writing, which is complete before its data gets its name.
    """
    folder, name = os.path.split(path)
    with suppress(OSError):
        entries = os.listdir(folder or ".")
        stale = [entry for entry in entries if _model_of(entry) == name]
        models = [
            os.path.join(folder, entry)
            for entry in entries
            if ".onnx" in entry and not _model_of(entry)
        ]
        for entry in stale:
            if not any(
                _holds(model, os.fsencode(entry)) for model in models if os.path.isfile(model)
            ):
                os.unlink(os.path.join(folder, entry))


def _model_of(entry: str) -> str | None:
    """The name of the model whose data a file would be by its name."""
    found = _DATA.fullmatch(entry)
    return found["model"] if found else None


def _holds(path: str, text: bytes) -> bool:
    """Whether a text stands anywhere in a file."""
    with open(path, "rb") as file:
        seen = b""
        while piece := file.read(2**20):
            seen = seen[-len(text) :] + piece
            if text in seen:
                return True
    return False
