"""Ops of the user's own: what an `extern op` declares of a module that archdsl never imports.

Loaded only where a source has one.
"""

from collections.abc import Callable, Mapping

from archdsl.ops.base import (
    GLOBAL,
    UNKNOWN,
    Arithmetic,
    Layer,
    Op,
    Parameter,
    Problem,
    Reach,
    Requirement,
    TorchArg,
    TorchForm,
    TorchModule,
)
from archdsl.ops.kinds import LARGEST, Kind
from archdsl.records import NamedTuple
from archdsl.source import Span
from archdsl.types import Dim, TensorType, bounds
from archdsl.visible import quoted


class Declared(Kind):
    """A parameter with a type of the language, such as ``int | list[int]``."""

    def __init__(self, text: str, accepts: Callable[[object], bool]) -> None:
        self.text = text
        self._accepts = accepts

    def accepts(self, value: object) -> bool:
        return self._accepts(value)


class Reference(NamedTuple):
    """Where an op stands: ``kornia.filters:BlurPool2D`` for Python, ``org.kornia:BlurPool`` for
    ONNX.

    Attributes:
        home: the Python module, or the ONNX domain.
        name: the class in it, or the operator.
    """

    home: str
    name: str


class ExternOp(Op):
    """What one `extern op` declares. `applied` makes its layers: the shape is an expression of the
    source, so whoever evaluates that hands it in.

    Attributes:
        place: where the op is declared.
        shape_text, params_text: the declared expressions, as the language writes them; a plain
            number of parameters is "".
        torch_class, onnx_operator: None where the declaration names none.
    """

    doc = "An op of the user's own."
    family = "extern"

    def __init__(
        self,
        name: str,
        place: Span,
        parameters: tuple[Parameter, ...],
        shape_text: str,
        params_text: str,
        torch_class: Reference | None,
        onnx_operator: Reference | None,
    ) -> None:
        self.name = name
        self.place = place
        self.parameters = parameters
        self.shape_text = shape_text
        self.params_text = params_text
        self.torch_class = torch_class
        self.onnx_operator = onnx_operator

    def applied(
        self,
        args: Mapping[str, object],
        given: TensorType,
        shape: tuple[Dim, ...],
        params: int,
    ) -> Layer | Problem:
        """The layer of these arguments on an input, for a declared shape and number of
        parameters.
        """
        output = TensorType(shape)
        requirements = []
        for size in shape:
            low, high = bounds(size)
            if high is not None and high < 1:
                return Problem(
                    "E303",
                    f"the `shape` of {self.name} on {given} comes to {output}, "
                    "and every size is at least 1",
                    "give it a larger input, or declare another `shape`",
                )
            if isinstance(size, int) and size > LARGEST:
                return Problem("E309", f"the result of {self.name}, {output}, is too large")
            if not isinstance(size, int) and (low is None or low < 1):
                requirements.append(Requirement(size, ">=", 1))
        return Layer(self, args, (given,), (output,), (), tuple(requirements), params)

    def reach(self, layer: Layer) -> Reach:
        """Only its own code knows; a result or an input without positions ends the question."""
        return UNKNOWN if layer.inputs[0].rank and layer.outputs[0].rank else GLOBAL

    def arithmetic(self, layer: Layer) -> Arithmetic:
        """As declared: there is nothing behind it that could be shown."""
        given = ", ".join(f"{name}={_text(value)}" for name, value in layer.args.items())
        lead = f"as declared, with {given}" if given else "as declared"
        count = layer.opaque_params
        declared = f"{self.params_text} = " if self.params_text else ""
        return Arithmetic(
            (f"{lead}: {self.shape_text} = {layer.outputs[0]}",),
            (f"{lead}: {declared}{count:,}",) if count else (),
            (),
        )

    def pytorch(self, layer: Layer) -> TorchForm:
        """Every parameter by keyword: the class may have other defaults than the declaration."""
        assert self.torch_class is not None, f"{self.name} has no `pytorch`"
        args = tuple(TorchArg(name, value) for name, value in layer.args.items())
        return TorchModule(self.torch_class.name, args, package=self.torch_class.home)


def _text(value: object) -> str:
    """An argument as the language writes it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_text, value))}]"
    if isinstance(value, str):
        return quoted(value)
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
