"""`archdsl explain`: what a diagnostic means, or how a layer's figures come about."""

import re

from archdsl import resources
from archdsl.cli.arguments import (
    VALUES,
    Arguments,
    Command,
    CommandError,
    Option,
    Positional,
    nearest_of,
)
from archdsl.codes import CODES
from archdsl.lint.catalogue import RULES
from archdsl.visible import shown, visible

_CODE = re.compile(r"[A-Za-z]{1,2}[0-9]{1,4}")


COMMAND = Command(
    "explain",
    "CODE | SPEC LAYER | --all [--format md] [--set NAME=VALUE] [--input SIZE=NUMBER]",
    "Print the page of a diagnostic; or the arithmetic of a layer with its numbers: how its\n"
    "shape, parameters, MACs and receptive field come about from those of its inputs.",
    (
        Positional(
            "CODE | SPEC",
            "E301 or bias-before-norm; or net.arch, or one network of it: net.arch:Network",
            least=0,
        ),
        Positional("LAYER", "its path, such as layer1.0.conv2, or that of a block", least=0),
    ),
    (
        Option(("--all",), "", "the pages of all diagnostics"),
        Option(("--format",), "FORMAT", "of --all: md (Markdown, the default)", ("md",)),
        *VALUES,
    ),
    "  archdsl explain E301\n"
    "  archdsl explain --all --format md > diagnostics.md\n"
    "  archdsl explain resnet.arch:ResNet50 layer1.0.conv2\n"
    "  archdsl explain resnet.arch:ResNet50 layer1",
)


def run(arguments: Arguments) -> int:
    if arguments.has("--all"):
        if arguments.all("CODE | SPEC"):
            raise CommandError("explain --all takes no code and no SPEC")
        print("\n".join(_page(code) for code in sorted({*CODES, *RULES})), end="")
        return 0
    if arguments.has("--format"):
        raise CommandError("explain --format goes with --all")
    subject = arguments.one("CODE | SPEC")
    if subject is None:
        raise CommandError("explain needs a code, a SPEC and a LAYER, or --all")
    layer = arguments.one("LAYER")
    if layer is not None:
        return _layer(subject, layer, arguments)
    names = {name: code for code, name in CODES.items()}
    names |= {rule.name: code for code, rule in RULES.items()}
    code = names.get(subject, subject.upper())
    if code not in CODES and code not in RULES:
        if not _CODE.fullmatch(subject) and subject not in names:
            raise CommandError(
                "explain takes a code such as E301, or a SPEC and a LAYER; "
                f"{visible(subject)} alone is neither"
            )
        raise CommandError(f"there is no page for {code}{nearest_of(code, (*CODES, *RULES))}")
    print(_page(code), end="")
    return 0


def _page(code: str) -> str:
    if code in RULES:
        from archdsl.lint.pages import page

        return page(code)
    return resources.page_of(code)


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
            f"{graph.name} has no layer {visible(layer)}{proposed}\n"
            f"`archdsl summary {shown(spec)}` lists its layers"
        )
    print("\n".join(map(visible, lines)))
    return 0
