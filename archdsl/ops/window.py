"""Geometry that convolutions, pools and resampling share: axes, pads, and windows that slide."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from archdsl.annotations import Any, TypeAlias, cast
from archdsl.ops.base import Problem, Requirement, TorchArg, Window
from archdsl.types import Dim, Size, TensorType, bounds, constant_when, floor_divide

Pads: TypeAlias = tuple[tuple[int, int], ...]
"""Padding (before, after) of each spatial axis."""

AXIS_NAMES = {0: (), 1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def axis_name(rank: int, axis: int) -> str:
    """The name of a spatial axis (0 is the first one) of data of this spatial rank."""
    names = AXIS_NAMES.get(rank, ())
    return names[axis] if axis < len(names) else f"axis {axis + 1}"


def resolve_axis(op: str, axis: int | str, type: TensorType, parameter: str) -> int | Problem:
    """The number of an axis (0 is channels), given by number (negative: from the end) or name."""
    names = ("channels", *(axis_name(type.rank, index) for index in range(type.rank)))
    if isinstance(axis, str):
        if axis in names:
            return names.index(axis)
        return Problem(
            "E305",
            f"{op} names the axis {axis}, but its input {type} has {_listing(names)}",
            f"write axis={names[-1]}, or the axis's number",
            parameter,
        )
    if -len(names) <= axis < len(names):
        return axis % len(names)
    return Problem(
        "E305",
        f"{op} names axis {axis}, but its input {type} has axes 0 to {len(names) - 1}",
        "axes count without the batch: 0 is channels",
        parameter,
    )


_FLAT_ADVICE = {
    "conv": "apply conv before flatten, or use linear for flat values",
    "pointwise": "use linear for flat values",
    "dropout2d": "use dropout for flat values",
    "instance_norm": "use ln for flat values",
}


def needs_map(op: str, type: TensorType, most: int = 3) -> Problem | None:
    """The problem of an op that slides over space on an input without space, or too much of it."""
    if 1 <= type.rank <= most:
        return None
    if type.rank == 0:
        return Problem(
            "E305",
            f"{op} needs a map, such as [C, H, W], but its input {type} is flat",
            _FLAT_ADVICE.get(op, f"apply {op} before flatten"),
        )
    return Problem(
        "E305", f"{op} works on 1 to {most} spatial axes, but its input {type} has {type.rank}"
    )


def known_channels(op: str, type: TensorType) -> Problem | None:
    """The problem of a layer with weights whose number of channels is symbolic."""
    if isinstance(type.channels, int):
        return None
    return Problem(
        "E305",
        f"{op} needs a known number of channels, but its input {type} has {type.channels}",
        "write the number of channels in the input's shape; sizes alone can be symbolic",
    )


def per_axis(
    op: str, args: Mapping[str, object], type: TensorType, names: Sequence[str]
) -> dict[str, tuple[int, ...]] | Problem:
    """The parameters `names` with one entry a spatial axis."""
    found: dict[str, tuple[int, ...]] = {}
    rank = type.rank
    for name in names:
        value: Any = args[name]
        if not isinstance(value, tuple):
            value = (value,) * rank
        elif len(value) != rank:
            return _wrong_count(op, name, value, type)
        found[name] = value
    return found


def _wrong_count(op: str, name: str, value: tuple[object, ...], type: TensorType) -> Problem:
    entries = "1 entry" if len(value) == 1 else f"{len(value)} entries"
    axes = "1 spatial axis" if type.rank == 1 else f"{type.rank} spatial axes"
    first = value[0]
    return Problem(
        "E305",
        f"{name}={_literal(value)} of {op} has {entries}, but its input {type} has {axes}",
        f"write {name}={_literal(first)} for all axes, or one entry for each axis",
        name,
    )


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return str(value)


def _listing(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# --- Padding --------------------------------------------------------------------------------------


def resolve_sides(
    op: str, name: str, value: object, type: TensorType
) -> tuple[tuple[int, int], ...] | Problem:
    """A value of the kind `Sides`, other than a word, as a pair an axis."""
    if not isinstance(value, tuple):
        amount = cast(int, value)
        return ((amount, amount),) * type.rank
    if len(value) != type.rank:
        return _wrong_count(op, name, value, type)
    return tuple(item if isinstance(item, tuple) else (item, item) for item in value)


def resolve_pad(
    op: str,
    pad: object,
    type: TensorType,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Pads | Problem:
    """The parameter `pad`, words included, as a pair an axis."""
    if pad == "valid":
        return ((0, 0),) * type.rank
    if pad == "same":
        return _same_pads(op, type, kernel, dilation)
    if pad == "same_upper":
        return _same_upper_pads(op, type, kernel, stride, dilation)
    return resolve_sides(op, "pad", pad, type)


def extent(kernel: int, dilation: int) -> int:
    """How many elements a kernel spans."""
    return dilation * (kernel - 1) + 1


def _same_pads(
    op: str, type: TensorType, kernel: tuple[int, ...], dilation: tuple[int, ...]
) -> Pads | Problem:
    pads = _halves(kernel, dilation)
    if pads is not None:
        return pads
    totals = [extent(k, d) - 1 for k, d in zip(kernel, dilation, strict=True)]
    odd = next(axis for axis, total in enumerate(totals) if total % 2)
    pairs = [[total // 2, total - total // 2] for total in totals]
    return Problem(
        "E306",
        f"pad=same does not exist for the kernel {kernel[odd]} of {op} on {type}: "
        f"{dilation[odd]} * ({kernel[odd]} - 1) / 2 = {totals[odd] / 2:g} is not a whole number",
        f"write pad=0, or the pair explicitly: pad={pairs}",
        "kernel",
    )


@lru_cache(maxsize=256)  # as of `windows`
def _halves(kernel: tuple[int, ...], dilation: tuple[int, ...]) -> Pads | None:
    """Half of what a kernel spans beyond one element, for each side; None where that is odd."""
    totals = [extent(k, d) - 1 for k, d in zip(kernel, dilation, strict=True)]
    if any(total % 2 for total in totals):
        return None
    return tuple((total // 2, total // 2) for total in totals)


def _same_upper_pads(
    op: str,
    type: TensorType,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Pads | Problem:
    """TensorFlow's rule: ceil(n / stride) outputs, the odd element of padding at the end."""
    pads = []
    for axis, (size, k, s, d) in enumerate(
        zip(type.spatial, kernel, stride, dilation, strict=True)
    ):
        # Covering ceil(n / s) windows takes (ceil(n / s) - 1) * s + extent elements.
        total = (floor_divide(size - 1, s)) * s + extent(k, d) - size
        if isinstance(total, Size):
            return Problem(
                "E309",
                f"the padding of pad=same_upper with stride {s} depends on the "
                f"{axis_name(type.rank, axis)} {size} of the input {type} of {op}",
                _same_upper_advice(total),
                "pad",
            )
        total = max(total, 0)
        pads.append((total // 2, total - total // 2))
    return tuple(pads)


def _same_upper_advice(total: Size) -> str:
    """What to promise at the input so that the padding is a number."""
    multiples = {symbol.name: constant_when(total, symbol) for symbol in total.symbols}
    if len(multiples) == 1 and None not in multiples.values():
        [(name, multiple)] = multiples.items()
        return f"promise at the input that {name} % {multiple} == 0, or write pad explicitly"
    return "write pad explicitly"


# --- Sliding windows ------------------------------------------------------------------------------


def at_least(size: Dim, least: int) -> bool | Requirement:
    """Whether a size reaches a number, or the requirement under which a symbolic one does."""
    if isinstance(size, int):
        return size >= least
    low, high = size.bounds
    if low is not None and low >= least:
        return True
    if high is not None and high < least:
        return False
    return Requirement(size, ">=", least)


def slide(size: Dim, kernel: int, stride: int, pads: tuple[int, int], dilation: int) -> Dim:
    """Positions of a window: floor((n + pads - extent) / stride) + 1."""
    spare = sum(pads) - extent(kernel, dilation)
    if stride == 1:
        # Where the pads make up for the kernel, this is `size` itself: nothing is worked out anew.
        return size + (spare + 1)
    return (size + spare) // stride + 1


def slide_lines(
    inputs: TensorType,
    outputs: TensorType,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    pads: Pads,
    dilation: tuple[int, ...],
) -> tuple[str, ...]:
    """The arithmetic of `slide`, a line an axis."""
    return tuple(
        f"{axis_name(inputs.rank, axis)}: ({n}{_pad_text(p)} - {_extent_text(k, d)})"
        f" // {s} + 1 = {out}"
        for axis, (n, out, k, s, p, d) in enumerate(
            zip(inputs.spatial, outputs.spatial, kernel, stride, pads, dilation, strict=True)
        )
    )


def _pad_text(pads: tuple[int, int]) -> str:
    if pads == (0, 0):
        return ""
    return f" + 2*{pads[0]}" if pads[0] == pads[1] else f" + {pads[0]} + {pads[1]}"


def _extent_text(kernel: int, dilation: int) -> str:
    return str(kernel) if dilation == 1 else f"({dilation}*({kernel} - 1) + 1)"


def underflow(
    op: str, type: TensorType, axis: int, kernel: int, pads: tuple[int, int], dilation: int
) -> Problem:
    """The problem of a kernel that is larger than its padded input, with the arithmetic."""
    name = axis_name(type.rank, axis)
    size = type.spatial[axis]
    padded = f"{size}{_pad_text(pads)} = {size + sum(pads)}" if any(pads) else f"{size}"
    spans = (
        f"the kernel's {kernel}"
        if dilation == 1
        else f"the {dilation}*({kernel} - 1) + 1 = {extent(kernel, dilation)} that the kernel spans"
    )
    largest = bounds(floor_divide(size + sum(pads) - 1, dilation) + 1)[1]
    return Problem(
        "E303",
        f"the kernel of {op} does not fit into its input {type}: "
        f"the {'padded ' if any(pads) else ''}{name} {padded} is smaller than {spans}",
        f"shrink the map less before this layer (fewer strides and pools), take a kernel of at "
        f"most {largest}, or pad more",
        "kernel",
    )


@lru_cache(maxsize=256)  # a network has a handful of geometries, and asks for each of them often
def windows(
    kernel: tuple[int, ...], stride: tuple[int, ...], pads: Pads, dilation: tuple[int, ...]
) -> tuple[Window, ...]:
    """The receptive-field windows of a convolution or pool."""
    along = zip(kernel, stride, pads, dilation, strict=True)
    return tuple([Window(k, s, p[0], d) for k, s, p, d in along])


# --- PyTorch --------------------------------------------------------------------------------------


def collapsed(values: tuple[int, ...]) -> int | tuple[int, ...]:
    """One number for all axes where they agree, as PyTorch code writes it."""
    return values[0] if len(set(values)) == 1 else values


def symmetric(pads: Pads) -> tuple[int, ...] | None:
    """One number an axis where both sides agree on every axis, else None."""
    return tuple(p[0] for p in pads) if all(a == b for a, b in pads) else None


def torch_pads(pads: Pads) -> tuple[int, ...]:
    """Pads in the order of `F.pad`: the last axis first."""
    return tuple(amount for pair in reversed(pads) for amount in pair)


def axis_arg(name: str, values: tuple[int, ...], default: object) -> TorchArg:
    return TorchArg(name, collapsed(values), default)
