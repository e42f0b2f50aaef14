"""Every op over its parameters' ranges: onnxruntime against PyTorch's own."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archdsl.backends import onnx
from archdsl.backends.onnx.forms import FORMS
from archdsl.ops import names, op
from archdsl.ops.base import Layer, Problem
from tests.onnx.running import arrays, difference, outputs, run
from tests.onnx.single import single
from tests.ops.draws import Drawn, drawn
from tests.ops.forms import apply, module

PLAIN = [name for name in names() if not op(name).composite]  # type: ignore[union-attr]
FIXED = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


def test_every_op_has_a_form() -> None:
    assert sorted(FORMS) == sorted(PLAIN)


@pytest.mark.parametrize("name", PLAIN)
def test_op_equals_pytorch(name: str) -> None:
    compared = 0

    @FIXED
    @given(drawn(name), st.sampled_from((13, 17, 20, onnx.newest_opset())), st.booleans())
    def check(draw: Drawn, opset: int, optimised: bool) -> None:
        nonlocal compared
        found = apply(draw.name, *draw.shapes, **draw.args)
        if isinstance(found, Problem) or onnx.unsupported(single(found), opset):
            return
        if name == "instance_norm" and set(draw.shapes[0][1:]) == {1}:
            return  # PyTorch refuses to run it
        compare(found, opset, optimised)
        compared += 1

    check()
    assert compared >= 5, f"only {compared} draws fit"


def compare(found: Layer, opset: int, optimised: bool) -> None:
    torch.manual_seed(0)
    live = module(found).eval()
    with torch.no_grad():
        for tensor in live.state_dict().values():
            if tensor.is_floating_point():
                tensor.uniform_(0.5, 1.5)
    inputs = tuple(torch.randn(2, *type.shape) for type in found.inputs)  # type: ignore[arg-type]
    state = {f"layer.{key}": value for key, value in arrays(live).items()}
    if "layer.own" in state:
        state["layer"] = state.pop("layer.own")
    model = onnx.model_bytes(single(found), state, opset)
    results = run(model, inputs, optimised)
    for one, other in zip(results, outputs(live, inputs), strict=True):
        if found.op.name == "maxpool" and torch.isinf(other).any():
            continue  # a dilated window that sees nothing but padding: onnxruntime's lowest number
        assert difference(one, other) < 1e-5, (found.op.name, found.args, found.inputs)
