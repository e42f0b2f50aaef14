"""`--functions`: what the functions are, and that they hold what the flat model does."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import onnx as onnx_package
import pytest
from onnx import ModelProto, inliner, printer

import archdsl
from archdsl.backends import onnx
from archdsl.backends.onnx.check import check, check_functions
from archdsl.backends.onnx.fold import fold_norms
from archdsl.backends.onnx.functions import with_functions
from archdsl.backends.onnx.plan import Plan, plan
from archdsl.backends.onnx.writer import skeleton
from archdsl.graph.ir import Graph
from tests.backends.emitted import ROOT, corpus, landmarks
from tests.golden import check_golden
from tests.onnx.nets import BLOCKS, SHARED, TINY, graph_of
from tests.onnx.trials import trial

CORPUS = corpus()
NETS = {"blocks": BLOCKS, "tiny": TINY}


def planned(graph: Graph, opset: int = 20, fold: bool = False) -> Plan:
    found = plan(graph, opset)
    return fold_norms(found) if fold else found


def pair(graph: Graph, opset: int = 20, fold: bool = False) -> tuple[ModelProto, ModelProto]:
    """The models without weights: with functions, and flat."""
    flat = planned(graph, opset, fold)
    return (
        skeleton(graph, with_functions(graph, flat), opset),
        skeleton(graph, flat, opset),
    )


def operations(model: ModelProto) -> Counter[str]:
    """Nodes by type; within a function a constant is a node."""
    return Counter(node.op_type for node in model.graph.node if node.op_type != "Constant")


@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("name", NETS)
def test_text_of_the_model(name: str, fold: bool, tmp_path: Path) -> None:
    model, _ = pair(graph_of(NETS[name], tmp_path), fold=fold)
    ending = "folded_functions" if fold else "functions"
    check_golden(f"onnx/{name}_{ending}.txt", printer.to_text(model) + "\n")


@pytest.mark.parametrize("fold", [False, True])
@pytest.mark.parametrize("name", CORPUS)
def test_corpus(name: str, fold: bool) -> None:
    """Outputs, optimised and not; inlining gives the nodes of the flat model."""
    graph = CORPUS[name]
    tried = trial(graph)
    data = onnx.model_bytes(graph, tried.weights, fold_norm=fold, functions=True)
    for optimised in (True, False):
        tried.check(data, optimised)
    model, flat = pair(graph, fold=fold)
    assert operations(inliner.inline_local_functions(model)) == operations(flat)


@pytest.mark.parametrize("opset", range(onnx.OLDEST_OPSET, onnx.newest_opset() + 1))
def test_every_opset(opset: int, tmp_path: Path) -> None:
    graph = graph_of(BLOCKS, tmp_path)
    for grown in (0, 4):
        tried = trial(graph, opset, grown=grown)
        for fold in (False, True):
            model = onnx.model_bytes(graph, tried.weights, opset, fold_norm=fold, functions=True)
            tried.check(model, optimised=fold)


@pytest.mark.parametrize("name", ["ResNet18", "ResNet50", "GoogLeNet", "EfficientNetB0"])
def test_landmarks_have_a_function_for_each_structure(name: str) -> None:
    graph = landmarks()[name]
    model, flat = pair(graph)
    check(model)
    check_functions(model, flat)
    names = [function.name for function in model.functions]
    assert (
        names
        == {
            "ResNet18": ["Basic", "Basic_2"],
            "ResNet50": ["Bottleneck", "Bottleneck_2", "Bottleneck_3"],
            "GoogLeNet": ["ConvBN", "ConvBN_2", "ConvBN_3", "Inception"],
            # A depthwise convolution has as many groups as channels, so most blocks differ.
            "EfficientNetB0": ["SqueezeExcite", "MBConv", *(f"MBConv_{n}" for n in range(2, 13))],
        }[name]
    )


def test_functions_make_a_model_smaller() -> None:
    graph = archdsl.load(ROOT / "specs" / "resnet.arch", "ResNet152").graph
    model, flat = pair(graph)
    assert len(flat.graph.node) == 515
    assert len(model.graph.node) == 57
    assert model.ByteSize() < 0.5 * flat.ByteSize()


def test_a_network_without_blocks_is_the_flat_model(tmp_path: Path) -> None:
    model, flat = pair(graph_of(SHARED, tmp_path))
    assert model == flat


def test_names_and_places(tmp_path: Path) -> None:
    model, flat = pair(graph_of(BLOCKS, tmp_path))
    calls = {node.name: node for node in model.graph.node if node.domain}
    assert {node.domain for node in calls.values()} == {"archdsl.Blocks"}
    # A block is called under its path, with the line of the call; a shared one is called again.
    line = 1 + BLOCKS[: BLOCKS.index("stage2 = ")].count("\n")
    assert calls["/stage2"].doc_string == f"net.arch:{line}"
    assert calls["/twice"].op_type == calls["/twice_1"].op_type == "Unit_4"
    # Blocks that only drop out or pass on leave nothing.
    assert {node.op_type for node in calls.values()}.isdisjoint({"Nothing", "Same"})
    functions = {function.name: function for function in model.functions}
    stage = functions["Stage"]
    assert stage.doc_string == "Two units; the first one's result is read from outside."
    # Its own result comes first, then what is read of it by path.
    assert list(stage.output) == ["/second_output_0", "/first_output_0"]
    assert list(functions["Stage_2"].output) == ["/second_output_0"]
    assert "act.weight" in functions["Halves"].input
    # A block of the source keeps its name: that of the second function of Unit is taken.
    assert functions["Unit_2"].node[0].op_type == "Unit_4"
    # What is not inside a block has the names of the flat model.
    names = {name for node in model.graph.node for name in (*node.input, *node.output)}
    assert names <= {name for node in flat.graph.node for name in (*node.input, *node.output)}


def test_names_of_inputs_that_clash(tmp_path: Path) -> None:
    """Beside a layer from outside one of that name; a tensor that is called as inputs are."""
    source = """
    block Empty {}
    block Join(skip: tensor, outer: block) {
      add [skip, prev]
      input_1 = scale(0.5)
      head = conv(4, 1)
      outer
    }
    network Net {
      input x: image[4, 8, 8]
      shared head = conv(4)
      y = head
      conv(4)
      Empty
      Join(y, head)
    }
    """
    graph = graph_of(source, tmp_path)
    model, _ = pair(graph)
    (join,) = model.functions
    # The first input is what flows in, though the block reads the other one first.
    values, weights = list(join.input[:2]), list(join.input[2:])
    assert values == ["input", "input_2"]
    assert weights == ["head.weight_1", "head.bias_1", "input_1", "head.weight", "head.bias"]
    call = next(node for node in model.graph.node if node.op_type == "Join")
    assert list(call.input[:3]) == ["/conv1/Conv_output_0", "/head/Conv_output_0", "head.weight"]
    tried = trial(graph)
    tried.check(onnx.model_bytes(graph, tried.weights, functions=True))


def test_blocks_in_blocks_in_blocks(tmp_path: Path) -> None:
    source = """
    block Deep(n: int) {
      conv(2) -> bn -> relu
      if n > 0 { residual { Deep(n - 1) } }
    }
    network Net {
      input x: image[2, 8, 8]
      Deep(40)
    }
    """
    graph = graph_of(source, tmp_path)
    tried = trial(graph)
    for optimised in (True, False):
        tried.check(onnx.model_bytes(graph, tried.weights, functions=True), optimised)
    model, _ = pair(graph)
    assert len(model.functions) == 41
    assert model.functions[-1].name == "Deep_41"


def test_same_bytes_in_every_process(tmp_path: Path) -> None:
    graph_of(BLOCKS, tmp_path)
    program = (
        "import sys, hashlib, archdsl; net = archdsl.load(sys.argv[1]); "
        "model = net.onnx(seed=3, fold_norm=True, functions=True); "
        "print(hashlib.sha256(model.SerializeToString(deterministic=True)).hexdigest())"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "net.arch")],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(found) == 1


def test_weights_in_a_second_file(tmp_path: Path) -> None:
    graph = graph_of(BLOCKS, tmp_path)
    tried = trial(graph)
    path = str(tmp_path / "net.onnx")
    onnx.save(path, graph, tried.weights, fold_norm=True, functions=True, external=True)
    model = onnx_package.load(path)
    assert first(model, "Stage").node[0].op_type == "Unit_3"
    tried.check(model.SerializeToString())


def first(model: ModelProto, function: str) -> onnx_package.FunctionProto:
    return next(found for found in model.functions if found.name == function)


def swap_inputs(model: ModelProto) -> None:
    add = next(node for node in first(model, "Halves").node if node.op_type == "Add")
    add.input[:] = reversed(add.input)


def swap_arguments(model: ModelProto) -> None:
    call = next(node for node in model.graph.node if node.op_type == "Halves")
    call.input[0], call.input[1] = call.input[1], call.input[0]


def other_attribute(model: ModelProto) -> None:
    conv = first(model, "Unit_4").node[0]
    next(found for found in conv.attribute if found.name == "strides").ints[0] = 2


def other_constant(model: ModelProto) -> None:
    first(model, "Constants").node[0].attribute[0].t.raw_data = bytes(32)


def other_function(model: ModelProto) -> None:
    next(node for node in model.graph.node if node.name == "/stem").op_type = "Unit_3"


def missing_call(model: ModelProto) -> None:
    position = [node.name for node in model.graph.node].index("/twice_1")
    call = model.graph.node.pop(position)
    model.graph.node[position].input[0] = call.input[0]


def idle_function(model: ModelProto) -> None:
    model.functions.add().CopyFrom(first(model, "Unit"))
    model.functions[-1].name = "Idle"


def idle_input(model: ModelProto) -> None:
    first(model, "Unit").input.append("idle")


def same_names(model: ModelProto) -> None:
    first(model, "Unit").node[1].name = first(model, "Unit").node[0].name


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (swap_inputs, "in place of"),
        (swap_arguments, "in place of"),
        (other_attribute, "in place of"),
        (other_constant, "in place of"),
        (other_function, "in place of"),
        (missing_call, "reads 1 tensors, and 3 in the flat model"),
        (idle_function, "nobody calls"),
        (idle_input, "nobody in Unit reads"),
        (same_names, "have one name"),
    ],
)
def test_our_check_sees_a_model_that_differs(
    mistake: Callable[[ModelProto], None], message: str, tmp_path: Path
) -> None:
    model, flat = pair(graph_of(BLOCKS, tmp_path))
    check_functions(model, flat)
    mistake(model)
    with pytest.raises(AssertionError, match=message):
        check_functions(model, flat)
