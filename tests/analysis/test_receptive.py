"""Receptive fields against what gradients really reach."""

from math import prod

import torch
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from archdsl.analysis import Analysis
from archdsl.analysis.receptive import MAX_PERIOD
from archdsl.graph.ir import Graph
from tests.analysis.nets import Net

LENGTH = 240
MARGIN = 40

sizes = st.integers(1, 4)
convs = st.fixed_dictionaries(
    {
        "op": st.just("conv"),
        "kernel": st.integers(1, 5),
        "stride": st.integers(1, 3),
        "pad": st.integers(0, 3),
        "dilation": st.integers(1, 3),
    }
)
pools = st.fixed_dictionaries(
    {"op": st.just("avgpool"), "kernel": st.integers(2, 4), "stride": st.integers(1, 3)}
)
# A kernel below its stride leaves positions that read nothing: see the last test.
transposed = st.integers(1, 3).flatmap(
    lambda stride: st.fixed_dictionaries(
        {
            "op": st.just("conv_transpose"),
            "kernel": st.integers(stride, stride + 3),
            "stride": st.just(stride),
            "pad": st.integers(0, 1),
        }
    )
)
upsamples = st.fixed_dictionaries(
    {
        "op": st.just("upsample"),
        "scale": st.integers(2, 3),
        "mode": st.sampled_from(["nearest", "linear"]),
    }
)
residuals = st.fixed_dictionaries(
    {
        "op": st.just("residual"),
        "kernel": st.sampled_from([1, 3, 5]),
        "shortcut": st.sampled_from([1, 3, 7]),
        "dilation": st.integers(1, 2),
    }
)
plans = st.lists(st.one_of(convs, pools, transposed, upsamples, residuals), min_size=1, max_size=6)


def built(plan: list[dict[str, object]]) -> Graph:
    net = Net()
    value = net.input(1, LENGTH)
    for entry in plan:
        args = {name: found for name, found in entry.items() if name != "op"}
        if entry["op"] == "residual":
            branch = net.layer("conv", value, channels=1, kernel=args["kernel"], pad="same")
            branch = net.layer("conv", branch, channels=1, dilation=args["dilation"])
            shortcut = net.layer("conv", value, channels=1, kernel=args["shortcut"])
            value = net.layer("add", branch, shortcut)
        elif entry["op"] in ("conv", "conv_transpose"):
            value = net.layer(str(entry["op"]), value, channels=1, **args)
        else:
            value = net.layer(str(entry["op"]), value, **args)
    return net.graph(value)


def up_sampling(plan: list[dict[str, object]]) -> int:
    """By how much the network enlarges its maps in all."""
    factors = [
        entry["scale"] if entry["op"] == "upsample" else entry["stride"]
        for entry in plan
        if entry["op"] in ("upsample", "conv_transpose")
    ]
    return prod(int(str(factor)) for factor in factors)


def run(graph: Graph, x: Tensor) -> Tensor:
    """The network with all weights 1: no path can cancel another."""
    values = {graph.inputs[0].value: x}
    for step in graph.steps:
        first = values[step.inputs[0]]
        args = step.layer.args
        kernel = torch.ones(1, 1, *args.get("kernel", ()), dtype=torch.float64)
        match step.layer.op.name:
            case "conv":
                (pad,) = args["pad"]
                padded = F.pad(first, pad)
                result = F.conv1d(padded, kernel, stride=args["stride"], dilation=args["dilation"])
            case "conv_transpose":
                result = F.conv_transpose1d(
                    first, kernel, stride=args["stride"], padding=args["pad"]
                )
            case "avgpool":
                result = F.avg_pool1d(first, args["kernel"], args["stride"])
            case "upsample":
                result = F.interpolate(first, scale_factor=args["scale"][0], mode=args["mode"])
            case "add":
                result = first + values[step.inputs[1]]
        values[step.outputs[0]] = result
    return values[graph.outputs[0].value]


@settings(max_examples=150)
@given(plans)
@example([{"op": "upsample", "scale": 3, "mode": "nearest"}] * 6)
def test_field_is_what_gradients_reach(plan: list[dict[str, object]]) -> None:
    length = LENGTH
    try:
        graph = built(plan)
    except AssertionError:
        assume(False)  # a kernel larger than what is left of the map
    analysis = Analysis(graph)
    field = analysis.fields[graph.outputs[0].value]
    assert field is not None
    extent = field[0]
    if extent is None:
        assert up_sampling(plan) > MAX_PERIOD
        return
    x = torch.zeros(1, 1, length, dtype=torch.float64, requires_grad=True)
    y = run(graph, x)
    assert tuple(y.shape[1:]) == graph.types[graph.outputs[0].value].shape
    middle = y.shape[-1] // 2
    positions = [
        position
        for position in range(middle, min(middle + len(extent.low), y.shape[-1]))
        if extent.first(position) >= MARGIN and extent.last(position) < length - MARGIN
    ]
    assume(positions)
    for position in positions:
        (gradient,) = torch.autograd.grad(y[0, 0, position], x, retain_graph=True)
        reached = gradient[0, 0].nonzero().flatten().tolist()
        assert (reached[0], reached[-1]) == (extent.first(position), extent.last(position))
        assert reached[-1] - reached[0] + 1 <= analysis.receptive_field


def test_axes_are_independent() -> None:
    net = Net()
    value = net.input(3, 64, 64)
    value = net.layer("conv", value, channels=8, kernel=(1, 7), stride=(1, 2))
    value = net.layer("conv", value, channels=8, kernel=(3, 3), stride=(2, 1))
    analysis = Analysis(net.graph(value))
    assert analysis.receptive_field == (3, 11)
    assert analysis.stride == 2


def test_stacked_small_kernels_see_what_a_large_one_sees() -> None:
    net = Net()
    value = net.input(3, 64, 64)
    fields = []
    for _ in range(3):
        value = net.layer("conv", value, channels=8)
        fields.append(value)
    analysis = Analysis(net.graph(value))
    assert [analysis.field_size(entry) for entry in fields] == [3, 5, 7]


def test_gates_are_left_out() -> None:
    """Squeeze-and-excite: the gate sees the whole image, what it scales a neighbourhood."""
    net = Net()
    value = net.layer("conv", net.input(8, 32, 32), channels=8, kernel=5)
    gate = net.layer("sigmoid", net.layer("conv", net.layer("gap", value), channels=8, kernel=1))
    value = net.layer("mul", value, gate)
    last = net.layer("conv", value, channels=8)
    head = net.layer("linear", net.layer("flatten", net.layer("gap", last)), features=10)
    analysis = Analysis(net.graph(head))
    assert analysis.field_size(value) == 5
    assert analysis.field_size(gate) is None
    assert analysis.receptive_field == 7
    assert analysis.stride == 1


def test_maps_of_different_scale_have_no_common_field() -> None:
    net = Net()
    value = net.input(4, 32, 32)
    small = net.layer("maxpool", value)
    cropped = net.layer("crop", value, sizes=8)
    both = net.layer("concat", small, cropped)
    analysis = Analysis(net.graph(both))
    assert analysis.field_size(both) is None


def test_parts_of_a_map_have_no_field() -> None:
    """They start at different positions, and what joins them counts on where another ends."""
    net = Net()
    value = net.layer("conv", net.input(4, 32, 32), channels=4)
    height = net.layer("chunk", value, n=2, axis="height")
    channels = net.layer("chunk", value, n=2)
    joined = net.layer("concat", value, value, axis="width")
    analysis = Analysis(net.graph(height, channels, joined))
    assert analysis.field_size(height) is None
    assert analysis.field_size(channels) == 3
    assert analysis.field_size(joined) is None
    assert analysis.receptive_field == 3


def test_a_network_without_space_has_no_field() -> None:
    net = Net()
    value = net.layer("linear", net.input(16), features=4)
    analysis = Analysis(net.graph(value))
    assert analysis.receptive_field is None
    assert analysis.stride is None


def test_up_sampling_leaves_fractions() -> None:
    net = Net()
    value = net.layer("upsample", net.input(3, 8, 8), scale=4)
    analysis = Analysis(net.graph(value))
    assert analysis.receptive_field == 1
    assert analysis.stride == 0.25


def test_positions_that_nothing_writes_are_harmless() -> None:
    net = Net()
    value = net.layer("conv_transpose", net.input(1, 64), channels=1, kernel=1, stride=3)
    value = net.layer("conv", value, channels=1, kernel=3)
    analysis = Analysis(net.graph(value))
    assert 1 <= analysis.receptive_field <= 2
