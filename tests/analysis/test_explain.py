"""What `archdsl explain` says of parts that no landmark has."""

from archdsl.analysis import Analysis
from archdsl.analysis.explain import explained
from archdsl.analysis.render import totals_of
from archdsl.types import Symbol, size_of
from tests.analysis.nets import Net
from tests.elaborate.programs import graph

BLOCKS = """\
block Inner(channels: int) { conv(channels) }
block Outer(
  skip: tensor, layer: block, inner: block, other: block | none = none,
  widths: list[int] = [4, 8], bias: bool = false, mode: str = "a \\"b\\"", rate: float = 0.5
) {
  conv(8, bias=bias) -> layer
  add [inner, skip]
}
"""


def lines_of(path: str, body: str, image: str = "image[3, H=32, W=32]") -> list[str]:
    found = explained(Analysis(graph(body, BLOCKS, image)), path)
    assert found is not None
    return found


def test_arguments_of_blocks_are_written_as_in_the_language() -> None:
    first, *_ = lines_of("b", "a = conv(8)\nb = Outer(a, leaky_relu(0.2), Inner(8))")
    assert first == (
        "b: Outer(skip=tensor, layer=leaky_relu, inner=Inner, other=none, widths=[4, 8], "
        'bias=false, mode="a \\"b\\"", rate=0.5)'
    )


def test_an_input() -> None:
    assert lines_of("x", "relu") == ["x is an input of the network: [3, H, W]"]


def test_sizes_without_a_value() -> None:
    """As importers may leave them; a source's own always have one."""
    height, width = Symbol("H"), Symbol("W")
    for sizes, said in (
        ((height, 16), "The size H has no value; --input gives one."),
        ((height, width), "The sizes H, W have no values; --input gives one."),
    ):
        net = Net()
        given = net.input(3, *(one if isinstance(one, int) else size_of(one) for one in sizes))
        value = net.layer("conv", given, channels=4)
        symbols = tuple(one for one in sizes if not isinstance(one, int))
        analysis = Analysis(net.graph(value, symbols=symbols))
        assert (explained(analysis, "conv1") or [])[-1] == said
        assert totals_of(analysis) == [
            ("parameters", "112 (448 B in float32)"),
            ("buffers", "0"),
            ("depth", "1 (1 layers in all)"),
            ("receptive field", "3, stride 1"),
        ]


def test_fields_behind_layers_that_make_maps_larger() -> None:
    body = "conv(8, stride=2)\nup = conv_transpose(8, 4, stride=2, pad=1)\nconv(8)"
    field = "height: 3 becomes 5, the most that any position sees, stride 2 / 2 = 1"
    assert f"    {field}" in lines_of("up", body)
    field = "height: 5 becomes 7, the most that any position sees, stride 1 * 1 = 1"
    assert f"    {field}" in lines_of("conv2", body)
