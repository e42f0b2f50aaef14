"""The ONNX form of every op, a family a file.

They stand here rather than on the ops, so that `archdsl check` does not load them.
"""

from collections.abc import Callable

from archdsl.backends.onnx.forms import (
    activation,
    conv,
    extern,
    linear,
    norm,
    pool,
    resample,
    shape,
)
from archdsl.backends.onnx.records import Form
from archdsl.ops.base import Layer

FORMS: dict[str, Callable[[Layer, int], Form]] = {
    name: form
    for family in (conv, linear, pool, norm, activation, shape, resample)
    for name, form in family.FORMS.items()
}
"""By the op's name, for a layer and an opset; composite ops have none, their parts do."""


def form_of(layer: Layer, opset: int) -> Form:
    """The form of a layer of any op, one of the user's own included."""
    form = extern.form if layer.op.family == "extern" else FORMS[layer.op.name]
    return form(layer, opset)
