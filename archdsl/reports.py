"""The JSON reports, as pydantic models.

Imported only where JSON is asked for: pydantic takes longer to start than a whole `check`.
`docs/schemas` holds their JSON schemas, which `make schemas` writes.
"""

import json
import os
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias, cast

from pydantic import BaseModel, ConfigDict, Field, RootModel

from archdsl.analysis import Analysis
from archdsl.analysis.table import LayerRow, Table
from archdsl.codes import CODES
from archdsl.configuration import Configuration
from archdsl.diagnostics import Diagnostic
from archdsl.lint.catalogue import RULES
from archdsl.source import Span
from archdsl.transfer.plan import Plan
from archdsl.transfer.schedule import Schedule

PerAxis: TypeAlias = int | float | list[int | float | None] | None


class _Report(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InputReport(_Report):
    """An input of the network."""

    name: str
    kind: str = Field(description="image, audio, sequence, volume, video, tabular or tensor")
    shape: list[int | str] = Field(
        description="without the batch; a symbolic size stands as its expression"
    )


class OutputReport(_Report):
    """An output of the network."""

    name: str
    shape: list[int] | None = Field(description="without the batch; null if a size has no value")
    training: bool = Field(description="whether it is returned in training mode only")


class LayerReport(_Report):
    """A layer, counted once however often it is used."""

    path: str = Field(description="prefix of its keys in the state dict")
    op: str
    block: str = Field(description="the block or network whose body holds it")
    inputs: list[list[int] | None] = Field(description="shapes, without the batch")
    output: list[int] | None = Field(description="shape, without the batch")
    params: int
    macs: int | None = Field(description="multiply-adds of all its uses in evaluation")
    receptive_field: PerAxis = Field(
        description="input positions seen; a list where axes differ; null behind a global operation"
    )
    stride: PerAxis = Field(description="input positions between neighbours of its result")
    line: int = Field(description="where it stands in its source file, from 1")


class SummaryReport(_Report):
    """What `archdsl summary --format json` prints for a network.

    MACs, activations, memory, depth and receptive field speak of one sample in evaluation mode.
    """

    network: str
    file: str
    inputs: list[InputReport]
    outputs: list[OutputReport]
    params: int
    trainable_params: int
    buffers: int
    macs: int | None
    flops: int | None = Field(description="2 x macs")
    activations: int | None = Field(description="elements of the results of all steps")
    peak_memory: int | None = Field(
        description="bytes of the largest set of activations alive at once, batch 1, float32"
    )
    depth: int = Field(description="convolutions and linear layers on the longest path")
    receptive_field: PerAxis = Field(description="of the last map before global pooling")
    stride: PerAxis = Field(description="of that map")
    layers: list[LayerReport]


def summary(analysis: Analysis) -> SummaryReport:
    """The report of one network."""
    graph = analysis.graph
    return SummaryReport(
        network=graph.name,
        file=graph.span.source.name,
        inputs=[
            InputReport(
                name=given.name,
                kind=given.kind,
                shape=[
                    size if isinstance(size, int) else str(size)
                    for size in graph.types[given.value].shape
                ],
            )
            for given in graph.inputs
        ],
        outputs=[
            OutputReport(
                name=output.name,
                shape=_listed(analysis.shape(output.value)),
                training=output.training,
            )
            for output in graph.outputs
        ],
        params=analysis.params,
        trainable_params=analysis.trainable_params,
        buffers=analysis.buffers,
        macs=analysis.macs,
        flops=analysis.flops,
        activations=analysis.activations,
        peak_memory=analysis.peak_memory,
        depth=analysis.depth,
        receptive_field=_per_axis(analysis.receptive_field),
        stride=_per_axis(analysis.stride),
        layers=[_layer(row) for row in Table(analysis).layers()],
    )


class PlanWeightsReport(_Report):
    """The weights that a plan starts from."""

    file: str = Field(description="as the source has it")
    replaced: list[str] = Field(description="paths of the layers that start anew")


class DatasetReport(_Report):
    """What a plan learns from."""

    images: int
    domain: Literal["similar", "different"] | None


class GroupReport(_Report):
    """Parameters that learn alike."""

    name: str
    paths: list[str] = Field(description="of layers and blocks that together are the group")
    parameters: list[str] = Field(description="keys in the state dict")
    params: int = Field(description="elements of its parameters")
    macs: int | None = Field(description="multiply-adds of its layers in evaluation")
    rate: float | None = Field(description="times the base rate; null where it is frozen")
    first_epoch: int = Field(description="from which it learns, from 0; 0 where it is frozen")
    line: int = Field(description="where the call that made it stands, from 1")


class PhaseReport(_Report):
    """What learns from an epoch on."""

    first_epoch: int
    starts: list[str] = Field(description="the groups that begin to learn then")
    trained_params: int = Field(description="elements of all parameters that learn then")
    trained_macs: int | None = Field(description="multiply-adds of the layers that learn then")


class PlanReport(_Report):
    """What `archdsl summary --format json` prints for a transfer plan."""

    plan: str
    network: str
    file: str
    weights: PlanWeightsReport | None
    dataset: DatasetReport | None
    epochs: int | None
    strategy: str | None
    params: int
    trainable_params: int = Field(description="elements of the parameters that learn at the end")
    macs: int | None
    groups: list[GroupReport] = Field(description="every parameter is in exactly one")
    schedule: list[PhaseReport] = Field(description="the epochs at which something changes")


def plan_summary(plan: Plan) -> PlanReport:
    """The report of one plan."""
    schedule = Schedule(plan)
    weights, dataset = plan.weights, plan.dataset
    return PlanReport(
        plan=plan.name,
        network=plan.graph.name,
        file=plan.span.source.name,
        weights=weights and PlanWeightsReport(file=weights.file, replaced=list(weights.replaced)),
        dataset=dataset
        and DatasetReport(
            images=dataset.images,
            domain=cast(Literal["similar", "different"] | None, dataset.domain),
        ),
        epochs=plan.epochs,
        strategy=plan.strategy,
        params=schedule.analysis.params,
        trainable_params=schedule.trainable_params,
        macs=schedule.analysis.macs,
        groups=[
            GroupReport(
                name=group.name,
                paths=list(group.paths),
                parameters=list(group.parameters),
                params=schedule.figures(group).params,
                macs=schedule.figures(group).macs,
                rate=group.rate,
                first_epoch=group.first_epoch,
                line=group.span.line,
            )
            for group in plan.groups
        ],
        schedule=[
            PhaseReport(
                first_epoch=phase.first_epoch,
                starts=[group.name for group in phase.starts],
                trained_params=phase.trained.params,
                trained_macs=phase.trained.macs,
            )
            for phase in schedule.phases()
        ],
    )


class EditReport(_Report):
    """Replace a range of a file; lines and columns count from 1, columns in code points."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int = Field(description="behind the last column")
    replacement: str


class FixReport(_Report):
    """Edits that together mend a finding."""

    title: str
    edits: list[EditReport]


class FindingReport(_Report):
    """A finding of `archdsl lint`."""

    code: str
    name: str
    severity: Literal["error", "warning", "note"]
    message: str
    file: str
    line: int = Field(description="from 1")
    column: int = Field(description="from 1, in code points")
    end_line: int
    end_column: int = Field(description="behind the last column")
    help: str | None = Field(description="what to write instead")
    fix: FixReport | None
    instances: int = Field(description="expansions of this place that have the finding")


class FindingsReport(RootModel[list[FindingReport]]):
    """What `archdsl lint --format json` prints."""


def findings(diagnostics: Iterable[Diagnostic]) -> FindingsReport:
    """The report of what the linter found."""
    return FindingsReport([_finding(found) for found in diagnostics])


def _finding(found: Diagnostic) -> FindingReport:
    return FindingReport(
        code=found.code,
        name=RULES[found.code].name if found.code in RULES else CODES[found.code],
        severity=found.severity,
        message=found.message,
        **_place(found.span),
        help=found.help,
        fix=found.fix
        and FixReport(
            title=found.fix.title,
            edits=[
                EditReport(**_place(edit.span), replacement=edit.replacement)
                for edit in found.fix.edits
            ],
        ),
        instances=found.hits,
    )


def _place(span: Span) -> dict[str, Any]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {
        "file": span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }


def to_json(report: BaseModel | Sequence[BaseModel]) -> str:
    """A report, or a list of them, as indented JSON in ASCII."""
    if isinstance(report, BaseModel):
        return json.dumps(report.model_dump(mode="json"), indent=2)
    return json.dumps([entry.model_dump(mode="json") for entry in report], indent=2)


def schemas() -> dict[str, str]:
    """The published JSON schemas, by file name."""
    models: dict[str, type[BaseModel]] = {
        "summary.schema.json": SummaryReport,
        "plan.schema.json": PlanReport,
        "lint.schema.json": FindingsReport,
        "configuration.schema.json": Configuration,
    }
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {
        name: json.dumps({**draft, **model.model_json_schema(by_alias=True)}, indent=2) + "\n"
        for name, model in models.items()
    }


def _layer(row: LayerRow) -> LayerReport:
    return LayerReport(
        path=row.path,
        op=row.op,
        block=row.block,
        inputs=[_listed(shape) for shape in row.inputs],
        output=_listed(row.output),
        params=row.params,
        macs=row.macs,
        receptive_field=_per_axis(row.receptive_field),
        stride=_per_axis(row.stride),
        line=row.line,
    )


def _listed(shape: tuple[int, ...] | None) -> list[int] | None:
    return None if shape is None else list(shape)


def _per_axis(figure: int | float | tuple[int | float | None, ...] | None) -> PerAxis:
    return list(figure) if isinstance(figure, tuple) else figure


def write_schemas(folder: str) -> None:
    """Write the published schemas: `python -m archdsl.reports`, or `make schemas`."""
    for name, text in schemas().items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    write_schemas(os.path.join("docs", "schemas"))
