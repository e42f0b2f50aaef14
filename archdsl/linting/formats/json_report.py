"""A list of objects, whose schema is published: docs/schemas/lint.schema.json."""

from collections.abc import Sequence

from archdsl.diagnostics import Diagnostic


def text(found: Sequence[Diagnostic]) -> str:
    from archdsl.reports import findings, to_json

    return to_json(findings(found)) + "\n"
