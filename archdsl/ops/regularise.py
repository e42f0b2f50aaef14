"""Dropout and stochastic depth."""

from collections.abc import Mapping

from archdsl.ops.base import (
    Layer,
    Op,
    Parameter,
    Problem,
    TorchArg,
    TorchForm,
    TorchModule,
)
from archdsl.ops.kinds import Real
from archdsl.ops.window import needs_map
from archdsl.types import TensorType


class Dropout(Op):
    """Sets elements to zero while training (Srivastava et al., 2014)."""

    name = "dropout"
    doc = "Dropout of single elements."
    family = "regularise"
    parameters = (Parameter("p", Real(0, 1), 0.5, "probability of zero"),)

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        return Layer(self, args, inputs, inputs)

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchModule("nn.Dropout", (TorchArg("p", layer.args["p"]),))


class Dropout2d(Dropout):
    """Sets whole channels to zero while training (Tompson et al., 2015)."""

    name = "dropout2d"
    doc = "Dropout of whole channels of a map."

    def infer(self, args: Mapping[str, object], inputs: tuple[TensorType, ...]) -> Layer | Problem:
        return needs_map(self.name, inputs[0]) or Layer(self, args, inputs, inputs)

    def pytorch(self, layer: Layer) -> TorchForm:
        rank = layer.inputs[0].rank
        return TorchModule(f"nn.Dropout{rank}d", (TorchArg("p", layer.args["p"]),))


class DropPath(Dropout):
    """Stochastic depth (Huang et al., 2016)."""

    name = "droppath"
    doc = "Stochastic depth: sets whole samples to zero; on the branch of a residual."
    parameters = (Parameter("p", Real(0, 1), 0.0, "probability of zero"),)

    def pytorch(self, layer: Layer) -> TorchForm:
        return TorchModule("DropPath", (TorchArg("p", layer.args["p"]),), support=True)


OPS: tuple[Op, ...] = (Dropout(), Dropout2d(), DropPath())
