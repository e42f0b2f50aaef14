"""`compile --to onnx` and `init`."""

import os
from pathlib import Path

import numpy as np
import onnx
import torch
from safetensors.torch import load_file

import archdsl as package
from archdsl.weights import initial_weights
from tests.cli.commands import Commands
from tests.cli.nets import TINY
from tests.golden import check_golden

OLD = """\
arch 1

block Unit {
  conv(8) -> ln -> relu
}

network Old {
  input image: image[3, H=32, W=32]
  repeat 2 { Unit }
  upsample(41)
}
"""


def test_what_commands_say(archdsl: Commands) -> None:
    archdsl.write("tiny.arch", TINY)
    archdsl.write("old.arch", OLD)
    commands = [
        "compile tiny.arch --to onnx,pytorch",
        "init tiny.arch -o w.safetensors --seed 3",
        "compile tiny.arch --to onnx --weights w.safetensors --opset 13 -o models",
        "compile tiny.arch --to onnx --fold-norm -o folded",
        "compile tiny.arch --to onnx --functions -o functions",
        "compile tiny.arch --to onnx,pytorch --external-data -o two",
        "compile old.arch --to onnx --opset 16",
        "compile lenet.arch --to onnx --weights w.safetensors",
        "compile tiny.arch --to onx",
        "compile tiny.arch --to onnx --opset 12",
        "compile tiny.arch --to onnx --seed three",
        "compile tiny.arch --opset 20",
        "compile tiny.arch --fold-norm",
        "compile tiny.arch --to pytorch --functions",
        "compile tiny.arch --external-data",
        "compile tiny.arch --to onnx --seed 1 --weights w.safetensors",
        "compile resnet.arch --to onnx --weights w.safetensors",
        "compile tiny.arch --to onnx --weights none.npz",
        "compile tiny.arch --to onnx --weights tiny.arch",
        "init tiny.arch",
        "init tiny.arch -o w.pt",
        "init resnet.arch -o w.safetensors",
    ]
    texts = [f"$ archdsl {command}\n{archdsl(*command.split())}" for command in commands]
    check_golden("cli/onnx.txt", "\n".join(texts))


def test_weights_that_break_while_they_are_read(archdsl: Commands) -> None:
    """The middle of a large array is wrong, which shows when its check sum is compared."""
    archdsl.write("tiny.arch", TINY)
    weights = initial_weights(package.load("tiny.arch").graph)
    np.savez("w.npz", **weights)  # type: ignore[arg-type]
    data = bytearray(Path("w.npz").read_bytes())
    start = data.index(weights["stages.1.conv2.weight"].tobytes())
    data[start + 8_000] ^= 1
    Path("w.npz").write_bytes(data)
    result = archdsl("compile", "tiny.arch", "--to", "onnx", "--weights", "w.npz")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("archdsl: w.npz is no sound .npz file: Bad CRC-32")
    assert os.listdir("build") == []


def test_nothing_is_written_after_an_error(archdsl: Commands) -> None:
    archdsl.write("old.arch", OLD)
    assert archdsl("compile", "old.arch", "--to", "pytorch,onnx").code == 1
    assert not (archdsl.folder / "build").exists()


def test_initial_weights_load_into_the_module_and_are_those_of_the_model(
    archdsl: Commands,
) -> None:
    archdsl.write("tiny.arch", TINY)
    assert archdsl("init", "tiny.arch", "-o", "w.safetensors", "--seed", "9").code == 0
    state = load_file(archdsl.folder / "w.safetensors")
    module = package.load(Path("tiny.arch")).module()
    module.load_state_dict(state, strict=True)
    assert archdsl("compile", "tiny.arch", "--to", "onnx", "--seed", "9").code == 0
    model = onnx.load(archdsl.folder / "build" / "tiny.onnx")
    found = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    assert np.array_equal(found["fc.weight"], state["fc.weight"].numpy())
    assert torch.equal(module.state_dict()["fc.weight"], state["fc.weight"])
    drawn = (archdsl.folder / "build" / "tiny.onnx").read_bytes()
    command = ("compile", "tiny.arch", "--to", "onnx", "--weights", "w.safetensors")
    assert archdsl(*command).code == 0
    assert (archdsl.folder / "build" / "tiny.onnx").read_bytes() == drawn
