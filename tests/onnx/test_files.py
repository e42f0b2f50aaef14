"""Models as files: one, or two with the weights in the second; whole or not at all."""

import fcntl
import hashlib
import multiprocessing
import os
import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx as onnx_package
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from onnx import external_data_helper, numpy_helper

import archdsl
from archdsl import outputs
from archdsl.backends import onnx
from archdsl.backends.onnx import files
from archdsl.outputs import OutputError
from archdsl.weights import initial_weights
from tests.onnx.nets import LAYERS, TINY, graph_of
from tests.onnx.running import arrays, run

Array = NDArray[Any]


def save(folder: Path, seed: int = 0, external: bool | None = True, text: str = TINY) -> list[str]:
    """Write `net.onnx`; the names of its files."""
    graph = graph_of(text, folder)
    weights = initial_weights(graph, seed)
    saved = onnx.save(str(folder / "net.onnx"), graph, weights, external=external)
    assert [file.size for file in saved] == [os.path.getsize(file.path) for file in saved]
    return [os.path.basename(file.path) for file in saved]


def stored(path: Path) -> dict[str, Array]:
    """The weights of a model file, wherever they are."""
    model = onnx_package.load(path)
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def is_from_seed(path: Path, seed: int) -> bool:
    """Whether a file holds exactly the initial weights of a seed."""
    found = stored(path)
    weights = initial_weights(graph_of(TINY, path.parent), seed)
    return all(
        np.array_equal(found[key], array)
        for key, array in weights.items()
        if not key.endswith("num_batches_tracked")
    )


def models(folder: Path) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name != "net.arch")


def test_one_file(tmp_path: Path) -> None:
    assert save(tmp_path, external=None) == ["net.onnx"]
    graph = graph_of(TINY, tmp_path)
    expected = onnx.model(graph, initial_weights(graph)).SerializeToString(deterministic=True)
    assert (tmp_path / "net.onnx").read_bytes() == expected


@pytest.mark.parametrize("text", [TINY, LAYERS])
def test_two_files_are_the_same_model(text: str, tmp_path: Path) -> None:
    save(tmp_path, 3, text=text)
    path = tmp_path / "net.onnx"
    graph = graph_of(text, tmp_path)
    one = onnx.model(graph, initial_weights(graph, 3))
    onnx_package.checker.check_model(str(path), full_check=True)
    whole = onnx_package.load(path)
    for tensor in whole.graph.initializer:
        tensor.ClearField("data_location")
    assert whole == one
    # onnxruntime finds the second file by itself.
    shape = [size if isinstance(size, int) else 16 for size in graph.types[0].shape]
    x = np.random.default_rng(0).random((2, *shape), np.float32)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: x})
    expected = run(one.SerializeToString(), (torch.from_numpy(x),))
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))


LARGE = "network Large {\n  input x: tabular[3]\n  linear(700) -> linear(600) -> linear(9)\n}\n"


def test_layout(tmp_path: Path) -> None:
    _, name = save(tmp_path, text=LARGE)
    data = (tmp_path / name).read_bytes()
    assert name == f"net.onnx.{hashlib.sha256(data).hexdigest()[:16]}.data"
    model = onnx_package.load(tmp_path / "net.onnx", load_external_data=False)
    infos = {
        tensor.name: external_data_helper.ExternalDataInfo(tensor)
        for tensor in model.graph.initializer
        if external_data_helper.uses_external_data(tensor)
    }
    weights = initial_weights(graph_of(LARGE, tmp_path))
    assert infos.keys() == weights.keys()
    assert {info.location for info in infos.values()} == {name}
    end = 0
    for key, array in weights.items():
        offset = infos[key].offset
        assert offset % (65536 if array.nbytes >= 2**20 else 4096) == 0
        assert end <= offset < end + 65536
        assert not any(data[end:offset])
        end = offset + infos[key].length
        assert data[offset:end] == array.tobytes()
    assert end == len(data)
    assert max(info.length for info in infos.values()) >= 2**20


def test_same_bytes_every_time(tmp_path: Path) -> None:
    contents = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        contents.append({name: (folder / name).read_bytes() for name in save(folder)})
    assert contents[0] == contents[1]


def test_on_its_own_past_a_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = graph_of(TINY, tmp_path)
    size = 4 * sum(
        weight.count for key, weight in graph.weights() if not key.endswith("num_batches_tracked")
    )
    monkeypatch.setattr(files, "EXTERNAL_FROM", size)
    assert len(save(tmp_path, external=None)) == 1
    monkeypatch.setattr(files, "EXTERNAL_FROM", size - 1)
    assert len(save(tmp_path, external=None)) == 2
    assert len(save(tmp_path, external=False)) == 1


def test_data_of_earlier_runs_goes_once_no_model_names_it(tmp_path: Path) -> None:
    others = ["net.onnx.data", "net.onnx.0123456789abcdef.dat", "my.onnx.0123456789abcdef.data"]
    for name in others:
        (tmp_path / name).write_bytes(b"")
    model, first = save(tmp_path, 1)
    _, second = save(tmp_path, 2)
    assert models(tmp_path) == sorted([*others, model, second])
    # Somebody keeps a copy of the model, which needs its data.
    (tmp_path / "kept.onnx").write_bytes((tmp_path / model).read_bytes())
    assert save(tmp_path, 1) == [model, first]
    assert models(tmp_path) == sorted([*others, model, "kept.onnx", first, second])
    assert is_from_seed(tmp_path / "kept.onnx", 2) and is_from_seed(tmp_path / model, 1)
    (tmp_path / "kept.onnx").unlink()
    assert save(tmp_path, 1, external=False) == [model]
    assert models(tmp_path) == sorted([*others, model])


def test_a_large_model_that_names_data(tmp_path: Path) -> None:
    """The name may stand where a part of the file ends that is looked at in one go."""
    _, data = save(tmp_path, 1)
    for before in range(2**20 - len(data), 2**20 + 1, 7):
        (tmp_path / "large.onnx").write_bytes(bytes(before) + data.encode() + bytes(99))
        save(tmp_path, 2)
        assert data in models(tmp_path), before


def test_data_of_a_run_that_is_not_over_stays(tmp_path: Path) -> None:
    """Another run has put its data in place, and is about to do so with its model."""
    save(tmp_path, 1)
    _, data = save(tmp_path, 2)
    waiting = tmp_path / ".net.onnx.17-0.archdsl-tmp"
    os.rename(tmp_path / "net.onnx", waiting)
    with open(waiting, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        save(tmp_path, 3)
        assert data in models(tmp_path)


def test_what_is_no_file_names_no_data(tmp_path: Path) -> None:
    _, data = save(tmp_path, 1)
    (tmp_path / "broken.onnx").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.onnx")
    save(tmp_path, 2)
    assert data not in models(tmp_path)


def _killed_between(folder: Path, seed: int, renames: int) -> None:
    """A run that ends, as if killed, when it is about to rename one more file."""
    rename, done = os.replace, 0

    def stop(source: str, target: str) -> None:
        nonlocal done
        if done == renames:
            os._exit(9)
        done += 1
        rename(source, target)

    outputs.os.replace = stop
    save(folder, seed)


@pytest.mark.parametrize("renames", [0, 1])
def test_a_killed_run_leaves_the_old_pair(renames: int, tmp_path: Path) -> None:
    _, old = save(tmp_path, 1)
    process = multiprocessing.get_context("fork").Process(
        target=_killed_between, args=(tmp_path, 2, renames)
    )
    process.start()
    process.join()
    assert process.exitcode == 9
    assert len(models(tmp_path)) == 4 and old in models(tmp_path)
    assert is_from_seed(tmp_path / "net.onnx", 1)
    model, data = save(tmp_path, 3)
    assert models(tmp_path) == sorted([model, data])
    assert is_from_seed(tmp_path / "net.onnx", 3)


@pytest.mark.parametrize("failing", [1, 2])
def test_a_failing_rename_leaves_the_old_pair(
    failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path, 1)
    before = models(tmp_path)
    rename, calls = os.replace, 0

    def fail(source: str, target: str) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise OSError(5, "Input/output error")
        rename(source, target)

    monkeypatch.setattr(outputs.os, "replace", fail)
    with pytest.raises(OutputError, match=r"cannot write .*: Input/output error"):
        save(tmp_path, 2)
    assert models(tmp_path) == before
    assert is_from_seed(tmp_path / "net.onnx", 1)


@pytest.mark.parametrize("external", [True, False])
@pytest.mark.parametrize("most", [0, 5_000, 120_000])
def test_a_full_disk_leaves_the_old_files(
    most: int, external: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path, 1, external)
    before = models(tmp_path)
    write, written = os.write, 0

    def full(handle: int, data: memoryview) -> int:
        """As much of it as there is room for."""
        nonlocal written
        if written == most:
            raise OSError(28, "No space left on device")
        count = write(handle, data[: most - written])
        written += count
        return count

    monkeypatch.setattr(outputs.os, "write", full)
    with pytest.raises(OutputError, match="no space is left on the device"):
        save(tmp_path, 2, external)
    monkeypatch.undo()
    assert models(tmp_path) == before
    assert is_from_seed(tmp_path / "net.onnx", 1)


def test_symbolic_links_are_refused(tmp_path: Path) -> None:
    _, data = save(tmp_path, 1)
    (tmp_path / "net.onnx").rename(tmp_path / "real.onnx")
    (tmp_path / "net.onnx").symlink_to("real.onnx")
    with pytest.raises(OutputError, match=r"net\.onnx: it is a symbolic link"):
        save(tmp_path, 2)
    (tmp_path / "net.onnx").unlink()
    (tmp_path / data).rename(tmp_path / "real.data")
    (tmp_path / data).symlink_to("real.data")
    # Nothing is written to this one, whatever it is.
    (tmp_path / "net.onnx.data").symlink_to("nowhere")
    content = (tmp_path / "real.data").read_bytes()
    with pytest.raises(OutputError, match=r"\.data: it is a symbolic link"):
        save(tmp_path, 1)
    assert models(tmp_path) == sorted(["net.onnx.data", data, "real.data", "real.onnx"])
    assert (tmp_path / "real.data").read_bytes() == content
    (tmp_path / data).unlink()
    assert save(tmp_path, 1) == ["net.onnx", data]


class Zeros(Mapping[str, Array]):
    """Weights of 0 that take no memory."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self._shapes = shapes

    def __getitem__(self, key: str) -> Array:
        return np.zeros(self._shapes[key], np.float32)

    def __iter__(self) -> Iterator[str]:
        return iter(self._shapes)

    def __len__(self) -> int:
        return len(self._shapes)


def test_more_than_two_gibibytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of holes: nothing but the last byte of a tensor is written."""

    def skip(handle: int, part: bytes | memoryview) -> int:
        if len(part) < 2**20:
            return os.write(handle, part)
        os.lseek(handle, len(part) - 1, os.SEEK_CUR)
        return len(part) - 1 + os.write(handle, part[-1:])

    monkeypatch.setattr(outputs, "_write", skip)
    # The name's digest would take as long as all of the rest.
    monkeypatch.setattr(files, "_hashed", lambda parts, digest: parts)
    text = "network Big {\n  input x: tabular[8_192]\n  repeat 9 { linear(8_192) }\n}\n"
    graph = graph_of(text, tmp_path)
    weights = Zeros({key: weight.shape for key, weight in graph.weights()})
    model, data = onnx.save(str(tmp_path / "net.onnx"), graph, weights)
    assert model.size < 10_000 and data.size > 2**31 + 2**27
    assert os.stat(data.path).st_blocks * 512 < 2**20
    onnx_package.checker.check_model(model.path, full_check=True)
    last = onnx_package.load(model.path, load_external_data=False).graph.initializer[-1]
    info = external_data_helper.ExternalDataInfo(last)
    assert info.offset > 2**31 and info.offset + info.length == data.size


@pytest.mark.parametrize("external", [True, False])
def test_memory_does_not_hold_a_large_tensor(external: bool, tmp_path: Path) -> None:
    graph = graph_of("network Large {\n  input x: tabular[4000]\n  linear(2000)\n}\n", tmp_path)
    save(tmp_path, external=external)
    tracemalloc.start()
    try:
        saved = onnx.save(
            str(tmp_path / "net.onnx"), graph, initial_weights(graph, 2), external=external
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert max(file.size for file in saved) > 32_000_000
    assert peak < 4_000_000


def test_weights_of_another_network(tmp_path: Path) -> None:
    graph = graph_of("network A {\n  input x: tabular[3]\n  fc = linear(5)\n}\n", tmp_path)
    other = graph_of("network B {\n  input x: tabular[5]\n  fc = linear(3)\n}\n", tmp_path)
    with pytest.raises(ValueError, match=r"fc\.weight has the shape \(3, 5\), not \(5, 3\)"):
        onnx.save(str(tmp_path / "net.onnx"), graph, initial_weights(other))
    assert models(tmp_path) == []


def test_from_python(tmp_path: Path) -> None:
    graph_of(TINY, tmp_path)
    net = archdsl.load(tmp_path / "net.arch")
    live = net.module()
    net.save_onnx(tmp_path / "net.onnx", arrays(live), opset=17)
    expected = net.onnx(arrays(live), opset=17).SerializeToString(deterministic=True)
    assert (tmp_path / "net.onnx").read_bytes() == expected
    net.save_onnx(tmp_path / "net.onnx", seed=4, external_data=True)
    assert len(models(tmp_path)) == 2 and is_from_seed(tmp_path / "net.onnx", 4)
    with pytest.raises(ValueError, match=r"ends in \.onnx; .*model\.pb does not"):
        net.save_onnx(tmp_path / "model.pb")
    with pytest.raises(KeyError, match=r"conv1\.weight"):
        net.save_onnx(tmp_path / "other.onnx", {})
    assert len(models(tmp_path)) == 2
