"""The names, shapes and element types in PyTorch's checkpoints, without PyTorch.

A checkpoint is a pickle beside the data of its tensors: `data.pkl` in a zip file, or, as PyTorch
before 1.6 wrote it, the fourth of several pickles at the start of a file. A pickle is a program for
a machine with a stack. The one here builds dictionaries, lists and tuples, and records which
functions would be called; it calls none and imports nothing. As `torch.load(weights_only=True)` it
knows the operations that PyTorch writes, of version 2 of the format.
"""

import io
import pickletools
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from archdsl.weights.pytorch_files import (
    holds_no_state,
    no_checkpoint,
    refusal,
    refuse_others,
    state_in,
)
from archdsl.weights.stored import Stored, WeightsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_BYTES = 2**24
MOST_OPERATIONS = 1_000_000
"""Of a pickle: some forty thousand tensors."""

_OLD_MAGIC = 0x1950A86A20F9469CFC6C
"""The first pickle of a file of PyTorch before 1.6."""

_HARMLESS = re.compile(
    r"torch(\._utils|\._tensor|\.nn\.parameter|\.storage|\.serialization)?\.\w+"
    r"|collections\.(OrderedDict|Counter)|_codecs\.encode"
    r"|(builtins|__builtin__)\.(set|bytearray|complex)"
)
"""What `torch.load(weights_only=True)` calls as well."""

_BY_HASH = (
    *("collections.Counter", "builtins.set", "__builtin__.set"),
    *("builtins.frozenset", "__builtin__.frozenset"),
)
"""Functions that hash what they are given."""

_BY_SIZE = ("builtins.bytearray", "__builtin__.bytearray")
"""Functions that make as much of a number as it says."""

_NOT_DENSE = {
    "torch._utils._rebuild_meta_tensor_no_storage": "a shape alone",
    "torch._utils._rebuild_sparse_tensor": "a sparse tensor",
}
"""Calls that make tensors without data of their own, and how those are called."""

_TYPES = {
    "Double": "float64",
    "Float": "float32",
    "Half": "float16",
    "BFloat16": "bfloat16",
    "Long": "int64",
    "Int": "int32",
    "Short": "int16",
    "Char": "int8",
    "Byte": "uint8",
    "Bool": "bool",
}
"""Element types by PyTorch's class of storage."""

_PLAIN = {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINSTRING"}
"""Operations that put a number or a text on the stack."""


def open_header(path: str) -> Mapping[str, Stored]:
    """The tensors of a checkpoint, which cannot be read from there.

    Raises:
        WeightsError: it is none, or holds more than tensors. OSError where it cannot be read.
    """
    refuse_others(path)
    machine = _Machine()
    try:
        loaded = _loaded(path, machine)
    except _BROKEN as error:
        raise no_checkpoint(path, error) from error
    if machine.foreign:
        raise refusal(path, sorted(set(machine.foreign)))
    state = state_in(loaded, _Tensor)
    if state is None:
        _complain_of_one(path, state_in(loaded, object))
        raise holds_no_state(path, loaded)
    return {name: Stored(tensor.shape, tensor.dtype, _no_data) for name, tensor in state.items()}


def _complain_of_one(path: str, entries: Mapping[str, Any] | None) -> None:
    """Raises WeightsError of an entry that is no dense tensor, where there are others."""
    if entries and any(isinstance(value, _Tensor) for value in entries.values()):
        for name, value in entries.items():
            if isinstance(value, _Other):
                raise WeightsError(f"{path} holds {name} as {value.what}")


_BROKEN = (
    *(zipfile.BadZipFile, ValueError, LookupError, TypeError, AttributeError, StopIteration),
    *(ArithmeticError, RuntimeError, EOFError, struct.error),
)


def _no_data() -> Iterator["NDArray[Any]"]:
    raise AssertionError("only names and shapes were read")


def _loaded(path: str, machine: "_Machine") -> Any:
    """What a file holds, with records in place of tensors."""
    if not zipfile.is_zipfile(path):
        with open(path, "rb") as file:
            stream = io.BytesIO(file.read(MOST_BYTES))
        if machine.run(stream) != _OLD_MAGIC:
            raise ValueError("no checkpoint")
        for _ in ("version", "machine"):
            machine.run(stream)
        return machine.run(stream)
    with zipfile.ZipFile(path) as archive:
        (entry,) = (one for one in archive.infolist() if one.filename.endswith("/data.pkl"))
        if entry.file_size > MOST_BYTES:
            raise ValueError(f"a pickle of {entry.file_size:,} bytes")
        return machine.run(io.BytesIO(archive.read(entry)))


class _Global(NamedTuple):
    """A name that a pickle would import."""

    name: str


class _Tensor(NamedTuple):
    shape: tuple[int, ...]
    dtype: str


class _Storage(NamedTuple):
    """The data of tensors; "" is a type that the tensor names."""

    dtype: str


class _Other:
    """Something that only running code would make."""

    def __init__(self, what: str = "no dense tensor") -> None:
        self.what = what


class _Mark:
    """Where the items of a list or a dictionary begin on the stack."""


class _Machine:
    """Runs pickles as far as that takes no code but its own. Raises ValueError and its like."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._left = MOST_OPERATIONS
        self.foreign: list[str] = []
        """What would be imported and is not harmless."""

    def run(self, stream: io.BytesIO) -> Any:
        """The value of the next pickle."""
        self._stack, self._memo = [], {}
        for operation, argument, _ in pickletools.genops(stream):
            self._left -= 1
            if self._left < 0:
                raise ValueError(f"more than {MOST_OPERATIONS:,} operations")
            self._do(operation.name, argument)
        return self._stack[-1]

    def _do(self, name: str, argument: Any) -> None:
        push = self._stack.append
        match name:
            case "PROTO" | "STOP":
                pass
            case "NONE":
                push(None)
            case "NEWTRUE" | "NEWFALSE":
                push(name == "NEWTRUE")
            case "MARK":
                push(_Mark)
            case "BINPUT" | "LONG_BINPUT":
                self._memo[argument] = self._stack[-1]
            case "BINGET" | "LONG_BINGET":
                push(self._memo[argument])
            case "EMPTY_DICT":
                push({})
            case "EMPTY_LIST":
                push([])
            case "EMPTY_TUPLE":
                push(())
            case "TUPLE":
                push(tuple(self._items()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                push(tuple(self._pop(int(name[-1]))))
            case "SETITEM" | "SETITEMS":
                self._set_items(self._items() if name == "SETITEMS" else self._pop(2))
            case "APPEND" | "APPENDS":
                self._append(self._items() if name == "APPENDS" else self._pop(1))
            case "GLOBAL":
                self._global(argument.replace(" ", "."))
            case "BINPERSID":
                self._persistent()
            case "REDUCE":
                self._reduce()
            case "BUILD":
                # The state of an object; that of a dictionary is an attribute, `_metadata`.
                self._pop(1)
            case "NEWOBJ":
                self._pop(2)
                push(_Other())
            case "EMPTY_SET":
                push(_Other())
            case _ if name in _PLAIN:
                push(argument)
            case _:
                raise ValueError(f"{name} is no operation of a checkpoint")

    def _items(self) -> list[Any]:
        """What was put on the stack since the last mark."""
        place = next(i for i in range(len(self._stack) - 1, -1, -1) if self._stack[i] is _Mark)
        items = self._stack[place + 1 :]
        del self._stack[place:]
        return items

    def _pop(self, count: int) -> list[Any]:
        if len(self._stack) < count:
            raise ValueError("nothing on the stack")
        items = self._stack[len(self._stack) - count :]
        del self._stack[len(self._stack) - count :]
        return items

    def _set_items(self, items: list[Any]) -> None:
        holder = self._stack[-1]
        if isinstance(holder, dict):
            for key, value in zip(items[::2], items[1::2], strict=True):
                _check_key(key)
                if isinstance(key, str | int | float | bytes | None):
                    holder[key] = value

    def _append(self, items: list[Any]) -> None:
        if isinstance(self._stack[-1], list):
            self._stack[-1] += items

    def _global(self, name: str) -> None:
        if not _HARMLESS.fullmatch(name):
            self.foreign.append(name)
        self._stack.append(_Global(name))

    def _persistent(self) -> None:
        """A storage: `("storage", class, key, device, elements)`."""
        (identity,) = self._pop(1)
        kind = identity[1].name.removeprefix("torch.") if isinstance(identity, tuple) else ""
        self._stack.append(_Storage(_TYPES.get(kind.removesuffix("Storage"), "")))

    def _reduce(self) -> None:
        function, arguments = self._pop(2)
        name = function.name if isinstance(function, _Global) else ""
        self._stack.append(_called(name, arguments))


def _called(name: str, arguments: Any) -> Any:
    """The result of a call, where it is a part of a state dict."""
    if name == "collections.OrderedDict":
        pairs = list(arguments[0]) if arguments else []
        for key, _ in pairs:
            _check_key(key)
        return dict(pairs)
    if name in _BY_HASH:
        for item in arguments[0] if arguments else ():
            _check_key(item)
    elif name in _BY_SIZE and not all(isinstance(argument, str | bytes) for argument in arguments):
        raise ValueError(f"{name} of a number")
    elif name == "_codecs.encode" and arguments[1] not in ("latin1", "latin-1"):
        raise ValueError(f"an encoding {arguments[1]}")
    if name == "torch.Size":
        return tuple(arguments[0])
    if name in ("torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3"):
        storage, _, shape, *others = arguments
        named = next((one.name for one in others if isinstance(one, _Global)), "")
        if isinstance(storage, _Storage) and _is_shape(shape):
            return _Tensor(shape, storage.dtype or named.removeprefix("torch."))
    elif name in (
        "torch._utils._rebuild_parameter",
        "torch._utils._rebuild_parameter_with_state",
    ):
        return arguments[0]
    elif name == "torch._tensor._rebuild_from_type_v2":
        return _called(arguments[0].name, arguments[2])
    return _Other(_NOT_DENSE.get(name, "no dense tensor"))


def _check_key(key: Any) -> None:
    """Raises ValueError of a key that takes PyTorch long to hash: a tuple of the same tuples, those
    of the same tuples, and so on.
    """
    if isinstance(key, tuple) and any(isinstance(item, tuple) for item in key):
        raise ValueError("a key that is a tuple of tuples")


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and all(type(size) is int and size >= 0 for size in value)
