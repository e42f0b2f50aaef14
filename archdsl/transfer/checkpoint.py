"""The weights file of a plan: where it may be, and whether it is one for the network."""

import os
from collections.abc import Collection, Mapping

from archdsl.annotations import TYPE_CHECKING
from archdsl.diagnostics import Diagnostic
from archdsl.elaborate.definitions import Module
from archdsl.elaborate.mistakes import Mistake
from archdsl.inputs import lies_in
from archdsl.source import Span
from archdsl.transfer.layers import Named
from archdsl.transfer.plan import Weights
from archdsl.transfer.tree import Tree, source_form
from archdsl.visible import quoted

if TYPE_CHECKING:
    from archdsl.weights.stored import Stored


def located(module: Module, file: str, span: Span) -> str:
    """The path of a weights file that a source names, from the folder of the source.

    Like an import, it has to lie within the project root. Raises `Mistake`.
    """
    real = os.path.realpath(os.path.join(os.path.dirname(module.path), file))
    if not lies_in(real, module.root):
        raise Mistake(
            "E508",
            f"{quoted(file)} lies outside the project root",
            span,
            help="the root is the folder of the nearest archdsl.toml, pyproject.toml or .git,"
            f" here {os.path.basename(module.root) or '/'}",
        )
    shown = os.path.normpath(os.path.join(os.path.dirname(module.source.name), file))
    # Where the source is a link, what stands beside the link is another file.
    return shown if os.path.realpath(shown) == real else real


def compared(tree: Tree, weights: Weights, foreign: Collection[Named]) -> Diagnostic | None:
    """How the file differs from the network besides the layers that start anew, or why it cannot
    be read; None where it fits, and where there is no such file.

    `foreign` are those of the replaced layers that the network does not have: then the file does.
    """
    if not os.path.exists(weights.path):
        return None
    from archdsl.weights.differences import differences
    from archdsl.weights.stored import WeightsError, open_headers

    try:
        stored = _unwrapped(tree, open_headers(weights.path))
    except WeightsError as error:
        return Diagnostic("E507", str(error), weights.span)
    name, replaced = os.path.basename(weights.path), weights.replaced
    for named in foreign:
        if not any(f"{key}.".startswith(f"{named.path}.") for key in stored):
            return Diagnostic(
                "E502",
                f"neither {tree.graph.name} nor {name} has a layer {named.text}",
                named.span,
                help="a text in `except` names a layer of the network, or of the file",
            )
    found = differences(tree.graph, stored, name, weights.span, replaced)
    if found is None or found.help is not None or not tree.units:
        return found
    last = tree.units[-1].path
    if differences(tree.graph, stored, name, weights.span, (*replaced, last)) is None:
        anew = ", ".join(source_form(path) for path in (*replaced, last))
        return found._replace(help=f"say which layers start anew: `except=[{anew}]`")
    return found


def _unwrapped(tree: Tree, stored: "Mapping[str, Stored]") -> "dict[str, Stored]":
    """A file's tensors without what PyTorch's wrappers put before all names, as emitted plans load
    them.
    """
    from archdsl.weights.differences import WRAPPERS

    prefixes = tuple(f"{wrapper}." for wrapper in WRAPPERS if wrapper not in tree.nodes)
    found = {}
    for key, tensor in stored.items():
        while key.startswith(prefixes):
            key = key.partition(".")[2]
        found[key] = tensor
    return found
