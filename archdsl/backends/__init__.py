"""Targets that a network can be written to: one folder or file each, and a line in the registry."""

from collections.abc import Mapping

ENDINGS: Mapping[str, str] = {
    "pytorch": ".py",
    "onnx": ".onnx",
    "svg": ".svg",
    "html": ".html",
    "dot": ".dot",
    "mermaid": ".mmd",
}
"""Every target, with the ending of its files."""
