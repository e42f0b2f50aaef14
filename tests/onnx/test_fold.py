"""`--fold-norm`: which batch norms go, that the outputs stay, and what is held in memory."""

import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import printer

import archdsl
from archdsl.backends import onnx
from archdsl.backends.onnx.check import check
from archdsl.backends.onnx.fold import fold_norms
from archdsl.backends.onnx.plan import PlannedNode, Value, plan
from archdsl.backends.onnx.writer import skeleton
from archdsl.graph.ir import Graph
from archdsl.weights import initial_weights
from tests.backends.emitted import ROOT
from tests.golden import check_golden
from tests.onnx.nets import NORMS, SHARED_NORMS, TINY, graph_of
from tests.onnx.trials import trial

NETS = {"norms": NORMS, "shared_norms": SHARED_NORMS}


@pytest.mark.parametrize("name", NETS)
def test_text_of_the_model(name: str, tmp_path: Path) -> None:
    graph = graph_of(NETS[name], tmp_path)
    model = skeleton(graph, fold_norms(plan(graph, 20)), 20)
    check(model)
    check_golden(f"onnx/{name}_folded.txt", printer.to_text(model) + "\n")


@pytest.mark.parametrize("optimised", [True, False])
@pytest.mark.parametrize("name", NETS)
def test_outputs_equal_pytorch(name: str, optimised: bool, tmp_path: Path) -> None:
    graph = graph_of(NETS[name], tmp_path)
    for opset in (onnx.OLDEST_OPSET, onnx.DEFAULT_OPSET, onnx.newest_opset()):
        for grown in (0, 6):
            tried = trial(graph, opset, grown=grown)
            model = onnx.model_bytes(graph, tried.weights, opset, fold_norm=True)
            tried.check(model, optimised)


def test_nodes_that_are_no_layer_take_no_norm(tmp_path: Path) -> None:
    """Other orders of axes, and other readers of a kernel, than the forms of layers have."""
    graph = graph_of(NORMS, tmp_path)
    good = plan(graph, 20)
    folded = fold_norms(good).folded_norms
    assert folded is not None
    (turned,) = (node for node in good.nodes if node.name == "/linear1/Transpose_2")
    other = turned._replace(attributes={"perm": (0, 3, 2, 1)})
    nodes = tuple(other if node is turned else node for node in good.nodes)
    assert fold_norms(good._replace(nodes=nodes)).folded_norms == folded - 1
    reader = PlannedNode(
        "Identity", "/reader", ("first.0.weight",), (Value("read", ()),), {}, "", 0
    )
    more = good._replace(nodes=(*good.nodes, reader))
    assert fold_norms(more).folded_norms == folded - 1


def test_values_that_are_gone_have_no_name(tmp_path: Path) -> None:
    graph = graph_of(NORMS, tmp_path)
    flat = plan(graph, 20)
    folded = fold_norms(flat)
    (conv,) = (step for step in graph.steps if step.path == "first.0")
    (norm,) = (step for step in graph.steps if step.path == "first.1")
    assert conv.outputs[0] in flat.names and conv.outputs[0] not in folded.names
    assert folded.names[norm.outputs[0]] == flat.names[norm.outputs[0]]
    assert len(flat.names) - len(folded.names) == folded.folded_norms


def test_metadata_counts_what_was_folded(tmp_path: Path) -> None:
    graph_of(TINY, tmp_path)
    net = archdsl.load(tmp_path / "net.arch")
    found = [
        {prop.key: prop.value for prop in net.onnx(fold_norm=fold).metadata_props}
        for fold in (False, True)
    ]
    assert "archdsl.folded_norms" not in found[0]
    assert found[1].pop("archdsl.folded_norms") == "9"
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("spec", "name", "nodes", "left"),
    [
        ("resnet", "ResNet50", 175, 122),
        ("mobilenet_v2", "MobileNetV2", 152, 100),
        ("efficientnet", "EfficientNetB0", 288, 239),
        ("googlenet", "GoogLeNet", 196, 139),
    ],
)
def test_nodes_of_landmarks(spec: str, name: str, nodes: int, left: int) -> None:
    graph = archdsl.load(ROOT / "specs" / f"{spec}.arch", name).graph
    planned = plan(graph, 20)
    folded = fold_norms(planned)
    assert (len(planned.nodes), len(folded.nodes)) == (nodes, left)
    # Every norm of theirs follows a convolution that nobody else reads.
    assert not any(node.op == "BatchNormalization" for node in folded.nodes)
    check(skeleton(graph, folded, 20))


class Recording(Mapping[str, NDArray[np.generic]]):
    """Weights that note what is asked for."""

    def __init__(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        self.weights = weights
        self.asked: list[str] = []

    def __getitem__(self, key: str) -> NDArray[np.generic]:
        self.asked.append(key)
        return self.weights[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.weights)

    def __len__(self) -> int:
        return len(self.weights)


def recorded(graph: Graph) -> dict[str, list[str]]:
    """What each initializer of the folded model is made from."""
    weights = Recording(initial_weights(graph))
    found = {}
    for weight in fold_norms(plan(graph, 20)).weights:
        weight.recipe.array(weights)
        found[weight.name], weights.asked = list(dict.fromkeys(weights.asked)), []
    return found


def test_tensors_are_asked_for_when_their_initializer_is_written(tmp_path: Path) -> None:
    found = recorded(graph_of(TINY, tmp_path))
    norm = [f"down.bn1.{name}" for name in ("running_var", "weight", "running_mean", "bias")]
    assert set(found["down.conv1.weight"]) == {"down.conv1.weight", *norm[:2]}
    assert set(found["down.conv1.bias"]) == set(norm)
    assert found["fc.weight"] == ["fc.weight"]


def test_weights_that_do_not_fit(tmp_path: Path) -> None:
    graph = graph_of(TINY, tmp_path)
    weights = dict(initial_weights(graph))
    missing = {key: array for key, array in weights.items() if key != "down.bn1.running_var"}
    with pytest.raises(KeyError, match=r"down\.bn1\.running_var"):
        onnx.model(graph, missing, fold_norm=True)
    longer = {**weights, "down.bn1.running_var": np.ones(33, np.float32)}
    with pytest.raises(ValueError, match=r"down\.bn1\.running_var has the shape"):
        onnx.model(graph, longer, fold_norm=True)


def test_a_negative_variance_gives_no_number_and_no_warning(tmp_path: Path) -> None:
    graph = graph_of(TINY, tmp_path)
    weights = dict(initial_weights(graph))
    weights["down.bn1.running_var"] = -np.ones(32, np.float32)
    weights["down.bn2.running_var"] = np.full(32, np.inf, np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        planned = fold_norms(plan(graph, 20))
        found = {weight.name: weight.recipe.array(weights) for weight in planned.weights}
    assert np.isnan(found["down.conv1.weight"]).all()
    assert not found["down.conv2.weight"].any()
