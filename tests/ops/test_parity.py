"""Every op against PyTorch's own: shapes, tensors, initialisation and MACs."""

from math import isclose

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from archdsl.ops import names, op
from archdsl.ops.base import Layer, Problem, TorchModule
from archdsl.ops.torch_support import SUPPORT
from archdsl.types import TensorType
from tests.ops.draws import Drawn, drawn
from tests.ops.forms import apply, layer, module, text

PLAIN = [name for name in names() if not op(name).composite]  # type: ignore[union-attr]
FIXED = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)


@pytest.mark.parametrize("name", PLAIN)
def test_shapes_and_tensors_equal_pytorch(name: str) -> None:
    fitting = 0

    @FIXED
    @given(drawn(name))
    def check(draw: Drawn) -> None:
        nonlocal fitting
        found = apply(draw.name, *draw.shapes, **draw.args)
        if isinstance(found, Problem):
            assert any(str(TensorType(shape)) in found.message for shape in draw.shapes)
            return
        fitting += 1
        if name == "instance_norm" and set(draw.shapes[0][1:]) == {1}:
            # Legal, but PyTorch refuses to run it: the linter's norm-on-single-value.
            return
        check_against_pytorch(found)

    check()
    assert fitting >= 5, f"only {fitting} draws fit"


def check_against_pytorch(found: Layer) -> None:
    live = module(found).eval()
    inputs = [torch.randn(2, *type.shape) for type in found.inputs]  # type: ignore[arg-type]
    with torch.no_grad():
        results = live(*inputs)
    if isinstance(results, torch.Tensor):
        results = (results,)
    assert [tuple(result.shape[1:]) for result in results] == [type.shape for type in found.outputs]
    state = live.state_dict()
    if not any(weight.name == "" for weight in found.weights):
        assert list(state) == [weight.name for weight in found.weights]
    assert [tuple(tensor.shape) for tensor in state.values()] == [
        weight.shape for weight in found.weights
    ]
    assert sum(parameter.numel() for parameter in live.parameters()) == found.params
    assert sum(buffer.numel() for buffer in live.buffers()) == found.buffers
    for tensor, weight in zip(state.values(), found.weights, strict=True):
        kind, a = weight.initialiser
        if kind == "uniform":
            assert float(tensor.abs().max()) <= a * (1 + 1e-6)
        else:
            value = {"zeros": 0.0, "ones": 1.0, "constant": a}[kind]
            assert torch.allclose(tensor.double(), torch.tensor(value).double(), rtol=1e-6)


@pytest.mark.parametrize("name", ["conv", "depthwise", "pointwise", "conv_transpose", "linear"])
def test_macs_equal_pytorchs_flop_counter(name: str) -> None:
    @FIXED
    @given(drawn(name))
    def check(draw: Drawn) -> None:
        found = apply(draw.name, *draw.shapes, **draw.args)
        if isinstance(found, Problem):
            return
        with FlopCounterMode(display=False) as counter:
            module(found)(torch.randn(1, *found.inputs[0].shape))  # type: ignore[arg-type]
        assert counter.get_total_flops() == 2 * found.macs  # type: ignore[operator]

    check()


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("conv", {"channels": 32, "kernel": 3}),
        ("depthwise", {"kernel": 5}),
        ("conv_transpose", {"channels": 32, "kernel": 4}),
        ("linear", {"features": 64, "axis": "channels"}),
        ("attention", {"heads": 4}),
    ],
)
def test_uniform_bounds_are_reached(name: str, args: dict[str, object]) -> None:
    """The largest of many draws is close to the bound that the initialiser names."""
    torch.manual_seed(0)
    found = layer(name, (64, 8, 8), **args)
    for tensor, weight in zip(module(found).state_dict().values(), found.weights, strict=True):
        if weight.initialiser.kind == "uniform":
            assert isclose(float(tensor.abs().max()), weight.initialiser.a, rel_tol=0.1)


def pytorch_accepts(name: str, draw: Drawn) -> bool:
    """Whether PyTorch's own class takes the arguments as they were drawn."""
    args = dict(draw.args)
    (shape,) = draw.shapes
    rank = len(shape) - 1
    renamed = {
        "kernel": "kernel_size",
        "pad": "padding",
        "output_pad": "output_padding",
        "ceil": "ceil_mode",
        "count_pad": "count_include_pad",
        "pad_mode": "padding_mode",
    }
    own = {renamed.get(key, key): value for key, value in args.items() if key != "channels"}
    if name in ("conv", "conv_transpose"):
        own = {"in_channels": shape[0], "out_channels": args["channels"], **own}
    stem = {
        "conv": "Conv",
        "conv_transpose": "ConvTranspose",
        "maxpool": "MaxPool",
        "avgpool": "AvgPool",
    }[name]
    try:
        built = getattr(torch.nn, f"{stem}{rank}d")(**own)
        built(torch.randn(1, *shape))
    except (RuntimeError, ValueError):
        return False
    return True


@pytest.mark.parametrize("name", ["conv", "conv_transpose", "maxpool", "avgpool"])
def test_errors_equal_pytorch(name: str) -> None:
    """What PyTorch refuses is a problem, and the other way round."""

    @settings(FIXED, max_examples=120)
    @given(drawn(name))
    def check(draw: Drawn) -> None:
        rank = len(draw.shapes[0]) - 1
        pad = draw.args.get("pad", 0)
        asymmetric = isinstance(pad, tuple) and isinstance(pad[0], tuple)
        if rank == 0 or isinstance(pad, str) or asymmetric:
            return
        draw = draw._replace(args={"kernel": 2, **draw.args, "pad": pad})
        found = apply(draw.name, *draw.shapes, **draw.args)
        assert isinstance(found, Layer) == pytorch_accepts(name, draw)

    check()


ASYMMETRIC = [
    ("conv", {"channels": 4, "kernel": 3}),
    ("conv", {"channels": 4, "kernel": 3, "pad_mode": "reflect"}),
    ("maxpool", {"kernel": 4, "stride": 2}),
    ("avgpool", {"kernel": 4, "stride": 2}),
    ("avgpool", {"kernel": 4, "stride": 2, "count_pad": False}),
]


@pytest.mark.parametrize(("name", "args"), ASYMMETRIC)
def test_asymmetric_padding_is_a_part_of_symmetric_padding(
    name: str, args: dict[str, object]
) -> None:
    """With stride 1, padding more on one side adds outputs there and changes no others."""
    torch.manual_seed(0)
    args = {**args, "stride": 1}
    narrow = module(layer(name, (4, 8, 9), **args, pad=((0, 1), (1, 0))))
    wide = module(layer(name, (4, 8, 9), **args, pad=1))
    wide.load_state_dict(narrow.state_dict())
    # Below zero, so that a max pool that pads with zeros would show.
    x = torch.randn(2, 4, 8, 9) - 9
    assert torch.equal(narrow(x), wide(x)[:, :, 1:, :-1])


@pytest.mark.parametrize("count_pad", [True, False])
def test_lrn_batch_norm_and_layer_norm_defaults(count_pad: bool) -> None:
    """The defaults of the language are the ones it documents, not always PyTorch's."""
    assert text(layer("ln", (8, 4, 4)).op.pytorch(layer("ln", (8, 4, 4)))) == (
        "LayerNorm2d(8, eps=1e-06)"
    )
    pool = layer("avgpool", (8, 4, 4), pad=1, count_pad=count_pad)
    assert ("count_include_pad=False" in text(pool.op.pytorch(pool))) is not count_pad


def test_self_attention_equals_multihead_attention() -> None:
    torch.manual_seed(0)
    ours = module(layer("attention", (32, 4, 5), heads=4))
    theirs = torch.nn.MultiheadAttention(32, 4, batch_first=True)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(2, 32, 4, 5)
    tokens = x.flatten(2).transpose(1, 2)
    expected = theirs(tokens, tokens, tokens, need_weights=False)[0]
    assert torch.allclose(ours(x).flatten(2).transpose(1, 2), expected, atol=1e-6)


def test_channel_shuffle_equals_pytorchs() -> None:
    x = torch.randn(2, 12, 3, 4)
    ours = module(layer("channel_shuffle", (12, 3, 4), groups=3))
    assert torch.equal(ours(x), torch.nn.ChannelShuffle(3)(x))


def test_droppath_drops_whole_samples_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    drop = module(layer("droppath", (3, 2, 2), p=0.25)).train()
    result = drop(torch.ones(4000, 3, 2, 2))
    per_sample = result.flatten(1)
    assert torch.equal(per_sample.amin(1), per_sample.amax(1))
    assert abs(float(result.mean()) - 1) < 0.05
    assert torch.equal(drop.eval()(torch.ones(2, 3)), torch.ones(2, 3))
    everything = module(layer("droppath", (3, 2, 2), p=1)).train()
    assert not everything(torch.ones(2, 3)).any()


@given(st.integers(1, 12), st.integers(1, 4), st.integers(1, 3), st.integers(1, 2))
def test_same_upper_follows_tensorflow(size: int, kernel: int, stride: int, dilation: int) -> None:
    found = layer(
        "conv",
        (1, size),
        channels=1,
        kernel=kernel,
        stride=stride,
        dilation=dilation,
        pad="same_upper",
    )
    assert found.outputs[0].shape == (1, -(-size // stride))
    before, after = found.args["pad"][0]  # type: ignore[index]
    assert 0 <= after - before <= 1


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_reach_of_upsample_is_what_it_reads(mode: str, factor: int) -> None:
    found = layer("upsample", (1, 12, 12), scale=factor, mode=mode)
    window = found.op.reach(found)[0]
    live = module(found)
    read = []
    for position in range(5 * factor, 7 * factor):
        x = torch.zeros(1, 1, 12, 12, requires_grad=True)
        live(x)[0, 0, position, position].backward()
        assert x.grad is not None
        touched = x.grad[0, 0].abs().sum(1).nonzero().flatten().tolist()
        read.append((position, touched[0], touched[-1]))
    writes = [
        (position, source) for position, first, last in read for source in range(first, last + 1)
    ]
    for position, source in writes:
        offset = position - (source * window.stride - window.pad)
        assert 0 <= offset < window.kernel, (position, source)
    # And no shorter window would do.
    offsets = [position - source * window.stride + window.pad for position, source in writes]
    assert (min(offsets), max(offsets)) == (0, window.kernel - 1)


def test_every_support_class_is_reached_by_an_op() -> None:
    reached = set()
    for rank in (1, 2, 3):
        shape = (8, *(6,) * rank)
        pads = ((0, 1),) * rank
        for name, args in [
            ("conv", {"channels": 8, "pad": pads}),
            ("maxpool", {"pad": pads}),
            ("avgpool", {"pad": pads}),
            ("ln", {}),
            ("lrn", {}),
            ("droppath", {}),
            ("channel_shuffle", {"groups": 2}),
            ("linear", {"features": 4, "axis": "channels"}),
            ("attention", {"heads": 2}),
        ]:
            found = layer(name, shape, **args)  # type: ignore[arg-type]
            form = found.op.pytorch(found)
            if isinstance(form, TorchModule) and form.support:
                reached.add(form.cls)
    assert reached | {"Reshape"} == set(SUPPORT)
