"""Random networks: folded norms and functions, against PyTorch and the flat model."""

from collections import Counter
from pathlib import Path

import pytest
from onnx import inliner

from archdsl.backends import onnx
from archdsl.backends.onnx.fold import fold_norms
from archdsl.backends.onnx.functions import with_functions
from archdsl.backends.onnx.plan import plan
from archdsl.backends.onnx.writer import skeleton
from tests.backends.random_networks import network
from tests.onnx.nets import graph_of
from tests.onnx.trials import trial


@pytest.mark.parametrize("seed", range(30))
def test_options_leave_the_outputs_as_they_are(seed: int, tmp_path: Path) -> None:
    graph = graph_of(network(seed), tmp_path)
    tried = trial(graph, seed)
    for fold in (False, True):
        for functions in (False, True):
            model = onnx.model_bytes(graph, tried.weights, fold_norm=fold, functions=functions)
            tried.check(model, optimised=seed % 2 == 0)


@pytest.mark.parametrize("seed", range(30, 60))
def test_inlined_functions_are_the_nodes_of_the_flat_model(seed: int, tmp_path: Path) -> None:
    graph = graph_of(network(seed), tmp_path)
    flat = fold_norms(plan(graph, 20))
    model = inliner.inline_local_functions(skeleton(graph, with_functions(graph, flat), 20))
    found = Counter(node.op_type for node in model.graph.node if node.op_type != "Constant")
    assert found == Counter(node.op for node in flat.nodes)
