"""Weights files that are not what they seem, made by hand."""

import builtins
import io
import json
import os
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

NAMES = ("fc.weight", "fc.bias")
SHAPES = ((2, 3), (2,))
NET = """\
network Net {
  input x: tabular[3]
  fc = linear(2)
}
"""


def state() -> dict[str, torch.Tensor]:
    return {name: torch.ones(shape) for name, shape in zip(NAMES, SHAPES, strict=True)}


# --- safetensors ----------------------------------------------------------------------------------


def safetensors(header: object, data: bytes = bytes(32), length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(shape: object, start: object, end: object, dtype: object = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


SOUND = {"fc.weight": entry([2, 3], 0, 24), "fc.bias": entry([2], 24, 32)}
_TWICE = b'{"fc.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"fc.bias":1}'

SAFETENSORS: dict[str, Callable[[], bytes]] = {
    "nothing": bytes,
    "seven bytes": lambda: bytes(7),
    "no header": lambda: bytes(8),
    "a length without an end": lambda: safetensors(SOUND, length=2**64 - 1),
    "a length of the limit": lambda: safetensors(SOUND, length=2**23),
    "a longer length": lambda: safetensors(SOUND, length=500),
    "no text": lambda: safetensors(b"\xff\xfe{}"),
    "a list": lambda: safetensors([]),
    "a number": lambda: safetensors(3),
    "deep": lambda: safetensors(b"[" * 200_000),
    "deep objects": lambda: safetensors(b'{"a":' * 200_000),
    "many lists": lambda: safetensors(b'{"a":[' + b"[]," * (2**23 // 3 - 10) + b"0]}"),
    "many names": lambda: safetensors({f"{index}": SOUND["fc.bias"] for index in range(20_000)}),
    "many digits": lambda: safetensors(b'{"fc.bias":' + b"9" * 100_000 + b"}"),
    "twice": lambda: safetensors(_TWICE),
    "twice within": lambda: safetensors(b'{"fc.bias":{"dtype":"F32","dtype":"F64"}}'),
    "overlapping": lambda: safetensors({**SOUND, "fc.bias": entry([2], 20, 28)}),
    "the same place": lambda: safetensors({**SOUND, "fc.bias": entry([2], 0, 8)}),
    "negative shape": lambda: safetensors({**SOUND, "fc.bias": entry([-2], 24, 16)}),
    "two negative": lambda: safetensors({**SOUND, "fc.bias": entry([-2, -1], 24, 32)}),
    "truth": lambda: safetensors({**SOUND, "fc.bias": entry([2, True], 24, 32)}),
    "half": lambda: safetensors({**SOUND, "fc.bias": entry([2.0], 24, 32)}),
    "not a number": lambda: safetensors(b'{"fc.bias":{"dtype":"F32","shape":[NaN]}}'),
    "huge": lambda: safetensors({**SOUND, "fc.bias": entry([2**62, 2**62], 24, 32)}),
    "many axes": lambda: safetensors({**SOUND, "fc.bias": entry([2**62] * 400_000, 24, 32)}),
    "axes of one": lambda: safetensors({**SOUND, "fc.bias": entry([2] + [1] * 400_000, 24, 32)}),
    "huge and none": lambda: safetensors({**SOUND, "fc.bias": entry([0, 2**62], 24, 24)}),
    "backwards": lambda: safetensors({**SOUND, "fc.bias": entry([2], 32, 24)}),
    "before the data": lambda: safetensors({**SOUND, "fc.bias": entry([2], -8, 0)}),
    "behind the end": lambda: safetensors({**SOUND, "fc.bias": entry([2], 2**40, 2**40 + 8)}),
    "over the end": lambda: safetensors(SOUND, bytes(31)),
    "another type": lambda: safetensors({**SOUND, "fc.bias": entry([2], 24, 32, "F8_E4M3")}),
    "a type that is none": lambda: safetensors({**SOUND, "fc.bias": entry([2], 24, 32, ["F32"])}),
    "an entry that is none": lambda: safetensors({**SOUND, "fc.bias": None}),
    "three offsets": lambda: safetensors(
        {"fc.bias": {**SOUND["fc.bias"], "data_offsets": [1] * 3}}
    ),
    "names": lambda: safetensors({"\x1b[2J\n::error::FORGED\u202e": SOUND["fc.bias"], "": 3}),
    "more names": lambda: safetensors({**SOUND, "\x1b[2J\nFORGED": entry([0], 0, 0)}),
}

# --- npz ------------------------------------------------------------------------------------------


def npy(
    header: bytes, data: bytes = bytes(8), version: int = 1, length: int | None = None
) -> bytes:
    form = "<H" if version == 1 else "<L"
    size = struct.pack(form, len(header) if length is None else length)
    return b"\x93NUMPY" + bytes((version, 0)) + size + header + data


def described(shape: str, kind: str = "'<f4'", more: str = "") -> bytes:
    return f"{{'descr': {kind}, 'fortran_order': False, 'shape': {shape}{more}}}\n".encode()


def zipped(
    entries: list[tuple[str, bytes]], method: int = zipfile.ZIP_STORED, name: str = "fc.bias.npy"
) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for entry_name, content in entries:
            archive.writestr(entry_name, content)
    return data.getvalue()


def npz(header: bytes, data: bytes = bytes(8), method: int = zipfile.ZIP_STORED) -> bytes:
    """A file with a sound weight and a bias of this header."""
    weight = npy(described("(2, 3)"), bytes(24))
    return zipped([("fc.weight.npy", weight), ("fc.bias.npy", npy(header, data))], method)


def saved(**arrays: Any) -> bytes:
    data = io.BytesIO()
    np.savez(data, **arrays)
    return data.getvalue()


class Harmful:
    """Makes a file when it is unpickled."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._call = function, arguments

    def __reduce__(self) -> Any:
        return self._call


def encrypted() -> bytes:
    data = bytearray(npz(described("(2,)")))
    for magic, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        place = data.find(magic)
        while place >= 0:
            data[place + offset] |= 1
            place = data.find(magic, place + 1)
    return bytes(data)


def one_entry_many_times() -> bytes:
    """Every entry of the list is the same compressed megabyte."""
    data = bytearray(zipped([("a.npy", bytes(10**6))], zipfile.ZIP_DEFLATED))
    start, end = data.find(b"PK\1\2"), data.find(b"PK\5\6")
    record = bytes(data[start:end])
    listed = b"".join(record.replace(b"a.npy", f"{index:05}".encode()) for index in range(20_000))
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 20_000, 20_000, len(listed), start, 0)
    return bytes(data[:start]) + listed + tail


NPZ: dict[str, Callable[[], bytes]] = {
    "nothing": bytes,
    "text": lambda: b"<html>not found</html>",
    "an empty archive": lambda: zipped([]),
    "no arrays": lambda: zipped([("fc.bias.npy", b"text")]),
    "a folder": lambda: zipped([("fc.bias/", b"")]),
    "a way out": lambda: zipped([("../../fc.bias.npy", npy(described("(2,)")))]),
    "twice": lambda: zipped(2 * [("fc.bias.npy", npy(described("(2,)")))]),
    "objects": lambda: saved(bias=np.array([Harmful(open, "harm", "w")], dtype=object)),
    "objects for a bias": lambda: npz(
        described("(2,)", "'|O'"), pickle.dumps(Harmful(open, "harm", "w"))
    ),
    "code": lambda: npz(b"{'shape': __import__('os').mkdir('harm')}"),
    "parentheses": lambda: npz(b"(" * 9_000),
    "brackets": lambda: npz(b"[" * 4_000 + b"]" * 4_000),
    "minus": lambda: npz(b"-" * 9_000 + b"1"),
    "an odd escape": lambda: npz(b"{'descr': '\\d', 'shape': (2,)}"),
    "a longer header": lambda: npz(b"{'shape': (2,)}" + b" " * 30_000),
    "a length without an end": lambda: zipped(
        [("fc.bias.npy", npy(described("(2,)"), version=2, length=2**32 - 1))]
    ),
    "an unfolding header": lambda: zipped(
        [("fc.bias.npy", npy(b" " * 10**8, version=2))], zipfile.ZIP_DEFLATED
    ),
    "another version": lambda: zipped([("fc.bias.npy", npy(described("(2,)"), version=9))]),
    "negative shape": lambda: npz(described("(-2,)")),
    "two negative": lambda: npz(described("(-2, -1)")),
    "truth": lambda: npz(described("(2, True)")),
    "huge": lambda: npz(described("(2 ** 62, 2 ** 62)".replace("2 ** 62", str(2**62)))),
    "a number": lambda: npz(described("2")),
    "no shape": lambda: npz(b"{'descr': '<f4', 'fortran_order': False}"),
    "more keys": lambda: npz(described("(2,)", more=", 'x': 1")),
    "a large element": lambda: npz(described("(2,)", "'|V2000000000'")),
    "parts": lambda: npz(described("(2,)", "[('a', '<f4'), ('b', '<f4')]")),
    "parts in parts": lambda: npz(described("(2,)", "[('a', " * 300 + "'<f4'" + ")]" * 300)),
    "a subarray": lambda: npz(described("(2,)", "('<f4', (1000000, 1000000))")),
    "text as type": lambda: npz(described("(2,)", "'<U1000000000'")),
    "too little data": lambda: npz(described("(2,)"), bytes(7)),
    "too much data": lambda: npz(described("(2,)"), bytes(10**8), zipfile.ZIP_DEFLATED),
    "lzma": lambda: npz(described("(2,)"), method=zipfile.ZIP_LZMA),
    "bzip2": lambda: npz(described("(2,)"), method=zipfile.ZIP_BZIP2),
    "encrypted": encrypted,
    "one entry many times": one_entry_many_times,
    "names": lambda: zipped([("\x1b[2J\nFORGED.npy", npy(described("(2,)")))]),
}

# --- pt -------------------------------------------------------------------------------------------


def checkpoint(content: object, old: bool = False) -> bytes:
    data = io.BytesIO()
    torch.save(content, data, _use_new_zipfile_serialization=not old)
    return data.getvalue()


def pickled(program: bytes) -> bytes:
    """A checkpoint whose pickle is this program."""
    return zipped([("w/data.pkl", program), ("w/version", b"3\n"), ("w/data/0", bytes(64))])


def calling(module: str, name: str, arguments: bytes = b")") -> bytes:
    """A program that calls a function on what other operations have put on the stack."""
    return f"c{module}\n{name}\n".encode() + arguments + b"R"


def text(value: str) -> bytes:
    """An operation that puts a text on the stack."""
    return b"X" + struct.pack("<L", len(value)) + value.encode()


def tensor(size: bytes, stride: bytes, offset: bytes = b"K\x00", count: bytes = b"K\x10") -> bytes:
    """A program for a state dict with one tensor of these."""
    storage = (
        b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu"
    )
    arguments = b"(" + storage + count + b"tQ" + offset + size + stride + b"\x89ccollections\n"
    arguments += b"OrderedDict\n)Rt"
    made = calling("torch._utils", "_rebuild_tensor_v2", arguments)
    return b"\x80\x02}(X\x07\x00\x00\x00fc.bias" + made + b"u."


def same_again(depth: int) -> bytes:
    """A tuple of the same tuple twice, of the same tuple twice, and so on: hashed for ever."""
    return b")" + b"".join(b"q%ch%c\x86" % (index, index) for index in range(depth))


def bytes_of(count: int) -> bytes:
    return b"\x8a\x08" + struct.pack("<q", count)


def polyglot() -> bytes:
    """Pickles as before 1.6 for PyTorch, a zip file for others."""
    return checkpoint(state(), old=True) + checkpoint({"other": torch.ones(3)})


def two_pickles() -> bytes:
    sound = checkpoint(state())
    with zipfile.ZipFile(io.BytesIO(sound)) as archive:
        entries = [(one.filename, archive.read(one)) for one in archive.infolist()]
    return zipped([("a/data.pkl", entries[0][1]), *entries])


PT: dict[str, Callable[[], bytes]] = {
    "nothing": bytes,
    "text": lambda: b"<html>not found</html>",
    "a pickle": lambda: pickle.dumps({"fc.bias": 3}),
    "code": lambda: checkpoint({**state(), "x": Harmful(open, "harm", "w")}),
    "code before 1.6": lambda: checkpoint({**state(), "x": Harmful(open, "harm", "w")}, old=True),
    "code alone": lambda: checkpoint(Harmful(os.mkdir, "harm")),
    "exec": lambda: checkpoint(Harmful(builtins.exec, "open('harm', 'w')")),
    "a pickle of code": lambda: pickle.dumps(Harmful(os.mkdir, "harm")),
    "code as a key": lambda: pickled(b"\x80\x02}" + calling("os", "getcwd") + b"K\x01s."),
    "torch.load": lambda: pickled(
        b"\x80\x02" + calling("torch", "load", text("harm") + b"\x85") + b"."
    ),
    "torch.save": lambda: pickled(
        b"\x80\x02" + calling("torch", "save", b"K\x01" + text("harm") + b"\x86") + b"."
    ),
    "torch.hub": lambda: pickled(
        b"\x80\x02" + calling("torch.hub", "load", text("a") + b"\x85") + b"."
    ),
    "a module": lambda: checkpoint(torch.nn.Linear(3, 2)),
    "a list": lambda: checkpoint([torch.ones(2)]),
    "a tensor": lambda: checkpoint(torch.ones(2)),
    "numbers": lambda: checkpoint({"fc.bias": 3}),
    "itself": lambda: pickled(b"\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s."),
    "its own holder": lambda: pickled(b"\x80\x02}q\x00X\x0a\x00\x00\x00state_dicth\x00s."),
    "a key hashed for ever": lambda: pickled(b"\x80\x02}" + same_again(60) + b"K\x01s."),
    "a set hashed for ever": lambda: pickled(
        b"\x80\x02" + calling("__builtin__", "set", b"]" + same_again(60) + b"a\x85") + b"."
    ),
    "pairs hashed for ever": lambda: pickled(
        b"\x80\x02"
        + calling("collections", "OrderedDict", b"]" + same_again(60) + b"K\x01\x86a\x85")
        + b"."
    ),
    "an array of a terabyte": lambda: pickled(
        b"\x80\x02" + calling("__builtin__", "bytearray", bytes_of(2**40) + b"\x85") + b"."
    ),
    "an encoding": lambda: pickled(
        b"\x80\x02" + calling("_codecs", "encode", text("a") + text("punycode") + b"\x86") + b"."
    ),
    "deep lists": lambda: pickled(b"\x80\x02" + b"]" * 300_000 + b"a" * 299_999 + b"."),
    "deep tuples": lambda: pickled(b"\x80\x02)" + b"\x85" * 500_000 + b"."),
    "a large list": lambda: pickled(b"\x80\x02](" + b"N" * 900_000 + b"e."),
    "no end": lambda: pickled(b"\x80\x02}" + b"N0" * 10**6),
    "a program": lambda: zipped([("w/data.pkl", b"\x80\x02}."), ("w/code/__torch__.py", b"")]),
    "compressed": lambda: zipped([("w/data.pkl", bytes(10**7))], zipfile.ZIP_DEFLATED),
    "no pickle": lambda: zipped([("w/version", b"3\n")]),
    "two pickles": two_pickles,
    "two kinds": polyglot,
    "many entries": lambda: zipped([(f"w/{index}", b"") for index in range(60_000)]),
    "a terabyte of one": lambda: pickled(tensor(bytes_of(2**20) * 2 + b"\x86", b"K\x00K\x00\x86")),
    "outside its storage": lambda: pickled(
        tensor(b"K\x02\x85", b"K\x01\x85", b"J\xff\xff\xff\x7f")
    ),
    "before its storage": lambda: pickled(tensor(b"K\x02\x85", b"K\x01\x85", b"J\xff\xff\xff\xff")),
    "backwards": lambda: pickled(tensor(b"K\x02\x85", b"J\xff\xff\xff\xff\x85")),
    "long steps": lambda: pickled(tensor(b"K\x02\x85", bytes_of(2**62) + b"\x85")),
    "negative shape": lambda: pickled(tensor(b"J\xfe\xff\xff\xff\x85", b"K\x01\x85")),
    "a storage of a terabyte": lambda: pickled(
        tensor(b"K\x02\x85", b"K\x01\x85", count=bytes_of(2**38))
    ),
    "a storage that is not there": lambda: pickled(tensor(b"K\x02\x85", b"K\x01\x85")).replace(
        b"w/data/0", b"w/data/1"
    ),
    "a large storage before 1.6": lambda: checkpoint(state(), old=True).replace(
        b"K\x06N", b"\x8a\x06\x00\x00\x00\x00\x00\x40N"
    ),
    "meta": lambda: checkpoint({**state(), "fc.bias": torch.ones(2, device="meta")}),
    "sparse": lambda: checkpoint({**state(), "fc.bias": torch.ones(2).to_sparse()}),
    "quantized": lambda: checkpoint(
        {**state(), "fc.bias": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)}
    ),
    "complex": lambda: checkpoint({**state(), "fc.bias": torch.ones(2, dtype=torch.complex64)}),
    "names": lambda: checkpoint(OrderedDict({"\x1b[2J\n::error::FORGED\u202e": torch.ones(2)})),
    "other names": lambda: checkpoint({"\x1b[2J\nFORGED": 3, "\u202e": [1]}),
}

BROKEN = {
    **{f"{title}.safetensors": made for title, made in SAFETENSORS.items()},
    **{f"{title}.npz": made for title, made in NPZ.items()},
    **{f"{title}.pt": made for title, made in PT.items()},
}
