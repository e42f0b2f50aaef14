"""Spelling proposals."""

from collections.abc import Iterable

FOREIGN_NAMES = {
    "conv": "conv",
    "convolution": "conv",
    "dense": "linear",
    "fc": "linear",
    "fully_connected": "linear",
    "batchnorm": "bn",
    "batch_norm": "bn",
    "layernorm": "ln",
    "layer_norm": "ln",
    "groupnorm": "gn",
    "group_norm": "gn",
    "maxpooling": "maxpool",
    "max_pool": "maxpool",
    "averagepooling": "avgpool",
    "avg_pool": "avgpool",
    "globalaveragepooling": "gap",
    "global_avg_pool": "gap",
    "globalavgpool": "gap",
    "swish": "silu",
    "hswish": "hardswish",
    "depthwise_conv": "depthwise",
    "depthwiseconv": "depthwise",
    "separableconv": "separable",
    "convtranspose": "conv_transpose",
    "deconv": "conv_transpose",
    "concatenate": "concat",
    "cat": "concat",
    "stochastic_depth": "droppath",
    "drop_path": "droppath",
}
"""What other frameworks call our ops, without the digits of `Conv2D`."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest in spelling, if one is near."""
    from difflib import get_close_matches  # only on errors: it costs start-up time

    candidates = sorted(set(known))
    by_case = [candidate for candidate in candidates if candidate.lower() == name.lower()]
    found = by_case or get_close_matches(name, candidates, n=1, cutoff=0.6)
    return found[0] if found else None


def proposal(name: str, known: Iterable[str], otherwise: str | None = None) -> str | None:
    """A help sentence: the nearest name, or `otherwise`."""
    found = nearest(name, known)
    return f"did you mean `{found}`?" if found else otherwise
