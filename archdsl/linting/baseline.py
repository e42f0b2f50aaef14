"""Findings that are known and pass, so that a project can begin to lint before it is clean."""

import json
from collections.abc import Iterable, Sequence

from archdsl.diagnostics import Diagnostic
from archdsl.inputs import read_most
from archdsl.lint.fingerprint import fingerprints
from archdsl.visible import shown

_VERSION = 1
_MOST_BYTES = 2**26


class BaselineError(Exception):
    """A baseline that cannot be read."""


def read(path: str) -> frozenset[str]:
    """The fingerprints of known findings.

    Raises:
        BaselineError: there is no such file, or it is no baseline.
    """
    try:
        found = json.loads(read_most(path, _MOST_BYTES))
    except FileNotFoundError as error:
        raise BaselineError(
            f"there is no baseline {shown(path)}; --write-baseline {shown(path)} writes one"
        ) from error
    except OSError as error:
        raise BaselineError(f"{shown(path)} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"{shown(path)} is no baseline: it is no JSON") from error
    known = found.get("findings") if isinstance(found, dict) else None
    if not isinstance(known, list) or found.get("version") != _VERSION:
        raise BaselineError(f"{shown(path)} is no baseline that this archdsl knows")
    return frozenset(
        entry["fingerprint"]
        for entry in known
        if isinstance(entry, dict) and isinstance(entry.get("fingerprint"), str)
    )


def new(diagnostics: Sequence[Diagnostic], known: frozenset[str]) -> list[Diagnostic]:
    """The findings that a baseline does not know; errors are never known."""
    return [
        diagnostic
        for diagnostic, fingerprint in fingerprints(diagnostics)
        if diagnostic.severity == "error" or fingerprint not in known
    ]


def text(diagnostics: Iterable[Diagnostic]) -> str:
    """The baseline of these findings; a line each, so that its changes can be reviewed."""
    entries = [
        {"code": one.code, "file": one.span.source.name, "line": one.span.line, "fingerprint": mark}
        for one, mark in fingerprints(diagnostics)
        if one.severity != "error"
    ]
    lines = ",\n".join(f"    {json.dumps(entry)}" for entry in entries)
    return f'{{\n  "version": {_VERSION},\n  "findings": [\n{lines}\n  ]\n}}\n'
