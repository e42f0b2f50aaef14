"""Activations. Most are one line of the table at the end."""

from collections.abc import Mapping

from archdsl.annotations import cast
from archdsl.ops.base import (
    GLOBAL,
    POINTWISE,
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
)
from archdsl.ops.kinds import Axis, Bool, Real, Word
from archdsl.ops.window import known_channels, resolve_axis
from archdsl.records import NamedTuple
from archdsl.types import TensorType


class _Number(NamedTuple):
    """The one number of an activation, and what PyTorch calls it."""

    parameter: Parameter
    torch_name: str


class Activation(Op):
    """An element-wise function without weights."""

    family = "activation"

    def __init__(
        self,
        name: str,
        module: str,
        doc: str,
        *,
        inplace: bool = False,
        number: _Number | None = None,
    ) -> None:
        self.name = name
        self.module = module
        self.doc = doc
        self.inplace = inplace
        self.number = number
        self.parameters = (number.parameter,) if number else ()

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        return Layer(self, args, inputs, inputs)

    def pytorch(self, layer: Layer) -> TorchForm:
        if self.number is None:
            return TorchModule(f"nn.{self.module}", (), self.inplace)
        parameter, torch_name = self.number
        value = TorchArg(torch_name, layer.args[parameter.name], parameter.default)
        return TorchModule(f"nn.{self.module}", (value,), self.inplace)


class PReLU(Op):
    """ReLU with a learned slope below zero (He et al., 2015)."""

    name = "prelu"
    doc = "ReLU with a learned slope below zero."
    family = "activation"
    parameters = (
        Parameter("init", Real(), 0.25, "initial slope"),
        Parameter("per_channel", Bool(), False, "whether every channel learns its own slope"),
    )

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        (source,) = inputs
        count = 1
        if args["per_channel"]:
            problem = known_channels(self.name, source)
            if problem:
                return problem
            count = cast(int, source.channels)
        slope = Initialiser("constant", cast(float, args["init"]))
        return Layer(self, args, inputs, inputs, (Weight("weight", (count,), slope),))

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchModule(
            "nn.PReLU",
            (
                TorchArg("num_parameters", layer.weights[0].count, 1),
                TorchArg("init", layer.args["init"], 0.25),
            ),
        )


class GELU(Op):
    """Gaussian error linear unit (Hendrycks & Gimpel, 2016)."""

    name = "gelu"
    doc = "Gaussian error linear unit."
    family = "activation"
    parameters = (
        Parameter("approximate", Word("tanh", none=True), None, "tanh: the faster approximation"),
    )

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        return Layer(self, args, inputs, inputs)

    def pytorch(self, layer: Layer) -> TorchForm:
        approximate = layer.args["approximate"] or "none"
        return TorchModule("nn.GELU", (TorchArg("approximate", approximate, "none"),))


class Softmax(Op):
    """Exponentials that sum to 1 along an axis, or their logarithms."""

    family = "activation"
    parameters = (Parameter("axis", Axis(), "channels", "the axis that sums to 1"),)

    def __init__(self, name: str, module: str, doc: str) -> None:
        self.name = name
        self.module = module
        self.doc = doc

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        axis = resolve_axis(self.name, cast(int | str, args["axis"]), inputs[0], "axis")
        if isinstance(axis, Problem):
            return axis
        return Layer(self, {"axis": axis}, inputs, inputs)

    def reach(self, layer: Layer) -> Reach:
        return POINTWISE if layer.args["axis"] == 0 else GLOBAL

    def pytorch(self, layer: Layer) -> TorchForm:
        axis = cast(int, layer.args["axis"])
        return TorchModule(f"nn.{self.module}", (TorchArg("dim", axis + 1),))


_SLOPE = _Number(
    Parameter("slope", Real(), 0.01, "slope below zero"),
    "negative_slope",
)
_ALPHA = _Number(Parameter("alpha", Real(), 1.0, "scale of the exponential below zero"), "alpha")

OPS: tuple[Op, ...] = (
    Activation("relu", "ReLU", "max(0, x).", inplace=True),
    Activation("relu6", "ReLU6", "min(max(0, x), 6).", inplace=True),
    Activation(
        "leaky_relu", "LeakyReLU", "ReLU with a small slope below 0.", inplace=True, number=_SLOPE
    ),
    PReLU(),
    Activation("elu", "ELU", "Exponential linear unit.", inplace=True, number=_ALPHA),
    Activation("selu", "SELU", "Self-normalising exponential linear unit.", inplace=True),
    GELU(),
    Activation("silu", "SiLU", "x * sigmoid(x), also known as swish.", inplace=True),
    Activation("mish", "Mish", "x * tanh(softplus(x)).", inplace=True),
    Activation("hardswish", "Hardswish", "x * relu6(x + 3) / 6.", inplace=True),
    Activation("hardsigmoid", "Hardsigmoid", "relu6(x + 3) / 6.", inplace=True),
    Activation("sigmoid", "Sigmoid", "1 / (1 + exp(-x))."),
    Activation("tanh", "Tanh", "Hyperbolic tangent."),
    Activation("softplus", "Softplus", "log(1 + exp(x))."),
    Softmax("softmax", "Softmax", "Exponentials that sum to 1 along an axis."),
    Softmax("log_softmax", "LogSoftmax", "Logarithms of softmax along an axis."),
)
