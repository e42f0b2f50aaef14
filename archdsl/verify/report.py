"""What a verification found, and its text."""

from collections.abc import Sequence
from typing import NamedTuple

from archdsl.verify.compare import FLOOR, ROUNDING, Comparison

MOST_DIFFERENCES = 10
"""Differences that the text lists one by one."""


class Count(NamedTuple):
    """A figure as analysis, PyTorch and ONNX have it; None where one has no such figure."""

    what: str
    analysis: int | None
    pytorch: int | None
    onnx: int | None
    agrees: bool


class Output(NamedTuple):
    """An output in one case.

    Attributes:
        case: batch and input sizes.
        shape: with the batch.
        plain, optimised: the model without and with onnxruntime's optimisations.
    """

    case: str
    name: str
    shape: tuple[int, ...]
    plain: Comparison
    optimised: Comparison

    @property
    def agrees(self) -> bool:
        return self.plain.agrees and self.optimised.agrees


class Report(NamedTuple):
    """A verification.

    Attributes:
        subject: the network, its weights and the opset.
        differences: of names, shapes and counts, a sentence each.
        notes: why agreement may say less than it seems.
        culprit: the first step whose result differs, in sentences; None where none does.
        tools: the versions of what ran.
    """

    network: str
    subject: str
    counts: tuple[Count, ...]
    outputs: tuple[Output, ...]
    differences: tuple[str, ...]
    notes: tuple[str, ...]
    culprit: str | None
    tools: str

    @property
    def agrees(self) -> bool:
        rows: list[Count | Output] = [*self.counts, *self.outputs]
        return not self.differences and all(row.agrees for row in rows)


def text(report: Report) -> str:
    """The report for a terminal."""
    parts = [report.subject, _counts(report.counts), _outputs(report.outputs)]
    parts += [f"note: {note}" for note in report.notes]
    parts.append(_differences(report.differences))
    if report.culprit:
        parts.append(report.culprit)
    parts.append(_verdict(report))
    return "\n\n".join(part for part in parts if part) + "\n"


def _counts(counts: Sequence[Count]) -> str:
    if not counts:
        return ""
    header = ("counted", "analysis", "PyTorch", "ONNX", "")
    rows = [
        (
            count.what,
            *("-" if n is None else f"{n:,}" for n in (count.analysis, count.pytorch, count.onnx)),
            "agree" if count.agrees else "DIFFER",
        )
        for count in counts
    ]
    return "\n".join(
        (
            _table(header, rows, "<>>><"),
            "",
            "shapes: results of the inferred shape; PyTorch's are those of layers with weights.",
        )
    )


def _outputs(outputs: Sequence[Output]) -> str:
    if not outputs:
        return ""
    header = ("computed", "shape", "largest", "PyTorch", "ONNX", "optimised", "allowed", "")
    rows: list[tuple[str, ...]] = []
    for case in dict.fromkeys(row.case for row in outputs):
        rows.append((case, *[""] * 7))
        rows += [_output(row) for row in outputs if row.case == case]
    return "\n".join(
        (
            _table(header, rows, "<>>>>>><"),
            "",
            "PyTorch, ONNX, optimised: by how much each float32 result is off from PyTorch's in",
            "float64, relative to the largest value; optimised: with onnxruntime's optimisations.",
            f"allowed: {ROUNDING:g} times PyTorch's own error, and {FLOOR:g}.",
        )
    )


def _output(row: Output) -> tuple[str, ...]:
    plain, optimised = row.plain, row.optimised
    return (
        f"  {row.name}",
        str(list(row.shape)),
        f"{plain.largest:.3g}",
        *(f"{n:.1e}" for n in (plain.torch_error, plain.error, optimised.error, plain.allowed)),
        "agree" if row.agrees else "DIFFER",
    )


def _differences(differences: Sequence[str]) -> str:
    more = len(differences) - MOST_DIFFERENCES
    shown = [f"differs: {line}" for line in differences[:MOST_DIFFERENCES]]
    return "\n".join([*shown, f"and {more} more"] if more > 0 else shown)


def _verdict(report: Report) -> str:
    verdict = (
        f"{report.network}: analysis, PyTorch and ONNX agree"
        if report.agrees
        else f"{report.network}: analysis, PyTorch and ONNX do not agree"
    )
    return f"{verdict} ({report.tools})"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], alignment: str) -> str:
    """Aligned columns; a row with a first cell alone is a heading, which widens no column."""
    sized = [row for row in (header, *rows) if any(row[1:])]
    widths = [max(len(row[column]) for row in sized) for column in range(len(header))]
    lines = [
        "  ".join(
            f"{cell:{side}{width}}"
            for cell, side, width in zip(row, alignment, widths, strict=True)
        ).rstrip()
        if any(row[1:])
        else row[0]
        for row in (header, *rows)
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])
