"""The ops as a table: names, parameters and documentation, PyTorch forms and arithmetic."""

from importlib import import_module
from typing import Any

import pytest

from archdsl.ops import FAMILIES, names, op
from archdsl.ops.base import REQUIRED, Layer, Op, SameAs
from archdsl.types import Dim, Symbol, size_of
from tests.golden import check_golden
from tests.ops.forms import layer, text

H, W = size_of(Symbol("H", 224, multiple=32)), size_of(Symbol("W", 224, multiple=32))


def every_op() -> list[Op]:
    return [found for found in map(op, names()) if found is not None]


def shown(value: object) -> str:
    if isinstance(value, SameAs):
        return value.parameter
    return {"True": "true", "False": "false", "None": "none"}.get(str(value), str(value))


def test_families_hold_what_their_files_define() -> None:
    found = {
        family: tuple(known.name for known in import_module(f"archdsl.ops.{family}").OPS)
        for family in FAMILIES
    }
    assert found == FAMILIES


def test_table_of_ops() -> None:
    lines = []
    for found in every_op():
        lines.append(f"{found.name} ({found.family}): {found.doc}")
        for parameter in found.parameters:
            default = "" if parameter.default is REQUIRED else f" = {shown(parameter.default)}"
            lines.append(f"    {parameter.name}: {parameter.kind.text}{default}: {parameter.doc}")
    check_golden("ops/table.txt", "\n".join(lines) + "\n")


def test_defaults_are_legal() -> None:
    for found in every_op():
        parameters = {parameter.name for parameter in found.parameters}
        for parameter in found.parameters:
            if isinstance(parameter.default, SameAs):
                assert parameter.default.parameter in parameters
            elif parameter.default is not REQUIRED:
                assert parameter.kind.accepts(parameter.default), parameter
                assert parameter.fault(parameter.default) is None, parameter


def test_docs_are_one_sentence_without_surprises() -> None:
    for found in every_op():
        assert found.doc.endswith(".")
        for parameter in found.parameters:
            assert parameter.doc
            assert not parameter.doc.endswith(".")


def test_unknown_names() -> None:
    assert op("conv") is not None
    assert op("Conv") is None
    assert op("") is None


def test_parameter_fault_names_the_parameter() -> None:
    conv = op("conv")
    assert conv is not None
    stride = next(parameter for parameter in conv.parameters if parameter.name == "stride")
    assert stride.fault(0) == "stride must be at least 1, not 0"
    assert stride.fault(2) is None


def test_separable_is_a_depthwise_and_a_pointwise_convolution() -> None:
    separable = op("separable")
    assert separable is not None
    assert separable.composite
    args: dict[str, object] = {
        "channels": 256,
        "kernel": 3,
        "stride": 2,
        "pad": "same",
        "dilation": 1,
        "bias": False,
    }
    parts = separable.parts(args, ())
    assert parts is not None
    value: tuple[Dim, ...] = (128, 14, 14)
    params = 0
    for part in parts:
        assert part.name == part.op
        child = op(part.op)
        assert child is not None
        assert part.args.keys() == {parameter.name for parameter in child.parameters}
        applied = layer(part.op, value, **part.args)
        value = applied.outputs[0].shape
        params += applied.params
    assert value == (256, 7, 7)
    assert params == 9 * 128 + 128 * 256 == 33_920


EXAMPLES: list[tuple[str, list[tuple[Dim, ...]], dict[str, Any]]] = [
    ("conv", [(3, 224, 224)], {"channels": 64, "kernel": 7, "stride": 2, "bias": False}),
    ("conv", [(3, H, W)], {"channels": 64, "kernel": (3, 5), "stride": (2, 1)}),
    ("conv", [(16, 100)], {"channels": 32, "dilation": 2, "groups": 2}),
    ("conv", [(16, 8, 8, 8)], {"channels": 32, "pad": 0, "pad_mode": "reflect"}),
    ("conv", [(3, 224, 224)], {"channels": 32, "stride": 2, "pad": "same_upper", "bias": False}),
    ("depthwise", [(32, 112, 112)], {"kernel": 5, "stride": 2, "multiplier": 2}),
    ("pointwise", [(32, 112, 112)], {"channels": 16}),
    ("conv_transpose", [(64, 28, 28)], {"channels": 32, "kernel": 4, "stride": 2, "pad": 1}),
    (
        "conv_transpose",
        [(64, 28, 28)],
        {"channels": 32, "kernel": 3, "stride": 2, "pad": 1, "output_pad": 1, "dilation": 2},
    ),
    ("linear", [(512,)], {"features": 10}),
    ("linear", [(64, 7, 7)], {"features": 10, "axis": "channels", "bias": False}),
    ("attention", [(64, 7, 7)], {"heads": 4}),
    ("maxpool", [(64, 112, 112)], {"kernel": 3, "stride": 2, "pad": 1}),
    ("maxpool", [(64, 112, 112)], {}),
    ("maxpool", [(64, 112, 112)], {"kernel": 3, "stride": 2, "ceil": True}),
    ("maxpool", [(64, 7, 7)], {"kernel": 2, "stride": 4, "pad": 1, "ceil": True}),
    ("maxpool", [(64, 112, 112)], {"kernel": 3, "stride": 2, "pad": "same_upper"}),
    ("avgpool", [(64, 56, 56)], {"kernel": 3, "stride": 1, "pad": 1, "count_pad": False}),
    ("adaptive_avgpool", [(512, 7, 7)], {"size": 7}),
    ("adaptive_maxpool", [(512, 7, 7)], {"size": (3, 2)}),
    ("gap", [(512, 7, 7)], {}),
    ("gmp", [(512, 100)], {}),
    ("bn", [(64, 56, 56)], {}),
    ("bn", [(64,)], {"eps": 1e-3, "momentum": 0.01, "affine": False}),
    ("gn", [(64, 56, 56)], {"groups": 32}),
    ("instance_norm", [(64, 56, 56)], {}),
    ("ln", [(64, 56, 56)], {}),
    ("ln", [(64,)], {}),
    ("lrn", [(64, 56, 56)], {"alpha": 5e-4, "k": 2.0}),
    ("scale", [(64, 56, 56)], {"init": 1e-6}),
    ("scale", [(64,)], {}),
    ("relu", [(64, 56, 56)], {}),
    ("leaky_relu", [(64, 56, 56)], {"slope": 0.2}),
    ("prelu", [(64, 56, 56)], {"per_channel": True}),
    ("gelu", [(64,)], {"approximate": "tanh"}),
    ("softmax", [(10,)], {}),
    ("log_softmax", [(64, 8, 8)], {"axis": "width"}),
    ("dropout", [(64,)], {"p": 0.2}),
    ("dropout2d", [(64, 100)], {}),
    ("droppath", [(64, 8, 8)], {"p": 0.1}),
    ("flatten", [(512, 7, 7)], {}),
    ("flatten", [(512, H // 32, W // 32)], {}),
    ("identity", [(64, 8, 8)], {}),
    ("reshape", [(64, 8, 8)], {"shape": (16, -1)}),
    ("reshape", [(64, H, W)], {"shape": (64, -1)}),
    ("permute", [(64, 8, 9)], {"order": ("width", "channels", 1)}),
    ("pad", [(3, 8, 8)], {"sizes": ((0, 1), (2, 3)), "value": 0.5}),
    ("pad", [(3, 8, 8)], {"sizes": 1, "mode": "reflect"}),
    ("crop", [(3, 8, 8)], {"sizes": ((0, 1), (2, 0))}),
    ("slice", [(64, 8, 8)], {"axis": "height", "start": 1, "stop": -1}),
    ("slice", [(64, 8, 8)], {"axis": "channels", "start": 32, "stop": None}),
    ("mean", [(64, 8, 8)], {"axes": ("height", "width")}),
    ("mean", [(64, 8)], {"axes": 1}),
    ("upsample", [(64, 8, 8)], {}),
    ("upsample", [(64, H, W)], {"size": (2 * H, 2 * W), "mode": "bilinear"}),
    ("upsample", [(64, 8, 8)], {"size": (17, 15), "mode": "bilinear", "align_corners": True}),
    ("pixel_shuffle", [(64, 8, 8)], {"factor": 2}),
    ("pixel_unshuffle", [(64, 8, 8)], {"factor": 2}),
    ("channel_shuffle", [(64, 8, 8)], {"groups": 4}),
    ("chunk", [(64, 8, 8)], {"n": 2}),
    ("split", [(64, 8, 8)], {"sizes": (16, 48)}),
    ("add", [(64, 8, 8), (64, 8, 8), (64, 1, 1)], {}),
    ("mul", [(64, H, W), (64, 1, 1)], {}),
    ("concat", [(64, H, W), (32, H, W)], {}),
    ("concat", [(64, 8), (64, 9)], {"axis": "length"}),
]


def example_text(found: Layer) -> str:
    inputs = tuple("xyz"[: len(found.inputs)])
    lines = [f"{found.op.name} {', '.join(map(str, found.inputs))}"]
    lines += [f"  {line}" for part in found.op.arithmetic(found) for line in part]
    lines.append(f"  pytorch: {text(found.op.pytorch(found), inputs)}")
    reach = found.op.reach(found)
    lines.append(f"  reach: {reach if isinstance(reach, str) else [tuple(w) for w in reach]}")
    return "\n".join(lines)


def test_arithmetic_and_pytorch_text() -> None:
    examples = [example_text(layer(name, *shapes, **args)) for name, shapes, args in EXAMPLES]
    check_golden("ops/examples.txt", "\n\n".join(examples) + "\n")


def test_every_op_has_an_example() -> None:
    plain = {found.name for found in every_op() if not found.composite}
    table = {"relu6", "elu", "selu", "silu", "mish", "hardswish", "hardsigmoid"}
    table |= {"sigmoid", "tanh", "softplus"}
    assert plain - {name for name, _, _ in EXAMPLES} == table


@pytest.mark.parametrize("name", names())
def test_ops_say_where_they_belong(name: str) -> None:
    found = op(name)
    assert found is not None
    assert found.family in {
        "conv",
        "linear",
        "pool",
        "norm",
        "activation",
        "regularise",
        "shape",
        "resample",
        "attention",
        "merge",
    }
    if found.results is not None:
        assert found.results in {parameter.name for parameter in found.parameters}
