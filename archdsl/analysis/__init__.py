"""What a network costs and sees: parameters, MACs, memory, depth, receptive field, and tables of
them.

Everything here is a pure function of a finished `archdsl.graph.ir.Graph`.
"""

from archdsl.analysis.figures import Analysis, LayerFigures

__all__ = ["Analysis", "LayerFigures"]
