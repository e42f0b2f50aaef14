"""From syntax to graph: imports, scopes, compile-time expressions, and the expansion of blocks,
loops and branches.

`Elaborator` is the way in: one for a file, from which each of its networks is elaborated. Mistakes
in the source come out as diagnostics; nothing raises.
"""

from archdsl.elaborate.elaborator import Elaborator
from archdsl.elaborate.networks import Elaborated, Expectation

__all__ = ["Elaborated", "Elaborator", "Expectation"]
