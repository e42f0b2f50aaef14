"""The model as a whole: its text, names, metadata, sizes, opsets, and our own checks."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import onnx as onnx_package
import pytest
import torch
from onnx import printer

import archdsl
from archdsl.backends import onnx
from archdsl.backends.onnx.check import check
from archdsl.backends.onnx.plan import plan
from archdsl.backends.onnx.writer import skeleton
from archdsl.weights import initial_weights
from tests.backends.emitted import module
from tests.golden import check_golden
from tests.onnx.nets import LAYERS, SHARED, SYMBOLIC, TINY, graph_of
from tests.onnx.running import arrays, difference, outputs, run

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("name", "text"), [("tiny", TINY), ("shared", SHARED), ("layers", LAYERS), ("any", SYMBOLIC)]
)
def test_text_of_the_model(name: str, text: str, tmp_path: Path) -> None:
    graph = graph_of(text, tmp_path)
    model = skeleton(graph, plan(graph, onnx.DEFAULT_OPSET), onnx.DEFAULT_OPSET)
    check_golden(f"onnx/{name}.txt", printer.to_text(model) + "\n")


@pytest.mark.parametrize("optimised", [True, False])
@pytest.mark.parametrize("opset", [17, 20, 28])
@pytest.mark.parametrize("text", [TINY, SHARED, LAYERS, SYMBOLIC])
def test_outputs_equal_pytorch_at_several_sizes(
    text: str, opset: int, optimised: bool, tmp_path: Path
) -> None:
    graph = graph_of(text, tmp_path)
    torch.manual_seed(0)
    live = module(graph).eval()
    for tensor in live.parameters():
        tensor.data.uniform_(-0.5, 0.5)
    model = onnx.model_bytes(graph, arrays(live), opset)
    sizes = [{**graph.sizes}, {name: size + 8 for name, size in graph.sizes.items()}]
    for batch in (1, 3):
        for values in sizes:
            shape = [
                size if isinstance(size, int) else size.evaluate(values)
                for size in graph.types[graph.inputs[0].value].shape
            ]
            x = torch.randn(batch, *shape)
            found = run(model, (x,), optimised)
            for one, other in zip(found, outputs(live, (x,)), strict=True):
                assert difference(one, other) < 1e-4


def test_training_outputs_and_their_layers_are_left_out(tmp_path: Path) -> None:
    graph = graph_of(SHARED, tmp_path)
    model = onnx.model(graph, initial_weights(graph))
    assert [output.name for output in model.graph.output] == ["a", "b"]
    # The shared head stands once; the layer of `aux` is gone with its output.
    keys = [tensor.name for tensor in model.graph.initializer]
    assert sorted(key for key in keys if not key.startswith("/")) == [
        "fine.bias",
        "fine.weight",
        "head.bias",
        "head.weight",
    ]


def test_metadata(tmp_path: Path) -> None:
    graph = graph_of(TINY, tmp_path)
    model = onnx.model(graph, initial_weights(graph))
    found = {prop.key: prop.value for prop in model.metadata_props}
    net = archdsl.load(tmp_path / "net.arch")
    assert found == {
        "archdsl.network": "Tiny",
        "archdsl.source_sha256": hashlib.sha256(TINY.encode()).hexdigest(),
        "archdsl.params": str(net.params),
        "archdsl.macs": str(net.macs),
        "archdsl.sizes": "H=32, W=32",
    }
    assert (model.ir_version, model.opset_import[0].version) == (10, 20)
    assert model.graph.doc_string == "A network for tests."


def test_same_bytes_in_every_folder_and_process(tmp_path: Path) -> None:
    digests = set()
    program = (
        "import sys, hashlib, archdsl; net = archdsl.load(sys.argv[1]); "
        "data = net.onnx(seed=3).SerializeToString(deterministic=True); "
        "print(hashlib.sha256(data).hexdigest())"
    )
    for seed in ("0", "1"):
        folder = tmp_path / seed
        folder.mkdir()
        graph_of(TINY, folder)
        done = subprocess.run(
            [sys.executable, "-c", program, str(folder / "net.arch")],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed},
        )
        digests.add(done.stdout)
    assert len(digests) == 1


def test_results_that_nobody_reads(tmp_path: Path) -> None:
    """One result of a node is enough; ONNX wants a name for the others."""
    text = """
    network Halves {
      input x: image[4, 8, 8]
      a, b = chunk(2)
      c, d = b -> split([1, 1])
      output d
    }
    """
    graph = graph_of(text, tmp_path)
    x = torch.randn(2, 4, 8, 8)
    for opset in (onnx.OLDEST_OPSET, onnx.DEFAULT_OPSET):
        (found,) = run(onnx.model_bytes(graph, {}, opset), (x,))
        assert difference(found, x[:, 3:]) == 0


def test_our_check_sees_what_onnx_accepts(tmp_path: Path) -> None:
    graph = graph_of(TINY, tmp_path)
    good = skeleton(graph, plan(graph, 20), 20)

    def broken() -> onnx_package.ModelProto:
        model = onnx_package.ModelProto()
        model.CopyFrom(good)
        return model

    channels = broken()
    weight = next(info for info in channels.graph.input if info.name == "conv1.weight")
    weight.type.tensor_type.shape.dim[1].dim_value = 5
    with pytest.raises(AssertionError, match="reads"):
        check(channels)

    dead = broken()
    dead.graph.node.add(op_type="Relu", name="/dead", input=["image"], output=["nobody"])
    with pytest.raises(AssertionError, match="types are missing or idle"):
        check(dead)

    wrong = broken()
    wrong.graph.value_info[-1].type.tensor_type.shape.dim[-1].dim_value = 7
    with pytest.raises((AssertionError, onnx_package.shape_inference.InferenceError)):
        check(wrong)


def test_python_interface(tmp_path: Path) -> None:
    graph_of(TINY, tmp_path)
    net = archdsl.load(tmp_path / "net.arch")
    live = net.module().eval()
    model = net.onnx(arrays(live), opset=17)
    x = torch.randn(2, 3, 32, 32)
    (found,) = run(model.SerializeToString(), (x,))
    assert difference(found, outputs(live, (x,))[0]) < 1e-4
    with pytest.raises(KeyError, match=r"fc\.bias"):
        net.onnx({key: value for key, value in arrays(live).items() if key != "fc.bias"})
    with pytest.raises(ValueError, match="has the shape"):
        net.onnx({**arrays(live), "fc.bias": torch.zeros(3).numpy()})


def test_weights_that_no_message_holds(tmp_path: Path) -> None:
    text = "network Big {\n  input x: tabular[40_000]\n  fc = linear(40_000)\n}\n"
    graph = graph_of(text, tmp_path)
    for write in (onnx.model, onnx.model_bytes):
        with pytest.raises(onnx.TooLarge, match=r"Big take 6\.0 GiB; .*save_onnx"):
            write(graph, {})
    with pytest.raises(onnx.TooLarge):
        onnx.save(str(tmp_path / "big.onnx"), graph, {}, external=False)
