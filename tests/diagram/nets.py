"""The networks that diagrams are tested on."""

from functools import cache
from pathlib import Path

from archdsl import driver
from archdsl.analysis import Analysis
from archdsl.backends.diagram import Diagram, Look

ROOT = Path(__file__).parent.parent.parent
FILES = (
    *sorted((ROOT / "specs").glob("*.arch")),
    *sorted((ROOT / "tests" / "backends" / "corpus").glob("*.arch")),
    ROOT / "tests" / "diagram" / "dense.arch",
)


@cache
def analyses(path: Path) -> tuple[Analysis, ...]:
    """Every network of a file."""
    return driver.check(str(path)).analyses


def named(name: str) -> Analysis:
    """The network of `specs/resnet.arch:ResNet50`, the path from the root of the repository."""
    path, _, network = name.partition(":")
    (found,) = (one for one in analyses(ROOT / path) if one.graph.name == network)
    return found


def written(folder: Path, text: str, **look: object) -> Diagram:
    """The diagram of a source with one network."""
    path = folder / "net.arch"
    path.write_text(text, encoding="utf-8")
    checked = driver.check(str(path))
    assert not checked.diagnostics
    (analysis,) = checked.analyses
    return Diagram(analysis, Look(**look))  # type: ignore[arg-type]
