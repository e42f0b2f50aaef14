"""A graph of one layer, as the builder would make it, and its model against PyTorch's own."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from archdsl.backends import onnx
from archdsl.graph.ir import Graph, GraphInput, GraphOutput, Instance, Origin, Step
from archdsl.ops.base import Layer
from archdsl.source import Source, Span
from archdsl.verify import compare as verify
from tests.onnx.running import arrays, outputs, run
from tests.ops.forms import module

PLACE = Span(Source("layer.arch", "layer\n"), 0, 5)
ORIGIN = Origin(PLACE, None, None, (), PLACE)


def single(layer: Layer) -> Graph:
    """A network whose only layer is `layer`, under the path "layer"."""
    reads = tuple(range(len(layer.inputs)))
    writes = tuple(range(len(reads), len(reads) + len(layer.outputs)))
    root = Instance("network", "One", "", "", "", None, (), reads, writes, (0,), {}, ORIGIN, None)
    return Graph(
        "One",
        "",
        PLACE,
        tuple(GraphInput(f"x{value}", "tensor", value, PLACE) for value in reads),
        tuple(GraphOutput(f"y{index}", value, False, PLACE) for index, value in enumerate(writes)),
        (*layer.inputs, *layer.outputs),
        (Step(layer, reads, writes, "layer", "layer", 0, ORIGIN),),
        (root,),
        (),
        {},
        (),
    )


def compare(
    found: Layer,
    opset: int = onnx.DEFAULT_OPSET,
    *,
    optimised: bool = True,
    spread: float = 1,
    known: Layer | None = None,
) -> None:
    """Holds the model of a layer against PyTorch, on normal values of that spread.

    `known` is the same layer at known sizes, if those of `found` are symbolic.
    """
    known = known or found
    torch.manual_seed(0)
    live = module(known).eval()
    with torch.no_grad():
        for tensor in live.state_dict().values():
            if tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5)
    inputs = tuple(
        torch.randn(2, *type.shape) * spread  # type: ignore[arg-type]
        for type in known.inputs
    )
    model = onnx.model_bytes(single(found), state_of(live), opset)
    results = run(model, inputs, optimised)
    in_float32 = outputs(live, inputs)
    exact = outputs(live.double(), tuple(x.double() for x in inputs))
    for one, other, result in zip(exact, in_float32, results, strict=True):
        agreement = verify.compare(one, other, torch.from_numpy(result))
        assert agreement.agrees, (known.op.name, known.args, known.inputs, agreement)


def state_of(live: nn.Module) -> dict[str, NDArray[np.generic]]:
    """A layer's tensors by the paths that they have in `single`."""
    state = {f"layer.{key}": value for key, value in arrays(live).items()}
    if "layer.own" in state:
        state["layer"] = state.pop("layer.own")
    return state
