"""Spelling proposals."""

from collections.abc import Iterable, Sequence

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


FOREIGN_PARAMETERS = {
    "filters": ("channels",),
    "out_channels": ("channels",),
    "num_filters": ("channels",),
    "units": ("features",),
    "out_features": ("features",),
    "strides": ("stride",),
    "padding": ("pad",),
    "padding_mode": ("pad_mode",),
    "output_padding": ("output_pad",),
    "dilation_rate": ("dilation",),
    "use_bias": ("bias",),
    "rate": ("p",),
    "prob": ("p",),
    "epsilon": ("eps",),
    "dim": ("axis", "axes"),
    "num_groups": ("groups",),
    "num_heads": ("heads",),
    "negative_slope": ("slope",),
    "alpha": ("slope",),
    "scale_factor": ("scale",),
    "ceil_mode": ("ceil",),
    "count_include_pad": ("count_pad",),
    "output_size": ("size",),
}
"""What other frameworks call our parameters."""


def foreign_parameter(name: str, known: Iterable[str]) -> str | None:
    """A parameter among `known` that other frameworks call by this name."""
    open_names = set(known)
    found = [own for own in FOREIGN_PARAMETERS.get(name, ()) if own in open_names]
    return found[0] if found else None


MOST_LISTED = 24
"""Names that a message lists."""


def listed(names: Sequence[str]) -> str:
    """Names for a message, the last ones of very many left out."""
    shown = [f"`{name}`" for name in names[:MOST_LISTED]]
    return ", ".join(shown + ["..."] * (len(names) > MOST_LISTED))


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that is nearest in spelling, if one is near."""
    from difflib import get_close_matches  # only on errors: it costs start-up time

    candidates = sorted(set(known))
    by_case = [candidate for candidate in candidates if candidate.lower() == name.lower()]
    found = by_case or get_close_matches(name, candidates, n=1, cutoff=0.7)
    return found[0] if found else None


def proposal(name: str, known: Iterable[str], otherwise: str | None = None) -> str | None:
    """A help sentence: the nearest name, or `otherwise`."""
    found = nearest(name, known)
    return f"did you mean `{found}`?" if found else otherwise
