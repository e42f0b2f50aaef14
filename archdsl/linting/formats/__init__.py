"""Findings in formats that other programs read: one file each."""

from collections.abc import Callable, Sequence
from importlib import import_module

from archdsl.diagnostics import Diagnostic

FORMATS = {"json": "json_report", "sarif": "sarif", "github": "github", "junit": "junit"}
"""The module of each format."""


def formatted(form: str, found: Sequence[Diagnostic]) -> str:
    """Findings as the text of a format."""
    text: Callable[[Sequence[Diagnostic]], str] = import_module(
        f"archdsl.linting.formats.{FORMATS[form]}"
    ).text
    return text(found)
