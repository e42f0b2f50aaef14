"""`archdsl explain`: what a diagnostic means, or how a layer's figures come about."""

import os
import re
from argparse import Namespace

from archdsl import resources
from archdsl.cli.arguments import CommandError, Parser, add_values, nearest_of

_CODE = re.compile(r"[A-Za-z]{1,2}[0-9]{1,4}")


def parser() -> Parser:
    found = Parser(
        "explain",
        "CODE | SPEC LAYER [--set NAME=VALUE] [--input SIZE=NUMBER]",
        "Print the page of a diagnostic; or the arithmetic of a layer with its numbers: how its\n"
        "shape, parameters, MACs and receptive field come about from those of its inputs.",
        "  archdsl explain E301\n"
        "  archdsl explain resnet.arch:ResNet50 layer1.0.conv2\n"
        "  archdsl explain resnet.arch:ResNet50 layer1",
    )
    found.add_argument("subject", metavar="CODE | SPEC", help="E301, or net.arch:Network")
    found.add_argument("layer", nargs="?", metavar="LAYER", help="its path, such as layer1.0.conv2")
    add_values(found)
    return found


def run(arguments: Namespace) -> int:
    if arguments.layer is not None:
        return _layer(arguments)
    if not _CODE.fullmatch(arguments.subject):
        raise CommandError(
            f"explain takes a code such as E301, or a SPEC and a LAYER; {arguments.subject} alone "
            "is neither"
        )
    print(_page(arguments.subject.upper()), end="")
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


def _layer(arguments: Namespace) -> int:
    from archdsl.analysis import Analysis
    from archdsl.analysis.explain import explained, paths_of
    from archdsl.cli.specs import checked

    outcome = checked(arguments.subject, arguments)
    if not outcome.sound:
        return 1
    if len(outcome.graphs) != 1:
        names = ", ".join(graph.name for graph in outcome.graphs)
        raise CommandError(
            f"{arguments.subject} has {len(outcome.graphs)} networks: name one of {names}, as in "
            f"{arguments.subject}:{outcome.graphs[0].name}"
            if outcome.graphs
            else f"{arguments.subject} has no network whose parameters all have values"
        )
    graph = outcome.graphs[0]
    lines = explained(Analysis(graph), arguments.layer)
    if lines is None:
        proposed = nearest_of(arguments.layer, paths_of(graph))
        raise CommandError(
            f"{graph.name} has no layer {arguments.layer}{proposed}\n"
            f"`archdsl summary {arguments.subject}` lists its layers"
        )
    print("\n".join(lines))
    return 0
