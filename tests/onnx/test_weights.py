"""Initial weights, weights files, and what is said of files that do not fit."""

import argparse
import hashlib
import json
import os
import random
import struct
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from archdsl.diagnostics import Diagnostic, render
from archdsl.weights import WeightsError, initial_weights, read_weights, safetensors_parts
from archdsl.weights.lazy import PIECE, Lazy
from archdsl.weights.matching import match
from archdsl.weights.stored import Stored
from tests.backends.emitted import module
from tests.cli.nets import TINY
from tests.golden import check_golden
from tests.onnx.nets import LAYERS, graph_of
from tests.onnx.running import Array


def test_distribution_is_that_of_the_records(tmp_path: Path) -> None:
    for text in (TINY, LAYERS):
        graph = graph_of(text, tmp_path)
        found = initial_weights(graph, 1)
        live = module(graph).state_dict()
        assert list(found) == list(live)
        for (key, weight), theirs in zip(graph.weights(), live.values(), strict=True):
            array = found[key]
            assert array.shape == tuple(theirs.shape)
            assert str(array.dtype) == str(theirs.dtype).removeprefix("torch.")
            kind, a = weight.initialiser
            if kind != "uniform":
                assert np.array_equal(array, theirs.numpy())
                continue
            assert np.abs(array).max() <= a * (1 + 1e-6)
            if array.size > 500:
                assert abs(array.std() - a / 3**0.5) < 0.1 * a
                assert abs(array.mean()) < 0.1 * a


def test_seeds(tmp_path: Path) -> None:
    graph = graph_of(TINY, tmp_path)
    one, same, other = (initial_weights(graph, seed)["fc.weight"] for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


ODD = """\
network Odd {
  input x: tabular[3]
  linear(5) -> linear(7, bias=false) -> linear(3) -> scale(init=0.5)
  linear(40_000) -> linear(9)
}
"""


def test_one_stream_goes_through_all_tensors(tmp_path: Path) -> None:
    """Drawn in one go, as the documentation has it; tensors of odd sizes split a number of it."""
    for text in (ODD, TINY, LAYERS):
        graph = graph_of(text, tmp_path)
        found = initial_weights(graph, 7)
        stream = np.random.Generator(np.random.PCG64(7))
        expected = {
            key: (stream.random(weight.shape, np.float32) * np.float32(2 * weight.initialiser.a))
            - np.float32(weight.initialiser.a)
            for key, weight in graph.weights()
            if weight.initialiser.kind == "uniform"
        }
        keys = list(expected)
        random.Random(1).shuffle(keys)
        for key in keys:
            assert np.array_equal(found[key], expected[key]), key


def test_tensors_are_made_when_they_are_asked_for(tmp_path: Path) -> None:
    """Names of a network whose weights no memory holds; one small tensor of it."""
    text = "network Big {\n  input x: tabular[4]\n  linear(2_000_000_000)\n  linear(4_000_000)\n}\n"
    weights = initial_weights(graph_of(text, tmp_path))
    assert [len(weights), list(weights)[-1]] == [4, "linear2.bias"]
    assert weights["linear2.bias"].shape == (4_000_000,)
    assert "linear3.bias" not in weights
    with pytest.raises(KeyError, match="linear3"):
        weights["linear3.bias"]


def test_large_tensors_come_in_pieces(tmp_path: Path) -> None:
    graph = graph_of(ODD, tmp_path)
    drawn = initial_weights(graph, 3)
    (tmp_path / "w.safetensors").write_bytes(b"".join(safetensors_parts(graph, drawn)))
    read = read_weights(graph, str(tmp_path / "w.safetensors"))
    assert isinstance(read, Lazy)
    for weights in (drawn, read):
        for key, array in drawn.items():
            pieces = list(weights.pieces(key))
            assert max(piece.size for piece in pieces) <= PIECE
            assert np.array_equal(np.concatenate(pieces), array.reshape(-1)), key
    assert len(list(read.pieces("linear5.weight"))) == 6


def test_a_file_that_changes_while_it_is_read(tmp_path: Path) -> None:
    graph = graph_of(TINY, tmp_path)
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"".join(safetensors_parts(graph, initial_weights(graph, 5))))
    found = read_weights(graph, str(path))
    assert isinstance(found, Mapping)
    assert found["fc.weight"].any()
    other = tmp_path / "other.safetensors"
    other.write_bytes(b"".join(safetensors_parts(graph, initial_weights(graph, 6))))
    os.replace(other, path)
    with pytest.raises(WeightsError, match="has changed since it was opened"):
        found["fc.weight"]
    path.unlink()
    with pytest.raises(WeightsError, match=r"cannot be read: No such file"):
        found["fc.weight"]


def test_a_file_that_becomes_shorter_while_it_is_read(tmp_path: Path) -> None:
    graph = graph_of("network Big {\n  input x: tabular[4000]\n  linear(2000)\n}\n", tmp_path)
    path = tmp_path / "w.safetensors"
    path.write_bytes(b"".join(safetensors_parts(graph, initial_weights(graph, 5))))
    found = read_weights(graph, str(path))
    assert isinstance(found, Lazy)
    pieces = found.pieces("linear1.weight")
    next(pieces)
    os.truncate(path, 2**16)
    with pytest.raises(WeightsError, match="has become shorter since it was opened"):
        list(pieces)


def test_a_checkpoint_that_changes_before_pytorch_reads_it(tmp_path: Path) -> None:
    graph = graph_of(TINY, tmp_path)
    path = tmp_path / "w.pt"
    state = {key: torch.from_numpy(array) for key, array in initial_weights(graph, 5).items()}
    for change, said in (
        (lambda: torch.save({**state, "fc.bias": torch.ones(7)}, path), r"holds another fc\.bias"),
        (lambda: torch.save({"state_dict": 3}, path), r"holds another fc\.bias"),
        (path.unlink, "cannot be read: No such file"),
    ):
        torch.save(state, path)
        found = read_weights(graph, str(path))
        assert isinstance(found, Mapping)
        change()
        with pytest.raises(WeightsError, match=said):
            found["fc.bias"]


def test_a_checkpoint_without_pytorch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archdsl.weights.pytorch_files.find_spec", lambda name: None)
    (tmp_path / "w.pt").touch()
    with pytest.raises(WeightsError, match=r"needs PyTorch to be read: pip install 'archdsl.torch"):
        read_weights(graph_of(TINY, tmp_path), str(tmp_path / "w.pt"))


def test_damaged_data(tmp_path: Path) -> None:
    graph = graph_of(TINY, tmp_path)
    key = "stages.1.conv2.weight"
    weights = initial_weights(graph, 5)
    path = tmp_path / "w.npz"
    np.savez(path, **weights)  # type: ignore[arg-type]
    data = path.read_bytes()
    end = data.index(weights[key].tobytes()) + weights[key].nbytes
    path.write_bytes(data[: end - 8] + bytes(8) + data[end:])
    found = read_weights(graph, str(path))
    assert isinstance(found, Mapping)
    assert np.array_equal(found["fc.weight"], weights["fc.weight"])
    with pytest.raises(WeightsError, match=r"no sound \.npz file"):
        found[key]


def test_every_format_gives_the_same_weights(tmp_path: Path) -> None:
    graph = graph_of(TINY, tmp_path)
    weights = initial_weights(graph, 5)
    (tmp_path / "w.safetensors").write_bytes(b"".join(safetensors_parts(graph, weights)))
    # The safetensors package reads what we write, and we what it writes.
    theirs = load_file(tmp_path / "w.safetensors")
    assert all(np.array_equal(theirs[key], array) for key, array in weights.items())
    save_file(dict(weights), tmp_path / "theirs.safetensors")
    np.savez(tmp_path / "w.npz", **weights)  # type: ignore[arg-type]
    state = {key: torch.from_numpy(array) for key, array in weights.items()}
    torch.save(state, tmp_path / "w.pt")
    torch.save({"epoch": 3, "state_dict": state}, tmp_path / "w.pth")
    for name in ("w.safetensors", "theirs.safetensors", "w.npz", "w.pt", "w.pth"):
        found = read_weights(graph, str(tmp_path / name))
        assert isinstance(found, Mapping), name
        assert list(found) == list(weights)
        assert all(np.array_equal(found[key], array) for key, array in weights.items())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_other_precisions_and_missing_counters(dtype: torch.dtype, tmp_path: Path) -> None:
    graph = graph_of(TINY, tmp_path)
    weights = initial_weights(graph, 5)
    state = {
        key: torch.from_numpy(array).to(dtype)
        for key, array in weights.items()
        if not key.endswith("num_batches_tracked")
    }
    torch.save(state, tmp_path / "w.pt")
    from safetensors.torch import save_file as save_torch

    save_torch(state, tmp_path / "w.safetensors")
    for name in ("w.pt", "w.safetensors"):
        found = read_weights(graph, str(tmp_path / name))
        assert isinstance(found, Mapping)
        assert list(found) == list(weights)
        expected: Array = state["fc.weight"].float().numpy()
        assert np.array_equal(found["fc.weight"], expected)
        counters = [key for key in weights if key.endswith("num_batches_tracked")]
        assert counters and all(found[key] == 0 for key in counters)


def differing(graph_text: str, folder: Path, **weights: object) -> Diagnostic:
    graph = graph_of(graph_text, folder)
    np.savez(folder / "w.npz", **weights)  # type: ignore[arg-type]
    found = read_weights(graph, str(folder / "w.npz"))
    assert isinstance(found, Diagnostic)
    return found


def test_differences_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path()
    weights = dict(initial_weights(graph_of(TINY, folder), 0))
    some = {key: array for key, array in weights.items() if not key.startswith("stages.1")}
    some["stages.1.conv1.wieght"] = weights["stages.1.conv1.weight"]
    some["fc.weight"] = np.zeros((1000, 32), np.float32)
    some["fc.bias"] = np.zeros(10, np.int32)
    some["extra"] = np.zeros(2, np.float32)
    cases = {
        "everything at once": some,
        "a level too many in the file": {f"module.{key}": a for key, a in weights.items()},
        "a level too few in the file": {
            key.replace("stages.", ""): array for key, array in weights.items()
        },
    }
    texts = [
        f"=== {title}\n{render(differing(TINY, folder, **case))}\n" for title, case in cases.items()
    ]
    check_golden("onnx/weights.txt", "\n".join(texts))


@pytest.mark.no_cover
def test_thousands_of_names_take_no_second(tmp_path: Path) -> None:
    graph = graph_of(
        "network Deep { input x: image[8, 4, 4]; blocks = repeat 900 { conv(8); bn } }", tmp_path
    )
    weights = dict(graph.weights())
    assert len(weights) > 6000
    names = list(weights)
    random.Random(0).shuffle(names)
    for change in (
        "module.{0}".format,  # a level
        lambda key: key.replace(".0.", ".conv.").replace(".1.", ".norm."),
        lambda key: hashlib.sha256(key.encode()).hexdigest(),  # nothing alike
    ):
        stored = {
            change(key): Stored(weights[key].shape, "float32", lambda: iter(())) for key in names
        }
        start = time.process_time()
        assert isinstance(match(graph, stored, "w.pt"), Diagnostic)
        assert time.process_time() - start < 2  # 0.3 s of a processor that does nothing else


def safetensors(header: object, data: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(shape: list[int], span: list[int], dtype: str = "F32") -> dict[str, object]:
    return {"fc": {"dtype": dtype, "shape": shape, "data_offsets": span}}


BROKEN = {
    "short.safetensors": b"abc",
    "long.safetensors": struct.pack("<Q", 2**60),
    "text.safetensors": struct.pack("<Q", 4) + b"nope",
    "list.safetensors": safetensors([]),
    "beyond.safetensors": safetensors(entry([2], [0, 8])),
    "huge.safetensors": safetensors(entry([2**40, 2**40], [0, 4]), bytes(4)),
    "backwards.safetensors": safetensors(entry([0], [4, 0]), bytes(4)),
    "negative.safetensors": safetensors(entry([-1, -1], [0, 4]), bytes(4)),
    "kind.safetensors": safetensors(entry([1], [0, 4], "F3"), bytes(4)),
    "text.npz": b"no zip",
    "text.pt": b"no checkpoint",
    "empty.pth": b"",
    "weights.bin": b"",
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files(name: str, tmp_path: Path) -> None:
    graph = graph_of(TINY, tmp_path)
    (tmp_path / name).write_bytes(BROKEN[name])
    with pytest.raises(WeightsError, match=name):
        read_weights(graph, str(tmp_path / name))


class Harmful:
    """Runs when it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return (open, ("harm", "w"))


def test_nothing_in_a_file_is_executed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    graph = graph_of(TINY, tmp_path)
    torch.save({"fc.weight": Harmful()}, "w.pt")
    np.savez("w.npz", fc=np.array([Harmful()], dtype=object))
    with pytest.raises(WeightsError):
        read_weights(graph, "w.pt")
    assert isinstance(read_weights(graph, "w.npz"), Diagnostic)
    assert not Path("harm").exists()


def test_compressed_checkpoints_are_refused(tmp_path: Path) -> None:
    graph = graph_of(TINY, tmp_path)
    with zipfile.ZipFile(tmp_path / "w.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(1000))
    with pytest.raises(WeightsError, match="compressed"):
        read_weights(graph, str(tmp_path / "w.pt"))


def test_state_dicts_are_found_or_what_is_there_instead_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    graph = graph_of(TINY, tmp_path)
    weights = initial_weights(graph, 5)
    state = {key: torch.from_numpy(array.copy()) for key, array in weights.items()}
    other = {key: tensor + 1 for key, tensor in state.items()}
    for content in (
        {"epoch": 3, "state_dict": state, "state_dict_ema": other},
        {"epoch": 3, "state_dict_ema": state},
        {"model_ema": state, "optimizer": {}},
    ):
        torch.save(content, "w.pt")
        found = read_weights(graph, "w.pt")
        assert not isinstance(found, Diagnostic)
        assert np.array_equal(found["fc.weight"], weights["fc.weight"])
    said = []
    torch.save({"net": state, "args": argparse.Namespace(lr=0.1)}, "namespace.pt")
    torch.save({"epoch": 3, "net": state}, "net.pt")
    torch.save([1, 2], "list.pt")
    torch.save({**state, "fc.weight": torch.empty(10, 32, device="meta")}, "meta.pt")
    torch.save({**state, "fc.weight": torch.eye(10).to_sparse()}, "sparse.pt")
    (tmp_path / "program.pt").write_bytes((tmp_path / "list.pt").read_bytes())
    with zipfile.ZipFile(tmp_path / "program.pt", "a") as archive:
        archive.writestr("program/code/__torch__.py", "")
    for name in ("namespace.pt", "net.pt", "list.pt", "meta.pt", "sparse.pt", "program.pt"):
        with pytest.raises(WeightsError) as error:
            read_weights(graph, name)
        said.append(f"{error.value}\n")
    check_golden("onnx/checkpoints.txt", "".join(said))
