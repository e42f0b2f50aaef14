"""Hypothesis strategies for arguments and inputs of every op, derived from the kinds."""

from typing import Any, NamedTuple

from hypothesis import strategies as st

from archdsl.ops import op
from archdsl.ops.base import REQUIRED, Parameter, SameAs
from archdsl.ops.kinds import Axes, Axis, Bool, Int, Kind, PerAxis, Real, Sides, Word

AXIS_WORDS = {
    0: ("channels",),
    1: ("channels", "length"),
    2: ("channels", "height", "width"),
    3: ("channels", "depth", "height", "width"),
}


class Drawn(NamedTuple):
    name: str
    args: dict[str, object]
    shapes: tuple[tuple[int, ...], ...]


def values(kind: Kind, rank: int) -> st.SearchStrategy[Any]:
    """Values of a kind, most of them legal for data of this rank."""
    if isinstance(kind, Bool):
        return st.booleans()
    if isinstance(kind, Int):
        small = st.integers(max(kind.minimum, -4), max(kind.minimum, 0) + 4)
        return st.none() | small if kind.none else small
    if isinstance(kind, PerAxis):
        one = st.integers(kind.minimum, kind.minimum + 3)
        found = one | st.tuples(*[one] * rank) if rank else one
        return found | st.none() if kind.none else found
    if isinstance(kind, Sides):
        one = st.integers(0, 3)
        several = st.tuples(*[one] * rank) | st.tuples(*[st.tuples(one, one)] * rank)
        found = one | several if rank else one
        words = st.sampled_from(kind.words) if kind.words else found
        return st.booleans().flatmap(lambda word: words if word else found)
    if isinstance(kind, Real):
        low = kind.minimum if kind.minimum is not None else kind.above
        return st.floats(
            0.01 if low is None else low + 1e-3,
            2.0 if kind.maximum is None else kind.maximum,
            allow_subnormal=False,
        )
    if isinstance(kind, Word):
        words = st.sampled_from(kind.words)
        return words | st.none() if kind.none else words
    axis = st.integers(-rank - 1, rank) | st.sampled_from(AXIS_WORDS[rank])
    if isinstance(kind, Axis):
        return axis
    assert isinstance(kind, Axes)
    return axis | st.lists(axis, min_size=1, max_size=rank + 1).map(tuple)


@st.composite
def drawn(draw: st.DrawFn, name: str, ranks: tuple[int, ...] = (1, 2, 2, 2, 3, 0)) -> Drawn:
    """An op with arguments and inputs of one of these spatial ranks; about half of them fit."""
    found = op(name)
    assert found is not None
    rank = draw(st.sampled_from(ranks))
    channels = draw(st.sampled_from((1, 4, 6, 12, 16)))
    shape = (channels, *(draw(st.integers(1, 9)) for _ in range(rank)))
    args: dict[str, object] = {}
    for parameter in found.parameters:
        if parameter.default is REQUIRED or draw(st.booleans()):
            args[parameter.name] = draw(_special(name, parameter, shape))
        elif isinstance(parameter.default, SameAs) and parameter.default.parameter in args:
            args[parameter.name] = args[parameter.default.parameter]
    if found.arity is None:
        return Drawn(name, args, tuple(draw(_alike(shape)) for _ in range(draw(st.integers(1, 3)))))
    return Drawn(name, args, (shape,))


def _special(name: str, parameter: Parameter, shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    """Arguments that would hardly ever fit if they were drawn blindly."""
    rank = len(shape) - 1
    total = 1
    for size in shape:
        total *= size
    key = (name, parameter.name)
    if key == ("reshape", "shape"):
        return st.sampled_from([(total,), (-1,), (-1, 1, 1), (1, total), (total, 2), (3, -1)])
    if key == ("permute", "order"):
        return st.permutations(range(rank + 1)).map(tuple)
    if parameter.name == "groups":
        return st.sampled_from((1, 2, 2, 3, 4))
    if key in (("maxpool", "kernel"), ("avgpool", "kernel")):
        # Odd ones, for which pad=same exists; their default is even.
        return values(parameter.kind, rank) | st.sampled_from((3, 5))
    if parameter.name == "channels":
        return st.sampled_from((1, 2, 3, 4, 4, 6))
    if key == ("linear", "axis"):
        return st.sampled_from(("channels", "channels", None) if rank else ("channels", None))
    if key == ("lrn", "alpha"):
        # With larger ones the digits show that onnxruntime loses by adding and subtracting squares.
        return st.floats(1e-4, 0.01)
    if key == ("conv_transpose", "output_pad"):
        return st.sampled_from((0, 1))
    if key == ("upsample", "mode"):
        fitting = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}
        return st.sampled_from(("nearest", *fitting.get(rank, ()) * 2))
    if key == ("upsample", "size"):
        one = st.integers(1, 12)
        return one | st.tuples(*[one] * rank) if rank else one
    if key == ("split", "sizes"):
        cut = st.integers(1, max(1, shape[0] - 1))
        return cut.map(lambda first: (first, shape[0] - first) if shape[0] > first else (1,))
    return values(parameter.kind, rank)


@st.composite
def _alike(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape, with perhaps a size of 1 or another size."""
    index = draw(st.integers(0, len(shape) - 1))
    size = draw(st.sampled_from((shape[index], 1, 3)))
    return (*shape[:index], size, *shape[index + 1 :])
