"""Rows: what is folded, and that they add up."""

from pathlib import Path

import pytest

import archdsl
from archdsl.analysis import Analysis
from archdsl.analysis.table import Table, joined
from tests.cli.commands import ROOT

HEAD = "network Net {\n  input image: image[8, 16, 16]\n"


def table(folder: Path, body: str, blocks: str = "") -> Table:
    path = folder / "net.arch"
    path.write_text(f"{blocks}\n{HEAD}{body}\n}}\n")
    return Table(Analysis(archdsl.load(path).graph))


def labels(folder: Path, body: str, blocks: str = "") -> list[str]:
    return [f"{row.label} x{row.repeats}" for row in table(folder, body, blocks).rows(depth=1)]


UNIT = "block Unit(n: int) { conv(n) -> bn -> relu }"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("repeat 3 { Unit(8) }", ["unit1-3 x3"]),
        ("Unit(8); Unit(16); Unit(16)", ["unit1 x1", "unit2 x1", "unit3 x1"]),
        ("repeat 2 { Unit(8) }; relu; Unit(8)", ["unit1-2 x2", "relu1 x1", "unit3 x1"]),
        ("relu; relu", ["relu1 x1", "relu2 x1"]),
    ],
)
def test_alike_neighbours_fold(tmp_path: Path, body: str, expected: list[str]) -> None:
    assert labels(tmp_path, body, UNIT) == expected


def test_wiring_makes_a_difference(tmp_path: Path) -> None:
    """The same layers, but the second block adds something else."""
    block = (
        "block Unit(early: bool) {\n  x = conv(8)\n  y = x -> conv(8)\n"
        "  if early { add [x, x] } else { add [x, y] }\n}"
    )
    assert labels(tmp_path, "Unit(true); Unit(false); Unit(false)", block) == [
        "unit1 x1",
        "unit2-3 x2",
    ]


def test_rates_of_dropout_make_none(tmp_path: Path) -> None:
    block = "block Unit(p: float) { residual(drop=p) { conv(8) } }"
    assert labels(tmp_path, "Unit(0.1); Unit(0.2)", block) == ["unit1-2 x2"]


@pytest.mark.parametrize("spec", ["resnet.arch:ResNet50", "efficientnet.arch:EfficientNetB0"])
@pytest.mark.parametrize("depth", [1, 2, 3, 9])
@pytest.mark.parametrize("fold", [True, False])
def test_rows_of_the_first_level_add_up(spec: str, depth: int, fold: bool) -> None:
    path, _, name = spec.partition(":")
    net = archdsl.load(ROOT / "specs" / path, name)
    rows = Table(Analysis(net.graph)).rows(depth, fold)
    assert sum(row.params for row in rows if row.level == 0) == net.params
    assert sum(row.macs or 0 for row in rows if row.level == 0) == net.macs
    assert max(row.level for row in rows) < depth


def test_layers_add_up_and_have_the_keys_of_the_state_dict() -> None:
    net = archdsl.load(ROOT / "specs" / "googlenet.arch", "GoogLeNet")
    layers = Table(Analysis(net.graph)).layers()
    assert sum(row.params for row in layers) == net.params
    assert sum(row.macs or 0 for row in layers) == net.macs
    assert len(layers) == net.layers
    paths = {row.path for row in layers}
    assert {key.rpartition(".")[0] for key in net.module().state_dict()} <= paths


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("1", "3", "1-3"),
        ("unit2", "unit4", "unit2-4"),
        ("res_net50_1", "res_net50_2", "res_net50_1-2"),
        ("a", "b", "a - b"),
        ("unit", "unit", "unit"),
    ],
)
def test_labels_of_runs(first: str, last: str, expected: str) -> None:
    assert joined(first, last) == expected


def test_deep_nesting(tmp_path: Path) -> None:
    path = tmp_path / "deep.arch"
    path.write_text(
        "block Deep(n: int) {\n  if n > 0 { Deep(n - 1) } else { relu }\n}\n"
        f"{HEAD}  Deep(400)\n}}\n"
    )
    net = archdsl.load(path)
    assert len(Table(Analysis(net.graph)).rows(depth=1000)) == 402
    assert net.summary()
