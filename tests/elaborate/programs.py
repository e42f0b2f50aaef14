"""Small programs for tests: checked in memory, with the files that they import."""

from collections.abc import Mapping
from typing import NamedTuple

from archdsl.analysis import Analysis
from archdsl.diagnostics import Diagnostic, in_order
from archdsl.elaborate import Elaborator
from archdsl.elaborate.expectations import check_expectations
from archdsl.graph.ir import Graph
from archdsl.source import Source

FOLDER = "/project"


class Outcome(NamedTuple):
    """The networks without errors by name, and everything that was found."""

    graphs: dict[str, Graph]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def messages(self) -> list[str]:
        """The codes and messages, in order."""
        return [f"{found.code} {found.message}" for found in self.diagnostics]

    @property
    def codes(self) -> list[str]:
        return [found.code for found in self.diagnostics]

    @property
    def graph(self) -> Graph:
        """The last network, of a program without errors."""
        assert not self.diagnostics, "\n".join(self.messages)
        return list(self.graphs.values())[-1]


def check(
    text: str,
    files: Mapping[str, str] | None = None,
    sizes: Mapping[str, int] | None = None,
    arguments: Mapping[str, object] | None = None,
) -> Outcome:
    """Check all networks of a file `net.arch` whose parameters have values."""

    def read(path: str, shown: str) -> Source | Diagnostic | str:
        name = path.removeprefix(f"{FOLDER}/")
        if name in (files or {}):
            return Source(shown, (files or {})[name])
        try:
            with open(path, encoding="utf-8") as file:
                return Source(shown, file.read())
        except OSError:
            return "no such file or directory"

    elaborator = Elaborator(Source("net.arch", text), f"{FOLDER}/net.arch", read)
    graphs = {}
    unmet: list[Diagnostic] = []
    for name in elaborator.network_names:
        if not elaborator.complete(name, arguments or {}):
            continue
        elaborated = elaborator.elaborate(name, arguments or {}, sizes or {})
        if elaborated.graph is not None:
            graphs[name] = elaborated.graph
            unmet += check_expectations(elaborated, elaborator.session, Analysis(elaborated.graph))
    elaborator.check_uninstantiated()
    return Outcome(graphs, tuple(in_order([*elaborator.diagnostics, *unmet])))


def network(body: str, before: str = "", image: str = "image[3, H=32, W=32]") -> str:
    """A file with one network `N` of this body, whose input is `x`."""
    lines = "".join(f"  {line}\n" if line else "\n" for line in body.split("\n"))
    return f"{before}network N {{\n  input x: {image}\n{lines}}}\n"


def graph(body: str, before: str = "", image: str = "image[3, H=32, W=32]") -> Graph:
    return check(network(body, before, image)).graph


def layers(of: Graph) -> list[str]:
    """The paths of the layers that have weights, in the order of the state dict."""
    paths = []
    for key, weight in of.weights():
        path = key.rpartition(".")[0] if weight.name else key
        if path not in paths:
            paths.append(path)
    return paths


def named(body: str, before: str = "", image: str = "image[3, H=32, W=32]") -> str:
    """The paths of the layers with weights of a network of this body, joined by blanks."""
    return " ".join(layers(graph(body, before, image)))


def shapes(of: Graph) -> dict[str, str]:
    """The outputs' shapes by name."""
    return {output.name: str(of.types[output.value]) for output in of.outputs}


def found(body: str, before: str = "", image: str = "image[3, H=32, W=32]") -> list[str]:
    """The messages about a network of this body."""
    return check(network(body, before, image)).messages
