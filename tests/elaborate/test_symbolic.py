"""Symbolic sizes are exact: evaluated at any legal size, a network is the one elaborated there."""

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from archdsl.graph.ir import Graph
from archdsl.types import Dim, SizeError
from tests.elaborate.programs import check, network


class Drawn(NamedTuple):
    """A network body, what `where` says, and the sizes to compare at."""

    body: str
    where: str
    sizes: dict[str, int]


kernels = st.sampled_from([1, 2, 3, 5, 7])
channels = st.integers(1, 8)


@st.composite
def convolutions(draw: st.DrawFn) -> str:
    kernel, stride, dilation = draw(kernels), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    pads = ["valid", "0", "1", "[1, 2]", "[[0, 1], [1, 0]]"]
    # An even kernel has no symmetric padding, and with a stride TensorFlow's depends on the size.
    pads += ["same"] * (kernel % 2) + ["same_upper"] * (stride == 1)
    pad = draw(st.sampled_from(pads))
    return f"conv({draw(channels)}, {kernel}, stride={stride}, pad={pad}, dilation={dilation})"


@st.composite
def pools(draw: st.DrawFn) -> str:
    kernel = draw(st.integers(1, 4))
    pad, stride = draw(st.integers(0, kernel // 2)), draw(st.integers(1, 4))
    op = draw(st.sampled_from(["maxpool", "avgpool"]))
    ceil = draw(st.sampled_from(["true", "false"]))
    return f"{op}({kernel}, stride={stride}, pad={pad}, ceil={ceil})"


@st.composite
def transposed(draw: st.DrawFn) -> str:
    kernel, stride, pad = draw(st.integers(1, 5)), draw(st.integers(1, 3)), draw(st.integers(0, 2))
    return f"conv_transpose({draw(channels)}, {kernel}, stride={stride}, pad={pad})"


steps = st.one_of(
    convolutions(),
    convolutions(),
    pools(),
    transposed(),
    st.sampled_from(
        [
            "bn",
            "relu",
            "upsample(2)",
            "pixel_unshuffle(2)",
            "pad([1, 2])",
            "crop([1, 1])",
            "residual { conv(4, stride=2) -> conv(4) } shortcut project",
            "residual { maxpool(2) } shortcut project",
            "add [conv(4, stride=2), maxpool(2) -> conv(4, 1)]",
            "concat [conv(2, 3, stride=2), maxpool(3, stride=2, pad=1), avgpool(2)]",
            "add [prev, upsample(2) -> conv(4, stride=2) -> conv(prev.channels, 1)]",
        ]
    ),
)


@st.composite
def drawn_networks(draw: st.DrawFn) -> Drawn:
    multiple = draw(st.sampled_from([1, 1, 2, 4, 8, 32]))
    conditions = [f"H % {multiple} == 0", f"W % {multiple} == 0"] if multiple > 1 else []
    least = draw(st.sampled_from([1, 1, 16]))
    conditions += [f"H >= {least}", f"W >= {least}"] if least > 1 else []
    first = -(-least // multiple)
    sizes = {name: multiple * draw(st.integers(first, first + 70)) for name in "HW"}
    body = "\n".join(draw(st.lists(steps, min_size=1, max_size=5)))
    return Drawn(body, f" where {', '.join(conditions)}" if conditions else "", sizes)


def evaluated(graph: Graph, sizes: dict[str, int]) -> list[tuple[int, ...]] | None:
    """The shapes at these sizes; None where a layer does not work there."""
    try:
        for step in graph.steps:
            if not all(requirement.holds(sizes) for requirement in step.layer.requirements):
                return None
        return [tuple(_at(dim, sizes) for dim in type_.shape) for type_ in graph.types]
    except SizeError:
        return None


def _at(dim: Dim, sizes: dict[str, int]) -> int:
    return dim if isinstance(dim, int) else dim.evaluate(sizes)


@settings(max_examples=300)
@given(drawn_networks())
def test_symbolic_networks_are_the_concrete_ones(drawn: Drawn) -> None:
    height, width = drawn.sizes["H"], drawn.sizes["W"]
    symbolic = check(network(drawn.body, image=f"image[3, H={height}, W={width}]{drawn.where}"))
    concrete = check(network(drawn.body, image=f"image[3, {height}, {width}]"))
    if symbolic.diagnostics:
        # A network is refused where some legal size breaks it, or this one does.
        refused_anyway = {"E301", "E302", "E216"} & set(symbolic.codes)
        assert concrete.diagnostics or refused_anyway, symbolic.messages
        if not refused_anyway:
            assert [found[:4] for found in symbolic.messages] == [
                found[:4] for found in concrete.messages
            ]
        return
    # What was sampled at these sizes works at them.
    assert concrete.messages == []
    at_sizes = evaluated(symbolic.graph, drawn.sizes)
    assert at_sizes == [type_.shape for type_ in concrete.graph.types]


@settings(max_examples=300)
@given(drawn_networks(), st.integers(0, 60), st.integers(0, 60))
def test_requirements_say_at_which_sizes_a_network_works(
    drawn: Drawn, more_height: int, more_width: int
) -> None:
    """A network that is accepted at one size, evaluated at another: errors included."""
    large = check(
        network(
            drawn.body,
            image=f"image[3, H={32 * 40}, W={32 * 40}]{drawn.where}",
        )
    )
    if large.diagnostics:
        return
    (symbol, *_) = large.graph.symbols
    sizes = {
        "H": symbol.first + symbol.multiple * more_height,
        "W": symbol.first + symbol.multiple * more_width,
    }
    concrete = check(network(drawn.body, image=f"image[3, {sizes['H']}, {sizes['W']}]"))
    at_sizes = evaluated(large.graph, sizes)
    if concrete.diagnostics:
        assert at_sizes is None, concrete.messages
    else:
        assert at_sizes == [type_.shape for type_ in concrete.graph.types]


def test_sums_of_equal_sizes_are_refused_only_where_a_size_differs() -> None:
    """At a legal size of a refused network the concrete one may work, but not at all of them."""
    body = "add [conv(4, stride=2), maxpool(2) -> conv(4, 1)]"
    assert check(network(body)).codes == ["E301"]
    concrete = [check(network(body, image=f"image[3, {n}, {n}]")).codes for n in (8, 9)]
    assert concrete == [[], ["E301"]]
    promised = check(network(body, image="image[3, H=8, W=8] where H % 2 == 0, W % 2 == 0"))
    assert promised.codes == []
