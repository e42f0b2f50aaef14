"""The JSON reports, as pydantic models.

Imported only where JSON is asked for: pydantic takes longer to start than a whole `check`.
`docs/schemas` holds their JSON schemas, which `make schemas` writes.
"""

import json
import os
from collections.abc import Sequence
from typing import TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from archdsl.analysis import Analysis
from archdsl.analysis.table import LayerRow, Table

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


def to_json(report: SummaryReport | Sequence[SummaryReport]) -> str:
    """A report, or a list of them, as indented JSON."""
    if isinstance(report, SummaryReport):
        return report.model_dump_json(indent=2)
    return json.dumps([entry.model_dump(mode="json") for entry in report], indent=2)


def schemas() -> dict[str, str]:
    """The published JSON schemas, by file name."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **SummaryReport.model_json_schema(),
    }
    return {"summary.schema.json": json.dumps(schema, indent=2) + "\n"}


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
