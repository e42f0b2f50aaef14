"""Normalisation layers, and the learned factor per channel (`scale`)."""

from collections.abc import Mapping

from archdsl.annotations import cast
from archdsl.ops.base import (
    REQUIRED,
    Initialiser,
    Layer,
    Op,
    Parameter,
    Problem,
    TorchArg,
    TorchForm,
    TorchModule,
    TorchParameter,
    Weight,
)
from archdsl.ops.conv import divisors_near
from archdsl.ops.kinds import Bool, Int, Real
from archdsl.ops.window import known_channels, needs_map
from archdsl.types import TensorType

ONES, ZEROS = Initialiser("ones"), Initialiser("zeros")


def _affine(channels: int) -> tuple[Weight, ...]:
    shape = (channels,)
    return Weight._make(("weight", shape, ONES, True)), Weight._make(("bias", shape, ZEROS, True))


def _buffer(name: str, shape: tuple[int, ...], initialiser: Initialiser) -> Weight:
    return Weight._make((name, shape, initialiser, False))


def _eps(default: float) -> Parameter:
    return Parameter("eps", Real(above=0), default, "added to the variance")


class BatchNorm(Op):
    """Batch normalisation (Ioffe & Szegedy, 2015)."""

    name = "bn"
    doc = "Batch normalisation."
    family = "norm"
    parameters = (
        _eps(1e-5),
        Parameter(
            "momentum",
            Real(0, 1, none=True),
            0.1,
            "weight of a new batch in the running statistics; none: their plain average",
        ),
        Parameter("affine", Bool(), True, "whether scale and shift are learned"),
    )

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = known_channels(self.name, source) or (
            needs_map(self.name, source) if source.rank else None
        )
        if problem:
            return problem
        channels = cast(int, source.channels)
        statistics = (
            _buffer("running_mean", (channels,), ZEROS),
            _buffer("running_var", (channels,), ONES),
            _buffer("num_batches_tracked", (), ZEROS),
        )
        learned = _affine(channels) if args["affine"] else ()
        return Layer(self, args, inputs, inputs, learned + statistics)

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchModule(
            f"nn.BatchNorm{max(1, layer.inputs[0].rank)}d",
            (
                TorchArg("num_features", layer.inputs[0].channels, keyword=False),
                TorchArg("eps", layer.args["eps"], 1e-5),
                TorchArg("momentum", layer.args["momentum"], 0.1),
                TorchArg("affine", layer.args["affine"], True),
            ),
        )


class GroupNorm(Op):
    """Group normalisation (Wu & He, 2018)."""

    name = "gn"
    doc = "Group normalisation: over groups of channels and all positions."
    family = "norm"
    parameters = (
        Parameter("groups", Int(1), REQUIRED, "groups of channels"),
        _eps(1e-5),
    )

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = known_channels(self.name, source)
        if problem:
            return problem
        channels, groups = cast(int, source.channels), cast(int, args["groups"])
        if channels % groups:
            near = ", ".join(map(str, divisors_near((channels,), groups)))
            return Problem(
                "E304",
                f"gn on {source} cannot split its {channels} channels into {groups} groups",
                f"groups must divide {channels}; nearby: {near}",
                "groups",
            )
        return Layer(self, args, inputs, inputs, _affine(channels))

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchModule(
            "nn.GroupNorm",
            (
                TorchArg("num_groups", layer.args["groups"], keyword=False),
                TorchArg("num_channels", layer.inputs[0].channels, keyword=False),
                TorchArg("eps", layer.args["eps"], 1e-5),
            ),
        )


class InstanceNorm(Op):
    """Instance normalisation (Ulyanov et al., 2016), without weights."""

    name = "instance_norm"
    doc = "Instance normalisation: each channel of each sample by itself, without weights."
    family = "norm"
    parameters = (_eps(1e-5),)

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = needs_map(self.name, source) or known_channels(self.name, source)
        return problem or Layer(self, args, inputs, inputs)

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchModule(
            f"nn.InstanceNorm{layer.inputs[0].rank}d",
            (
                TorchArg("num_features", layer.inputs[0].channels, keyword=False),
                TorchArg("eps", layer.args["eps"], 1e-5),
            ),
        )


class LayerNorm(Op):
    """Layer normalisation (Ba et al., 2016) over channels, as ConvNeXt uses it on maps."""

    name = "ln"
    doc = "Layer normalisation over channels, at every position by itself."
    family = "norm"
    parameters = (_eps(1e-6),)

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = known_channels(self.name, source) or (
            needs_map(self.name, source) if source.rank else None
        )
        if problem:
            return problem
        return Layer(self, args, inputs, inputs, _affine(cast(int, source.channels)))

    def pytorch(self, layer: Layer) -> TorchForm:
        rank = layer.inputs[0].rank
        return TorchModule(
            f"LayerNorm{rank}d" if rank else "nn.LayerNorm",
            (
                TorchArg("normalized_shape", layer.inputs[0].channels, keyword=False),
                TorchArg("eps", layer.args["eps"], 1e-5),
            ),
            support=rank > 0,
        )


class LocalResponseNorm(Op):
    """Local response normalisation (Krizhevsky et al., 2012), with alpha divided by the size."""

    name = "lrn"
    doc = "Local response normalisation over neighbouring channels; alpha is divided by size."
    family = "norm"
    parameters = (
        Parameter("size", Int(1), 5, "neighbouring channels"),
        Parameter("alpha", Real(), 1e-4, "factor of the mean square"),
        Parameter("beta", Real(), 0.75, "exponent"),
        Parameter("k", Real(), 1.0, "added to the mean square"),
    )

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        return needs_map(self.name, inputs[0]) or Layer(self, args, inputs, inputs)

    def pytorch(self, layer: Layer) -> TorchForm:
        volume = layer.inputs[0].rank == 3
        return TorchModule(
            "LocalResponseNorm3d" if volume else "nn.LocalResponseNorm",
            (
                TorchArg("size", layer.args["size"], keyword=False),
                TorchArg("alpha", layer.args["alpha"], 1e-4),
                TorchArg("beta", layer.args["beta"], 0.75),
                TorchArg("k", layer.args["k"], 1.0),
            ),
            support=volume,
        )


class Scale(Op):
    """A learned factor per channel, known as layer scale (Touvron et al., 2021)."""

    name = "scale"
    doc = "A learned factor per channel (layer scale); its tensor bears the layer's own name."
    family = "norm"
    parameters = (Parameter("init", Real(), 1.0, "initial value of the factors"),)

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = known_channels(self.name, source)
        if problem:
            return problem
        shape = (cast(int, source.channels), *(1,) * source.rank)
        init = cast(float, args["init"])
        return Layer(self, args, inputs, inputs, (Weight("", shape, _constant(init)),))

    def pytorch(self, layer: Layer) -> TorchForm:
        shape = layer.weights[0].shape
        init = cast(float, layer.args["init"])
        if init == 1:
            return TorchParameter(f"torch.ones({', '.join(map(str, shape))})")
        return TorchParameter(f"torch.full({shape}, {float(init)})")


def _constant(value: float) -> Initialiser:
    return ONES if value == 1 else Initialiser("constant", value)


OPS: tuple[Op, ...] = (
    BatchNorm(),
    GroupNorm(),
    InstanceNorm(),
    LayerNorm(),
    LocalResponseNorm(),
    Scale(),
)
