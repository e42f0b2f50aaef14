"""Linear layers and multi-head self-attention: products with a matrix of weights."""

from collections.abc import Mapping
from math import sqrt

from archdsl.annotations import cast
from archdsl.ops.base import (
    GLOBAL,
    POINTWISE,
    REQUIRED,
    Initialiser,
    Layer,
    Op,
    Parameter,
    Problem,
    Reach,
    TorchArg,
    TorchForm,
    TorchModule,
    Weight,
    factors,
    number,
)
from archdsl.ops.conv import default_weights, divisors_near
from archdsl.ops.kinds import Bool, Int, Word
from archdsl.ops.window import known_channels, needs_map
from archdsl.types import Dim, TensorType, product


class Linear(Op):
    """The fully connected layer."""

    name = "linear"
    doc = "Fully connected layer on a flat input; with axis=channels at every position of a map."
    family = "linear"
    parameters = (
        Parameter("features", Int(1), REQUIRED, "output features"),
        Parameter("bias", Bool(), True, "whether a bias is learned"),
        Parameter(
            "axis", Word("channels", none=True), None, "channels: apply it at every position"
        ),
    )
    dense = True

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        if source.rank and args["axis"] is None:
            return _map_problem(source)
        if not isinstance(source.channels, int):
            return Problem(
                "E305",
                f"linear needs a known number of features, but its input {source} "
                "depends on the input size",
                "write gap -> flatten before it, or fix the input's size",
            )
        features = cast(int, args["features"])
        return Layer(
            self,
            args,
            inputs,
            (TensorType((features, *source.spatial)),),
            default_weights(
                (features, source.channels), source.channels, features if args["bias"] else None
            ),
        )

    def macs(self, layer: Layer) -> Dim:
        return product(layer.inputs[0].spatial) * layer.weights[0].count

    def reach(self, layer: Layer) -> Reach:
        return POINTWISE if layer.inputs[0].rank else GLOBAL

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        return (f"features: {layer.inputs[0].channels} -> {layer.outputs[0].channels}",)

    def macs_lines(self, layer: Layer) -> tuple[str, ...]:
        features, incoming = layer.weights[0].shape
        spatial = layer.inputs[0].spatial
        at = f"{factors(spatial)} positions * " if spatial else ""
        return (f"macs: {at}{incoming} inputs * {features} features = {number(layer.macs)}",)

    def pytorch(self, layer: Layer) -> TorchForm:
        on_map = layer.inputs[0].rank > 0
        return TorchModule(
            "ChannelLinear" if on_map else "nn.Linear",
            (
                TorchArg("in_features", layer.inputs[0].channels, keyword=False),
                TorchArg("out_features", layer.args["features"], keyword=False),
                TorchArg("bias", layer.args["bias"], True),
            ),
            support=on_map,
        )


def _map_problem(source: TensorType) -> Problem:
    if all(size == 1 for size in source.spatial):
        advice = "write flatten before it"
    else:
        advice = (
            "write gap -> flatten before it (flatten alone keeps every position), or "
            "axis=channels to apply it at every position"
        )
    return Problem("E305", f"linear needs a flat input, but its input {source} is a map", advice)


class Attention(Op):
    """Multi-head self-attention over positions (Vaswani et al., 2017)."""

    name = "attention"
    doc = "Multi-head self-attention over the positions of a map."
    family = "attention"
    parameters = (Parameter("heads", Int(1), REQUIRED, "heads; they share the channels out"),)

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        problem = needs_map(self.name, source) or known_channels(self.name, source)
        if problem:
            return problem
        channels, heads = cast(int, source.channels), cast(int, args["heads"])
        if channels % heads:
            near = ", ".join(map(str, divisors_near((channels,), heads)))
            return Problem(
                "E304",
                f"attention on {source} cannot share its {channels} channels out to {heads} heads",
                f"heads must divide {channels}; nearby: {near}",
                "heads",
            )
        # nn.MultiheadAttention: xavier_uniform_ (Glorot & Bengio, 2010) on the stacked projection.
        xavier = Initialiser("uniform", sqrt(6 / (channels + 3 * channels)))
        weights = (
            Weight("in_proj_weight", (3 * channels, channels), xavier),
            Weight("in_proj_bias", (3 * channels,), Initialiser("zeros")),
            Weight(
                "out_proj.weight",
                (channels, channels),
                Initialiser("uniform", 1 / sqrt(channels)),
            ),
            Weight("out_proj.bias", (channels,), Initialiser("zeros")),
        )
        return Layer(self, args, inputs, inputs, weights)

    def macs(self, layer: Layer) -> Dim:
        # The four projections; the products of tokens with tokens hold no weights and count 0.
        positions = product(layer.inputs[0].spatial)
        return positions * (layer.weights[0].count + layer.weights[2].count)

    def reach(self, layer: Layer) -> Reach:
        return GLOBAL

    def macs_lines(self, layer: Layer) -> tuple[str, ...]:
        channels = layer.inputs[0].channels
        positions = factors(layer.inputs[0].spatial)
        products = f"{positions} positions * 4 projections * ({channels} * {channels})"
        return (f"macs: {products} = {number(layer.macs)}",)

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchModule(
            "SelfAttention",
            (
                TorchArg("channels", layer.inputs[0].channels, keyword=False),
                TorchArg("heads", layer.args["heads"]),
            ),
            support=True,
        )


OPS: tuple[Op, ...] = (Linear(), Attention())
