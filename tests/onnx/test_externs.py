"""Extern ops as nodes of another domain: what is written, what runs, and what cannot be."""

import sys
from pathlib import Path

import onnx as onnx_package
import pytest
import torch
from onnx import helper, printer

import archdsl
from archdsl.backends import onnx
from archdsl.backends.onnx.check import check
from archdsl.backends.onnx.plan import plan
from archdsl.backends.onnx.writer import skeleton
from archdsl.diagnostics import render
from archdsl.weights import initial_weights
from tests.golden import check_golden
from tests.onnx.nets import graph_of
from tests.onnx.running import arrays, difference, outputs, run

ATTRIBUTES = """\
extern op Op(
  name: str = "an ü",
  size: int = 3,
  eps: float = 1,
  flag: bool = true,
  absent: int | none = none,
  sizes: list[int] = [1, -2],
  rates: list[float] = [1, 0.5],
  flags: list[bool] = [true, false],
  domain: list[str] = ["a", "b"],
  mixed: list[int | float] = [1, 0.5],
) {
  shape [input.channels, ceil(input.height / 2), ceil(input.width / 2)]
  onnx "org.example:Op"
}
extern op BatchNormalization { shape input.shape; onnx "org.other:BatchNormalization" }
extern op Conv { shape input.shape; onnx "org.example:Conv" }
network Net {
  input image: image[3, H=32, W=32]
  conv(4) -> BatchNormalization -> Op -> bn -> relu
  shared twice = Conv
  a = twice -> conv(4)
  b = a -> twice
  output a, b
}
"""
DOUBLE = """\
extern op Half(factor: float = 0.5, at: int = 1) {
  shape [input.channels, input.height // 2, input.width // 2]
  pytorch "onnx_extern_ops:Half"
  onnx "org.example:Half"
}
network Net {
  input image: image[3, H=16, W=16]
  conv(4) -> Half -> conv(2) -> Half(2)
}
"""
PACKAGE = """
from torch import Tensor, nn


class Half(nn.Module):
    def __init__(self, factor: float, at: int) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        return self.factor * nn.functional.max_pool2d(x, 2)


class QuickGelu(nn.Module):
    def __init__(self, alpha: float) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        return x * (self.alpha * x).sigmoid()
"""
# An operator that onnxruntime itself has, in a domain of its own.
REGISTERED = """\
extern op QuickGelu(alpha: float = 1.702) {
  shape input.shape
  pytorch "onnx_extern_ops:QuickGelu"
  onnx "com.microsoft:QuickGelu"
}
block Unit(width: int) { conv(width) -> bn -> QuickGelu }
network Net {
  input image: image[3, H=9, W=8]
  Unit(4); Unit(4); Unit(4)
  residual { conv(8) -> bn -> QuickGelu(1) } shortcut project
  gap -> flatten -> linear(3)
}
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "onnx_extern_ops.py").write_text(PACKAGE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "onnx_extern_ops", raising=False)


def test_text_of_the_model(tmp_path: Path) -> None:
    graph = graph_of(ATTRIBUTES, tmp_path)
    model = skeleton(graph, plan(graph, onnx.DEFAULT_OPSET), onnx.DEFAULT_OPSET)
    assert {one.domain: one.version for one in model.opset_import} == {
        "": 20,
        "org.example": 1,
        "org.other": 1,
    }
    check_golden("onnx/externs.txt", printer.to_text(model) + "\n")


def test_inference_goes_on_behind_an_unknown_operator(tmp_path: Path) -> None:
    graph = graph_of(ATTRIBUTES, tmp_path)
    wrong = skeleton(graph, plan(graph, 20), 20)
    check(wrong)
    # What follows from the declared type of an extern op's result is still compared.
    relu = next(node for node in wrong.graph.node if node.op_type == "Relu")
    info = next(one for one in wrong.graph.value_info if one.name == relu.output[0])
    info.type.tensor_type.shape.dim[1].dim_value = 5
    with pytest.raises((AssertionError, onnx_package.shape_inference.InferenceError)):
        check(wrong)


def test_norms_of_another_domain_are_not_folded(tmp_path: Path) -> None:
    graph = graph_of(ATTRIBUTES, tmp_path)
    nodes = onnx.model(graph, initial_weights(graph), fold_norm=True).graph.node
    types = [(node.domain, node.op_type) for node in nodes]
    assert ("org.other", "BatchNormalization") in types
    # The layer before it is no convolution of ONNX's.
    assert ("", "BatchNormalization") in types


def test_functions_keep_to_a_domain_of_their_own(tmp_path: Path) -> None:
    text = """\
extern op Constant { shape input.shape; onnx "archdsl.Net:Constant" }
extern op Unit_2 { shape input.shape; onnx "archdsl.Net:Unit" }
block Unit(width: int) { conv(width) -> Constant -> Unit_2 }
network Net {
  input image: image[3, H=32, W=32]
  Unit(4); Unit(4); Unit(8)
}
"""
    graph = graph_of(text, tmp_path)
    model = onnx.model(graph, initial_weights(graph), functions=True)
    assert {one.domain for one in model.functions} == {"archdsl.Net_1"}
    assert [(node.domain, node.op_type) for node in model.functions[0].node] == [
        ("", "Conv"),
        ("archdsl.Net", "Constant"),
        ("archdsl.Net", "Unit"),
    ]
    assert {one.domain: one.version for one in model.functions[0].opset_import} == {
        "": 20,
        "archdsl.Net": 1,
    }


def test_it_runs_where_the_operator_is_defined(package: None, tmp_path: Path) -> None:
    """A function of the same domain stands in for the registered operator."""
    graph = graph_of(DOUBLE, tmp_path)
    net = archdsl.load(tmp_path / "net.arch")
    live = net.module().eval()
    model = onnx.model(graph, arrays(live))
    pooled = helper.make_node("MaxPool", ["x"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2])
    factor = helper.make_node("Constant", [], ["factor"])
    factor.attribute.add(
        name="value_float", ref_attr_name="factor", type=onnx_package.AttributeProto.FLOAT
    )
    product = helper.make_node("Mul", ["pooled", "factor"], ["y"])
    opsets = [helper.make_opsetid("", 20)]
    body = [pooled, factor, product]
    function = helper.make_function(
        "org.example", "Half", ["x"], ["y"], body, opsets, ["factor", "at"]
    )
    model.functions.append(function)
    for batch, height in ((1, 16), (3, 20)):
        x = torch.randn(batch, 3, height, 16)
        (found,) = run(model.SerializeToString(), (x,))
        assert difference(found, outputs(live, (x,))[0]) < 1e-5


@pytest.mark.parametrize("functions", [False, True])
@pytest.mark.parametrize("fold", [False, True])
def test_an_operator_of_the_runtime_s_own(
    fold: bool, functions: bool, package: None, tmp_path: Path
) -> None:
    graph = graph_of(REGISTERED, tmp_path)
    live = archdsl.load(tmp_path / "net.arch").module().eval()
    x = torch.randn(2, 3, 11, 8)
    model = onnx.model(graph, arrays(live), fold_norm=fold, functions=functions)
    (found,) = run(model.SerializeToString(), (x,))
    assert difference(found, outputs(live, (x,))[0]) < 1e-5


@pytest.mark.parametrize("value", ["[]", "[[1]]", "[none]", '[1, "a"]', "1e39", "[1e39]"])
def test_what_is_no_attribute(value: str, tmp_path: Path) -> None:
    kinds = "int | float | str | none | list[int | float | str | none | list[int]]"
    text = f'extern op Op(n: {kinds}) {{ shape input.shape; onnx "a:Op" }}\n'
    graph = graph_of(
        text + f"network N {{\n  input x: image[3, 8, 8]\n  Op({value})\n}}\n", tmp_path
    )
    (found,) = onnx.unsupported(graph)
    assert found.code == "E701"
    assert "n is no attribute" in found.message


def test_messages(tmp_path: Path) -> None:
    text = """\
extern op Nameless(n: int) { shape input.shape }
extern op Learned { shape input.shape; onnx "org.example:Learned"; params 2 * input.channels }
extern op Nested(n: list[list[int]]) { shape input.shape; onnx "org.example:Nested" }
block Unit(width: int) { conv(width) -> Nameless(1) }
network Net {
  input image: image[3, H=32, W=32]
  Unit(4); Unit(8)
  Learned
  Nested([[1]])
}
"""
    found = onnx.unsupported(graph_of(text, tmp_path))
    shown = "\n\n".join(render(diagnostic) for diagnostic in found)
    check_golden("onnx/externs_messages.txt", shown.replace(f"{tmp_path}/", "") + "\n")
