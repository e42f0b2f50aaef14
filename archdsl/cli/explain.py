"""`archdsl explain`: what a diagnostic means, or how a layer's figures come about."""

import os
import re

from archdsl import resources
from archdsl.cli.arguments import (
    VALUES,
    Arguments,
    Command,
    CommandError,
    Positional,
    nearest_of,
)

_CODE = re.compile(r"[A-Za-z]{1,2}[0-9]{1,4}")


COMMAND = Command(
    "explain",
    "CODE | SPEC LAYER [--set NAME=VALUE] [--input SIZE=NUMBER]",
    "Print the page of a diagnostic; or the arithmetic of a layer with its numbers: how its\n"
    "shape, parameters, MACs and receptive field come about from those of its inputs.",
    (
        Positional("CODE | SPEC", "E301; or net.arch, or one network of it: net.arch:Network"),
        Positional("LAYER", "its path, such as layer1.0.conv2, or that of a block", least=0),
    ),
    VALUES,
    "  archdsl explain E301\n"
    "  archdsl explain resnet.arch:ResNet50 layer1.0.conv2\n"
    "  archdsl explain resnet.arch:ResNet50 layer1",
)


def run(arguments: Arguments) -> int:
    (subject,) = arguments.all("CODE | SPEC")
    layer = arguments.one("LAYER")
    if layer is not None:
        return _layer(subject, layer, arguments)
    if not _CODE.fullmatch(subject):
        raise CommandError(
            f"explain takes a code such as E301, or a SPEC and a LAYER; {subject} alone is neither"
        )
    print(_page(subject.upper()), end="")
    return 0


def _page(code: str) -> str:
    folder = resources.pages()
    codes = sorted(
        entry.removesuffix(".md") for entry in os.listdir(folder) if entry.endswith(".md")
    )
    if code not in codes:
        raise CommandError(f"there is no page for {code}{nearest_of(code, codes)}")
    with open(os.path.join(folder, f"{code}.md"), encoding="utf-8") as file:
        return file.read()


def _layer(spec: str, layer: str, arguments: Arguments) -> int:
    from archdsl.analysis import Analysis
    from archdsl.analysis.explain import explained, paths_of
    from archdsl.cli.specs import one_network

    graph = one_network(spec, arguments)
    if graph is None:
        return 1
    lines = explained(Analysis(graph), layer)
    if lines is None:
        proposed = nearest_of(layer, paths_of(graph))
        raise CommandError(
            f"{graph.name} has no layer {layer}{proposed}\n"
            f"`archdsl summary {spec}` lists its layers"
        )
    print("\n".join(lines))
    return 0
