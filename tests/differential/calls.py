"""Calls of every op, with arguments that mostly fit what flows in.

A function for each op draws its arguments for a shape; what does not fit after all is drawn again.
Numbers keep values of about unit size: where a network amplifies rounding there is nothing to
compare.
"""

from collections.abc import Callable
from math import prod
from typing import Any

from tests.differential.choices import Choices
from tests.differential.interpreter import Illegal
from tests.differential.programs import Apply, Word
from tests.ops.draws import AXIS_WORDS

Shape = tuple[int, ...]
Args = dict[str, object]

MOST_PARTS = 4
"""Parts that a value is cut into."""


def call(op: str, shape: Shape, c: Choices) -> Apply:
    """An op with arguments for an input of this shape. Raises Illegal where there are none."""
    drawn = DRAWS.get(op)
    return Apply(op, drawn(shape, c) if drawn else {})


def divisors(number: int) -> list[int]:
    return [divisor for divisor in range(1, number + 1) if number % divisor == 0]


def _per_axis(shape: Shape, c: Choices, one: Callable[[], int]) -> int | tuple[int, ...]:
    """One number, or at times one an axis."""
    return tuple(one() for _ in shape[1:]) if c.chance(25) else one()


def _sides(shape: Shape, c: Choices, most: int) -> object:
    """Amounts at the borders: one, one an axis, or a pair an axis."""

    def one() -> int:
        return c.number(0, most)

    if c.chance(40):
        return tuple((one(), one()) for _ in shape[1:])
    return _per_axis(shape, c, one)


def _maybe(c: Choices, percent: int, **drawn: Callable[[], object]) -> Args:
    """Each argument in so many of a hundred cases."""
    return {name: draw() for name, draw in drawn.items() if c.chance(percent)}


def _needs_map(shape: Shape) -> None:
    if len(shape) == 1:
        raise Illegal("a flat value")


# --- convolutions and linear layers ---------------------------------------------------------------


def _window(shape: Shape, c: Choices) -> Args:
    """Kernel, stride, pad and dilation of a convolution."""
    _needs_map(shape)
    kernel = _per_axis(shape, c, lambda: c.weighted({3: 8, 1: 4, 5: 2, 2: 2, 4: 1}))
    args: Args = {}
    if kernel != 3 or c.chance(30):
        args["kernel"] = kernel
    args |= _maybe(
        c,
        25,
        stride=lambda: _per_axis(shape, c, lambda: c.number(1, 3)),
        dilation=lambda: _per_axis(shape, c, lambda: c.number(1, 3)),
    )
    even = any(size % 2 == 0 for size in (kernel if isinstance(kernel, tuple) else (kernel,)))
    if even or c.chance(25):
        args["pad"] = _pad(shape, c, 2)
    return args


def _pad(shape: Shape, c: Choices, most: int) -> object:
    word = c.weighted({"": 6, "valid": 1, "same_upper": 2, "same": 1})
    return Word(word) if word else _sides(shape, c, most)


def _bias(c: Choices) -> Args:
    return _maybe(c, 30, bias=lambda: c.chance(30))


def conv(shape: Shape, c: Choices) -> Args:
    groups = c.pick(divisors(shape[0])) if c.chance(25) else 1
    channels = groups * c.number(1, max(1, 12 // groups))
    args = {"channels": channels, **_window(shape, c)}
    if groups > 1:
        args["groups"] = groups
    args |= _bias(c)
    if "pad" in args or c.chance(10):
        modes = ("zeros", "reflect", "replicate", "circular")
        args |= _maybe(c, 50, pad_mode=lambda: Word(c.pick(modes)))
    return args


def depthwise(shape: Shape, c: Choices) -> Args:
    return {**_window(shape, c), **_maybe(c, 25, multiplier=lambda: c.number(1, 3)), **_bias(c)}


def pointwise(shape: Shape, c: Choices) -> Args:
    _needs_map(shape)
    groups = c.pick(divisors(shape[0])) if c.chance(25) else 1
    args: Args = {"channels": groups * c.number(1, max(1, 12 // groups))}
    args |= _maybe(c, 20, stride=lambda: _per_axis(shape, c, lambda: c.number(1, 2)))
    return {**args, **({"groups": groups} if groups > 1 else {}), **_bias(c)}


def separable(shape: Shape, c: Choices) -> Args:
    return {"channels": c.number(1, 12), **_window(shape, c), **_bias(c)}


def conv_transpose(shape: Shape, c: Choices) -> Args:
    _needs_map(shape)
    groups = c.pick(divisors(shape[0])) if c.chance(25) else 1
    args: Args = {
        "channels": groups * c.number(1, max(1, 8 // groups)),
        "kernel": _per_axis(shape, c, lambda: c.number(1, 4)),
    }
    args |= _maybe(
        c,
        40,
        stride=lambda: _per_axis(shape, c, lambda: c.number(1, 3)),
        pad=lambda: _per_axis(shape, c, lambda: c.number(0, 2)),
    )
    if "stride" in args and c.chance(40):
        stride: Any = args["stride"]
        sizes = stride if isinstance(stride, tuple) else (stride,)
        pads = tuple(c.number(0, size - 1) for size in sizes)
        args["output_pad"] = pads if isinstance(stride, tuple) else pads[0]
    args |= _maybe(c, 15, dilation=lambda: _per_axis(shape, c, lambda: c.number(1, 2)))
    return {**args, **({"groups": groups} if groups > 1 else {}), **_bias(c)}


def linear(shape: Shape, c: Choices) -> Args:
    axis: Args = {"axis": Word("channels")} if len(shape) > 1 else {}
    return {"features": c.number(1, 16), **_bias(c), **axis}


def attention(shape: Shape, c: Choices) -> Args:
    _needs_map(shape)
    if prod(shape[1:]) > 100:
        raise Illegal("many positions")
    return {"heads": c.pick(divisors(shape[0]))}


# --- pools ----------------------------------------------------------------------------------------


def _pool(shape: Shape, c: Choices) -> Args:
    _needs_map(shape)
    args: Args = {}
    kernel: Any = 2
    if c.chance(60):
        kernel = args["kernel"] = _per_axis(shape, c, lambda: c.number(1, 4))
    args |= _maybe(c, 60, stride=lambda: _per_axis(shape, c, lambda: c.number(1, 3)))
    if c.chance(50):
        half = min(kernel if isinstance(kernel, tuple) else (kernel,)) // 2
        args["pad"] = _pad(shape, c, half)
    return {**args, **_maybe(c, 40, ceil=lambda: True)}


def maxpool(shape: Shape, c: Choices) -> Args:
    args = _pool(shape, c)
    if "pad" not in args:  # a window of padding alone has the maximum -inf
        args |= _maybe(c, 25, dilation=lambda: _per_axis(shape, c, lambda: c.number(1, 2)))
    return args


def avgpool(shape: Shape, c: Choices) -> Args:
    return {**_pool(shape, c), **_maybe(c, 40, count_pad=lambda: c.chance(20))}


def adaptive(shape: Shape, c: Choices) -> Args:
    _needs_map(shape)
    return {"size": _per_axis(shape, c, lambda: c.number(1, 5))}


# --- norms ----------------------------------------------------------------------------------------


def _eps(c: Choices) -> Args:
    # Large ones most often: a small one hands on the rounding of a map that is nearly constant.
    return _maybe(c, 85, eps=lambda: c.weighted({1e-5: 1, 1e-3: 1, 0.02: 3, 0.5: 4}))


def bn(shape: Shape, c: Choices) -> Args:
    momentum = _maybe(c, 30, momentum=lambda: c.pick((0.1, 0.01, 0.5, None, 1)))
    return {**_eps(c), **momentum, **_maybe(c, 20, affine=lambda: False)}


def gn(shape: Shape, c: Choices) -> Args:
    return {"groups": c.pick(divisors(shape[0])), **_eps(c)}


def other_norm(shape: Shape, c: Choices) -> Args:
    return _eps(c)


def lrn(shape: Shape, c: Choices) -> Args:
    return _maybe(
        c,
        60,
        size=lambda: c.weighted({3: 6, 5: 6, 1: 3, 7: 3, 2: 1}),
        # onnxruntime's own LRN loses digits with larger ones.
        alpha=lambda: c.pick((1e-4, 0.1, 0.2)),
        beta=lambda: c.pick((0.75, 0.5, 1)),
        k=lambda: c.pick((1, 2, 0.5)),
    )


def scale(shape: Shape, c: Choices) -> Args:
    return _maybe(c, 50, init=lambda: c.pick((1, 0.1, 1e-3, -2)))


# --- activations and dropout ----------------------------------------------------------------------


def leaky_relu(shape: Shape, c: Choices) -> Args:
    return _maybe(c, 60, slope=lambda: c.pick((0.01, 0.2, 0.5, -0.5)))


def prelu(shape: Shape, c: Choices) -> Args:
    init = _maybe(c, 40, init=lambda: c.pick((0.25, 0.1, 0.5)))
    return {**init, **_maybe(c, 50, per_channel=lambda: True)}


def elu(shape: Shape, c: Choices) -> Args:
    return _maybe(c, 60, alpha=lambda: c.pick((1, 0.5, 1.5)))


def gelu(shape: Shape, c: Choices) -> Args:
    return _maybe(c, 60, approximate=lambda: c.pick((None, Word("tanh"))))


def any_axis(shape: Shape, c: Choices) -> object:
    """An axis by number, from the end, or by name."""
    axis = c.number(0, len(shape) - 1)
    form = c.weighted({"number": 2, "name": 2, "end": 1})
    if form == "name" and len(shape) - 1 in AXIS_WORDS:
        return Word(AXIS_WORDS[len(shape) - 1][axis])
    return axis - len(shape) if form == "end" else axis


def softmax(shape: Shape, c: Choices) -> Args:
    args = _maybe(c, 60, axis=lambda: any_axis(shape, c))
    if shape[axis_number(args.get("axis", 0), shape)] == 1:
        raise Illegal("the softmax of one element is 1")
    return args


def axis_number(axis: object, shape: Shape) -> int:
    """The number of an axis from 0 on."""
    if isinstance(axis, str):
        return AXIS_WORDS[len(shape) - 1].index(axis)
    assert isinstance(axis, int)
    return axis % len(shape)


def dropout(shape: Shape, c: Choices) -> Args:
    return _maybe(c, 60, p=lambda: c.pick((0.5, 0.1, 0.25, 0)))


def dropout2d(shape: Shape, c: Choices) -> Args:
    _needs_map(shape)
    return dropout(shape, c)


# --- shapes ---------------------------------------------------------------------------------------


def reshape(shape: Shape, c: Choices) -> Args:
    total = prod(shape)
    first = c.pick([size for size in divisors(total) if size <= 24])
    sizes = [first]
    for _ in range(c.number(0, 3)):
        sizes.append(c.pick(divisors(total // prod(sizes))[:6]))
    left = total // prod(sizes)
    if len(sizes) < 4 and (left > 1 or c.chance(30)):
        sizes.append(left)
    elif left > 1:
        sizes[-1] *= left
    if c.chance(50):
        sizes[c.below(len(sizes))] = -1
    return {"shape": tuple(sizes)}


def permute(shape: Shape, c: Choices) -> Args:
    left = list(range(len(shape)))
    order = []
    while left:
        order.append(left.pop(-1 if c.chance(50) else 0))
    return {"order": tuple(order)}


def pad(shape: Shape, c: Choices) -> Args:
    _needs_map(shape)
    args: Args = {"sizes": _sides(shape, c, 2)}
    mode = c.weighted({"": 4, "zeros": 1, "reflect": 2, "replicate": 2, "circular": 1})
    if mode:
        args["mode"] = Word(mode)
    return {**args, **_maybe(c, 30, value=lambda: c.pick((0, 0.5, -1)))}


def crop(shape: Shape, c: Choices) -> Args:
    _needs_map(shape)
    return {"sizes": _sides(shape, c, 1 if min(shape[1:]) < 5 else 2)}


def slice_(shape: Shape, c: Choices) -> Args:
    axis = any_axis(shape, c)
    size = shape[axis_number(axis, shape)]
    start = c.number(0, min(size - 1, 2))
    stop = c.weighted({"end": 3, "below": 3, "number": 2})
    ends = {"end": None, "below": -1, "number": c.number(start + 1, size)}
    return {"axis": axis, "start": start - size if c.chance(20) else start, "stop": ends[stop]}


def mean(shape: Shape, c: Choices) -> Args:
    axes = [axis for axis in range(len(shape)) if c.chance(50)]
    if c.chance(50):
        axes = list(range(1, len(shape)))
    if not 0 < len(axes) < len(shape):
        raise Illegal("one axis has to be left")
    if len(axes) == 1 and c.chance(50):
        return {"axes": axes[0]}
    return {"axes": tuple(axes)}


def _cut_axis(shape: Shape, c: Choices) -> Args:
    return _maybe(c, 25, axis=lambda: any_axis(shape, c))


def chunk(shape: Shape, c: Choices) -> Args:
    args = _cut_axis(shape, c)
    size = shape[axis_number(args.get("axis", 0), shape)]
    counts = [count for count in divisors(size) if 1 < count <= MOST_PARTS]
    if not counts:
        raise Illegal("nothing to cut")
    return {"n": c.pick(counts), **args}


def split(shape: Shape, c: Choices) -> Args:
    args = _cut_axis(shape, c)
    left = shape[axis_number(args.get("axis", 0), shape)]
    sizes = []
    while left > 1 and len(sizes) < 2:
        sizes.append(c.number(1, left - 1))
        left -= sizes[-1]
    return {"sizes": (*sizes, left), **args}


# --- resampling -----------------------------------------------------------------------------------


def upsample(shape: Shape, c: Choices) -> Args:
    _needs_map(shape)
    args: Args = {}
    way = c.weighted({"plain": 2, "scale": 4, "size": 3})
    if way == "scale":
        args["scale"] = _per_axis(shape, c, lambda: c.number(1, 3))
    elif way == "size":
        args["size"] = tuple(c.number(size, 2 * size + 1) for size in shape[1:])
    modes = {1: ("linear",), 2: ("bilinear", "bicubic"), 3: ("trilinear",)}[len(shape) - 1]
    mode = c.pick(("nearest", *modes))
    if mode == "nearest":
        return {**args, **_maybe(c, 20, mode=lambda: Word("nearest"))}
    return {**args, "mode": Word(mode), **_maybe(c, 40, align_corners=lambda: True)}


def pixel_shuffle(shape: Shape, c: Choices) -> Args:
    factors = [factor for factor in (2, 3, 1) if shape[0] % factor**2 == 0]
    return {"factor": c.pick(factors)}


def pixel_unshuffle(shape: Shape, c: Choices) -> Args:
    factors = [n for n in (2, 3, 1) if all(size % n == 0 for size in shape[1:])]
    return {"factor": c.pick(factors)}


def channel_shuffle(shape: Shape, c: Choices) -> Args:
    return {"groups": c.pick(divisors(shape[0]))}


DRAWS: dict[str, Callable[[Shape, Choices], Args]] = {
    "conv": conv,
    "depthwise": depthwise,
    "pointwise": pointwise,
    "separable": separable,
    "conv_transpose": conv_transpose,
    "linear": linear,
    "attention": attention,
    "maxpool": maxpool,
    "avgpool": avgpool,
    "adaptive_avgpool": adaptive,
    "adaptive_maxpool": adaptive,
    "bn": bn,
    "gn": gn,
    "instance_norm": other_norm,
    "ln": other_norm,
    "lrn": lrn,
    "scale": scale,
    "leaky_relu": leaky_relu,
    "prelu": prelu,
    "elu": elu,
    "gelu": gelu,
    "softmax": softmax,
    "log_softmax": softmax,
    "dropout": dropout,
    "dropout2d": dropout2d,
    "droppath": dropout,
    "reshape": reshape,
    "permute": permute,
    "pad": pad,
    "crop": crop,
    "slice": slice_,
    "mean": mean,
    "chunk": chunk,
    "split": split,
    "upsample": upsample,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "channel_shuffle": channel_shuffle,
}
"""The ops with parameters; all others are called without arguments."""
