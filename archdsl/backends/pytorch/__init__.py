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
- `writing`, `module`, `printer`, `text`: the file, laid out as `ruff format` does.
- `check`: the text is parsed again, and every weight must be created under its path.
"""

import sys

from archdsl.graph.ir import Graph

RECURSION_LIMIT = 20_000
"""Python frames for blocks in blocks, as deep as the elaborator lets them stand."""


def emit(graph: Graph) -> str:
    """The source of a module that defines the network as a class of its name, with what it needs.

    The same graph gives the same text. A graph that cannot be written raises AssertionError: every
    legal graph can.
    """
    from archdsl.backends.pytorch.module import module_text

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    try:
        return module_text(graph)
    finally:
        sys.setrecursionlimit(limit)


def class_name(graph: Graph) -> str:
    """The name of the network's class in the emitted module: its own, unless Python reserves it."""
    from archdsl.backends.pytorch import module

    return module.class_name(graph)
