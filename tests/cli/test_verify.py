"""`archdsl verify` as a command; what it compares is tested under tests/verify."""

import importlib.util

import pytest

from archdsl.backends.onnx.forms import FORMS
from archdsl.backends.onnx.records import Input
from tests.cli.commands import Commands
from tests.cli.nets import TINY, WRONG
from tests.golden import check_golden
from tests.verify.masking import masked

SMALL = """\
network One {
  input x: image[3, 8, 8]
  conv(4) -> bn -> relu
}

network Two {
  input x: tabular[6]
  linear(4) -> tanh
}
"""
NOT_RUNNABLE = """\
network One {
  input x: image[3, 8, 8]
  gap -> instance_norm
}
"""


def test_what_the_command_says(archdsl: Commands) -> None:
    archdsl.write("tiny.arch", TINY)
    archdsl.write("small.arch", SMALL)
    archdsl.write("wrong.arch", WRONG)
    archdsl.write("not_runnable.arch", NOT_RUNNABLE)
    assert archdsl("init", "tiny.arch", "-o", "w.safetensors").code == 0
    commands = [
        "verify small.arch",
        "verify tiny.arch --weights w.safetensors --opset 13",
        "verify tiny.arch --input H=64 --set classes=3 --seed 5",
        "verify wrong.arch",
        "verify not_runnable.arch",
        "verify small.arch --weights w.safetensors",
        "verify small.arch:Two --weights w.safetensors",
        "verify tiny.arch --weights none.npz",
        "verify tiny.arch --opset 12",
        "verify nothing.arch",
        "verify",
    ]
    texts = [f"$ archdsl {command}\n{archdsl(*command.split())}" for command in commands]
    check_golden("cli/verify.txt", masked("\n".join(texts)))


def test_disagreement_is_exit_code_1(archdsl: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    archdsl.write("small.arch", SMALL)
    monkeypatch.setitem(FORMS, "tanh", lambda layer, opset: Input())
    result = archdsl("verify", "small.arch")
    assert result.code == 1
    assert "One: analysis, PyTorch and ONNX agree" in result.out
    assert "Two: analysis, PyTorch and ONNX do not agree" in result.out
    assert "The first step that differs is tanh1 (tanh, small.arch:8)" in result.out


def test_what_is_not_installed(archdsl: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    archdsl.write("small.arch", SMALL)
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "onnxruntime" else find(name)
    )
    result = archdsl("verify", "small.arch")
    assert result == (
        2,
        "",
        "archdsl: verify needs onnxruntime: pip install 'archdsl[verify]'\n",
    )
