"""Commands on networks with extern ops, and weights files beside their modules."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

import archdsl as package
from tests.cli.commands import Commands
from tests.golden import check_golden

BLUR = """\
extern op Blur(size: int = 3) {
  shape [input.channels, ceil(input.height / 2), ceil(input.width / 2)]
  pytorch "missing_package.filters:BlurPool2D"
  onnx "org.kornia:BlurPool"
}
extern op Gain {
  shape input.shape
  pytorch "mine:Gain"
  onnx "org.mine:Gain"
  params input.channels
}
extern op Nameless(n: list[int] = []) { shape input.shape }
network Blurred {
  input image: image[3, H=32, W=32]
  conv(8) -> bn -> Blur -> relu
  gap -> flatten -> linear(2)
}
network Learned {
  input image: image[3, H=32, W=32]
  conv(8) -> Gain
  tail = { Gain; conv(4) }
}
network Bare {
  input image: image[3, H=32, W=32]
  conv(8) -> Nameless
}
"""


def test_what_commands_say(archdsl: Commands) -> None:
    archdsl.write("net.arch", BLUR)
    commands = [
        "check net.arch",
        "summary net.arch:Learned",
        "explain net.arch:Blurred blur1",
        "compile net.arch:Blurred --to pytorch,onnx",
        "compile net.arch:Learned",
        "compile net.arch:Learned --to onnx",
        "compile net.arch:Bare --to onnx,pytorch",
        "compile net.arch:Bare",
        "verify net.arch:Bare",
        "verify net.arch:Blurred",
        "init net.arch:Blurred -o blurred.safetensors",
        "init net.arch:Learned -o learned.safetensors",
    ]
    texts = [f"$ archdsl {command}\n{archdsl(*command.split())}" for command in commands]
    check_golden("cli/externs.txt", "\n".join(texts))


def test_an_error_writes_nothing(archdsl: Commands) -> None:
    archdsl.write("net.arch", BLUR)
    assert archdsl("compile", "net.arch").code == 1
    assert not (archdsl.folder / "build").exists()


def test_tensors_of_an_extern_op_are_let_through(archdsl: Commands) -> None:
    archdsl.write("net.arch", BLUR)
    assert archdsl("init", "net.arch:Blurred", "-o", "w.safetensors", "--seed", "3").code == 0
    weights = load_file(archdsl.folder / "w.safetensors")
    kernel = {"blur1.kernel": np.ones((1, 1, 3, 3), np.float32), "blur1.a.b": np.ones(1, np.int64)}
    save_file({**weights, **kernel}, archdsl.folder / "more.safetensors")
    for name in ("w", "more"):
        words = ("--to", "onnx", "--weights", f"{name}.safetensors", "-o", name)
        assert archdsl("compile", "net.arch:Blurred", *words).code == 0
    one, other = ((archdsl.folder / name / "blurred.onnx").read_bytes() for name in ("w", "more"))
    assert one == other
    save_file(
        {**weights, "blur10.kernel": kernel["blur1.kernel"]}, archdsl.folder / "x.safetensors"
    )
    found = archdsl("compile", "net.arch:Blurred", "--to", "onnx", "--weights", "x.safetensors")
    assert found.code == 1
    assert "unexpected: blur10.kernel" in found.err


PARAMETERS = """\
extern op Op(stride: list[int], dilation: list[str], kernel: list[int], groups: int, p: str) {
  shape [input.channels, ceil(input.height / 2), ceil(input.width / 2)]
  pytorch "missing_package:Op"
  params 1
}
network Net {
  input image: image[3, H=64, W=64]
  conv(8, bias=false) -> bn -> Op([], ["a"], [], 0, "q") -> relu
  conv(8, dilation=2, bias=false) -> bn -> Op([2, 2], [], [1, 1], 2, "p") -> relu
  gap -> flatten -> linear(2)
}
"""


@pytest.mark.parametrize(
    "command", ["check", "lint", "summary", "compile", "init -o w.safetensors"]
)
def test_parameters_may_have_any_names(command: str, archdsl: Commands) -> None:
    """Nothing takes `stride` of an extern op for a stride."""
    archdsl.write("net.arch", PARAMETERS)
    found = archdsl(*f"{command} net.arch".split())
    assert (found.code, found.err) in ((0, ""), (0, "no findings in 1 file\n"))


MODULES = """
import torch
from torch import Tensor, nn


class Blur(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("kernel", torch.ones(1, 1, size, size) / size**2)

    def forward(self, x: Tensor) -> Tensor:
        kernel = self.kernel.expand(x.shape[1], 1, -1, -1)
        return nn.functional.conv2d(x, kernel, stride=2, padding=1, groups=x.shape[1])


class QuickGelu(nn.Module):
    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.register_buffer("factor", torch.full((4, 1, 1, 1), alpha))

    def forward(self, x: Tensor) -> Tensor:
        return x * nn.functional.conv2d(x, self.factor, groups=4).sigmoid()
"""
GELU = """\
extern op QuickGelu(alpha: float = 1.702) {{
  shape {shape}
  pytorch "cli_extern_ops:QuickGelu"
  onnx "com.microsoft:QuickGelu"
}}
network Net {{
  input image: image[3, H=8, W=8]
  conv(4) -> bn -> QuickGelu({alpha}) -> conv(4)
}}
"""


@pytest.fixture
def modules(archdsl: Commands, monkeypatch: pytest.MonkeyPatch) -> Path:
    (archdsl.folder / "cli_extern_ops.py").write_text(MODULES)
    monkeypatch.syspath_prepend(str(archdsl.folder))
    return archdsl.folder


def test_verify_compares_what_is_declared(archdsl: Commands, modules: Path) -> None:
    """With an operator that onnxruntime has; its module has a buffer of its own."""
    archdsl.write("net.arch", GELU.format(shape="input.shape", alpha=""))
    assert archdsl("verify", "net.arch").code == 0
    assert archdsl("init", "net.arch", "-o", "w.safetensors").code == 0
    assert archdsl("verify", "net.arch", "--weights", "w.safetensors").code == 0
    archdsl.write("net.arch", GELU.format(shape="[input.channels, 3, 3]", alpha=""))
    found = archdsl("verify", "net.arch")
    assert found.code == 1
    assert "quick_gelu1" in str(found)


def test_a_module_of_a_wrong_shape_shows(archdsl: Commands, modules: Path) -> None:
    text = BLUR.replace("missing_package.filters:BlurPool2D", "cli_extern_ops:Blur")
    archdsl.write("net.arch", text.replace("ceil(input.height / 2)", "input.height"))
    net = package.load(archdsl.folder / "net.arch", "Blurred")
    assert net.module().state_dict()["blur1.kernel"].shape == (1, 1, 3, 3)
    found = archdsl("verify", "net.arch:Blurred")
    # onnxruntime has no such operator: that is said, and nothing is claimed.
    assert (found.code, found.out) == (1, "")
    assert "org.kornia:BlurPool" in found.err
