"""What other frameworks and papers call our ops and parameters, and what the libraries have."""

import os
import re
from collections.abc import Iterable, Mapping
from functools import cache

from archdsl import resources
from archdsl.elaborate.mistakes import Mistake
from archdsl.ops import names as op_names
from archdsl.syntax import ast

FOREIGN_NAMES: Mapping[str, str] = {
    "conv": "conv",
    "convolution": "conv",
    "atrousconv": "conv",
    "dilatedconv": "conv",
    "groupconv": "conv",
    "groupedconv": "conv",
    "conv1x1": "pointwise",
    "pointwiseconv": "pointwise",
    "depthwiseconv": "depthwise",
    "dwconv": "depthwise",
    "separableconv": "separable",
    "sepconv": "separable",
    "convtranspose": "conv_transpose",
    "transposeconv": "conv_transpose",
    "transposedconv": "conv_transpose",
    "deconv": "conv_transpose",
    "dense": "linear",
    "fc": "linear",
    "fullyconnected": "linear",
    "batchnorm": "bn",
    "layernorm": "ln",
    "groupnorm": "gn",
    "instancenorm": "instance_norm",
    "localresponsenorm": "lrn",
    "maxpooling": "maxpool",
    "averagepool": "avgpool",
    "averagepooling": "avgpool",
    "globalaveragepool": "gap",
    "globalaveragepooling": "gap",
    "globalavgpool": "gap",
    "globalmaxpool": "gmp",
    "globalmaxpooling": "gmp",
    "lrelu": "leaky_relu",
    "swish": "silu",
    "hswish": "hardswish",
    "hsigmoid": "hardsigmoid",
    "mha": "attention",
    "multiheadattention": "attention",
    "upsampling": "upsample",
    "interpolate": "upsample",
    "resize": "upsample",
    "zeropad": "pad",
    "zeropadding": "pad",
    "concatenate": "concat",
    "cat": "concat",
    "sum": "add",
    "multiply": "mul",
    "spatialdropout": "dropout2d",
    "stochasticdepth": "droppath",
    "layerscale": "scale",
}
"""What other frameworks call our ops, in the form that `_plain` gives."""

_LIBRARY_NAMES: Mapping[str, str] = {
    "se": "SqueezeExcite",
    "seblock": "SqueezeExcite",
    "squeezeexcitation": "SqueezeExcite",
    "mbconv": "InvertedResidual",
    "convbnrelu": "ConvBNAct",
    "convnormact": "ConvBNAct",
    "convnextblock": "ConvNeXt",
}
"""What else the blocks of the standard library are called, in the same form."""

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


def no_such_layer(name: ast.Name, near: str | None) -> Mistake:
    """A name that is nothing here, and what is meant, if that is known.

    Args:
        near: a help sentence with the nearest name that there is.
    """
    own = _other_name(name.id)
    imported = _library().get(_plain(_LIBRARY_NAMES.get(_plain(name.id), name.id)))
    help = (
        (own and f"it is called `{own}` here")
        or near
        or (imported and f"write `{imported}` at the top of the file")
    )
    return Mistake(
        "E202", f"there is no op, block or value named `{name.id}`", name.span, help=help
    )


def _other_name(name: str) -> str | None:
    """The op that is called otherwise elsewhere, by more than a slip of the pen."""
    plain = _plain(name)
    if plain in FOREIGN_NAMES:
        return FOREIGN_NAMES[plain]
    return next((op for op in op_names() if _plain(op) == plain), None)


def _plain(name: str) -> str:
    """`MaxPool2d` and `max_pool` are both "maxpool"."""
    return re.sub(r"(?<=[a-z])[123]d$", "", name.lower().replace("_", ""))


@cache
def _library() -> dict[str, str]:
    """The import of each block and network of the libraries, by plain name."""
    found: dict[str, str] = {}
    for library, folder in resources.LIBRARIES.items():
        for file in sorted(os.listdir(folder())):
            module, ending = os.path.splitext(file)
            if ending != ".arch":
                continue
            with open(os.path.join(folder(), file), encoding="utf-8") as text:
                names = re.findall(r"^(?:block|network) (\w+)", text.read(), re.MULTILINE)
            for name in names:
                found.setdefault(_plain(name), f"from {library}.{module} import {name}")
    return found
