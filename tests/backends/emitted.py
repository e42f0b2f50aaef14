"""Networks to emit, and emitted modules to run."""

import importlib.util
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from torch import nn

from archdsl import driver
from archdsl.backends.pytorch import emit
from archdsl.graph.ir import Graph

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"

LANDMARKS = {
    "resnet": ("ResNet18", "ResNet50"),
    "googlenet": ("GoogLeNet",),
    "mobilenet_v2": ("MobileNetV2",),
    "efficientnet": ("EfficientNetB0",),
}


def graphs(path: Path) -> dict[str, Graph]:
    """The networks of a file, which must be free of errors."""
    checked = driver.load(str(path))
    errors = [found for found in checked.diagnostics if found.severity == "error"]
    assert not errors, errors
    return {graph.name: graph for graph in checked.graphs}


def corpus() -> dict[str, Graph]:
    """The small networks of this folder, one for each kind of construct."""
    return {
        name: graph
        for path in sorted(CORPUS.glob("*.arch"))
        for name, graph in graphs(path).items()
    }


def landmarks() -> dict[str, Graph]:
    found: dict[str, Graph] = {}
    for file, names in LANDMARKS.items():
        known = graphs(ROOT / "specs" / f"{file}.arch")
        found.update({name: known[name] for name in names})
    return found


def of_text(text: str, folder: Path) -> Graph:
    """The last network of a source text."""
    path = folder / "net.arch"
    path.write_bytes(text.encode("utf-8"))
    return list(graphs(path).values())[-1]


def module(graph: Graph, text: str | None = None) -> nn.Module:
    """The emitted network, created."""
    names: dict[str, object] = {"__name__": "emitted"}
    exec(compile(text or emit(graph), "emitted.py", "exec"), names)  # noqa: S102
    made = names[graph.name]
    assert isinstance(made, type)
    network = made()
    assert isinstance(network, nn.Module)
    return network


def imported(graph: Graph, folder: Path) -> nn.Module:
    """The emitted network from a file, which TorchScript reads again."""
    (path,) = written([graph], folder)
    spec = importlib.util.spec_from_file_location(f"emitted_{graph.name.lower()}", path)
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    network = getattr(loaded, graph.name)()
    assert isinstance(network, nn.Module)
    return network


def written(graphs: Iterable[Graph], folder: Path) -> list[str]:
    """Emitted files of some networks."""
    paths = []
    for graph in graphs:
        path = folder / f"{graph.name.lower()}.py"
        path.write_text(emit(graph), encoding="utf-8")
        paths.append(str(path))
    return paths


def run_tool(*args: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A Python tool, in a folder without a configuration."""
    return subprocess.run(
        [sys.executable, "-m", *args], check=False, capture_output=True, text=True, cwd=folder
    )
