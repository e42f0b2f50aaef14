"""The diagram backend: a graph as a picture, by way of DOT or Mermaid.

The graph becomes a drawing (`drawing.py`): which layers are one node (`grouping.py`) and which
instances are open (`levels.py`), what stands on them, and where the main path and the skips run
(`routes.py`). `dot.py` and `mermaid.py` write a drawing as text, `engine.py` lets Graphviz make a
picture of it.
"""

from archdsl.backends.diagram.diagram import (
    DIRECTIONS,
    ENDINGS,
    TIMEOUT,
    Diagram,
    Look,
    Made,
)
from archdsl.backends.diagram.drawing import FIGURES
from archdsl.backends.diagram.engine import ENGINES, DiagramError
from archdsl.backends.diagram.labels import FIELDS, LabelError
from archdsl.backends.diagram.levels import LEVELS
from archdsl.backends.diagram.style import THEMES

__all__ = [
    "DIRECTIONS",
    "ENDINGS",
    "ENGINES",
    "FIELDS",
    "FIGURES",
    "LEVELS",
    "THEMES",
    "TIMEOUT",
    "Diagram",
    "DiagramError",
    "LabelError",
    "Look",
    "Made",
]
