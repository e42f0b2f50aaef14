"""Workflow commands of GitHub Actions, which annotate the lines of a pull request.

Whatever comes from a file is escaped as the runner asks for, so that nothing in it can start a
command of its own.
"""

from collections.abc import Sequence

from archdsl.diagnostics import Diagnostic
from archdsl.linting.formats.places import relative
from archdsl.visible import visible

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def text(found: Sequence[Diagnostic]) -> str:
    """A line for each finding."""
    return "".join(f"{_command(one)}\n" for one in found)


def _command(found: Diagnostic) -> str:
    line, column = found.span.source.position(found.span.start)
    end_line, end_column = found.span.source.position(found.span.end)
    properties = {
        "file": relative(found.span.source.name),
        "line": str(line),
        "endLine": str(end_line),
        "title": f"{found.code}",
    }
    if end_line == line:
        # The runner takes columns of one line alone.
        properties |= {"col": str(column), "endColumn": str(end_column)}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    message = visible(found.message) + (f"\nhelp: {visible(found.help)}" if found.help else "")
    return f"::{_COMMANDS[found.severity]} {listed}::{_data(message)}"


def _data(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _data(visible(value)).replace(":", "%3A").replace(",", "%2C")
