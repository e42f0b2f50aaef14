"""The PyTorch backend: a network as the module that a good colleague would have written by hand.

How a graph becomes text, a file a stage:

- `regions`: each instance of the tree as a function of the values that it reads.
- `shapes`: alike instances are one record, so that all later work is done per distinct block.
- `align`, `classes`: the shapes of a block are lined up into one class; straight chains need none.
- `columns`, `expressions`, `translate`: what varies between them becomes constructor parameters.
  Expressions come from the source, and are used only where they give the actual numbers in every
  instance.
- `members`, `trees`, `constructor`, `attributes`: what `__init__` creates.
- `roles`, `forward`: statements and variables of `forward`.
- `plans`, `plan_methods`: what a transfer plan adds, a subclass of the network's class.
- `writing`, `module`, `imports`, `printer`, `text`: the file, laid out as `ruff format` does.
- `check`, `plan_check`: the text is parsed again. Every weight must be created under its path, and
  be in its group.
"""

import sys

from archdsl.diagnostics import Diagnostic, Related
from archdsl.graph.ir import Graph
from archdsl.transfer.plan import Plan

RECURSION_LIMIT = 20_000
"""Python frames for blocks in blocks, as deep as the elaborator lets them stand."""


def unsupported(graph: Graph) -> tuple[Diagnostic, ...]:
    """The extern ops of a network that name no PyTorch class, at each place that applies one."""
    found: dict[object, Diagnostic] = {}
    for step in graph.steps:
        op = step.layer.op
        if op.family == "extern":
            from archdsl.ops.extern import ExternOp

            assert isinstance(op, ExternOp)
            if op.torch_class is None and step.origin.span not in found:
                found[step.origin.span] = Diagnostic(
                    "E702",
                    f"{op.name} names no PyTorch class, so {graph.name} has no PyTorch module",
                    step.origin.span,
                    help='add `pytorch "package.module:Class"` to its declaration',
                    related=(Related("it is declared here", op.place),),
                    trail=graph.trail(step.parent),
                )
    return tuple(found.values())


def emit(graph: Graph) -> str:
    """The source of a module that defines the network as a class of its name, with what it needs.

    The same graph gives the same text. A graph that cannot be written raises AssertionError: every
    one for which `unsupported` finds nothing can.
    """
    return _emit(graph, None)


def emit_plan(plan: Plan) -> str:
    """The source of a module that defines the plan's network, and a class of the plan's name that
    loads weights into it and freezes and unfreezes its layers.

    As with `emit`, `unsupported` says whether the network can be written.
    """
    return _emit(plan.graph, plan)


def _emit(graph: Graph, plan: Plan | None) -> str:
    from archdsl.backends.pytorch.module import module_text

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    try:
        return module_text(graph, plan)
    finally:
        sys.setrecursionlimit(limit)


def class_name(subject: Graph | Plan) -> str:
    """The name of the class of a network or plan in its emitted module: its own, unless Python
    reserves it.
    """
    from archdsl.backends.pytorch import module

    return module.class_name(subject)
