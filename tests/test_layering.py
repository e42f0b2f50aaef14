"""Imports point down the table of docs/architecture.md, and heavy libraries load late."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "archdsl"

# What each part may import directly; what those may import, it may import as well.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "annotations": (),
    "records": ("annotations",),
    "visible": (),
    "inputs": (),
    "interrupts": (),
    "source": ("records", "visible"),
    "resources": (),
    "outputs": ("interrupts", "records", "visible"),
    "garbage": (),
    "loading": (),
    "folders": ("inputs", "visible"),
    "diagnostics": ("source",),
    "symbolic": ("records",),
    "types": ("diagnostics", "symbolic"),
    "syntax": ("types", "garbage", "inputs"),
    "codes": ("syntax",),
    "ops": ("types",),
    "graph": ("ops",),
    "elaborate": ("syntax", "graph", "resources"),
    "importers": ("graph",),
    "analysis": ("graph",),
    "weights": ("graph", "elaborate", "loading"),
    "transfer": ("elaborate", "analysis", "weights"),
    "lint": ("analysis", "codes", "folders", "transfer", "__init__"),
    "backends": ("analysis", "syntax", "transfer", "interrupts", "outputs"),
    "driver": ("elaborate", "importers", "transfer", "lint", "backends", "weights", "outputs"),
    "preview": ("backends",),
    "reports": ("analysis", "codes", "configuration", "lint", "transfer"),
    "network": ("driver", "reports"),
    "verify": ("network",),
    "configuration": (),
    "settings": ("lint", "elaborate", "configuration"),
    "linting": ("folders", "driver", "reports", "resources", "settings"),
    "cli": (
        "driver",
        "reports",
        "codes",
        "lint",
        "linting",
        "preview",
        "settings",
        "verify",
        "folders",
        "__init__",
    ),
    "lsp": ("driver",),
    "__init__": ("network",),
    "__main__": ("cli",),
}

# Libraries that cost start-up time or that a core install lacks: the parts that may import them,
# always inside a function.
LAZY: dict[str, tuple[str, ...]] = {
    "lark": (),
    "numpy": ("backends", "importers", "verify", "weights"),
    "onnx": ("backends", "importers", "verify"),
    "onnxruntime": ("loading", "verify"),
    "pydantic": ("configuration", "reports", "settings"),
    "pygls": ("lsp",),
    "rich": ("cli",),
    "safetensors": (),
    "torch": ("backends", "importers", "loading", "network", "verify", "weights"),
}

# Parts that import such a library first thing; they are imported inside functions only.
EDGES = {"configuration", "reports", "verify", "weights"}

# Run by `make tables`, and never by archdsl.
DEVELOPMENT = {PACKAGE / "syntax" / "generate.py"}

NEVER_AT_START = {*LAZY, "asyncio", "contextlib", "dataclasses", "inspect", "pathlib", "typing"}


class Import(NamedTuple):
    file: Path
    line: int
    module: str
    at_module_level: bool

    def __str__(self) -> str:
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.module}"


def allowed(part: str) -> set[str]:
    """Every part that `part` may import."""
    found: set[str] = set()
    waiting = list(MAY_IMPORT[part])
    while waiting:
        below = waiting.pop()
        if below not in found:
            found.add(below)
            waiting += MAY_IMPORT[below]
    return found


def part_of(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def imports_of(file: Path) -> Iterator[Import]:
    """Imports of a file, other than those that only a type checker reads."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    waiting: list[tuple[ast.AST, bool]] = [(tree, True)]
    while waiting:
        node, at_module_level = waiting.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) in (
            "TYPE_CHECKING",
            "typing.TYPE_CHECKING",
        ):
            continue
        if isinstance(node, ast.Import):
            for name in node.names:
                yield Import(file, node.lineno, name.name, at_module_level)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: relative import"
            assert node.module is not None
            for name in node.names:
                # `from archdsl import syntax` imports the part `syntax`.
                is_part = node.module == "archdsl" and name.name in MAY_IMPORT
                module = f"archdsl.{name.name}" if is_part else node.module
                yield Import(file, node.lineno, module, at_module_level)
        inside = at_module_level and not isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
        )
        waiting += [(child, inside) for child in ast.iter_child_nodes(node)]


def every_import() -> list[Import]:
    return [found for file in sorted(PACKAGE.rglob("*.py")) for found in imports_of(file)]


def test_every_part_has_its_place_in_the_table() -> None:
    parts = {part_of(file) for file in PACKAGE.rglob("*.py")}
    assert parts <= MAY_IMPORT.keys()


def test_imports_point_down() -> None:
    wrong = []
    for found in every_import():
        top, _, inner = found.module.partition(".")
        target = inner.partition(".")[0]
        part = part_of(found.file)
        if top == "archdsl" and target and target != part and target not in allowed(part):
            wrong.append(str(found))
    assert not wrong, "\n".join(wrong)


def test_heavy_libraries_stay_in_their_places() -> None:
    wrong = []
    for found in every_import():
        if found.file in DEVELOPMENT:
            continue
        top, _, inner = found.module.partition(".")
        part = part_of(found.file)
        if top in LAZY:
            misplaced = part not in LAZY[top] or (found.at_module_level and part not in EDGES)
        else:
            apart = part not in EDGES and found.at_module_level
            misplaced = top == "archdsl" and inner in EDGES and apart
        if misplaced:
            wrong.append(str(found))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("command", "unwanted"),
    [
        (("check", "resnet.arch"), NEVER_AT_START),
        (("check", "transfer.arch"), NEVER_AT_START),
        (("lint", "resnet.arch", "--no-cache"), set(LAZY)),
        (("summary", "resnet.arch:ResNet50"), set(LAZY)),
        (("summary", "transfer.arch:Gradual"), set(LAZY)),
        (("compile", "resnet.arch:ResNet50"), set(LAZY)),
        (("diagram", "resnet.arch:ResNet50", "-o", "net.mmd"), set(LAZY)),
    ],
    ids=["check", "check plans", "lint", "summary", "summary of a plan", "compile", "diagram"],
)
def test_commands_start_light(command: tuple[str, ...], unwanted: set[str], tmp_path: Path) -> None:
    """Commands that run in CI and editors load none of the heavy libraries."""
    program = (
        "import sys; from archdsl.cli import main; code = main(sys.argv[1:]); "
        "print(code, *sorted(name for name in sys.modules if '.' not in name), file=sys.stderr)"
    )
    name, spec, *options = command
    done = subprocess.run(
        [sys.executable, "-c", program, name, str(ROOT / "specs" / spec), *options],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    code, *modules = done.stderr.split("\n")[-2].split()
    assert code == "0", done.stderr
    assert not unwanted & set(modules)
