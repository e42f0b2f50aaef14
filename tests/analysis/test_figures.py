"""Figures of small graphs against counting by hand and against naive definitions."""

from hypothesis import given
from hypothesis import strategies as st

from archdsl.analysis import Analysis
from archdsl.graph.ir import Graph
from archdsl.types import Symbol, size_of
from tests.analysis.nets import Net


def test_costs_of_a_small_network() -> None:
    net = Net()
    value = net.layer("conv", net.input(3, 8, 8), channels=4)
    value = net.layer("bn", value)
    value = net.layer("relu", value)
    value = net.layer("linear", net.layer("flatten", net.layer("gap", value)), features=2)
    analysis = Analysis(net.graph(value))
    assert analysis.params == (4 * 3 * 9 + 4) + 2 * 4 + (2 * 4 + 2)
    assert analysis.buffers == 4 + 4 + 1
    assert analysis.macs == 8 * 8 * 4 * 3 * 9 + 4 * 2
    assert analysis.flops == 2 * analysis.macs
    assert analysis.activations == 3 * 4 * 64 + 4 + 4 + 2
    assert analysis.peak_memory == 4 * (4 * 64 + 4 * 64)
    assert analysis.depth == 2
    assert analysis.layers == 6
    assert analysis.output_shapes == {f"y{value}": (2,)}


def test_shared_layers_weigh_once_and_work_each_time() -> None:
    net = Net()
    first = net.layer("conv", net.input(4, 8, 8), channels=4)
    second = net.again(0, first)
    analysis = Analysis(net.graph(second))
    assert analysis.params == 4 * 4 * 9 + 4
    assert analysis.macs == 2 * 64 * 4 * 4 * 9
    assert (analysis.depth, analysis.layers) == (2, 1)
    assert analysis.receptive_field == 5


def test_training_outputs_count_for_storage_only() -> None:
    net = Net()
    value = net.layer("conv", net.input(4, 8, 8), channels=4)
    hidden = net.layer("conv", value, channels=8)
    aux = net.layer("conv", hidden, channels=2, kernel=1)
    out = net.layer("relu", value)
    analysis = Analysis(net.graph(out, training=(aux,)))
    assert analysis.params == (4 * 4 * 9 + 4) + (8 * 4 * 9 + 8) + (2 * 8 + 2)
    assert analysis.macs == 64 * 4 * 4 * 9
    assert (analysis.depth, analysis.receptive_field) == (1, 3)
    assert analysis.activations == 2 * 4 * 64
    assert analysis.live == [True, False, False, True]


def test_symbolic_sizes_take_their_values() -> None:
    height, width = Symbol("H", 32, multiple=4), Symbol("W", 16, multiple=4)
    net = Net()
    value = net.input(3, size_of(height), size_of(width))
    value = net.layer("conv", value, channels=4, stride=4, kernel=4, pad=0)
    analysis = Analysis(net.graph(value, symbols=(height, width)))
    assert analysis.shape(value) == (4, 8, 4)
    assert analysis.macs == 8 * 4 * 4 * 3 * 16
    assert analysis.peak_memory == 4 * (3 * 32 * 16 + 4 * 8 * 4)


def test_sizes_without_a_value_leave_figures_open() -> None:
    height = Symbol("H", None)
    net = Net()
    value = net.layer("conv", net.input(3, size_of(height), 16), channels=4)
    analysis = Analysis(net.graph(value, symbols=(height,)))
    assert (analysis.params, analysis.depth, analysis.receptive_field) == (112, 1, 3)
    assert (analysis.macs, analysis.flops) == (None, None)
    assert (analysis.activations, analysis.peak_memory) == (None, None)
    assert analysis.shape(value) is None


def test_figures_by_name() -> None:
    net = Net()
    value = net.layer("conv", net.input(3, 8, 8), channels=4)
    analysis = Analysis(net.graph(value))
    assert analysis.figure("params") == 112
    assert analysis.figure("output.shape") == (4, 8, 8)
    assert analysis.figure("graph") is None
    assert analysis.layer("conv1") == ((4, 8, 8), 4, 3, 1)
    assert analysis.layer("conv2") is None


# --- Naive definitions ----------------------------------------------------------------------------


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Directed acyclic graphs of convolutions and sums, with one to three outputs."""
    net = Net()
    values = [net.input(2, 4, 4)]
    for _ in range(draw(st.integers(1, 12))):
        inputs = draw(st.lists(st.sampled_from(values), min_size=1, max_size=3))
        op = "add" if len(inputs) > 1 else draw(st.sampled_from(["conv", "relu"]))
        args = {"channels": 2} if op == "conv" else {}
        values.append(net.layer(op, *inputs, **args))
    outputs = draw(st.lists(st.sampled_from(values[1:]), min_size=1, max_size=3, unique=True))
    return net.graph(*outputs)


@given(graphs())
def test_peak_memory_is_the_largest_set_of_live_values(graph: Graph) -> None:
    analysis = Analysis(graph)
    steps = analysis.live_steps
    born = {graph.inputs[0].value: -1}
    dies = {output.value: len(steps) for output in graph.outputs}
    for number, step in enumerate(steps):
        born[step.outputs[0]] = number
        for value in step.inputs:
            dies[value] = max(dies.get(value, -1), number)
    peak = max(
        sum(1 for value in born if born[value] <= now <= dies.get(value, born[value]))
        for now in range(len(steps))
    )
    assert analysis.peak_memory == 4 * 32 * peak


@given(graphs())
def test_depth_is_that_of_the_longest_path(graph: Graph) -> None:
    makers = {step.outputs[0]: step for step in graph.steps}

    def depth(value: int) -> int:
        if value not in makers:
            return 0
        step = makers[value]
        return step.layer.op.dense + max(depth(read) for read in step.inputs)

    assert Analysis(graph).depth == max(depth(output.value) for output in graph.outputs)
