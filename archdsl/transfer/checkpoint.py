"""The weights file of a plan: where it may be, and whether it is one for the network."""

import os

from archdsl.diagnostics import Diagnostic
from archdsl.elaborate.definitions import Module
from archdsl.elaborate.mistakes import Mistake
from archdsl.source import Span
from archdsl.transfer.plan import Weights
from archdsl.transfer.tree import Tree, source_form
from archdsl.visible import quoted


def located(module: Module, file: str, span: Span) -> str:
    """The path of a weights file that a source names, from the folder of the source.

    Like an import, it has to lie within the project root. Raises `Mistake`.
    """
    real = os.path.realpath(os.path.join(os.path.dirname(module.path), file))
    if os.path.commonpath([real, module.root]) != module.root:
        raise Mistake(
            "E508",
            f"{quoted(file)} lies outside the project root",
            span,
            help="the root is the folder of the nearest archdsl.toml, pyproject.toml or .git,"
            f" here {os.path.basename(module.root) or '/'}",
        )
    return os.path.normpath(os.path.join(os.path.dirname(module.source.name), file))


def compared(tree: Tree, weights: Weights) -> Diagnostic | None:
    """How the file differs from the network besides the layers that start anew, or why it cannot
    be read; None where it fits, and where there is no such file.
    """
    if not os.path.exists(weights.path):
        return None
    from archdsl.weights.differences import differences
    from archdsl.weights.stored import WeightsError, open_headers

    try:
        stored = open_headers(weights.path)
    except WeightsError as error:
        return Diagnostic("E507", str(error), weights.span)
    name, replaced = os.path.basename(weights.path), weights.replaced
    found = differences(tree.graph, stored, name, weights.span, replaced)
    if found is None or found.help is not None or not tree.units:
        return found
    last = tree.units[-1].path
    if differences(tree.graph, stored, name, weights.span, (*replaced, last)) is None:
        anew = ", ".join(source_form(path) for path in (*replaced, last))
        return found._replace(help=f"say which layers start anew: `except=[{anew}]`")
    return found
