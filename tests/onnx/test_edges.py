"""Corners of ops that draws seldom reach: every opset, resampling to any size, windows on padding
alone, and numbers far from the usual ones.
"""

import pytest
import torch

from archdsl.backends import onnx
from archdsl.backends.onnx.forms.pool import sees_nothing
from archdsl.backends.onnx.plan import plan
from archdsl.ops import names, op
from archdsl.ops.base import Layer
from archdsl.ops.pool import pooled
from archdsl.ops.window import extent
from archdsl.types import Size, Symbol, TensorType, size_of
from tests.onnx.running import outputs, run
from tests.onnx.single import compare, single, state_of
from tests.ops.forms import layer, module
from tests.ops.test_registry import EXAMPLES

OPSETS = range(onnx.OLDEST_OPSET, onnx.newest_opset() + 1)
H, W = size_of(Symbol("H")), size_of(Symbol("W"))


# --- every opset ----------------------------------------------------------------------------------

KNOWN = {
    name: (shapes, args)
    for name, shapes, args in EXAMPLES
    if all(isinstance(size, int) for shape in shapes for size in shape)
}
ACTIVATIONS = sorted(set(names()) - KNOWN.keys() - {"separable"})
CASES = [layer(name, *shapes, **args) for name, (shapes, args) in KNOWN.items()]
CASES += [layer(name, (8, 5, 4)) for name in ACTIVATIONS]
CASES += [  # what has no form before some opset
    layer("conv", (4, 6, 6), channels=4, pad_mode="circular"),
    layer("pad", (4, 6), sizes=2, mode="circular"),
    layer("chunk", (4, H, 6), n=2, axis="height"),
]


def test_every_op_is_among_the_cases() -> None:
    plain = {name for name in names() if not op(name).composite}  # type: ignore[union-attr]
    assert {case.op.name for case in CASES} == plain


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.op.name)
def test_every_opset_has_a_model_or_says_since_when(case: Layer) -> None:
    """onnxruntime runs them all, the newest one of onnx included."""
    since = onnx.OLDEST_OPSET
    known = at_sizes(case)
    for opset in OPSETS:
        missing = onnx.unsupported(single(case), opset)
        if not missing:
            compare(case, opset, known=known)
            continue
        (diagnostic,) = missing
        since = opset + 1
        assert f"not in {opset}" in diagnostic.message
    for opset in range(onnx.OLDEST_OPSET, since):
        (diagnostic,) = onnx.unsupported(single(case), opset)
        assert f"from opset {since} on" in diagnostic.message


def at_sizes(case: Layer, **sizes: int) -> Layer:
    """The layer at known sizes, 6 unless they are given."""
    values = {"H": 6, "W": 6, **sizes}
    inputs = (
        TensorType(
            tuple(size.evaluate(values) if isinstance(size, Size) else size for size in type.shape)
        )
        for type in case.inputs
    )
    found = case.op.apply(case.args, tuple(inputs))
    assert isinstance(found, Layer), found
    return found


# --- windows that see nothing but padding ---------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "args"),
    [
        ((2, 2), {"kernel": 2, "stride": 1, "pad": 1, "dilation": 3}),
        ((2, 1, 5), {"kernel": (2, 3), "stride": 1, "pad": 1, "dilation": 2}),
        ((2, 2, 2, 2), {"kernel": 2, "stride": 1, "pad": 1, "dilation": 3}),
        ((2, 2), {"kernel": 2, "stride": 1, "pad": "same", "dilation": 4}),  # pads like the kernel
        ((2, 3), {"kernel": 2, "stride": 2, "pad": 1, "dilation": 4, "ceil": True}),
    ],
)
def test_windows_on_padding_alone(shape: tuple[int, ...], args: dict[str, object]) -> None:
    found = layer("maxpool", shape, **args)
    (pooled,) = outputs(module(found), (torch.randn(2, *shape),))
    assert torch.isinf(pooled).any()
    for opset in (13, 20):
        for optimised in (False, True):
            compare(found, opset, optimised=optimised)


def test_symbolic_windows_on_padding_alone() -> None:
    found = layer("maxpool", (2, H), kernel=2, stride=1, pad=1, dilation=4)
    for size in (3, 4, 5, 9):
        compare(found, known=at_sizes(found, H=size))
    large = layer("maxpool", (2, size_of(Symbol("H", minimum=4))), **found.args)
    assert [node.op for node in plan(single(large), 20).nodes] == ["MaxPool"]
    assert len(plan(single(found), 20).nodes) > 1


def _sees_nothing(
    n: int, kernel: int, stride: int, pads: tuple[int, int], dilation: int, ceil: bool
) -> bool:
    """The same of one size, position by position."""
    starts = range(
        -pads[0], pooled(n, kernel, stride, pads, dilation, ceil) * stride - pads[0], stride
    )
    taps = range(0, kernel * dilation, dilation)
    return any(all(not 0 <= start + tap < n for tap in taps) for start in starts)


@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize("stride", [1, 2, 3, 5, 13])
@pytest.mark.parametrize("dilation", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 6])
def test_which_windows_see_nothing(kernel: int, dilation: int, stride: int, ceil: bool) -> None:
    window = extent(kernel, dilation)
    most = kernel // 2 if ceil else window // 2
    pairs = [(pad, pad) for pad in range(most + 1)]
    if not ceil:
        pairs += [(0, most), (most, 0), (most, max(most - 1, 0))]
    for pads in pairs:
        along = (kernel, stride, pads, dilation, ceil)
        smallest = max(1, window - sum(pads) - (stride - 1 if ceil else 0))
        for first, last in ((smallest, smallest + 2), (smallest, None), (smallest + 4, None)):
            sizes = range(first, last + 1 if last else max(first, dilation) + 1)
            size = size_of(Symbol("H", minimum=first, maximum=last))
            assert sees_nothing(size, *along) == any(_sees_nothing(n, *along) for n in sizes), along


# --- positions that a transposed convolution adds -------------------------------------------------


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_output_pad_of_a_stride_and_more(stride: int) -> None:
    for pad, added in ((0, 1), (0, 4), (1, 4), (2, 3)):
        for groups in (1, 2):
            args = {"kernel": 3, "stride": stride, "dilation": 5, "groups": groups}
            compare(
                layer("conv_transpose", (4, 5), channels=4, pad=pad, output_pad=added, **args), 13
            )
    found = layer(
        "conv_transpose",
        (4, H, W),
        channels=2,
        kernel=2,
        stride=(stride, 1),
        dilation=4,
        output_pad=(3, 0),
    )
    compare(found, known=at_sizes(found, H=3, W=4))


# --- upsampling -----------------------------------------------------------------------------------


def test_nearest_reads_pytorchs_positions() -> None:
    """At 14 -> 2 and others, a Resize to that size reads a neighbour."""
    for size in range(1, 31):
        for wanted in range(1, 33):
            found = layer("upsample", (1, size), size=wanted)
            x = torch.arange(float(size)).expand(1, 1, size)
            (result,) = run(onnx.model_bytes(single(found), {}), (x,))
            (expected,) = outputs(module(found), (x,))
            assert torch.from_numpy(result).equal(expected), (size, wanted)


@pytest.mark.parametrize("opset", [13, 20])
def test_nearest_to_a_size_from_symbolic_ones(opset: int) -> None:
    found = layer("upsample", (3, H, W), size=(6, 2))
    for height, width in ((14, 14), (25, 21), (3, 1), (6, 4)):
        compare(found, opset, known=at_sizes(found, H=height, W=width))


def test_factors_that_pytorch_rounds() -> None:
    """41 is the first factor whose inverse float32 rounds so that PyTorch reads a neighbour."""
    for factor in (40, 41, 47):
        compare(layer("upsample", (1, 9), scale=factor))
    (found,) = onnx.unsupported(single(layer("upsample", (1, H), scale=41)))
    assert "41" in found.message
    assert not onnx.unsupported(single(layer("upsample", (1, H), scale=40)))


@pytest.mark.parametrize("opset", [13, 17, 20])
@pytest.mark.parametrize("corners", [False, True])
@pytest.mark.parametrize(
    ("mode", "shape", "sizes"),
    [
        ("linear", (2, 7), [1, 2, 3, 7, 9, 14]),
        ("bilinear", (2, 5, 8), [(1, 1), (3, 16), (10, 4), (5, 8), (7, 11)]),
        ("bicubic", (2, 5, 8), [(1, 1), (3, 16), (10, 4), (5, 8), (7, 11)]),
        ("trilinear", (2, 4, 5, 3), [(1, 1, 1), (2, 7, 6), (8, 5, 2)]),
    ],
)
def test_interpolation_to_any_size(
    mode: str, shape: tuple[int, ...], sizes: list[object], corners: bool, opset: int
) -> None:
    for size in sizes:
        compare(layer("upsample", shape, size=size, mode=mode, align_corners=corners), opset)
    symbolic = (shape[0], *(size_of(Symbol(name)) for name in "DHW"[: len(shape) - 1]))
    found = layer("upsample", symbolic, size=sizes[1], mode=mode, align_corners=corners)
    for number in (1, 2, 5):
        compare(found, opset, known=at_sizes(found, **dict.fromkeys("DHW", number)))


# --- numbers --------------------------------------------------------------------------------------

# Where functions bend, where exponentials leave float32, and what is far beyond both.
FAR = torch.cat(
    [
        torch.linspace(-30, 30, 601),
        torch.tensor([20.0, 20.001, 88.0, 89.0, 104.0, 1e3, 1e15, 1e30]),
        -torch.tensor([20.0, 20.001, 88.0, 89.0, 104.0, 1e3, 1e15, 1e30]),
    ]
)


@pytest.mark.parametrize("opset", [13, 20])
@pytest.mark.parametrize(
    ("name", "args"),
    [
        *((name, {}) for name in ACTIVATIONS),
        ("relu", {}),
        ("leaky_relu", {"slope": 0}),
        ("leaky_relu", {"slope": -1.5}),
        ("elu", {"alpha": 0}),
        ("elu", {"alpha": -2.0}),
        ("prelu", {"init": -2.0}),
        ("gelu", {}),
        ("gelu", {"approximate": "tanh"}),
        ("softmax", {"axis": "length"}),
        ("log_softmax", {"axis": "length"}),
        ("dropout", {"p": 0}),
        ("dropout", {"p": 1}),
        ("droppath", {"p": 1}),
    ],
)
def test_activations_far_from_zero(name: str, args: dict[str, object], opset: int) -> None:
    """Every value by itself: beside 1e30, no error would show."""
    x = FAR.expand(1, 1, -1)
    found = layer(name, tuple(x.shape[1:]), **args)
    live = module(found).eval()
    model = onnx.model_bytes(single(found), state_of(live), opset)
    (expected,) = outputs(live, (x,))
    assert expected.isfinite().all()
    for optimised in (False, True):
        (result,) = run(model, (x,), optimised)
        apart = (torch.from_numpy(result) - expected).abs() / (1 + expected.abs())
        assert apart.max() < 1e-6, x.flatten()[apart.argmax()]


@pytest.mark.parametrize("eps", [1e-12, 1e-3, 10.0])
@pytest.mark.parametrize("name", ["bn", "gn", "instance_norm", "ln"])
def test_norms_keep_their_eps(name: str, eps: float) -> None:
    args = {"groups": 2} if name == "gn" else {}
    for spread in (1e-2, 1, 100):
        compare(layer(name, (8, 5, 6), eps=eps, **args), spread=spread)
