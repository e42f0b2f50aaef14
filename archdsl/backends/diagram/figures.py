"""The figures of some steps in a row, as they stand on nodes; "" where there is none to show."""

from collections.abc import Sequence

from archdsl.analysis import Analysis
from archdsl.analysis.render import per_axis_text, scaled
from archdsl.backends.diagram.wording import times
from archdsl.graph.ir import Step


def params_of(steps: Sequence[Step]) -> int:
    """Elements of the parameters that the steps own: those of shared layers at their first use."""
    return sum(step.layer.params for step in steps if step.use_of is None)


def params_text(steps: Sequence[Step]) -> str:
    """``9.41 k``"""
    params = params_of(steps)
    return scaled(params).strip() if params else ""


def macs_text(analysis: Analysis, steps: Sequence[Step]) -> str:
    """``118 M``; ``?`` where a size has no value."""
    macs = [analysis.macs_of(step.layer) for step in steps]
    total = sum(cost for cost in macs if cost is not None)
    return "?" if None in macs else scaled(total).strip() if total else ""


def field_text(analysis: Analysis, steps: Sequence[Step]) -> str:
    """The receptive field of what comes out, along one axis where all have the same: ``11``."""
    return times(per_axis_text(analysis.field_size(steps[-1].outputs[0]), ""))


def shape_text(analysis: Analysis, value: int) -> str:
    """``64 × 56 × 56``; symbolic where a size has no value."""
    shape = analysis.shape(value)
    return " × ".join(map(str, shape if shape is not None else analysis.graph.types[value].shape))
