"""The ops of the language: one class an op, a family a file.

A family is loaded when one of its ops is first asked for: a network uses a few of them, and
loading all would take a third of the time in which `archdsl check` is done with a small file.
"""

from importlib import import_module

from archdsl.ops.base import Op

FAMILIES: dict[str, tuple[str, ...]] = {
    "conv": ("conv", "depthwise", "pointwise", "separable"),
    "conv_transpose": ("conv_transpose",),
    "linear": ("linear", "attention"),
    "pool": ("maxpool", "avgpool", "adaptive_avgpool", "adaptive_maxpool", "gap", "gmp"),
    "norm": ("bn", "gn", "instance_norm", "ln", "lrn", "scale"),
    "activation": (
        *("relu", "relu6", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "mish"),
        *("hardswish", "hardsigmoid", "sigmoid", "tanh", "softplus", "softmax", "log_softmax"),
    ),
    "regularise": ("dropout", "dropout2d", "droppath"),
    "shape": ("identity", "flatten", "reshape", "permute", "pad", "crop", "slice", "mean"),
    "resample": ("upsample", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle"),
    "split": ("chunk", "split"),
    "merge": ("add", "mul", "concat"),
}
"""The ops of each file, in the order of its `OPS`; a test holds the two together."""

_FAMILY_OF = {name: family for family, held in FAMILIES.items() for name in held}
_LOADED: dict[str, Op] = {}


def op(name: str) -> Op | None:
    """The op of this name, or None."""
    found = _LOADED.get(name)
    if found is None and name in _FAMILY_OF:
        family = import_module(f"archdsl.ops.{_FAMILY_OF[name]}")
        _LOADED.update({loaded.name: loaded for loaded in family.OPS})
        found = _LOADED[name]
    return found


def names() -> tuple[str, ...]:
    """All names of ops, family by family."""
    return tuple(_FAMILY_OF)
