"""Names, shapes and types in weights files, read without numpy and PyTorch."""

import argparse
import io
import pickle
import random
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from archdsl.weights import pickled
from archdsl.weights.archives import MOST_ENTRIES
from archdsl.weights.stored import Stored, WeightsError, open_headers, open_weights

TYPES = (
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
)


def state() -> dict[str, torch.Tensor]:
    """A tensor of each type, views, a parameter, one with an attribute, a scalar, an empty one."""
    found = {f"layer.{dtype}".replace("torch.", ""): torch.ones(2, 3).to(dtype) for dtype in TYPES}
    whole = torch.ones(4, 5)
    found |= {"view": whole[1:3, ::2], "turned": whole.T, "scalar": torch.tensor(7)}
    found["noted"] = torch.ones(3)
    found["noted"].note = "an attribute"  # type: ignore[attr-defined]
    return found | {"empty": torch.ones(0, 3), "parameter": nn.Parameter(torch.ones(3))}


def shown(tensors: object) -> dict[str, tuple[tuple[int, ...], str]]:
    assert isinstance(tensors, dict)
    return {name: (tensor.shape, tensor.dtype) for name, tensor in tensors.items()}


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("old", [False, True], ids=["zip", "before 1.6"])
@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("holder", [None, "state_dict"])
def test_checkpoints(holder: str | None, protocol: int, old: bool, tmp_path: Path) -> None:
    """Names, shapes and types are those that PyTorch itself loads."""
    content: object = OrderedDict(state())
    if holder:
        optimizer = torch.optim.SGD([nn.Parameter(torch.ones(3))], momentum=0.9).state_dict()
        content = {"epoch": 3, "best": 0.5, "optimizer": optimizer, holder: content, "note": "é"}
    path = str(tmp_path / "w.pt")
    torch.save(content, path, pickle_protocol=protocol, _use_new_zipfile_serialization=not old)
    assert shown(open_headers(path)) == shown(open_weights(path))
    assert len(open_headers(path)) == len(state())


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("protocol", [4, 5])
def test_versions_of_pickles_that_pytorch_refuses(protocol: int, tmp_path: Path) -> None:
    path = str(tmp_path / "w.pt")
    torch.save(state(), path, pickle_protocol=protocol)
    for read in (open_headers, open_weights):
        with pytest.raises(WeightsError, match="no checkpoint of tensors alone"):
            read(path)


def test_state_dicts_of_modules(tmp_path: Path) -> None:
    """They carry `_metadata`, an attribute of the dictionary."""
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8))
    torch.save(module.state_dict(), tmp_path / "w.pt")
    found = shown(open_headers(str(tmp_path / "w.pt")))
    assert found == shown(open_weights(str(tmp_path / "w.pt")))
    assert found["1.num_batches_tracked"] == ((), "int64")


def test_other_formats(tmp_path: Path) -> None:
    tensors = {key: tensor.contiguous().clone() for key, tensor in state().items()}
    save_file(tensors, tmp_path / "w.safetensors")
    arrays = {
        key: tensor.detach().numpy() for key, tensor in tensors.items() if "bfloat" not in key
    }
    arrays["turned"] = np.asfortranarray(arrays["turned"])
    np.savez(tmp_path / "w.npz", **arrays)  # type: ignore[arg-type]
    np.savez_compressed(tmp_path / "c.npz", **arrays)  # type: ignore[arg-type]
    for name, some in (("w.safetensors", tensors), ("w.npz", arrays), ("c.npz", arrays)):
        found = shown(open_headers(str(tmp_path / name)))
        assert found == {
            key: (tuple(value.shape), str(value.dtype).removeprefix("torch."))
            for key, value in some.items()
        }


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_versions_of_arrays(version: tuple[int, int], tmp_path: Path) -> None:
    data = io.BytesIO()
    np.lib.format.write_array(data, np.ones((2, 3), np.float32), version=version)
    with zipfile.ZipFile(tmp_path / "w.npz", "w") as archive:
        archive.writestr("a.npy", data.getvalue())
    assert shown(open_headers(str(tmp_path / "w.npz"))) == {"a": ((2, 3), "float32")}


class Harmful:
    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return (open, ("harm", "w"))


def test_nothing_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"a": torch.ones(1), "b": Harmful()}, "w.pt")
    torch.save({"a": torch.ones(1), "b": Harmful()}, "old.pt", _use_new_zipfile_serialization=False)
    torch.save({"a": torch.ones(1), "b": argparse.Namespace(lr=0.1)}, "namespace.pt")
    torch.save(nn.ReLU(), "module.pt")
    for name in ("w.pt", "old.pt", "namespace.pt", "module.pt"):
        with pytest.raises(WeightsError, match="more than tensors"):
            open_headers(name)
    assert not Path("harm").exists()


def checkpoint(folder: Path, data: bytes) -> str:
    """A zip file with this pickle."""
    path = folder / "w.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("w/data.pkl", data)
    return str(path)


BROKEN = {
    "nothing": b"",
    "no end": b"\x80\x02}",
    "empty stack": b"\x80\x02.",
    "an operation of no checkpoint": b"\x80\x02}0.",
    "items without a mark": b"\x80\x02}u.",
    "odd items": b"\x80\x02}(X\x01\x00\x00\x00au.",
    "unknown memo": b"\x80\x02h\x05.",
    "a mark for a key": b"\x80\x02}((\x8c\x01au.",
    "a long text": b"\x80\x02X\xff\xff\xff\x7fa.",
    "an array of bytes": b"\x80\x05\x96\xff\xff\xff\xff\xff\xff\x00\x00.",
    "a far memo": b"\x80\x02}r\xff\xff\xff\x7f.",
    "an extension": b"\x80\x02\x82\x01.",
    "a call of a number": b"\x80\x02K\x01K\x02R.",
    "a list in itself": b"\x80\x02]q\x00h\x00a.",
    "an object": b"\x80\x02(c__builtin__\nset\no.",
    "too few for a tuple": b"\x80\x02\x87.",
}


@pytest.mark.parametrize("title", BROKEN)
def test_broken_pickles(title: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"w\.pt"):
        open_headers(checkpoint(tmp_path, BROKEN[title]))


def test_endless_pickles(tmp_path: Path) -> None:
    path = checkpoint(tmp_path, b"\x80\x02}" + b"N0" * pickled.MOST_OPERATIONS + b".")
    with pytest.raises(WeightsError, match=r"w\.pt"):
        open_headers(path)
    path = checkpoint(tmp_path, b"\x80\x02}" + bytes(pickled.MOST_BYTES) + b".")
    with pytest.raises(WeightsError, match=r"w\.pt"):
        open_headers(path)


def end_of_zip(size: int, offset: int = 0, comment: bytes = b"") -> bytes:
    """The end of a zip file with a list of entries of this size."""
    fields = (0, 0, 1, 1, size, offset, len(comment))
    return struct.pack("<4s4H2LH", b"PK\5\6", *fields) + comment


def long_record(size: int) -> bytes:
    return struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 0, 0, 0, 0, 1, 1, size, 0)


def locator(place: int) -> bytes:
    return struct.pack("<4sLQL", b"PK\6\7", 0, place, 1)


LONG, SHORT, MARK = MOST_ENTRIES + 1, 100, 2**32 - 1
SIGN = int.from_bytes(b"PK\5\6", "little")
ENDS = {
    "plain": bytes(100) + end_of_zip(LONG),
    "behind a comment": end_of_zip(LONG, comment=b"c" * 2**15),
    "with the sign in it": bytes(100) + end_of_zip(LONG, SIGN),
    "of 64 bits": long_record(LONG) + locator(0) + end_of_zip(MARK),
    "of 64 bits, against the other": long_record(LONG) + locator(0) + end_of_zip(SHORT),
    "of 64 bits, not where it says": long_record(LONG) + locator(2**40) + end_of_zip(SHORT),
    "of 64 bits, elsewhere": long_record(LONG) + long_record(SHORT) + locator(0) + end_of_zip(MARK),
    "of 64 bits, behind a comment": (
        bytes(100) + long_record(LONG) + locator(100) + end_of_zip(MARK, comment=b"c" * (2**16 - 1))
    ),
    "of 64 bits, and missing": bytes(100) + locator(2**64 - 1) + end_of_zip(MARK),
}


@pytest.mark.parametrize("name", ["w.pt", "w.npz"])
@pytest.mark.parametrize("title", ENDS)
def test_lists_of_entries_that_are_too_long(title: str, name: str, tmp_path: Path) -> None:
    """`zipfile` would read the list whole, and make a record of each entry."""
    (tmp_path / name).write_bytes(ENDS[title])
    with pytest.raises(WeightsError, match="list of entries"):
        open_headers(str(tmp_path / name))


def test_an_archive_of_64_bits_is_read(tmp_path: Path) -> None:
    """What `zipfile` writes where an archive needs it, as one with many entries does."""
    np.savez(tmp_path / "w.npz", **{f"a{number}": np.ones(1) for number in range(3)})
    data = (tmp_path / "w.npz").read_bytes()
    *_, size, offset, _ = struct.unpack("<4s4H2LH", data[-22:])
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 3, 3, size, offset)
    (tmp_path / "w.npz").write_bytes(
        data[:-22] + record + locator(len(data) - 22) + end_of_zip(MARK, MARK)
    )
    assert list(open_headers(str(tmp_path / "w.npz"))) == ["a0", "a1", "a2"]


def scribbled(data: bytes, seed: int) -> bytes:
    """The same with a few bytes changed, cut or put in."""
    dice = random.Random(seed)
    changed = bytearray(data)
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(changed))
        match dice.randrange(3):
            case 0:
                changed[place] = dice.randrange(256)
            case 1:
                del changed[place : place + dice.randint(1, 20)]
            case 2:
                changed[place:place] = dice.randbytes(dice.randint(1, 4))
    return bytes(changed)


@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
def test_damaged_files_are_found_out(tmp_path: Path) -> None:
    """Whatever a file holds, there is a diagnostic or a mapping, and nothing else."""
    small = {"a": torch.ones(2), "b.c": nn.Parameter(torch.ones(3, 1))}
    torch.save(small, tmp_path / "zip.pt")
    torch.save(small, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    save_file({"a": torch.ones(2)}, tmp_path / "w.safetensors")
    np.savez(tmp_path / "w.npz", a=np.ones(2))
    with zipfile.ZipFile(tmp_path / "zip.pt") as archive:
        data = archive.read("zip/data.pkl")
    outcomes = set()
    for seed in range(1500):
        path = checkpoint(tmp_path, scribbled(data, seed))
        outcomes.add(outcome(path))
    for name in ("zip.pt", "old.pt", "w.safetensors", "w.npz"):
        whole = (tmp_path / name).read_bytes()
        for seed in range(150):
            path = str(tmp_path / f"scribbled{Path(name).suffix}")
            Path(path).write_bytes(scribbled(whole, seed))
            outcomes.add(outcome(path))
    assert outcomes == {"read", "refused"}


def outcome(path: str) -> str:
    try:
        found = open_headers(path)
    except WeightsError:
        return "refused"
    assert all(
        isinstance(name, str) and isinstance(tensor, Stored) for name, tensor in found.items()
    )
    assert all(type(size) is int for tensor in found.values() for size in tensor.shape)
    return "read"


def test_pickles_of_plain_values(tmp_path: Path) -> None:
    """What is no state dict is named, without what is in it."""
    path = checkpoint(tmp_path, pickle.dumps({"a": [1, {2, 3}], "b": (b"x", None, 1.5)}, 2))
    with pytest.raises(WeightsError, match="its entries are a, b"):
        open_headers(path)
