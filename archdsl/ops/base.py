"""What an op is, and the plain records that it answers with.

An op is one subclass of `Op` with one instance in the registry. It knows its parameters, shapes,
weights, costs, receptive field and PyTorch form; it imports no framework. `Op.apply` is the only
way to a `Layer`, so that a layer whose shapes do not fit cannot exist.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from math import prod

from archdsl.annotations import TypeAlias
from archdsl.ops.kinds import LARGEST, Kind
from archdsl.records import NamedTuple
from archdsl.types import Dim, Requirement, Size, SizeError, TensorType

__all__ = [
    "GLOBAL",
    "POINTWISE",
    "REQUIRED",
    "UNKNOWN",
    "Arithmetic",
    "Initialiser",
    "Layer",
    "Op",
    "Parameter",
    "Part",
    "Problem",
    "Reach",
    "Required",
    "Requirement",
    "SameAs",
    "TorchArg",
    "TorchCall",
    "TorchForm",
    "TorchIndex",
    "TorchModule",
    "TorchOperator",
    "TorchParameter",
    "Weight",
    "Window",
]


class Required:
    """The default of a parameter that has none."""

    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = Required()


class SameAs(NamedTuple):
    """The default of a parameter that follows another one: `maxpool`'s stride is its kernel."""

    parameter: str


class Parameter(NamedTuple):
    """A parameter of an op: its kind (type, bounds and words), default and a line of docs."""

    name: str
    kind: Kind
    default: object
    doc: str

    def fault(self, value: object) -> str | None:
        """What is wrong with a value of the right type: "stride must be at least 1, not 0"."""
        fault = self.kind.fault(value)
        return f"{self.name} {fault}" if fault else None


class Problem(NamedTuple):
    """Why an op cannot be applied.

    Attributes:
        code: the diagnostic's code (E301..E309).
        message: one sentence with the shapes and numbers; the builder adds the place.
        help: what to write instead, or None.
        parameter: the parameter at fault, to underline its argument; None for the whole call.
    """

    code: str
    message: str
    help: str | None = None
    parameter: str | None = None


class Initialiser(NamedTuple):
    """PyTorch's default initialisation of a tensor.

    `kind` is ``zeros``, ``ones``, ``constant`` (the value `a`) or ``uniform`` (between -a and a).
    """

    kind: str
    a: float = 0.0


class Weight(NamedTuple):
    """A tensor of a layer. `name` is "" for one that bears the layer's own name (`scale`)."""

    name: str
    shape: tuple[int, ...]
    initialiser: Initialiser
    trainable: bool = True
    """False for a buffer (running statistics)."""

    @property
    def count(self) -> int:  # type: ignore[override]
        return prod(self.shape)


class Layer(NamedTuple):
    """One application of an op: everything but where it stands. Alike layers share one record.

    Attributes:
        args: every parameter with its value. Per-axis ones have one entry an axis, pads one pair
            (before, after) an axis, axes are numbers without the batch (0 is channels).
        inputs, outputs: tensor types, without the batch.
        weights: in state-dict order.
        requirements: conditions on symbolic sizes under which the layer works.
        opaque_params: trainable elements in tensors whose names and shapes only the module of an
            extern op knows.
    """

    op: "Op"
    args: Mapping[str, object]
    inputs: tuple[TensorType, ...]
    outputs: tuple[TensorType, ...]
    weights: tuple[Weight, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    opaque_params: int = 0

    @property
    def params(self) -> int:
        """Trainable elements."""
        own = sum([prod(shape) for _, shape, _, trainable in self.weights if trainable])
        return own + self.opaque_params

    @property
    def buffers(self) -> int:
        """Elements that are stored but not trained."""
        return sum([prod(shape) for _, shape, _, trainable in self.weights if not trainable])

    @property
    def holds_tensors(self) -> bool:
        """Whether its module may have tensors; of an extern op's, nobody knows that here."""
        return bool(self.weights) or self.op.family == "extern"

    @property
    def macs(self) -> Dim:
        """Multiply-adds for one sample."""
        return self.op.macs(self)


class Window(NamedTuple):
    """What one output position reads along one axis; transposed: what one input writes."""

    kernel: int
    stride: int
    pad: int
    """Padding before the first element; negative where elements are cut off."""
    dilation: int = 1
    transposed: bool = False


POINTWISE = "pointwise"
"""Reach of an op whose every output position reads the same position of each input."""
GLOBAL = "global"
"""Reach of an op whose outputs read all positions, or that ends the spatial extent."""
UNKNOWN = "unknown"
"""Reach of an op of which only its own code knows what an output position reads."""

Reach: TypeAlias = tuple[Window, ...] | str


class Arithmetic(NamedTuple):
    """How a layer's figures come about, in lines: ``height: (224 + 2*3 - 7) // 2 + 1 = 112``."""

    shape: tuple[str, ...]
    params: tuple[str, ...]
    macs: tuple[str, ...]


class Part(NamedTuple):
    """A child of a composite op: its name, its op's name, and its arguments."""

    name: str
    op: str
    args: Mapping[str, object]


# --- PyTorch forms --------------------------------------------------------------------------------


class TorchArg(NamedTuple):
    """An argument of a PyTorch call. It is left out where its value is PyTorch's own default.

    Attributes:
        value: int, float, bool, str, None, or a tuple of these.
        keyword: whether it is written as ``name=value``.
    """

    name: str
    value: object
    default: object = REQUIRED
    keyword: bool = True


class TorchModule(NamedTuple):
    """A layer that is a module: `nn.Conv2d(…)`, or a class of `archdsl.ops.torch_support`.

    Attributes:
        inplace: whether the class takes ``inplace=True``.
        support: whether `cls` is a helper class that the emitted file must define.
        package: the module that `cls` is imported from; empty for a class of PyTorch or a helper.
    """

    cls: str
    args: tuple[TorchArg, ...] = ()
    inplace: bool = False
    support: bool = False
    package: str = ""


class TorchCall(NamedTuple):
    """A function of the inputs: `torch.flatten(x, 1)`; listed: `torch.cat([a, b], 1)`.

    Attributes:
        function: its name; with a leading dot a method of the first input: ``.mean``.
        listed: whether the inputs are one list.
        module: the module that does the same, for an `nn.Sequential`; None where PyTorch has none.
    """

    function: str
    args: tuple[TorchArg, ...] = ()
    listed: bool = False
    module: TorchModule | None = None


class TorchOperator(NamedTuple):
    """The inputs joined by an operator: `a + b`."""

    symbol: str


class TorchIndex(NamedTuple):
    """A basic index of the input, brackets and batch included: ``[:, :, 2:-2]``."""

    text: str


class TorchParameter(NamedTuple):
    """A bare `nn.Parameter` under the layer's name, joined to the input by an operator.

    `value` is the expression of its initial tensor, such as ``torch.ones(64, 1, 1)``.
    """

    value: str
    symbol: str = "*"


TorchForm: TypeAlias = TorchModule | TorchCall | TorchOperator | TorchIndex | TorchParameter


class Op:
    """Base class of the ops; a subclass sets the attributes and overrides what differs.

    Attributes:
        name: as the language writes it.
        doc: one sentence.
        family: colour and grouping in diagrams and tables: conv, linear, pool, norm, activation,
            regularise, shape, resample, attention or merge; extern for those of the user's own.
        arity: number of inputs; None for any number (the merges).
        dense: whether it counts towards depth: a convolution or linear layer.
        results: for an op with several results, the parameter that says how many; else None.
        composite: whether it stands for several layers, which `parts` lists.
    """

    name: str
    doc: str
    family: str
    parameters: tuple[Parameter, ...] = ()
    arity: int | None = 1
    dense = False
    results: str | None = None
    composite = False

    @cached_property
    def parameter_named(self) -> dict[str, Parameter]:
        """The parameters by name, in order."""
        return {parameter.name: parameter for parameter in self.parameters}

    @cached_property
    def defaults(self) -> dict[str, object]:
        """The default of every parameter, in order."""
        return {parameter.name: parameter.default for parameter in self.parameters}

    @cached_property
    def open_parameters(self) -> tuple[Parameter, ...]:
        """The parameters whose default is no value: required ones, and those that follow others."""
        return tuple(
            parameter
            for parameter in self.parameters
            if parameter.default is REQUIRED or isinstance(parameter.default, SameAs)
        )

    def parts(
        self, args: Mapping[str, object], inputs: tuple[TensorType, ...]
    ) -> tuple[Part, ...] | None:
        """The layers of a composite op, one after the other; None for an ordinary op."""
        return None

    def apply(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        """The layer for arguments whose kinds were checked (defaults filled in) on these inputs."""
        try:
            layer = self.infer(args, inputs)
        except SizeError as error:
            return Problem("E309", f"cannot follow the sizes of {self.name}: {error}")
        if isinstance(layer, Layer):
            for output in layer.outputs:
                for size in output.shape:
                    if isinstance(size, int) and size > LARGEST:
                        return Problem("E309", f"the result of {self.name}, {output}, is too large")
        return layer

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        """What `apply` answers; sizes that cannot be worked out may raise `SizeError`."""
        raise NotImplementedError

    def macs(self, layer: Layer) -> Dim:
        """Multiply-adds of convolutions and linear layers; all else counts 0 by convention.

        On symbolic sizes the product may be `TooComplex`: put numbers in first.
        """
        return 0

    def reach(self, layer: Layer) -> Reach:
        """What an output position reads, for the receptive field."""
        return POINTWISE

    def arithmetic(self, layer: Layer) -> Arithmetic:
        """How shape, parameters and MACs come about."""
        return Arithmetic(
            self.shape_lines(layer), _parameter_lines(layer.weights), self.macs_lines(layer)
        )

    def shape_lines(self, layer: Layer) -> tuple[str, ...]:
        """The lines of `arithmetic` on the shape."""
        outputs = tuple(dict.fromkeys(layer.outputs))
        if layer.inputs[:1] == outputs:
            return (f"shape: {outputs[0]}, as the input",)
        return tuple(f"shape: {output}" for output in outputs)

    def macs_lines(self, layer: Layer) -> tuple[str, ...]:
        """The lines of `arithmetic` on the MACs; none for an op that has none."""
        return ()

    def pytorch(self, layer: Layer) -> TorchForm:
        """The layer as PyTorch writes it."""
        raise NotImplementedError


def number(dim: Dim) -> str:
    """A count as readers like it, with commas: ``9,408``; a symbolic one as it is."""
    return str(dim) if isinstance(dim, Size) else f"{dim:,}"


def factors(dims: Iterable[Dim]) -> str:
    """Sizes as the factors of a product: ``64 * (H-1)//2+1`` would be read wrongly."""
    return " * ".join(
        f"({dim})" if isinstance(dim, Size) and not str(dim).isidentifier() else str(dim)
        for dim in dims
    )


def _parameter_lines(weights: tuple[Weight, ...]) -> tuple[str, ...]:
    lines = [
        f"{weight.name or 'itself'}: {factors(weight.shape)}"
        + (f" = {weight.count:,}" if len(weight.shape) > 1 else "")
        for weight in weights
        if weight.trainable
    ]
    if len(lines) > 1:
        lines.append(f"total {sum(weight.count for weight in weights if weight.trainable):,}")
    buffers = [weight for weight in weights if not weight.trainable]
    if buffers:
        names = ", ".join(weight.name for weight in buffers)
        lines.append(f"buffers, not trained: {names}")
    return tuple(lines)
